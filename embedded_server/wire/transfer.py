"""Export and import: rows to files and files to tables, streamed."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .data import Column, Filter, Order
from .endpoint import Endpoint

Format = Literal["csv", "tsv", "json", "jsonl", "sql", "markdown", "xlsx", "parquet"]
READABLE = ("csv", "tsv", "json", "jsonl", "sql", "xlsx", "parquet")
# By the ending of a file's name.
ENDINGS: dict[str, Format] = {
    "csv": "csv",
    "txt": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "sql": "sql",
    "md": "markdown",
    "xlsx": "xlsx",
    "parquet": "parquet",
}


class TextOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a text file is written. Those that a format has no use for are passed over.

    `delimiter` "" is the format's own. `null` stands for NULL, never quoted: a text that looks like it is
    quoted instead, so both come back as they were. `table` is the table that INSERT statements name ("" for
    the one that is read). `encoding` is any of Python's; `bom` puts a byte order mark before it.
    """

    header: bool = True
    delimiter: str = ""
    quoting: Literal["minimal", "all"] = "minimal"
    null: str = ""
    encoding: str = "utf-8"
    bom: bool = False
    line_end: Literal["lf", "crlf"] = "lf"
    table: str = ""


class Given(msgspec.Struct, frozen=True):
    """Rows that are sent along: `rows[i][j]` is the cell of `columns[j]` in its JSON form."""

    columns: list[Column]
    rows: list[list[Any]]


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Rows to a file: of a `table` (with `columns`, `filters`, `where`, `order_by` as `data.page` has them),
    of a query `sql` with `params` (by name as in `console.run`, or a list in the driver's style), or those
    `given`.

    The rows go to a new file beside `path` (absolute, `~` allowed), which takes its place only when it is
    complete and on disk; an existing one is replaced only with `overwrite`. A value that the format cannot
    carry ends the export with `transfer.loss` unless `allow_loss`; `dry_run` writes nothing and tells what
    would be lost among the first `look` rows (0: all).
    """

    connection: str
    path: str = ""
    format: Format = "csv"
    table: str = ""
    schema: str = ""
    columns: list[str] | None = None
    order_by: list[Order | str] = []
    filters: list[Filter] = []
    where: str = ""
    sql: str = ""
    params: Any = None
    given: Given | None = None
    options: TextOptions = TextOptions()
    overwrite: bool = False
    allow_loss: bool = False
    dry_run: bool = False
    look: int = 100_000


class Loss(msgspec.Struct, frozen=True):
    """What a format cannot carry of a column: `why` in words, `count` values, the first in `row` (from 1)."""

    column: str
    why: str
    count: int = 0
    row: int = 0
    value: str = ""


State = Literal["running", "done"]


class ExportEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it is: a few a second, the last one "done". `total` is an estimate unless `total_exact`.

    `bytes` on disk, `rate` in rows a second. `losses` are complete in the last event. `complete` false:
    only the first rows were looked at. `notes` tell what the file holds in another form.
    """

    state: State
    rows: int = 0
    bytes: int = 0
    total: int | None = None
    total_exact: bool = False
    rate: float = 0.0
    elapsed_ms: float = 0.0
    path: str = ""
    complete: bool = True
    columns: list[Column] = []
    losses: list[Loss] = []
    notes: list[str] = []


EXPORT = Endpoint(
    "data.export",
    "POST",
    "/api/data/export",
    ExportRequest,
    ExportEvent,
    "Rows to a file",
    stream=True,
    max_body=64 << 20,
)
