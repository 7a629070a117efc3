"""Rows of cells as Python: literals with real types, SQLAlchemy expressions, a pytest fixture.

A cell becomes the type a driver would give only where nothing is lost by it: `infinity`, a year beyond 9999,
nanoseconds, a UUID that is written in capitals stay the texts they are. JSON stays text as it is stored.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from desktop.kit.grid.copy_as import Form, Given, Hole, Seen, Table, refuse_holes, slices, unique
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

Value = None | bool | int | float | Decimal | str | bytes | date | time | datetime | UUID | BadText

_WHOLE = re.compile(r"-?\d+\Z", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z|-?(nan|infinity)\Z", re.ASCII | re.IGNORECASE)
_FLOATS = ("real", "float", "double")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?P<clock>[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d(:?\d\d){0,2}|Z)?)?\Z"
)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d(:?\d\d){0,2})?\Z")
_MODULES = {"datetime": (date, time, datetime, timedelta), "decimal": (Decimal,), "uuid": (UUID,)}
_TRUTH = {"t": True, "f": False, "true": True, "false": False}


# --- values ----------------------------------------------------------------------------------------


def value_of(cell: Cell, column: Column, dialect: str) -> Value:
    """The cell as the type its column holds, or as it came where that would change it."""
    if isinstance(cell, Truncated):
        return cell.prefix
    if column.kind == "bool" and (isinstance(cell, str) or cell in (0, 1)) and not isinstance(cell, float):
        return _TRUTH.get(cell, cell) if isinstance(cell, str) else bool(cell)
    if not isinstance(cell, str):
        return cell
    if column.kind == "number" and dialect != "sqlite":
        return _number(cell, column.type.lower())
    if column.kind == "uuid":
        return _uuid(cell)
    return _moment(cell, dialect) if column.kind == "time" else cell


def _number(text: str, type_name: str) -> Value:
    """SQLite's texts are texts; other engines send exact numbers as text."""
    if not _DECIMAL.match(text):
        return text
    if type_name.startswith(_FLOATS):
        return float(text)
    exact = type_name.startswith(("numeric", "decimal", "dec"))
    return int(text) if _WHOLE.match(text) and not exact else Decimal(text)


def _uuid(text: str) -> Value:
    try:
        found = UUID(text)
    except ValueError:
        return text
    return found if str(found) == text else text


def _moment(text: str, dialect: str) -> Value:
    found = _MOMENT.match(text)
    try:
        if found is not None:
            moment = datetime.fromisoformat(text) if found["clock"] else date.fromisoformat(text)
        elif _CLOCK.match(text):
            return time.fromisoformat(text)
        else:
            return text
    except ValueError:
        return text
    # In SQLite it is a text, of which another spelling is another value.
    return moment if dialect != "sqlite" or text in _spellings(moment) else text


def _spellings(moment: date) -> tuple[str, ...]:
    if not isinstance(moment, datetime):
        return (moment.isoformat(),)
    return moment.isoformat(" "), moment.isoformat(" ", "microseconds")


# --- source ----------------------------------------------------------------------------------------


