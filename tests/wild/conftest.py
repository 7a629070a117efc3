"""Databases for foreign applications, and their start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wild.application import Application
from tests.wild.applications import Wild

Start = Callable[..., Application]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """A new database's URL as an application takes it; empty for a file the application makes itself."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("pg_database")
    return url.replace("postgresql+psycopg:", "postgresql+psycopg2:")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts applications plainly, and ends them with all their children."""
    started: list[Application] = []

    def once(wild: Wild, url: str = "", command: list[str | Path] | None = None) -> Application:
        folder = tmp_path / f"{wild.name}{len(started)}"
        if command:
            # Both migrate themselves when they start, and two workers at once would get in each other's way.
            with wild.application(folder, url).running():
                pass
        application = wild.application(folder, url, command)
        started.append(application)
        return application.start()

    yield once
    for application in started:
        application.stop()
