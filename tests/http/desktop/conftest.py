"""The window asks and captures as it does itself."""

from __future__ import annotations

import pytest

PATIENCE = 20_000


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
