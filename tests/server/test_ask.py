"""One capability asks another through its call: answered where it is there, null where it is not."""

from __future__ import annotations

from embedded_server.dispatch import Dispatcher
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire import connections
from embedded_server.wire.endpoint import Nothing


def test_a_call_asks_other_capabilities_and_lives_without_them(tmp_path):
    services = Services(Workspace(tmp_path))
    call = Call("c", "test", services)
    assert call.ask(connections.LIST, Nothing()) is None, "nobody dispatches yet"
    Dispatcher(services)
    answer = call.ask(connections.LIST, Nothing())
    assert isinstance(answer, connections.ProfileList) and answer.connections == []
    services.close()
