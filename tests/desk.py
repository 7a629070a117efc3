"""Handlers called in this process, as the server would call them: what all desks share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.problem import Problem, ProblemError

_calls = itertools.count(1)


class AnyDesk:
    """Runs requests of one capability; a subclass names its `handlers`."""

    handlers: ClassVar[Mapping[Endpoint[Any, Any], Callable[..., Any]]]

    def __init__(self, services: Services) -> None:
        self.services = services

    def call(self, endpoint: Endpoint[Any, Any], request: Any, call_id: str = "") -> Any:
        """The answer; of a stream all of its messages."""
        call = Call(call_id or f"desk{next(_calls)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            answer = self.handlers[endpoint](request, call)
            return list(answer) if endpoint.stream else answer

    def refused(self, endpoint: Endpoint[Any, Any], request: Any, call_id: str = "") -> Problem:
        """The problem that a request ends in."""
        with pytest.raises(ProblemError) as caught:
            self.call(endpoint, request, call_id)
        return caught.value.problem
