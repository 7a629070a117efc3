"""Between a trace and its rows in the workspace: bodies by hash, the packed record, its searchable parts."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import zstandard

from embedded_server.fingerprint import fingerprint
from embedded_server.wire.trace import Message, Trace, TracedStatement, TraceSummary

from .trace_models import traces

# Values longer than this are no keys; a request with more distinct ones is not searched for the rest.
LONGEST_VALUE, MOST_VALUES = 200, 1000
# What a value takes in the table and its index beside its text.
_VALUE_BYTES = 30
# Below this compressing costs more than it saves.
_WORTH_PACKING = 1024
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Trace)
_ORDER = [column.name for column in traces.columns][1:]
_COLUMNS = tuple(field for field in TraceSummary.__struct_fields__)


class Body(NamedTuple):
    """A body as it is kept; the first byte says whether it was text."""

    hash: str
    kept: bytes


class Packed(NamedTuple):
    """A trace taken apart: the row of `trace`, its bodies, statements by fingerprint, values by number."""

    row: dict[str, Any]
    bodies: list[Body]
    shapes: list[dict[str, Any]]
    values: dict[str, int]

    def columns(self) -> list[Any]:
        """The row's values in the order of the table's columns, the first one left out."""
        row = self.row | {"marks": json.dumps(self.row["marks"])}
        return [row[name] for name in _ORDER]


def pack(trace: Trace) -> Packed:
    """Everything of a trace that goes into the workspace; its steps are rows of their own.

    Raises OverflowError for a number that fits no 64 bits outside of bound values.
    """
    request, response = _body(trace.request), _body(trace.response)
    bare = msgspec.structs.replace(
        trace, request=_without_body(trace.request), response=_without_body(trace.response), steps=[]
    )
    record = _compressed(_encoded(bare))
    row: dict[str, Any] = {name: getattr(trace.summary, name) for name in _COLUMNS}
    bound = _values(trace.statements)
    size = len(record) + sum(len(value) + _VALUE_BYTES for value in bound)
    row |= {"size": size, "record": record}
    row |= {"request_body": request.hash, "response_body": response.hash}
    kept = [body for body in (request, response) if body.hash]
    return Packed(row, kept, _shapes(trace), bound)


def _encoded(trace: Trace) -> bytes:
    try:
        return _encoder.encode(trace)
    except OverflowError:
        # Bound values may be larger than the format's integers; their digits are what matters.
        safe = [
            msgspec.structs.replace(statement, params=_bounded(statement.params))
            for statement in trace.statements
        ]
        return _encoder.encode(msgspec.structs.replace(trace, statements=safe))


def _bounded(params: Any) -> Any:
    if isinstance(params, dict):
        return {key: _bounded(value) for key, value in params.items()}
    if isinstance(params, list):
        return [_bounded(value) for value in params]
    return str(params) if isinstance(params, int) and not -(2**63) <= params < 2**63 else params


def unpack(record: bytes) -> Trace:
    """The trace of a record, without bodies and steps."""
    return _decoder.decode(zstandard.decompress(record[1:]) if record[:1] == b"z" else record[1:])


def with_body(message: Message, kept: bytes) -> Message:
    """The message with its body put back."""
    if kept[:1] == b"t":
        return msgspec.structs.replace(message, body=kept[1:].decode("utf-8", "surrogatepass"))
    return msgspec.structs.replace(message, body_base64=b64encode(kept[1:]).decode())


class _Packer(threading.local):
    """A compressor costs more to make than to use, and serves one thread at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=1)


_packer = _Packer()


def _compressed(data: bytes) -> bytes:
    return b"z" + _packer.compressor.compress(data) if len(data) > _WORTH_PACKING else b"-" + data


def _body(message: Message) -> Body:
    if message.body is not None:
        kept = b"t" + message.body.encode("utf-8", "surrogatepass")
    elif message.body_base64:
        kept = b"b" + b64decode(message.body_base64)
    else:
        return Body("", b"")
    return Body(blake2b(kept, digest_size=16).hexdigest(), kept)


def _without_body(message: Message) -> Message:
    return msgspec.structs.replace(message, body=None, body_base64="")


def _shapes(trace: Trace) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    summary = trace.summary
    route = f"{summary.method} {summary.route or summary.target.partition('?')[0]}"
    for statement in trace.statements:
        if statement.kind != "statement":
            continue
        shape = statement.fingerprint or fingerprint(statement.sql, statement.dialect).hash
        row = found.get(shape)
        if row is None:
            row = found[shape] = {
                "fingerprint": shape,
                "at": summary.at,
                "database": statement.database,
                "route": route,
                "calls": 0,
                "total_ms": 0.0,
                "max_ms": -1.0,
                "number": statement.number,
            }
        row["calls"] += 1
        row["total_ms"] += statement.duration_ms
        if statement.duration_ms > row["max_ms"]:
            row["max_ms"], row["number"] = statement.duration_ms, statement.number
    return list(found.values())


def _values(statements: list[TracedStatement]) -> dict[str, int]:
    found: dict[str, int] = {}
    for statement in statements:
        if statement.params is None:
            continue
        for value in flat(statement.params):
            text = value_text(value)
            if text and text not in found and len(text) <= LONGEST_VALUE:
                found[text] = statement.number
        if len(found) >= MOST_VALUES:
            break
    return found


def value_text(value: Any) -> str:
    """A bound value as it is searched for: a key is the same as number and as text; "" for none."""
    if value is None or isinstance(value, bool):
        return ""
    return str(value)


def flat(params: Any) -> list[Any]:
    """The single values of bound parameters in any shape."""
    if isinstance(params, dict):
        return [item for value in params.values() for item in flat(value)]
    if isinstance(params, list | tuple):
        if any(isinstance(value, list | tuple | dict) for value in params):
            return [item for value in params for item in flat(value)]
        return [*params]
    return [params]
