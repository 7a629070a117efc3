"""Every type of every engine to each format and back: equal, or told before it happens."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook
from sqlalchemy.engine import make_url

from embedded_server.wire.transfer import EXPORT, ExportRequest, TextOptions
from tests.data.transfer.conftest import House
from tests.data.transfer.more_types import MORE
from tests.engines.subject import Bench, ZooType, select

ASKED = {
    "postgresql": "SELECT format_type(oid, NULL) FROM pg_type WHERE typtype IN ('b', 'r', 'm') "
    "AND typnamespace = 'pg_catalog'::regnamespace AND typcategory <> 'A'",
    "duckdb": "SELECT DISTINCT logical_type FROM duckdb_types() WHERE database_name = 'system'",
}
LEFT_OUT = {
    # Never of a column of one's own: the planner's statistics, and what only the server writes.
    "postgresql": {
        *("gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies"),
        *("pg_mcv_list", "pg_ndistinct", "pg_node_tree"),
        # The zoo has it under another name.
        *("character", "bit varying", "character varying", "timestamp without time zone"),
        *("time without time zone", "time with time zone", "timestamp with time zone", "boolean"),
    },
    # Kinds of types, of which the zoo has some; types of nothing; names that the zoo spells otherwise; the
    # last two need a newer file, and have a test of their own.
    "duckdb": {"list", "null", "type", "integer literal", "string_literal", "any", "timestamp with time zone"}
    | {"time with time zone", "array", "bit", "geometry", "variant"},
}
FORMATS = ("csv", "tsv", "json", "jsonl", "sql", "xlsx", "parquet")


def connection_of(bench: Bench) -> str:
    """The URL with its password, as a request may carry it."""
    url = make_url(bench.url)
    secret = bench.subject.secret()
    return (url.set(password=secret) if secret else url).render_as_string(hide_password=False)


def same(left: object, right: object) -> bool:
    return type(left) is type(right) and repr(left) == repr(right)


def types_of(bench: Bench) -> list[ZooType]:
    return [*bench.subject.zoo, *MORE[bench.subject.engine.name]]


def tables_of(bench: Bench) -> tuple[str, str]:
    """A table with a column of every type, the nasty values in its rows, and an empty one like it."""
    zoo = types_of(bench)
    columns = [f"id {bench.spelling.integer} PRIMARY KEY", *(f"v{n} {one.ddl}" for n, one in enumerate(zoo))]
    rows = []
    for number in range(max(len(one.values) for one in zoo)):
        cells = [one.values[number] if number < len(one.values) else "NULL" for one in zoo]
        rows.append(f"({number + 1}, {', '.join(cells)})")
    return bench.table(*columns, values=rows), bench.table(*columns)


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_is_exported_is_imported_as_it_was(house: House, bench: Bench, format_name: str) -> None:
    table, copy = tables_of(bench)
    bench.let_others_read()
    connection, path = connection_of(bench), house.path(format_name)
    options = TextOptions(table=copy) if format_name == "sql" else TextOptions()
    request = {"table": table, "schema": bench.schema, "format": format_name, "options": options}
    told = house.export(connection, dry_run=True, **request).losses
    if told:
        refused = house.refused(EXPORT, ExportRequest(connection=connection, path=str(path), **request))
        assert refused.code == "transfer.loss" and not path.exists()
    done = house.export(connection, path=str(path), allow_loss=True, **request)
    assert done.losses == told
    house.load(connection, path, table=copy, schema=bench.schema)
    columns, before = select(bench, bench.reader, table, order="ORDER BY id", cell_bytes=None)
    _, after = select(bench, bench.reader, copy, order="ORDER BY id", cell_bytes=None)
    assert len(before) == len(after) == done.rows
    types = {f"v{n}": one.name for n, one in enumerate(types_of(bench))}
    allowed: Counter[str] = Counter()
    for loss in told:
        allowed[loss.column] += loss.count
    for place, column in enumerate(columns):
        pairs = [(one[place], two[place]) for one, two in zip(before, after, strict=True)]
        differing = [pair for pair in pairs if not same(*pair)]
        assert len(differing) <= allowed[column.name], (types.get(column.name), differing, told)


def test_a_union_says_before_that_its_member_is_lost(house: House, tmp_path: Path) -> None:
    path = tmp_path / "union.duckdb"
    with duckdb.connect(path) as made:
        made.execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, u UNION(n INTEGER, s VARCHAR), l UNION(a INT[]))"
        )
        made.execute("INSERT INTO t VALUES (1, union_value(n := 5), NULL), (2, union_value(s := '5'), NULL)")
    for format_name in FORMATS:
        request = ExportRequest(
            connection=f"duckdb:///{path}", table="t", format=format_name, path=str(house.path(format_name))
        )
        told = house.refused(EXPORT, request)
        assert told.code == "transfer.loss" and "Of which member of the UNION" in told.detail
        (loss,) = house.export(request.connection, table="t", format=format_name, dry_run=True).losses
        assert (loss.column, loss.count, loss.row) == ("u", 2, 1)


def test_types_of_newer_duckdb_files(house: House, tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    with duckdb.connect(path, config={"storage_compatibility_version": "latest"}) as made:
        for table in ("t", "copy"):
            made.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, g GEOMETRY, v VARIANT)")
        made.execute(
            "INSERT INTO t VALUES (1, 'POINT (1 -2.5)', 5), (2, 'POLYGON ((0 0, 1 1, 2 0, 0 0))', 'it''s'), "
            "(3, NULL, NULL)"
        )
    url = f"duckdb:///{path}"
    for format_name in FORMATS:
        file = house.path(format_name)
        options = TextOptions(table="copy") if format_name == "sql" else TextOptions()
        request = {"table": "t", "format": format_name, "options": options}
        (loss,) = house.export(url, dry_run=True, **request).losses
        assert (loss.column, loss.count) == ("v", 2) and "VARIANT" in loss.why
        house.export(url, path=str(file), allow_loss=True, **request)
        with duckdb.connect(path) as made:
            made.execute("DELETE FROM copy")
        house.load(url, file, table="copy")
        house.services.disconnect(url)
        with duckdb.connect(path) as looked:
            texts = "SELECT id, CAST(g AS VARCHAR), CAST(v AS VARCHAR) FROM {} ORDER BY id"
            both = [looked.execute(texts.format(table)).fetchall() for table in ("t", "copy")]
        assert both[0] == both[1], format_name


def test_every_type_of_the_engines_is_here(bench: Bench) -> None:
    """What the engine says it has: nothing that a column may be of is left out of the round trip."""
    name = bench.subject.engine.name
    if name not in ASKED:
        pytest.skip("not applicable: the engine does not list its types")
    with bench.reader.execute(ASKED[name]) as reading:
        rows = list(reading.block(1000).rows())
    known = " ".join(one.ddl for one in types_of(bench)).lower()
    names = {str(row[0]).lower() for row in rows} - LEFT_OUT[name]
    missing = {one for one in names if not re.search(rf"(?<![\w]){re.escape(one)}(?![\w])", known)}
    assert not missing


LOOK_ALIKES = [
    "'5'",
    "5",
    "'5.0'",
    "5.0",
    "'1e3'",
    "1e3",
    "'inf'",
    "9e999",
    "'\\x00ff'",
    "x'00ff'",
    "''",
    "NULL",
]


@pytest.mark.parametrize("format_name", ["csv", "tsv", "json", "jsonl", "sql"])
def test_values_that_look_alike_are_told_apart(house: House, tmp_path: Path, format_name: str) -> None:
    path = tmp_path / "alike.db"
    with sqlite3.connect(path) as connection:
        for table in ("t", "copy"):
            connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v, w TEXT)")
        for number, value in enumerate(LOOK_ALIKES):
            connection.execute(f"INSERT INTO t VALUES ({number}, {value}, {value})")
    connection.close()
    file = house.path(format_name)
    house.export(str(path), table="t", path=str(file), format=format_name, options=TextOptions(table="copy"))
    house.load(str(path), file, table="copy")
    with sqlite3.connect(path) as connection:
        before, after = (
            connection.execute(f"SELECT typeof(v), v, typeof(w), w FROM {table} ORDER BY id").fetchall()
            for table in ("t", "copy")
        )
    connection.close()
    assert before == after


def test_a_sheet_holds_no_number_that_it_would_round(house: House, tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, day TEXT)")
        rows = [(2**53, "x"), (2**53 + 1, "a\x01b"), (-(2**63), "_x0041_")]
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    connection.close()
    file = house.path("xlsx")
    house.export(str(path), table="t", path=str(file), format="xlsx", order_by=["id"])
    sheet = load_workbook(file).active
    kinds = [(cell.data_type, cell.value) for (cell,) in sheet.iter_rows(min_row=2, max_col=1)]
    # What only looks like a number is text, with all of its digits.
    assert kinds == [("s", str(-(2**63))), ("n", 2**53), ("s", str(2**53 + 1))]
    assert sheet.freeze_panes == "A2"
