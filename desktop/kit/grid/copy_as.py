"""Rows of cells as text: TSV, CSV, JSON, Markdown, INSERT statements, an IN list.

`HOLE` stands where a rectangle of the selection has no selected cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from desktop.kit.grid.filters import distinct
from desktop.kit.grid.formats import exact_text
from desktop.kit.grid.literals import literal, quote_name, quote_path
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, to_json

INSERT_ROWS = 500


class Hole:
    """A cell that is not selected."""

    __slots__ = ()


HOLE: Final = Hole()
Given = Cell | Hole


class Table(msgspec.Struct, frozen=True):
    """What is copied: `rows` of cells under `columns`, and where they come from.

    `keys` are the columns that identify a row, with `key_rows` their cells, where a form asks for them.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Given]]
    path: tuple[str, ...] = ("result",)
    dialect: str = ""
    single: bool = False
    keys: Sequence[Column] = ()
    key_rows: Sequence[Sequence[Cell]] = ()


def tsv(table: Table) -> str:
    """Tab separated, as spreadsheets take it; one cell alone is copied exactly as it is."""
    if table.single:
        cell = table.rows[0][0]
        return "" if isinstance(cell, Hole) else exact_text(cell)
    return "\n".join("\t".join(_field(cell, "\t") for cell in row) for row in table.rows)


def tsv_with_header(table: Table) -> str:
    """Tab separated, the column names first."""
    lines = ["\t".join(_quoted(column.name, "\t") for column in table.columns)]
    return "\n".join(lines + ["\t".join(_field(cell, "\t") for cell in row) for row in table.rows])


def csv(table: Table) -> str:
    """Comma separated by RFC 4180 with a header; NULL is nothing, an empty text is `""`."""
    lines = [",".join(_quoted(column.name, ",") for column in table.columns)]
    lines += [",".join(_field(cell, ",") for cell in row) for row in table.rows]
    return "".join(line + "\r\n" for line in lines)


def _field(cell: Given, separator: str) -> str:
    if isinstance(cell, Hole) or cell is None:
        return ""
    return _quoted(exact_text(cell), separator)


def _quoted(text: str, separator: str) -> str:
    plain = text and not any(sign in text for sign in (separator, '"', "\n", "\r"))
    return text if plain else '"' + text.replace('"', '""') + '"'


# --- JSON ------------------------------------------------------------------------------------------

_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)


def as_json(table: Table) -> str:
    """An array of objects. Numbers keep every digit; what JSON has no word for is tagged as on the wire."""
    names = unique([column.name for column in table.columns])
    objects = []
    for row in table.rows:
        members = [
            f"{json.dumps(name, ensure_ascii=False)}: {_json(cell, column)}"
            for name, column, cell in zip(names, table.columns, row, strict=True)
            if not isinstance(cell, Hole)
        ]
        objects.append("  {" + ", ".join(members) + "}")
    return "[\n" + ",\n".join(objects) + "\n]\n"


def _json(cell: Cell, column: Column) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, str):
        if column.kind == "number" and _JSON_NUMBER.match(cell):
            return cell
        if column.kind == "json" and _is_json(cell):
            return cell
    return json.dumps(to_json(cell), ensure_ascii=False)


def _is_json(text: str) -> bool:
    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def unique(names: Iterable[str]) -> list[str]:
    """Names with `_2`, `_3` behind those that were there before."""
    seen: set[str] = set()
    made: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        made.append(candidate)
    return made


# --- Markdown --------------------------------------------------------------------------------------


def markdown(table: Table) -> str:
    """A table for an issue or a chat; columns are aligned also in the source."""
    head = [_inline(column.name) for column in table.columns]
    body = [["" if isinstance(cell, Hole) else _markdown_cell(cell) for cell in row] for row in table.rows]
    widths = [max(3, *map(len, texts)) for texts in zip(head, *body, strict=True)]
    right = [column.kind == "number" for column in table.columns]
    rule = [
        "-" * (width - 1) + ":" if number else "-" * width
        for width, number in zip(widths, right, strict=True)
    ]
    lines = [head, rule, *body]
    return "".join(
        "| "
        + " | ".join(
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, right, strict=True)
        )
        + " |\n"
        for line in lines
    )


def _markdown_cell(cell: Cell) -> str:
    return "*NULL*" if cell is None else _inline(exact_text(cell))


def _inline(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return text.replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")


# --- SQL -------------------------------------------------------------------------------------------


def inserts(table: Table) -> str:
    """INSERT statements with every selected column, at most 500 rows each.

    Raises ValueError where some row lacks a column that another has.
    """
    if any(isinstance(cell, Hole) for row in table.rows for cell in row):
        raise ValueError("INSERT needs the same columns of every row")
    names = ", ".join(quote_name(column.name, table.dialect) for column in table.columns)
    head = f"INSERT INTO {quote_path(table.path, table.dialect)} ({names}) VALUES\n"
    return "".join(
        head + ",\n".join(f"  ({_literals(row, table)})" for row in chunk) + ";\n"
        for chunk in _chunks(table.rows, INSERT_ROWS)
    )


def in_list(table: Table) -> str:
    """The distinct values for `column IN (...)`; rows of several columns become row values.

    NULL never equals anything and is left out. Raises ValueError if nothing is left.
    """
    if len(table.columns) == 1:
        cells = [row[0] for row in table.rows if not isinstance(row[0], Hole)]
        values = [
            literal(cell, table.columns[0], table.dialect) for cell in distinct(cells) if cell is not None
        ]
    else:
        rows = (row for row in table.rows if not any(cell is None or isinstance(cell, Hole) for cell in row))
        values = list(dict.fromkeys(f"({_literals(row, table)})" for row in rows))
    if not values:
        raise ValueError("Only NULL is selected: use IS NULL")
    return "(" + ", ".join(values) + ")"


def _literals(row: Sequence[Given], table: Table) -> str:
    return ", ".join(
        literal(cell, column, table.dialect)
        for cell, column in zip(row, table.columns, strict=True)
        if not isinstance(cell, Hole)
    )


def _chunks(rows: Sequence[Sequence[Given]], size: int) -> Iterator[Sequence[Sequence[Given]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