class Source:
    """Writes values as Python source and knows what has to be imported for them."""

    def __init__(self) -> None:
        self._used: set[type] = set()
        self._utc = False

    def literal(self, value: Value) -> str:
        """An expression that makes the value again."""
        if isinstance(value, BadText):
            return f'{value.raw!r}.decode("utf-8", "surrogateescape")'
        if isinstance(value, float):
            return repr(value) if math.isfinite(value) else f'float("{value!r}")'
        if value is None or isinstance(value, bool | int | str | bytes):
            return repr(value)
        self._used.add(type(value))
        if isinstance(value, Decimal | UUID):
            return f'{type(value).__name__}("{value}")'
        return self._calendar(value)

    def _calendar(self, value: date | time | datetime) -> str:
        parts: list[int] = []
        if isinstance(value, date):
            parts += [value.year, value.month, value.day]
        if isinstance(value, datetime | time):
            parts += [value.hour, value.minute]
            rest = [value.second, value.microsecond]
            while rest and not rest[-1]:
                rest.pop()
            parts += rest
        zone = f", tzinfo={self._zone(value)}" if getattr(value, "tzinfo", None) is not None else ""
        return f"{type(value).__name__}({', '.join(map(str, parts))}{zone})"

    def _zone(self, value: Any) -> str:
        offset = value.utcoffset()
        self._utc = True
        if not offset:
            return "timezone.utc"
        self._used.add(timedelta)
        sign, offset = ("-", -offset) if offset < timedelta(0) else ("", offset)
        hours, seconds = divmod(int(offset.total_seconds()), 3600)
        parts = [f"hours={sign}{hours}"] + ([f"minutes={sign}{seconds // 60}"] if seconds >= 60 else [])
        parts += [f"seconds={sign}{seconds % 60}"] if seconds % 60 else []
        return f"timezone(timedelta({', '.join(parts)}))"

    def imports(self, *more: str) -> str:
        """The lines for the top."""
        lines = list(more)
        for module, kinds in _MODULES.items():
            names = sorted(kind.__name__ for kind in kinds if kind in self._used)
            if module == "datetime" and self._utc:
                names = sorted([*names, "timezone"])
            if names:
                lines.append(f"from {module} import {', '.join(names)}")
        return "".join(line + "\n" for line in sorted(lines, key=_import_rank))


def _import_rank(line: str) -> tuple[bool, str]:
    # As formatters put them: the standard library first.
    words = line.split()
    return words[1] not in _MODULES, words[1]


# --- forms -----------------------------------------------------------------------------------------


@Form
def dicts(table: Table) -> Iterator[str]:
    """A list of dicts by column name; cells that are not selected are left out."""
    source = Source()
    rows = yield from _hold(_dicts(table, source, bound=False))
    yield f"{_head(source.imports())}rows = "
    yield from rows
    yield "\n"


@Form
def tuples(table: Table) -> Iterator[str]:
    """The names and a list of tuples. Raises ValueError where some row lacks a column that another has."""
    yield from refuse_holes(table, "Tuples need")
    source = Source()
    rows = yield from _hold(_tuples(table, source))
    names = unique(column.name for column in table.columns)
    head = f"columns = ({', '.join(map(repr, names))}{',' if len(names) == 1 else ''})\n"
    yield f"{_head(source.imports())}{head}rows = [\n"
    yield from rows
    yield "]\n"


@Form
def insert(table: Table) -> Iterator[str]:
    """SQLAlchemy's insert() of all rows into a lightweight table."""
    yield from refuse_holes(table, "An insert needs")
    source, name = Source(), variable(table.path[-1])
    rows = yield from _hold(_dicts(table, source, bound=True, indent="    "))
    made = _table(table, name, list(table.columns))
    head = _head(source.imports("from sqlalchemy import column, insert, table"))
    yield f"{head}{made}\nstatement = insert({name}).values(\n    "
    yield from rows
    yield "\n)\n"


@Form
def select(table: Table) -> Iterator[str]:
    """SQLAlchemy's select() of the selected columns, by the keys of the rows."""
    source, name = Source(), variable(table.path[-1])
    if not table.keys:
        raise ValueError("A select by key needs a key; these rows have none")
    columns = [*table.columns]
    known = {column.name for column in columns}
    columns += [key for key in table.keys if key.name not in known]
    named = [f"{name}.c[{key.name!r}]" for key in table.keys]
    where = f"{named[0]}.in_" if len(named) == 1 else f"tuple_({', '.join(named)}).in_"
    listed = yield from _hold(_keys(table, source))
    wanted = "".join(f"    {name}.c[{column.name!r}],\n" for column in table.columns)
    words = ["column", "select", "table", *(["tuple_"] if len(named) > 1 else [])]
    head = _head(source.imports(f"from sqlalchemy import {', '.join(words)}"))
    yield (f"{head}{_table(table, name, columns)}\nstatement = select(\n{wanted}).where(\n    {where}([\n")
    yield from listed
    yield "    ])\n)\n"


