"""Databases for foreign applications, and their start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wild.application import Application
from tests.wild.applications import Wild
from tests.wild.viewer import Viewer

Start = Callable[..., Application]
Capture = Callable[..., Application]


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

    def once(
        wild: Wild,
        url: str = "",
        command: list[str | Path] | None = None,
        before: list[str | Path] | None = None,
        echo: bool = False,
    ) -> Application:
        folder = tmp_path / f"{wild.name}{len(started)}"
        if command:
            # Both migrate themselves when they start, and two workers at once would get in each other's way.
            with wild.application(folder, url).running():
                pass
        application = wild.application(folder, url, command, before or (), echo)
        started.append(application)
        return application.start()

    yield once
    for application in started:
        application.stop()


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[Viewer]:
    """Backlight's server on a workspace of its own."""
    beside = Viewer(tmp_path / "workspace")
    yield beside
    beside.down()


@pytest.fixture
def capture(start: Start, viewer: Viewer) -> Capture:
    """As ``start``, under the probe."""

    def once(wild: Wild, url: str = "", **options: Any) -> Application:
        return start(wild, url, before=viewer.run, **options)

    return once
