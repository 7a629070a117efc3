"""Import: a file into a table, after a look into it."""

from __future__ import annotations

from typing import Literal

import msgspec

from .endpoint import Endpoint, Scope
from .transfer import Format, State


class ReadOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a file is read; what is null or "" is found out by looking at its beginning.

    `null` is the text that stands for NULL where it is not quoted. `skip` leaves out lines before the
    header. `sheet` is a sheet's name of a workbook ("" for the first).
    """

    header: bool | None = None
    delimiter: str = ""
    quote: str = '"'
    null: str = ""
    encoding: str = ""
    skip: int = 0
    sheet: str = ""


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Look into a file: `limit` rows of it. With `connection` the types are that database's, and with
    `table` each column of the file is matched with one of it."""

    path: str
    format: Format | Literal[""] = ""
    options: ReadOptions = ReadOptions()
    connection: str = ""
    table: str = ""
    schema: str = ""
    limit: int = 50


class FileColumn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column of a file: the type proposed for it, why, and the table's column it fits ("" for none)."""

    name: str
    type: str = ""
    kind: str = "text"
    why: str = ""
    target: str = ""


class PreviewResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is: `options` as they were found or asked for, columns, first rows (null, or the text of
    the value). `ddl` makes a table for it; `table` is the name it would have. `notes` say what is odd.
    """

    format: Format
    options: ReadOptions
    columns: list[FileColumn]
    rows: list[list[str | None]]
    ddl: str = ""
    table: str = ""
    size: int = 0
    sheets: list[str] = []
    statements: int = 0
    notes: list[str] = []


class Mapping(msgspec.Struct, frozen=True):
    """A column of the file (by name) goes into a column of the table."""

    source: str
    target: str


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A file into a table. `mapping` null matches columns by name; columns of the table that get nothing
    keep their default.

    `create` makes the table first with this DDL (of `data.preview`, or edited). `transaction` "one" keeps
    all rows or none; "batches" keeps each batch of `batch` rows that went in, and a later run goes on
    behind `after` rows of the file. `on_error` "stop" ends at the first row that does not go in, "skip"
    leaves such rows out. `dry_run` does all of it and takes it back; it lists every bad row. `confirm` is the
    connection's name, typed by the user, where it is one of production.
    """

    connection: str
    path: str
    table: str = ""
    schema: str = ""
    format: Format | Literal[""] = ""
    options: ReadOptions = ReadOptions()
    mapping: list[Mapping] | None = None
    create: str = ""
    transaction: Literal["one", "batches"] = "one"
    batch: int = 5000
    on_error: Literal["stop", "skip"] = "stop"
    after: int = 0
    dry_run: bool = False
    confirm: str = ""
    allow_write: bool = False


class BadRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that does not go in: its 1-based `line` in the file (of a workbook: row; of JSON: record), the
    file's column if one is to blame, its text, and the reason."""

    line: int
    reason: str
    column: str = ""
    value: str = ""


class ImportEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it is. `rows` went in (or would), `read` were read, `bad` is how many did not go in; `bad_rows`
    are those found since the last event. `share` of the file read, 0 to 1. `kept` rows of the file are
    surely in the table or left out on purpose: what a later run may pass over with `after`.
    """

    state: State
    rows: int = 0
    read: int = 0
    bad: int = 0
    bad_rows: list[BadRow] = []
    share: float = 0.0
    rate: float = 0.0
    elapsed_ms: float = 0.0
    kept: int = 0
    table: str = ""
    schema: str = ""
    notes: list[str] = []


PREVIEW = Endpoint(
    "data.preview", "POST", "/api/data/preview", PreviewRequest, PreviewResponse, "Look into a file"
)
IMPORT = Endpoint(
    "data.import",
    "POST",
    "/api/data/import",
    ImportRequest,
    ImportEvent,
    "A file into a table",
    Scope.WRITE,
    stream=True,
)
