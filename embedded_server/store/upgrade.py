"""Brings a workspace database to the newest revision; imported only when it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def script_folder() -> Path:
    """Where the workspace's revisions live."""
    return Path(__file__).with_name("migrations")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the workspace's own migrations on an open engine."""
    config = Config()
    config.set_main_option("script_location", str(script_folder()).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
