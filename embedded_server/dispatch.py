"""From an endpoint and a request to its handler's answer; shared by HTTP and the command line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pkgutil import ModuleInfo, iter_modules
from typing import Any

import msgspec

import embedded_server
from embedded_server.wire.endpoint import Endpoint, Scope
from embedded_server.wire.problem import ProblemError, problem

from . import control
from .jobs import Call
from .services import Services

Handler = Callable[[Any, Call], Any]
log = logging.getLogger("backlight.server")


def handlers() -> dict[str, tuple[Endpoint[Any, Any], Handler]]:
    """Every handler by endpoint name: `control` and each `<capability>/service.py` that exists."""
    found = {endpoint.name: (endpoint, handler) for endpoint, handler in control.HANDLERS.items()}
    for module_info in _packages():
        name = f"{embedded_server.__name__}.{module_info.name}.service"
        for endpoint, handler in import_module(name).HANDLERS.items():
            found[endpoint.name] = (endpoint, handler)
    return found


def _packages() -> list[ModuleInfo]:
    """The capabilities that have a service."""
    return [
        one
        for one in iter_modules(embedded_server.__path__)
        if one.ispkg and find_spec(f"{embedded_server.__name__}.{one.name}.service") is not None
    ]


def background() -> list[Callable[[Services], None]]:
    """What capabilities do while the server runs (`BACKGROUND` of their service): each ends by itself once
    `services.stopping` is set."""
    modules = (f"{embedded_server.__name__}.{one.name}.service" for one in _packages())
    return [work for name in modules for work in getattr(import_module(name), "BACKGROUND", ())]


class Dispatcher:
    """Runs handlers against one set of services."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._handlers = handlers()
        services.handlers.update({name: handler for name, (_, handler) in self._handlers.items()})

    def endpoints(self) -> list[Endpoint[Any, Any]]:
        """All endpoints that have a handler, by name."""
        return [self._handlers[name][0] for name in sorted(self._handlers)]

    def endpoint(self, name: str) -> Endpoint[Any, Any]:
        """The endpoint of that name; raises request.not_found."""
        if name not in self._handlers:
            known = ", ".join(sorted(self._handlers))
            raise problem("request.not_found", detail=name, hint=f"Known endpoints: {known}")
        return self._handlers[name][0]

    def run(self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call_id: str) -> Any:
        """The handler's response (an iterator of them for a stream). Raises only ProblemError."""
        handler = self._handlers[endpoint.name][1]
        call = Call(call_id, endpoint.name, self.services)
        if endpoint.stream:
            return self._stream(handler, request, call)
        with self.services.jobs.running(call):
            return self._guarded(lambda: self._with_retry(endpoint, handler, request, call))

    def _with_retry(
        self, endpoint: Endpoint[Any, Any], handler: Handler, request: msgspec.Struct, call: Call
    ) -> Any:
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

    def _stream(self, handler: Handler, request: msgspec.Struct, call: Call) -> Iterator[Any]:
        with ExitStack() as stack:
            stack.enter_context(self.services.jobs.running(call))
            yield from self._guarded(lambda: handler(request, call))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except ProblemError:
            raise
        except Exception as error:
            log.exception("unexpected failure")
            detail = f"{type(error).__name__}: {error}"
            raise problem("server.internal", detail=detail, hint="See the server log.") from error
