"""Files that hold requests with what was answered: HAR, a trace, a saved request, an earlier replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from embedded_server.store.requests import Measured
from embedded_server.wire.http import Draft
from embedded_server.wire.problem import problem
from embedded_server.wire.replays import Answer, Run
from embedded_server.wire.trace import Trace

from . import har
from .captures import draft_of, measured


@dataclass
class Recorded:
    """A request and what is known of its answer; `status` 0 and `answer` null where nothing is."""

    draft: Draft
    status: int = 0
    answer: Answer | None = None
    times: list[float] = field(default_factory=list)
    # How fast the machine was beside each, where that is known.
    paces: list[float] = field(default_factory=list)
    measured: Measured = field(default_factory=Measured)


def read(path: Path) -> list[Recorded]:
    """The requests of a file. Raises file.missing, file.unreadable, http.bad_har, request.invalid."""
    data = har.content_of(path)
    try:
        document = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise problem("http.bad_har", detail=f"{path.name}: {har.place(data, str(error))}") from error
    if "log" in document:
        found = har.read(data, answers=True)
        return [
            Recorded(draft, answer.status if answer else 0, answer, [time] if time else [])
            for draft, answer, time in zip(found.drafts, found.answers, found.times, strict=True)
        ]
    try:
        return _others(document, data)
    except msgspec.MsgspecError as error:
        raise problem("request.invalid", detail=f"{path.name}: {error}") from error


def _others(document: dict[str, Any], data: bytes) -> list[Recorded]:
    if "replays" in document:
        return [_earlier(one) for one in msgspec.json.decode(document["replays"], type=list[_Earlier])]
    for key in ("trace", "case"):
        if key in document and bytes(document[key]).lstrip()[:1] == b"{":
            return _others(
                msgspec.json.decode(document[key], type=dict[str, msgspec.Raw]), bytes(document[key])
            )
    if "summary" in document and "request" in document:
        return [_trace(msgspec.json.decode(data, type=Trace))]
    if "traces" in document:
        return [_trace(one) for one in msgspec.json.decode(document["traces"], type=list[Trace])]
    if "requests" in document:
        return [Recorded(one) for one in msgspec.json.decode(document["requests"], type=list[Draft])]
    if "url" in document:
        return [Recorded(msgspec.json.decode(data, type=Draft))]
    known = "a HAR file, a trace, a saved request, or what --json wrote"
    raise problem("request.invalid", detail=f"the file is none of these: {known}")


def _trace(trace: Trace) -> Recorded:
    summary = trace.summary
    answer = Answer(status=summary.status, message=trace.response)
    return Recorded(
        draft_of(trace), summary.status, answer, [summary.duration_ms], measured=measured([trace])
    )


class _Earlier(msgspec.Struct):
    request: Draft
    status: int = 0
    times: list[float] = []
    statements: int | None = None
    answer: Answer | None = None
    runs: list[Run] = []


def _earlier(one: _Earlier) -> Recorded:
    counted = Measured(statements=one.statements)
    paces = [run.pace for run in one.runs if not run.problem]
    known = paces if len(paces) == len(one.times) and all(paces) else []
    return Recorded(one.request, one.status, one.answer, one.times, known, counted)
