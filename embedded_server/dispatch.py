"""From an endpoint and a request to its handler's answer; shared by HTTP and the command line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

import msgspec

import embedded_server
from embedded_server.wire.endpoint import Endpoint, Scope, declared
from embedded_server.wire.problem import ProblemError, problem

from . import control
from .jobs import Call
from .services import Services

Handler = Callable[[Any, Call], Any]
log = logging.getLogger("backlight.server")
# Whose service answers where that is not the one of the endpoint's own name.
_ANSWERED_BY = {"probe": "trace"}


class Handlers(dict[str, Handler]):
    """Handlers by endpoint name: those of `control`, and of each `<capability>/service.py` once the first of
    them is asked for. KeyError where the capability is not there."""

    def __init__(self) -> None:
        super().__init__({endpoint.name: handler for endpoint, handler in control.HANDLERS.items()})

    def __missing__(self, name: str) -> Handler:
        if not self.known(name):
            raise KeyError(name)
        served = import_module(_service(name)).HANDLERS
        self.update({endpoint.name: handler for endpoint, handler in served.items()})
        if name not in self:
            raise KeyError(name)
        return self[name]

    def known(self, name: str) -> bool:
        """Whether there is a service for it, loaded or not."""
        return name in self or _there(_service(name))


def _service(name: str) -> str:
    """The module that answers an endpoint of that name."""
    capability = name.partition(".")[0]
    return f"{embedded_server.__name__}.{_ANSWERED_BY.get(capability, capability)}.service"


@cache
def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def background() -> list[Callable[[Services], None]]:
    """What capabilities do while the server runs (`run` of their `background.py`): each ends by itself once
    `services.stopping` is set. Their modules are loaded by whoever runs them."""
    names = [
        f"{embedded_server.__name__}.{one.name}.background"
        for one in iter_modules(embedded_server.__path__)
        if one.ispkg
    ]
    return [partial(_run, name) for name in names if _there(name)]


def _run(name: str, services: Services) -> None:
    import_module(name).run(services)


class Dispatcher:
    """Runs handlers against one set of services."""

    def __init__(self, services: Services) -> None:
        self.services = services
        services.handlers = self._handlers = Handlers()
        self._endpoints = {
            name: endpoint for name, endpoint in declared().items() if self._handlers.known(name)
        }

    def endpoints(self) -> list[Endpoint[Any, Any]]:
        """All endpoints that have a handler, by name."""
        return list(self._endpoints.values())

    def endpoint(self, name: str) -> Endpoint[Any, Any]:
        """The endpoint of that name; raises request.not_found."""
        if name not in self._endpoints:
            known = ", ".join(self._endpoints)
            raise problem("request.not_found", detail=name, hint=f"Known endpoints: {known}")
        return self._endpoints[name]

    def run(self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call_id: str) -> Any:
        """The handler's response (an iterator of them for a stream). Raises only ProblemError."""
        call = Call(call_id, endpoint.name, self.services)
        if endpoint.stream:
            return self._stream(endpoint, request, call)
        with self.services.jobs.running(call):
            return self._guarded(lambda: self._with_retry(endpoint, request, call))

    def _with_retry(self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call: Call) -> Any:
        handler = self._handlers[endpoint.name]
        try:
            return handler(request, call)
        except ProblemError as error:
            # A resting session may have died unnoticed; reads are tried once more on a new one.
            retry = (
                error.problem.code in ("connection.lost", "file.replaced") and endpoint.scope == Scope.READ
            )
            if not retry or endpoint.capability == "connections":
                raise
            call.check()
            return handler(request, call)

    def _stream(self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call: Call) -> Iterator[Any]:
        with ExitStack() as stack:
            stack.enter_context(self.services.jobs.running(call))
            yield from self._guarded(lambda: self._handlers[endpoint.name](request, call))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except ProblemError:
            raise
        except Exception as error:
            log.exception("unexpected failure")
            detail = f"{type(error).__name__}: {error}"
            raise problem("server.internal", detail=detail, hint="See the server log.") from error
