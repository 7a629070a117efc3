"""What one request tells about itself, without a database: loops, repeated questions, values in SQL text."""

from __future__ import annotations

import msgspec

from .endpoint import Endpoint
from .explain import Finding
from .trace import Frame


class AboutRequest(msgspec.Struct, frozen=True):
    """The request by its id."""

    trace: str


class RequestFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding, the number of the first statement it speaks of, and the line that ran it."""

    finding: Finding
    number: int
    caller: Frame | None = None


class AboutResponse(msgspec.Struct, frozen=True):
    """Possible injections first, then by the time that could be spared."""

    findings: list[RequestFinding]


ABOUT: Endpoint[AboutRequest, AboutResponse] = Endpoint(
    "explain.request", "POST", "/api/explain/request", AboutRequest, AboutResponse, "What a request tells"
)
