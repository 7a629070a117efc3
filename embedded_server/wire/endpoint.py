"""One declaration per endpoint.

From an `Endpoint` come the Flask route, the OpenAPI operation, the window's typed call, the command
line and the contract test. Nothing else describes the interface.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

import msgspec

Request = TypeVar("Request", bound=msgspec.Struct)
Response = TypeVar("Response")


class Scope(StrEnum):
    """What a token must permit to call an endpoint. `write` includes `read`, `migrate` both."""

    READ = "read"
    WRITE = "write"
    MIGRATE = "migrate"
    INGEST = "ingest"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request without fields."""


class Done(msgspec.Struct, frozen=True):
    """The answer of an endpoint that has nothing to tell but that it happened."""

    ok: bool = True


FRAMES = "application/vnd.backlight.frames"
FRAME_HEAD = 4


class Endpoint(msgspec.Struct, Generic[Request, Response], frozen=True):
    """An operation of the server.

    `name` is `capability.operation`; `method` GET (fields travel in the query string) or POST (JSON
    body, `application/json`); `stream` answers one JSON message per line (`application/jsonl`) of
    type `response` until the work ends, or to whoever accepts `FRAMES` each as msgpack behind its length in
    `FRAME_HEAD` bytes, the length 0 before a problem; `max_body` in bytes.
    """

    name: str
    method: str
    path: str
    request: type[Request]
    response: type[Response]
    summary: str = ""
    scope: Scope = Scope.READ
    stream: bool = False
    max_body: int = 1 << 20

    @property
    def capability(self) -> str:
        """The part of the name before the dot."""
        return self.name.split(".", 1)[0]


def declared() -> dict[str, Endpoint[Any, Any]]:
    """Every endpoint declared in `embedded_server.wire`, by name, found by scanning the package."""
    import embedded_server.wire as package  # noqa: PLC0415  # lazy: scans its own package

    found: dict[str, Endpoint[Any, Any]] = {}
    for module_info in iter_modules(package.__path__, package.__name__ + "."):
        for value in vars(import_module(module_info.name)).values():
            if isinstance(value, Endpoint) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"endpoint {value.name} is declared twice")
    return dict(sorted(found.items()))
