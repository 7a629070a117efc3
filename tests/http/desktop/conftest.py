"""A whole window on a real server, and what stands in it by its accessible name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

PATIENCE = 20_000


@pytest.fixture
def named(live_shell):
    """A visible widget by its accessible name: the only way these tests find anything."""
    from PySide6.QtWidgets import QWidget  # noqa: PLC0415  # lazy: tests without a window load no Qt

    def find(name: str):
        found = [
            widget
            for widget in live_shell.window.findChildren(QWidget)
            if widget.accessibleName() == name and widget.isVisibleTo(live_shell.window)
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


@pytest.fixture
def ask(live_shell, until):
    """Call the server as the window does; answers the message."""

    def act(endpoint, request):
        waiting = live_shell.client.call(endpoint, request)
        until(lambda: waiting.settled)
        return waiting.result()

    return act


@pytest.fixture
def captured(ask, recorder):
    """A request whose trace is in the workspace."""
    from embedded_server.wire.http import SEND, Draft, SendRequest  # noqa: PLC0415  # lazy: see above
    from embedded_server.wire.refs import TraceRef  # noqa: PLC0415  # lazy: see above

    def act(method: str = "GET", **fields) -> TraceRef:
        draft = Draft(method=method, url=f"{recorder.url}/orders?limit=2", **fields)
        answer = ask(SEND, SendRequest(request=draft))
        recorder.requests.clear()
        return TraceRef(answer.run.trace, f"{method} /orders")

    return act
