"""Edits of rows: staged in the window, written by `data.apply` in one transaction or not at all."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Endpoint, Scope
from .problem import Problem
from .values import BadText, Cell

ChangeKind = Literal["update", "insert", "delete"]
Unit = Literal["bytes", "characters"]


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """A long value as its digest (`digest_of`), so that it need not travel to be compared.

    `size` is its whole length in `unit` (of texts maybe bytes, as pages tell it). `length` is how much of
    its beginning the digest covers, in characters of a text, bytes of a binary; null: all of it.
    """

    digest: str
    size: int
    unit: Unit = "bytes"
    length: int | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One staged row.

    `id` is the caller's name for it, repeated in answers. `key` are the cells of `key_columns` (of the
    request) as the caller saw them, none for an insert. `base` are the cells it saw in that row, by column,
    as in pages; long ones in `seen`. `values` are the new cells of an update or insert, in JSON form or as
    the text a person typed; what an insert leaves out gets its default.
    """

    kind: ChangeKind
    id: str = ""
    key: list[Any] = []
    base: dict[str, Any] = {}
    seen: dict[str, Seen] = {}
    values: dict[str, Any] = {}


class ApplyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Write `changes` in their order, all or nothing. `dry_run` only says what would run.

    `key_columns` are those that `Change.key` gives the cells of (empty: the table's own row key).
    `confirm` repeats the name of a production connection.
    """

    connection: str
    table: str
    changes: list[Change]
    schema: str = ""
    key_columns: list[str] = []
    dry_run: bool = False
    confirm: str = ""
    allow_write: bool = False


class Statement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What runs for one change: `sql` with `params` (in JSON form), `shown_sql` with literals, to read."""

    id: str
    sql: str
    params: list[Any] = []
    shown_sql: str = ""


class Difference(msgspec.Struct, frozen=True):
    """One cell that is not as the caller saw it: `base` then, `theirs` now, `mine` (the same as `base` if
    the caller did not change it). `edited`: both changed it."""

    column: str
    base: Any
    theirs: Any
    mine: Any
    edited: bool


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that is not as the caller saw it. "gone": no row has this key any more. "columns": the table
    has no such columns now (`missing`)."""

    id: str
    kind: Literal["changed", "gone", "columns"]
    differences: list[Difference] = []
    missing: list[str] = []
    # The row as it is now, by column: the new base for whoever keeps the own values.
    theirs: dict[str, Any] = {}
    seen: dict[str, Seen] = {}


class Refused(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change that cannot be written: `column` where one cell is to blame."""

    id: str
    problem: Problem
    column: str = ""


class Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row as it is stored after the change; `otherwise` names cells that are not what was asked for
    (a trigger, a default). An empty `key`: the row cannot be found again by its key."""

    id: str
    key: list[Any] = []
    cells: dict[str, Any] = {}
    otherwise: list[str] = []


class ApplyResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`applied`: all changes are written and committed. Otherwise nothing is: `conflicts` and `refused`
    say why (both empty after a dry run that found nothing). `notes` say what could not be made sure."""

    applied: bool
    statements: list[Statement]
    key_columns: list[str] = []
    conflicts: list[Conflict] = []
    refused: list[Refused] = []
    stored: list[Stored] = []
    notes: list[str] = []
    updated: int = 0
    inserted: int = 0
    deleted: int = 0
    elapsed_ms: float = 0.0


def digest_of(cell: Cell) -> str:
    """The digest of a text or binary value (or of its beginning) that `Seen` carries."""
    if isinstance(cell, BadText):
        raw = b"t" + cell.raw
    elif isinstance(cell, str):
        raw = b"t" + cell.encode("utf-8", "surrogatepass")
    elif isinstance(cell, bytes):
        raw = b"b" + cell
    else:
        raw = b"v" + repr(cell).encode()
    from hashlib import blake2b  # noqa: PLC0415  # lazy: 5 ms of every start, for few values

    return blake2b(raw, digest_size=16).hexdigest()


APPLY = Endpoint(
    "data.apply",
    "POST",
    "/api/data/apply",
    ApplyRequest,
    ApplyResponse,
    "Write staged edits of rows",
    Scope.WRITE,
    max_body=256 << 20,
)
