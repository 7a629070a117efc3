"""Rows of cells as UPDATE statements: one a row, by its key."""

from __future__ import annotations

from desktop.kit.grid.copy_as import Hole, Table
from desktop.kit.grid.literals import literal, quote_name, quote_path
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

# PostgreSQL reads a bare 1.1 as a decimal, which equals no real; in quotes it takes the column's own type.
_INEXACT = ("real", "double", "float")


def updates(table: Table) -> str:
    """Sets the selected columns of each row to what they are.

    Raises ValueError where the rows have no key, or nothing else is selected.
    """
    if not table.keys:
        raise ValueError("UPDATE needs a key; these rows have none")
    names = {key.name for key in table.keys}
    lines = []
    for row, key in zip(table.rows, table.key_rows, strict=True):
        sets = [
            f"{quote_name(column.name, table.dialect)} = {literal(cell, column, table.dialect)}"
            for cell, column in zip(row, table.columns, strict=True)
            if not isinstance(cell, Hole) and column.name not in names and not column.generated
        ]
        if sets:
            where = " AND ".join(
                _equals(cell, column, table) for cell, column in zip(key, table.keys, strict=True)
            )
            lines.append(
                f"UPDATE {quote_path(table.path, table.dialect)} SET {', '.join(sets)} WHERE {where};\n"
            )
    if not lines:
        raise ValueError("Select a column that can be set and is no part of the key")
    return "".join(lines)


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
