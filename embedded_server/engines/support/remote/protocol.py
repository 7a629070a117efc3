"""What travels over the pipe: length-prefixed msgpack, one question with a number, one answer with it.

Cells go as `RowBlock`, so they keep what `wire/values.py` keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from embedded_server.engines.base import Catalog, Params, SessionInfo, Target
from embedded_server.engines.support.hearing import Told
from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import Problem
from embedded_server.wire.values import RowBlock, encode_msgpack, msgpack_decoder


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """Run `op` on a session; `args` is a msgpack array of the types `OPERATIONS` lists."""

    serial: int
    session: int
    op: str
    args: msgspec.Raw


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """The value of a question, or the problem it ended in; statements that were sent on the way."""

    serial: int
    problem: Problem | None
    value: msgspec.Raw
    told: list[Told] = []


class Given(msgspec.Struct, array_like=True, frozen=True):
    """Parameters of a statement: one column of cells, with names if they go by name."""

    values: RowBlock
    names: list[str] | None = None


class Started(msgspec.Struct, array_like=True, frozen=True):
    """A statement that was run; `reading` names its rows for `block`."""

    reading: int
    columns: list[Column]
    affected: int | None


OPERATIONS: dict[str, tuple[Any, Any]] = {
    "open": (tuple[Target], SessionInfo),
    "info": (tuple[()], SessionInfo),
    "catalog": (tuple[str | None, bool], Catalog),
    "table": (tuple[str, str], TableResponse),
    "columns": (tuple[str, str], TableResponse),
    "source": (tuple[Routine, str], str),
    "execute": (tuple[str, Given | None, int | None], Started),
    "block": (tuple[int, int], RowBlock),
    "end": (tuple[int], None),
    "estimate": (tuple[str, str], tuple[int | None, str]),
    "signature": (tuple[()], str),
    "begin": (tuple[()], None),
    "commit": (tuple[()], None),
    "rollback": (tuple[()], None),
    "in_transaction": (tuple[()], str),
    "cancel": (tuple[()], bool),
    "alive": (tuple[()], bool),
    "close": (tuple[()], None),
}
ARGUMENTS = {op: msgpack_decoder(types[0]) for op, types in OPERATIONS.items()}
VALUES = {op: msgpack_decoder(types[1]) for op, types in OPERATIONS.items()}
ASK = msgpack_decoder(Ask)
ANSWER = msgpack_decoder(Answer)
NOTHING = msgspec.Raw(encode_msgpack(None))


def raw(value: Any) -> msgspec.Raw:
    """A value ready to be put into a message."""
    return msgspec.Raw(encode_msgpack(value))


def given(params: Params | None) -> Given | None:
    """Parameters as they travel."""
    if params is None:
        return None
    if isinstance(params, Mapping):
        return Given(RowBlock([list(params.values())]), list(params))
    return Given(RowBlock([list(params)]))


def params_of(sent: Given | None) -> Params | None:
    """The inverse of `given`."""
    if sent is None:
        return None
    values = list(sent.values.columns[0])
    return dict(zip(sent.names, values, strict=True)) if sent.names is not None else values
