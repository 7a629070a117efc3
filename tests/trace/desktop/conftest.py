"""A whole window on a server of its own, and the probe's side of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from embedded_server.http_caller import HttpCaller

from .captured import post

PATIENCE = 20_000


@pytest.fixture
def workspace(tmp_path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def own_server(workspace):
    caller = HttpCaller(workspace)
    yield caller
    caller.close()


@pytest.fixture
def shell(qapp, qtbot, own_server, workspace, tmp_path):
    """The window, shown, on the server of this test."""
    from desktop.api.client import Address  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.shell.app import Options, Shell  # noqa: PLC0415  # lazy: see above

    shell = Shell(qapp, Options(tmp_path / "profile", workspace))
    shell.server.start = lambda: None
    with qtbot.waitExposed(shell.window):
        shell.start()
    shell.client.connect_to(Address(own_server.port, own_server.token))
    yield shell
    shell.window.hide()
    shell.stop()
    shell.window.deleteLater()
    shell.deleteLater()


@pytest.fixture
def send(workspace) -> Callable[..., list[str]]:
    """Post requests as a probe; answers their ids."""

    def act(*requests, **more):
        return post(workspace, *requests, **more)

    return act


@pytest.fixture
def named(shell):
    """A visible widget by its accessible name: the only way these tests find anything."""
    from PySide6.QtWidgets import QWidget  # noqa: PLC0415  # lazy: tests without a window load no Qt

    def find(name: str):
        found = [
            widget
            for widget in shell.window.findChildren(QWidget)
            if widget.accessibleName() == name and widget.isVisibleTo(shell.window)
        ]
        assert found, f"nothing is called {name!r}"
        return found[0]

    return find


@pytest.fixture
def until(qtbot):
    """Wait for a cause; anything that is true will do."""

    def act(cause: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(cause()), timeout=PATIENCE)

    return act
