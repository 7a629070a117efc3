"""Migration projects on real databases, run by real children; the handlers run in this process."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from embedded_server.migrations.service import HANDLERS
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from tests.desk import AnyDesk

DEMO = Path(__file__).resolve().parents[3] / "resources" / "demo"
HEAD = "a9507d2e3bc4"

ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
target_metadata = None


def online():
    engine = engine_from_config(config.get_section(config.config_ini_section, {}), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


def offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


offline() if context.is_offline_mode() else online()
"""
TEMPLATE = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


class Room(AnyDesk):
    """Runs requests as the server would."""

    handlers = HANDLERS


class Project:
    """A generic project in a folder of its own. Revisions are given as the bodies of their upgrades."""

    def __init__(self, folder: Path, url: str = "sqlite:///elsewhere.db") -> None:
        self.folder = folder
        self.scripts = folder / "alembic"
        (self.scripts / "versions").mkdir(parents=True)
        self.write("alembic.ini", f"[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n")
        self.write("alembic/env.py", ENV)
        self.write("alembic/script.py.mako", TEMPLATE)
        self._last: str | None = None

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def revision(self, name: str, upgrade: str = "pass", downgrade: str = "pass", **fields: Any) -> str:
        """Write a revision after the last one."""
        down = fields.pop("down", self._last)
        self._last = name
        lines = [f'"""{fields.pop("doc", name)}."""', "import sqlalchemy as sa", "from alembic import op", ""]
        lines += [f"revision = {name!r}", f"down_revision = {down!r}"]
        lines += [f"{field} = {value!r}" for field, value in fields.items()]
        for direction, body in (("upgrade", upgrade), ("downgrade", downgrade)):
            lines += ["", "", f"def {direction}():", textwrap.indent(textwrap.dedent(body).strip(), "    ")]
        self.write(f"alembic/versions/{name}.py", "\n".join(lines) + "\n")
        return name


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(Workspace(tmp_path / "workspace"))
    made.secrets.use_keyring = False
    yield made
    made.close()


@pytest.fixture
def room(services: Services) -> Room:
    return Room(services)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the demo's project: nothing ever writes into the original."""
    skip = shutil.ignore_patterns("__pycache__", "instance")
    return Path(shutil.copytree(DEMO, tmp_path / "shop", ignore=skip))


def sqlite_url(path: Path) -> str:
    """A SQLite database with nothing in it."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of both engines."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "data.db")
    return str(request.getfixturevalue("pg_database"))


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What another program sees."""
    engine = create_engine(make_url(url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]
    finally:
        engine.dispose()


def run(url: str, *statements: str) -> None:
    """Change the database as another program would."""
    engine = create_engine(make_url(url))
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


PYTHON = sys.executable
