"""Rows of cells as UPDATE statements: one a row, by its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from desktop.kit.grid.copy_as import Form, Given, Hole, Table, slices
from desktop.kit.grid.literals import literal, quote_name, quote_path
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

# PostgreSQL reads a bare 1.1 as a decimal, which equals no real; in quotes it takes the column's own type.
_INEXACT = ("real", "double", "float")


@Form
def updates(table: Table) -> Iterator[str]:
    """Sets the selected columns of each row to what they are.

    Raises ValueError where the rows have no key, or nothing else is selected.
    """
    if not table.keys:
        raise ValueError("UPDATE needs a key; these rows have none")
    names = {key.name for key in table.keys}
    heads = [
        "" if column.name in names or column.generated else f"{quote_name(column.name, table.dialect)} = "
        for column in table.columns
    ]
    keys, written = iter(table.key_rows), 0
    for rows in slices(table.rows):
        lines = [
            _update(row, key, heads, table) for row, key in zip(rows, islice(keys, len(rows)), strict=True)
        ]
        written += len(lines) - lines.count("")
        yield "".join(lines)
    if not written:
        raise ValueError("Select a column that can be set and is no part of the key")


def _update(row: Sequence[Given], key: Sequence[Cell], heads: Sequence[str], table: Table) -> str:
    sets = [
        head + literal(cell, column, table.dialect)
        for head, cell, column in zip(heads, row, table.columns, strict=True)
        if head and not isinstance(cell, Hole)
    ]
    if not sets:
        return ""
    where = " AND ".join([_equals(cell, column, table) for cell, column in zip(key, table.keys, strict=True)])
    return f"UPDATE {quote_path(table.path, table.dialect)} SET {', '.join(sets)} WHERE {where};\n"


def _equals(cell: Cell, column: Column, table: Table) -> str:
    name = quote_name(column.name, table.dialect)
    if cell is None:
        return f"{name} IS NULL"
    text = literal(cell, column, table.dialect)
    if (
        table.dialect == "postgresql"
        and column.type.lower().startswith(_INEXACT)
        and not text.startswith("'")
    ):
        text = f"'{text}'"
    return f"{name} = {text}"
