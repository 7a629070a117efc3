"""`data.preview`: what a file is, before anything is done with it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from typing import Any

from embedded_server.data import structures
from embedded_server.data.structures import Table
from embedded_server.jobs import Call
from embedded_server.wire.loading import FileColumn, PreviewRequest, PreviewResponse, ReadOptions
from embedded_server.wire.transfer import Format
from embedded_server.wire.values import BadText

from . import guessing, sniff
from .cell_texts import plain_text
from .readers import Batch, Source, open_source
from .readers.parquet import ParquetSource
from .scripts import statements

LOOKED_AT = 1000
_MOST_ROWS = 1000
_SHOWN = 2000
_MOST_NAME = 60


def preview(request: PreviewRequest, call: Call) -> PreviewResponse:
    """See `PreviewRequest`."""
    kind = sniff.format_of(request.path, request.format)
    options, notes = sniff.complete(request.path, kind, request.options)
    name, grammar, table, default = "", None, None, ""
    if request.connection:
        with call.session(request.connection) as lease:
            name, grammar, default = lease.engine.name, lease.grammar, lease.info.default_schema
            if request.table:
                table = structures.fetch(lease, request.schema, request.table)
    if kind == "sql":
        return _script(request, kind, options, notes, name)
    with contextlib.closing(open_source(kind, request.path, options)) as source:
        batch = _first(source)
        columns = _columns(source, batch, name, table)
        shown = min(request.limit, _MOST_ROWS)
        rows = [[_text(column[row]) for column in batch.columns] for row in range(len(batch.lines))[:shown]]
        notes += [*source.notes, *_bad(batch)]
        table_name = request.table or _name_of(request.path)
        schema = "" if request.schema in ("", default) else request.schema
        return PreviewResponse(
            format=kind,
            options=options,
            columns=columns,
            rows=rows,
            ddl=guessing.table_ddl(grammar, schema, table_name, columns) if grammar is not None else "",
            table=table_name,
            size=os.path.getsize(request.path),
            sheets=list(getattr(source, "sheets", [])),
            notes=notes,
        )


def _first(source: Source) -> Batch:
    with contextlib.closing(source.batches()) as batches:
        return next(batches, Batch([[] for _ in source.columns], [], 0, 1.0))


def _bad(batch: Batch) -> list[str]:
    return [f"Line {row.line:,}: {row.reason}" for row in batch.bad[:5]]


def _columns(source: Source, batch: Batch, engine: str, table: Table | None) -> list[FileColumn]:
    found: list[FileColumn] = []
    typed = source.described if isinstance(source, ParquetSource) else None
    names = {} if table is None else {column.name.lower(): column for column in table.visible}
    for place, name in enumerate(source.columns):
        guess = guessing.guess(batch.columns[place][:LOOKED_AT])
        type_name = guessing.type_of(guess, engine)
        why = guess.why
        if typed is not None:
            type_name, why = guessing.of_column(typed[place], engine), f"{typed[place].type} in the file"
        target = names.get(name.lower())
        fits = target.name if target is not None and not target.generated else ""
        found.append(FileColumn(name, type_name, guess.kind, why, fits))
    return found


def _script(
    request: PreviewRequest, kind: Format, options: ReadOptions, notes: list[str], engine: str
) -> PreviewResponse:
    rows: list[Sequence[str | None]] = []
    with contextlib.closing(  # type: ignore[type-var]
        statements(request.path, options.encoding or "utf-8", engine)
    ) as found:
        for line, sql, _ in found:
            rows.append([str(line), sql[:_SHOWN]])
            if len(rows) >= min(request.limit, _MOST_ROWS):
                break
    return PreviewResponse(
        format=kind,
        options=options,
        columns=[FileColumn("line"), FileColumn("statement")],
        rows=[list(row) for row in rows],
        size=os.path.getsize(request.path),
        statements=len(rows),
        notes=notes,
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value.shown() if isinstance(value, BadText) else plain_text(value)
    return text[:_SHOWN]


def _name_of(path: str) -> str:
    stem = os.path.basename(path).rpartition(".")[0]
    name = re.sub(r"\W+", "_", stem.lower()).strip("_")[:_MOST_NAME]
    return name if name and not name[0].isdigit() else f"t_{name}".rstrip("_")
