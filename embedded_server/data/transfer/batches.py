"""Batches of a file's rows in parts, and which column of it goes where."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.data.structures import Table
from embedded_server.wire.data import Column
from embedded_server.wire.loading import ImportRequest
from embedded_server.wire.problem import problem

from .readers import Batch, Source


def matched(request: ImportRequest, source: Source, table: Table) -> list[tuple[int, Column]]:
    """Places in the file with the table's columns they go into. Raises transfer.mapping."""
    places = {name: place for place, name in enumerate(source.columns)}
    if request.mapping is None:
        pairs = [(name, _alike(name, table)) for name in source.columns]
        chosen = [(name, column) for name, column in pairs if column is not None]
    else:
        chosen = []
        for item in request.mapping:
            column = table.columns.get(item.target)
            if item.source not in places or column is None:
                missing = item.source if item.source not in places else item.target
                raise problem("transfer.mapping", detail=f"There is no column {missing!r}.")
            chosen.append((item.source, column))
    names = [column.name for _, column in chosen]
    generated = [column.name for _, column in chosen if column.generated]
    if not chosen or len(set(names)) != len(names) or generated:
        why = "No column of the file has the name of one of the table."
        why = f"{generated[0]} is computed by the database." if generated else why
        why = "Two columns go into the same one." if len(set(names)) != len(names) else why
        raise problem("transfer.mapping", detail=why, hint="Say which column goes where.")
    return [(places[name], column) for name, column in chosen]


def _alike(name: str, table: Table) -> Column | None:
    """The table's column of that name, in whatever case; none that the database computes."""
    found = table.columns.get(name)
    if found is None:
        found = next((one for one in table.visible if one.name.lower() == name.lower()), None)
    return None if found is None or found.generated or found.hidden else found


def parts(batch: Batch, size: int) -> Iterator[Batch]:
    """The batch in pieces of at most so many rows."""
    rows = len(batch.lines)
    if rows <= size:
        yield batch
        return
    read = batch.read - rows - len(batch.bad)
    for at in range(0, rows, size):
        end = min(at + size, rows)
        lines = batch.lines[at:end]
        limit = lines[-1] if end < rows else None
        bad = [row for row in batch.bad if (at == 0 or row.line > batch.lines[at - 1])]
        bad = [row for row in bad if limit is None or row.line <= limit]
        read += len(lines) + len(bad)
        columns = [column[at:end] for column in batch.columns]
        yield Batch(columns, lines, read, batch.share, bad, batch.texts)


def behind(batch: Batch, count: int) -> Batch:
    """The batch without the first so many rows of the file."""
    lines = sorted([*batch.lines, *(row.line for row in batch.bad)])
    last = lines[count - 1]
    first = sum(line <= last for line in batch.lines)
    return Batch(
        [column[first:] for column in batch.columns],
        batch.lines[first:],
        batch.read,
        batch.share,
        [row for row in batch.bad if row.line > last],
        batch.texts,
    )
