"""Copied Python: types where they are exact, the text as it is stored where not; names that are names."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.kit.grid.copy_as import HOLE, Table
from desktop.kit.grid.copy_forms import FORMATS
from desktop.kit.grid.copy_python import variable
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Truncated
from tests.desktop.kit.cells import bad_texts, texts

ID, NOTE = Column("id", "integer", "number", key=1), Column("note", "text", "text")
NUMERIC, DOUBLE = Column("n", "numeric(12,2)", "number"), Column("f", "double precision", "number")
AT, DAY, CLOCK = Column("at", "timestamptz", "time"), Column("d", "date", "time"), Column("c", "time", "time")
KEY, OK, RAW = Column("u", "uuid", "uuid"), Column("ok", "boolean", "bool"), Column("raw", "bytea", "binary")
WEST = timezone(timedelta(hours=-3, minutes=-30))


def evaluated(form: str, table: Table) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(FORMATS[form][1](table), space)
    return space


def only(cell: Any, column: Column, dialect: str = "postgresql") -> Any:
    """One cell there and back."""
    (row,) = evaluated("python", Table([column], [(cell,)], dialect=dialect))["rows"]
    return row[column.name]


@pytest.mark.parametrize(
    ("cell", "column", "value"),
    [
        ("12", ID, 12), ("1.10", NUMERIC, Decimal("1.10")), ("7", NUMERIC, Decimal(7)), ("0.1", DOUBLE, 0.1),
        ("NaN", NUMERIC, Decimal("NaN")), ("Infinity", DOUBLE, math.inf), (2**80, ID, 2**80),
        ("$1,000.00", Column("m", "money", "number"), "$1,000.00"), ("t", OK, True),
        ("f", OK, False), (1, OK, True),
        ("2026-11-23", DAY, date(2026, 11, 23)), ("08:15:59.5", CLOCK, time(8, 15, 59, 500000)),
        ("838:59:59", CLOCK, "838:59:59"), ("24:00:00", CLOCK, "24:00:00"),
        ("2026-11-23 08:15:59.12+00", AT, datetime(2026, 11, 23, 8, 15, 59, 120000, UTC)),
        ("2026-11-23 08:15:00-03:30", AT, datetime(2026, 11, 23, 8, 15, tzinfo=WEST)),
        ("infinity", AT, "infinity"), ("10000-01-01 00:00:00", AT, "10000-01-01 00:00:00"),
        ("0044-03-15 BC", DAY, "0044-03-15 BC"),
        ("2026-01-01 00:00:00.1234567", AT, "2026-01-01 00:00:00.1234567"),
        ("0000-00-00", DAY, "0000-00-00"), ("1 day", Column("i", "interval", "time"), "1 day"),
        ("0b14d501-a594-495b-bf4d-2e7a3f3c7b21", KEY, UUID("0b14d501-a594-495b-bf4d-2e7a3f3c7b21")),
        ("0B14D501-A594-495B-BF4D-2E7A3F3C7B21", KEY, "0B14D501-A594-495B-BF4D-2E7A3F3C7B21"),
        (b"\x00\xff", RAW, b"\x00\xff"), ('{"a": 1.10}', Column("j", "jsonb", "json"), '{"a": 1.10}'),
        (Truncated("ab", 9), NOTE, "ab"), (None, NUMERIC, None),
    ],
)  # fmt: skip
def test_a_cell_becomes_what_it_is(cell, column, value):
    got = only(cell, column)
    assert type(got) is type(value)
    assert got == value or (isinstance(value, Decimal) and value.is_nan() and got.is_nan())
    if isinstance(value, datetime):
        assert got.utcoffset() == value.utcoffset()


def test_texts_of_sqlite_are_texts_unless_nothing_is_lost():
    assert only("12", ID, "sqlite") == "12"
    assert only("2026-11-23 08:15:59.120000", AT, "sqlite") == datetime(2026, 11, 23, 8, 15, 59, 120000)
    for text in ("2026-11-23T08:15:59", "2026-11-23 08:15", "2026-11-23 08:15:59.12"):
        assert only(text, AT, "sqlite") == text


@settings(max_examples=80)
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.binary(max_size=9)))
@example("'''\"\"\"\\\n\r\u2028\ud800")
@example(-0.0)
def test_whatever_it_is_it_evaluates_back(cell):
    got = only(cell, NOTE)
    assert type(got) is type(cell) and (repr(got) == repr(cell))


@given(bad_texts)
@settings(max_examples=20)
def test_bytes_that_are_no_text_come_back(cell: BadText):
    assert only(cell, NOTE).encode("utf-8", "surrogateescape") == cell.raw


def test_tuples_and_holes():
    table = Table([ID, NOTE], [(1, "a"), (2, None)])
    space = evaluated("python_tuples", table)
    assert space["columns"] == ("id", "note") and space["rows"] == [(1, "a"), (2, None)]
    assert evaluated("python_tuples", Table([ID], [(1,)]))["rows"] == [(1,)]
    assert evaluated("python", Table([ID, NOTE], [(1, HOLE)]))["rows"] == [{"id": 1}]
    assert evaluated("python", Table([NOTE, NOTE], [("x", "y")]))["rows"] == [{"note": "x", "note_2": "y"}]
    for form in ("python_tuples", "sqlalchemy", "pytest"):
        with pytest.raises(ValueError, match="same columns of every row"):
            FORMATS[form][1](Table([ID, NOTE], [(1, HOLE)]))


def test_only_what_is_used_is_imported():
    text = FORMATS["python"][1](Table([ID, AT], [(1, "2026-11-23 08:00:00+02")]))
    assert (
        text.startswith("from datetime import datetime, timedelta, timezone\n\nrows = [\n")
        and "uuid" not in text
    )
    assert FORMATS["python"][1](Table([ID], [(1,)])).startswith("rows = [")


@pytest.mark.parametrize("name", ["order lines", "class", "1st", "table", "rows", "Ünïcode", "", "a.b", "x"])
def test_any_table_has_a_python_name(name):
    assert variable(name).isidentifier()
    table = Table([ID, NOTE], [(1, "a")], ("main", name), keys=[ID], key_rows=[(1,)])
    statement = evaluated("sqlalchemy", table)["statement"]
    assert statement.table.name == name and statement.table.schema == "main"
    assert evaluated("sqlalchemy_select", table)["statement"].get_final_froms()[0].name == name
    compile(FORMATS["pytest"][1](table), "copied", "exec")


def test_an_update_names_its_row_and_nothing_else():
    cells = Table(
        [ID, NOTE], [(1, "it's"), (2, HOLE)], ("public", "t"), "postgresql", keys=[ID], key_rows=[(1,), (2,)]
    )
    assert FORMATS["update"][1](cells) == 'UPDATE "public"."t" SET "note" = \'it\'\'s\' WHERE "id" = 1;\n'
    made = Column("made", "int", "number", generated=True)
    with pytest.raises(ValueError, match="no part of the key"):
        FORMATS["update"][1](Table([ID, made], [(1, 2)], keys=[ID], key_rows=[(1,)]))
    for form in ("update", "sqlalchemy_select"):
        with pytest.raises(ValueError, match="have none"):
            FORMATS[form][1](Table([ID, NOTE], [(1, "a")]))


def test_keys_that_are_null_or_inexact_find_their_row():
    real = Column("r", "real", "number")
    table = Table([NOTE], [("a",)], ("t",), "postgresql", keys=[real, ID], key_rows=[("1.1", None)])
    assert FORMATS["update"][1](table).endswith('WHERE "r" = \'1.1\' AND "id" IS NULL;\n')
