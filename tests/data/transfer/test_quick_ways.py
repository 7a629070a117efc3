"""The quick ways of reading and converting give what the careful ones give, or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embedded_server.data.transfer.ahead import ahead
from embedded_server.data.transfer.convert import Converter
from embedded_server.data.transfer.readers.delimited import Cut, DelimitedSource
from embedded_server.engines.base import Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.data import Column, Kind
from embedded_server.wire.loading import ReadOptions
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import RowBlock

FIXTURES = [HealthCheck.function_scoped_fixture]
CHARACTERS = 'aé1,;"\n\r\x1f\x1e'
QUOTED = ['"a,b"', '"a\nb"', '""', '"N"', "N", '"a""b"', '"""a"""']
FIELDS = st.text(CHARACTERS, max_size=3) | st.sampled_from(
    ['"a,b"', '"a\nb"', '""', '"N"', "N", '"a""b"', '"""a"""']
)
FILES = st.lists(st.lists(FIELDS, min_size=1, max_size=3).map(",".join), max_size=6)


class Careful(DelimitedSource):
    """Reads each field."""

    def _quickly(self, text: str) -> Cut | None:
        return None


def read(kind: type[DelimitedSource], path: Path, null: str) -> list[Any]:
    source = kind(str(path), ReadOptions(header=True, delimiter=",", encoding="utf-8", null=null))
    found: list[Any] = [source.columns]
    for batch in source.batches():
        found += zip(batch.lines, *batch.columns, strict=True)
        found += [(row.line, row.reason, row.value) for row in batch.bad]
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=FIXTURES)
@given(rows=FILES, end=st.sampled_from(["\n", "\r\n", "\r"]), null=st.sampled_from(["", "N"]))
@example(rows=["1,2", '"3,4","5\n6"', '"7",8'], end="\r\n", null="")
@example(rows=[",\r,", '"a\nb",\r1'], end="\n", null="")
@example(rows=["1,2", '3,"N"', "N,4"], end="\n", null="N")
@example(rows=["1,2", '"a""b","""c"""'], end="\n", null="")
def test_pieces_are_cut_as_the_careful_way_cuts_them(
    tmp_path: Path, rows: list[str], end: str, null: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(("x,y" + end + end.join(rows)).encode())
    assert read(DelimitedSource, path, null) == read(Careful, path, null)


TYPES: list[tuple[str, str, Kind]] = [
    ("postgresql", "integer", "number"), ("postgresql", "smallint", "number"),
    ("postgresql", "numeric(6,2)", "number"), ("postgresql", "numeric(6,-1)", "number"),
    ("postgresql", "double precision", "number"), ("postgresql", "boolean", "bool"),
    ("postgresql", "date", "time"), ("postgresql", "timestamp(3) without time zone", "time"),
    ("mysql", "datetime", "time"), ("mysql", "int", "number"), ("mysql", "decimal(5)", "number"),
    ("duckdb", "HUGEINT", "number"), ("duckdb", "TIMESTAMP_S", "time"), ("postgresql", "text", "text"),
]  # fmt: skip
VALUES = st.none() | st.sampled_from(
    [
        "", "0", "7", "-7", "+7", "007", "32767", "32768", "99999", "2147483647", "2147483648", " 7", "7 ",
        "1_0", "1.5",
        "1.50", "1.500", "1.555", "-.5", "5.", ".", "1e3", "-", "--1", "nan", "inf", "true", "True", "t",
        "on", "no", "2", "٣", "2024-02-29", "2024-02-29 10:00:00", "2024-02-29 10:00:00.123",
        "2024-02-29T10:00:00.1234567",
        "2024-02-29 10:00:00.123000", "10:00", "9" * 39, "a", "\\x00",
    ]
)  # fmt: skip


def meant(engine: str, kind: Kind, cells: Sequence[Any]) -> list[Any]:
    """What the database makes of cells."""
    return [Decimal(str(cell)) if kind == "number" and cell is not None else cell for cell in cells]


@settings(max_examples=500, deadline=None)
@given(what=st.sampled_from(TYPES), values=st.lists(VALUES, min_size=1, max_size=3))
def test_a_column_at_once_is_what_each_value_is(what: tuple[str, str, Kind], values: list[Any]) -> None:
    engine, type_name, kind = what
    converter = Converter(Column("c", type_name, kind), engine, bare=True, in_text=True)
    found = converter.whole(values, texts=True)
    if found is None:
        return
    failed: dict[int, str] = {}
    each = converter.cells(values, failed)
    assert not failed and meant(engine, kind, found) == meant(engine, kind, each)


@pytest.mark.parametrize(("type_name", "kind", "values"), [
    ("integer", "number", ["1", None, "22"]), ("numeric(8,2)", "number", ["1.25", None, "-3"]),
    ("boolean", "bool", ["t", None, "f"]), ("timestamp without time zone", "time", ["2024-02-29 10:00:00.5"]),
    ("text", "text", ["a", None, ""]),
])  # fmt: skip
def test_the_usual_columns_go_at_once(type_name: str, kind: Kind, values: list[Any]) -> None:
    converter = Converter(Column("c", type_name, kind), "postgresql", bare=True, in_text=True)
    assert converter.whole(values, texts=True) is not None
    assert converter.whole([*values, 5], texts=False) is None


def test_what_is_made_ahead_comes_in_order_and_ends_with_its_error() -> None:
    closed = []

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(50)
            raise ValueError("fifty")
        finally:
            closed.append(True)

    found = []
    with pytest.raises(ValueError, match="fifty"):
        for number in ahead(numbers()):
            found.append(number)  # an error would lose what extend had taken
    assert found == list(range(50)) and closed == [True]
    left = ahead(numbers())
    assert next(left) == 0
    left.close()
    assert closed == [True, True]


def test_mariadb_takes_many_rows_or_none(mariadb_database: str) -> None:
    number, text = Column("id", "int", "number"), Column("note", "longtext", "text")
    columns = [number, text, Column("size", "double", "number")]
    odd = ["it's", "back\\slash", "a\0b", "é\n%s", "", None]
    block = RowBlock([list(range(6)), odd, ["1.5", None, "-2", "1e3", "7", "0.1"]])
    session = engine_for(mariadb_database).open(Target(mariadb_database, read_only=False))
    with contextlib.closing(session):
        session.execute("create table t(id int primary key, note longtext, size double)").close()
        session.begin()
        # Each by itself: what one text needs must not be lent by another.
        for row in range(6):
            assert session.insert_many(
                "t", columns, RowBlock([cells[row : row + 1] for cells in block.columns])
            )
        with pytest.raises(ProblemError) as caught:
            session.insert_many(
                "t", columns, RowBlock([[10, 11, 12, 13, 14, 3], ["x" * 400_000] * 6, odd[5:] * 6])
            )
        assert "Duplicate" in caught.value.problem.detail
        with session.execute("select id, note, size from t order by id", []) as reading:
            ids, notes, sizes = reading.block(100).columns
    assert (list(map(str, ids)), list(notes)) == (list(map(str, range(6))), odd)
    assert [None if size is None else float(str(size)) for size in sizes] == [1.5, None, -2, 1000, 7, 0.1]
