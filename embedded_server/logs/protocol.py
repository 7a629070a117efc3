"""What travels between the server and a log worker: length-prefixed msgpack, answers by serial, and what the
worker tells unasked (serial 0)."""

from __future__ import annotations

from typing import Any

import msgspec

from embedded_server.wire.log_groups import GroupsRequest, GroupsResponse
from embedded_server.wire.logs import (
    FindResponse,
    FormatsResponse,
    HistogramRequest,
    HistogramResponse,
    LogState,
    RecordRequest,
    RecordResponse,
    RowsRequest,
    RowsResponse,
    SearchBatch,
    SearchRequest,
    SourceKind,
    StateRequest,
)
from embedded_server.wire.problem import Problem


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is to open: a path, a packed file to unpack into `spool`, or a command to run into it."""

    source: str
    path: str
    kind: SourceKind
    title: str
    format: str = ""
    spool: str = ""
    command: list[str] = []
    folder: str = ""


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """A question; `serial` is repeated in its answers."""

    serial: int
    op: str
    value: msgspec.Raw


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """An answer; `more` when others to the same question follow. Serial 0: an event named `op`."""

    serial: int
    op: str
    problem: Problem | None
    value: msgspec.Raw
    more: bool = False


class Found(msgspec.Struct, frozen=True):
    """Event: a kept search has another number of hits."""

    view: str
    count: int
    done: bool


# Operation -> type of the question, type of the answer.
OPERATIONS: dict[str, tuple[Any, Any]] = {
    "open": (Opening, LogState),
    "state": (StateRequest, LogState),
    "rows": (RowsRequest, RowsResponse),
    "record": (RecordRequest, RecordResponse),
    "search": (SearchRequest, SearchBatch),
    "find": (SearchRequest, FindResponse),
    "histogram": (HistogramRequest, HistogramResponse),
    "groups": (GroupsRequest, GroupsResponse),
    "formats": (None, FormatsResponse),
    "force": (str, LogState),
    "cancel": (int, None),
    "forget": (str, None),
    "grown": (None, LogState),
    "hits": (None, Found),
}
QUESTIONS = {op: msgspec.msgpack.Decoder(types[0]) for op, types in OPERATIONS.items()}
ANSWERS = {op: msgspec.msgpack.Decoder(types[1]) for op, types in OPERATIONS.items()}
ASK = msgspec.msgpack.Decoder(Ask)
ANSWER = msgspec.msgpack.Decoder(Answer)
_ENCODER = msgspec.msgpack.Encoder()


def raw(value: Any) -> msgspec.Raw:
    """A value ready to be put into a message."""
    return msgspec.Raw(_ENCODER.encode(value))
