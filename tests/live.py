"""A real server process for tests of the window, whole windows on it, and finding what stands in them.

Tests that look only at what they made themselves share one server (``live_server``, ``live_shell``). Those
that look at everything in a workspace get one with nothing in it (``own_server``, ``shell``, ``send``).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from embedded_server.http_caller import HttpCaller

PATIENCE = 20_000


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpCaller]:
    """A server process with an empty workspace."""
    caller = HttpCaller(Path(tmp_path_factory.mktemp("live")))
    yield caller
    caller.close()


@pytest.fixture
def live_client(qapp, live_server):
    """The window's client, connected to the live server."""
    from desktop.api.client import Address, Client  # noqa: PLC0415  # lazy: tests without a window load no Qt

    client = Client()
    client.connect_to(Address(live_server.port, live_server.token))
    yield client
    client.connect_to(None)
    client.deleteLater()


@contextmanager
def window_on(qapp: Any, server: HttpCaller, profile: Path, workspace: Path) -> Iterator[Any]:
    """A whole window with all capabilities on a running server."""
    from desktop.api.client import Address  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.shell.app import Shell  # noqa: PLC0415  # lazy: see above
    from desktop.shell.options import Options  # noqa: PLC0415  # lazy: see above

    shell = Shell(qapp, Options(profile, workspace))
    shell.server.start = lambda: None
    shell.start()
    shell.client.connect_to(Address(server.port, server.token))
    try:
        yield shell
    finally:
        shell.window.hide()
        shell.stop()
        shell.window.deleteLater()
        shell.deleteLater()


@pytest.fixture
def live_shell(qapp, qtbot, live_server, tmp_path):
    """A window on the live server, in a profile of its own."""
    with window_on(qapp, live_server, tmp_path / "profile", tmp_path / "profile" / "workspace") as shell:
        yield shell


@pytest.fixture(scope="session")
def emptied_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HttpCaller, Path]]:
    """A server and its workspace, which `own_server` empties before each test."""
    workspace = Path(tmp_path_factory.mktemp("emptied"))
    caller = HttpCaller(workspace)
    yield caller, workspace
    caller.close()


@pytest.fixture
def own_server(emptied_server: tuple[HttpCaller, Path]) -> HttpCaller:
    """A server with nothing in its workspace."""
    caller, workspace = emptied_server
    with closing(sqlite3.connect(workspace / "workspace.db", isolation_level=None, timeout=20)) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.execute("UPDATE trace SET pinned = 0")
        # The server keeps count of these itself.
        list(caller.call("trace.delete", json.dumps({"all": True}).encode(), ""))
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'alembic_version'"
        store.execute("BEGIN IMMEDIATE")
        for (name,) in store.execute(names).fetchall():
            store.execute(f'DELETE FROM "{name}"')
        store.execute("COMMIT")
    shutil.rmtree(workspace / "window", ignore_errors=True)
    return caller


@pytest.fixture
def workspace(own_server: HttpCaller, emptied_server: tuple[HttpCaller, Path]) -> Path:
    """The folder of `own_server`."""
    return emptied_server[1]


@pytest.fixture
def shell(qapp, qtbot, own_server, workspace, tmp_path):
    """A window, shown, on `own_server`."""
    with window_on(qapp, own_server, tmp_path / "profile", workspace) as shell:
        with qtbot.waitExposed(shell.window):
            shell.window.show()
        yield shell


@pytest.fixture
def send(workspace: Path) -> Callable[..., list[str]]:
    """Post requests as a probe; answers their ids."""
    from tests.trace.desktop.captured import post  # noqa: PLC0415  # lazy: few tests need it

    def act(*requests: Any, **more: Any) -> list[str]:
        return post(workspace, *requests, **more)

    return act


@pytest.fixture
def named(request: pytest.FixtureRequest, qtbot) -> Callable[..., Any]:
    """A visible widget of the test's window by its accessible name, a button by its text too; waited for."""
    from PySide6.QtWidgets import QAbstractButton, QWidget  # noqa: PLC0415  # lazy: see above

    window = request.getfixturevalue("shell" if "shell" in request.fixturenames else "live_shell").window

    def found(name: str, kind: type) -> list[Any]:
        shown = [widget for widget in window.findChildren(kind) if widget.isVisibleTo(window)]
        text = issubclass(kind, QAbstractButton)
        return [one for one in shown if one.accessibleName() == name or (text and one.text() == name)]

    def find(name: str, kind: type = QWidget) -> Any:
        qtbot.waitUntil(lambda: bool(found(name, kind)), timeout=PATIENCE)
        return found(name, kind)[0]

    return find


@pytest.fixture
def until(qtbot) -> Callable[[Callable[[], object]], None]:
    """Wait for a cause; anything that is true will do."""

    def act(cause: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(cause()), timeout=PATIENCE)

    return act
