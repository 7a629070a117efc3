"""A real server process for tests of the window: started once, spoken to by the window's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_server.http_caller import HttpCaller


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


@pytest.fixture
def live_shell(qapp, qtbot, live_server, tmp_path):
    """A whole window with all capabilities on the live server, in a profile of its own."""
    from desktop.api.client import Address  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.shell.app import Options, Shell  # noqa: PLC0415  # lazy: see above

    shell = Shell(qapp, Options(tmp_path / "profile", tmp_path / "profile" / "workspace"))
    shell.server.start = lambda: None
    shell.start()
    shell.client.connect_to(Address(live_server.port, live_server.token))
    yield shell
    shell.window.hide()
    shell.stop()
    shell.window.deleteLater()
    shell.deleteLater()