@Form
def fixture(table: Table) -> Iterator[str]:
    """A pytest fixture that inserts the rows through a SQLAlchemy connection, the fixture `connection`."""
    yield from refuse_holes(table, "A fixture needs")
    source, name = Source(), variable(table.path[-1])
    rows = yield from _hold(_dicts(table, source, bound=True))
    head = _head(source.imports("import pytest", "from sqlalchemy import Connection, column, insert, table"))
    count = f"{len(table.rows):,} row" + ("" if len(table.rows) == 1 else "s")
    yield f"{head}{_table(table, name, list(table.columns))}{name}_cells = "
    yield from rows
    yield (
        f"\n\n\n@pytest.fixture\ndef {name}_rows(connection: Connection) -> list[dict[str, object]]:\n"
        f'    """{count} of {name}, inserted."""\n'
        f"    connection.execute(insert({name}), {name}_cells)\n    return {name}_cells\n"
    )


def variable(name: str) -> str:
    """A table's name as a Python name that hides nothing of the text around it."""
    found = re.sub(r"\W", "_", name) or "rows"
    if not found.isidentifier() or keyword.iskeyword(found) or found in _TAKEN:
        found = f"t_{found}"
    return found


_TAKEN = {
    *(
        "column",
        "insert",
        "table",
        "select",
        "tuple_",
        "statement",
        "rows",
        "columns",
        "pytest",
        "Connection",
    ),
    *("date", "time", "datetime", "timedelta", "timezone", "Decimal", "UUID", "float", "list", "dict", "str"),
    *("object",),
}


def _head(imports: str) -> str:
    return imports + "\n" if imports else ""


def _hold(pieces: Iterator[str]) -> Generator[str, None, list[str]]:
    """The pieces, kept for later: what must be imported for them stands before them."""
    held = []
    for piece in pieces:
        held.append(piece)
        yield ""
    return held


def _known(row: Sequence[Given], table: Table) -> Iterable[tuple[Cell, Column]]:
    return [
        (cell, column) for cell, column in zip(row, table.columns, strict=True) if not isinstance(cell, Hole)
    ]


def _value(cell: Cell, column: Column, table: Table) -> Value:
    return value_of(cell, column, table.dialect)


def _literal(cell: Cell, column: Column, table: Table, source: Source) -> str:
    # SQLite's driver takes only what the database has a storage class for.
    if table.dialect == "sqlite" and not isinstance(cell, Truncated):
        return source.literal(cell)
    return source.literal(value_of(cell, column, table.dialect))


def _dicts(table: Table, source: Source, *, bound: bool, indent: str = "") -> Iterator[str]:
    """A list of dicts; the lines behind its first begin with `indent`."""
    heads = [f"{name!r}: " for name in unique(column.name for column in table.columns)]
    yield "[\n"
    for rows in slices(table.rows):
        lines = []
        for row in rows:
            members = []
            for head, column, cell in zip(heads, table.columns, row, strict=True):
                if not isinstance(cell, Hole):
                    bare = source.literal(_value(cell, column, table)) if not bound else ""
                    members.append(head + (bare or _literal(cell, column, table, source)))
            lines.append(f"{indent}    {{{', '.join(members)}}},\n")
        yield "".join(lines)
    yield f"{indent}]"


def _tuples(table: Table, source: Source) -> Iterator[str]:
    for rows in slices(table.rows):
        lines = []
        for row in rows:
            cells = [source.literal(_value(cell, column, table)) for cell, column in _known(row, table)]
            lines.append(f"    ({', '.join(cells)}{',' if len(cells) == 1 else ''}),\n")
        yield "".join(lines)


def _keys(table: Table, source: Source) -> Iterator[str]:
    """Each key once."""
    seen = Seen()
    for rows in slices(table.key_rows):
        lines = []
        for row in rows:
            cells = [_literal(cell, key, table, source) for cell, key in zip(row, table.keys, strict=True)]
            value = cells[0] if len(cells) == 1 else f"({', '.join(cells)})"
            if seen.first(value):
                lines.append(f"        {value},\n")
        yield "".join(lines)


def _table(table: Table, name: str, columns: Sequence[Column]) -> str:
    lines = "".join(f"    column({one!r}),\n" for one in unique(column.name for column in columns))
    schema = f"    schema={table.path[-2]!r},\n" if len(table.path) > 1 else ""
    return f"{name} = table(\n    {table.path[-1]!r},\n{lines}{schema})\n"
