"""Many rows at once into a table, values in the storage class they have."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, RowBlock

from .grammar import SqliteGrammar

_grammar = SqliteGrammar()
_POINT = "backlight_rows"
# So many go into one statement: it lasts about a millisecond, in which another thread can work.
_PARAMETERS = 5000


def insert_many(
    connection: sqlite3.Connection, table: str, columns: Sequence[Column], block: RowBlock
) -> None:
    """All of the rows or, with an exception, none."""
    names = ", ".join(_grammar.name(column.name) for column in columns)
    insert = f"INSERT INTO {table} ({names}) VALUES "
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000_000)
    connection.execute(f"SAVEPOINT {_POINT}")
    try:
        if not block.plain and any(BadText in set(map(type, column)) for column in block.columns):
            for row in block.rows():
                _insert(connection, insert, row)
        else:
            _insert_all(connection, insert, block)
    except BaseException:
        # An interrupted statement may have ended the whole transaction by itself.
        with contextlib.suppress(sqlite3.Error):
            connection.execute(f"ROLLBACK TO {_POINT}")
            connection.execute(f"RELEASE {_POINT}")
        raise
    connection.execute(f"RELEASE {_POINT}")


def _insert_all(connection: sqlite3.Connection, insert: str, block: RowBlock) -> None:
    """Many rows by each statement: a fifth of the time is what lies between two of them."""
    width, rows = len(block.columns), len(block)
    marks = f"({', '.join('?' * width)})"
    most = min(_PARAMETERS, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))
    each = max(1, most // width)
    whole = rows - rows % each
    if whole:
        step = each * width
        cells: list[Cell] = [None] * (whole * width)
        for place, column in enumerate(block.columns):
            cells[place::width] = column[:whole]
        statement = insert + ", ".join([marks] * each)
        connection.executemany(statement, (cells[at : at + step] for at in range(0, len(cells), step)))
    rest = zip(*(column[whole:] for column in block.columns), strict=True)
    connection.executemany(insert + marks, rest)


def _insert(connection: sqlite3.Connection, insert: str, row: Sequence[Cell]) -> None:
    marks = ["CAST(? AS TEXT)" if isinstance(cell, BadText) else "?" for cell in row]
    values = [cell.raw if isinstance(cell, BadText) else cell for cell in row]
    connection.execute(f"{insert}({', '.join(marks)})", values)
