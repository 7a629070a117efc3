"""DuckDB under test; it is its own command line: a second program prints each value cast to VARCHAR."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell
from tests.engines.subject import Spelling, Subject, ZooType

TEXTS = [
    "''",
    "' '",
    "'it''s'",
    "'NULL'",
    "'%_\\'",
    "'a' || chr(0) || 'b'",
    "'line' || chr(10) || 'two' || chr(13)",
    "'äöü €'",
    "'🦆👩‍👩‍👧'",
    "'שלום عالم'",
]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(
    lambda x: "'" + x.replace("'", "''") + "'"
)
doubles = st.floats().map(lambda x: f"'{x}'::DOUBLE")
floats = st.floats(width=32).map(lambda x: f"'{x}'::FLOAT")
hugeints = st.integers(-(2**127), 2**127 - 1).map(lambda x: f"'{x}'::HUGEINT")
decimals = st.decimals(-(10**28), 10**28, places=10, allow_nan=False).map(lambda x: f"'{x}'")
stamps = st.integers(-(2**60), 2**60).map(lambda x: f"make_timestamp({x})")
blobs = st.binary(max_size=40).map(lambda x: f"from_hex('{x.hex()}')")
word = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
lists = st.lists(st.none() | word, max_size=5).map(
    lambda xs: (
        "["
        + ", ".join("NULL" if x is None else "'" + x.replace("'", "''") + "'" for x in xs)
        + "]::VARCHAR[]"
    )
)


class DuckdbSubject(Subject):
    id = "duckdb"
    schema = "main"
    one_program_writes = True
    zoo = (
        ZooType("bool", "BOOLEAN", ["true", "false"]),
        ZooType("tinyint", "TINYINT", ["-128", "127", "0"]),
        ZooType("bigint", "BIGINT", ["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
        ZooType("ubigint", "UBIGINT", ["18446744073709551615", "0"]),
        ZooType("hugeint", "HUGEINT", ["-170141183460469231731687303715884105728", "1"], hugeints),
        ZooType("uhugeint", "UHUGEINT", ["340282366920938463463374607431768211455", "0"]),
        ZooType("bignum", "BIGNUM", ["'" + "9" * 60 + "'", "'-1'"]),
        ZooType(
            "decimal", "DECIMAL(38,10)", ["1.10", "-0.0000000001", "1234567890123456789012345678"], decimals
        ),
        ZooType("decimal2", "DECIMAL(10,2)", ["1.10", "0", "-99999999.99"]),
        ZooType(
            "double",
            "DOUBLE",
            ["0.1::DOUBLE", "'-0.0'::DOUBLE", "'inf'", "'-inf'", "'nan'", "5e-324", "1.7976931348623157e308"],
            doubles,
        ),
        ZooType(
            "float", "FLOAT", ["0.1", "'-0.0'::FLOAT", "'inf'", "'nan'", "3.4028235e38", "1e-45"], floats
        ),
        ZooType("text", "VARCHAR", TEXTS, texts),
        ZooType("blob", "BLOB", ["''::BLOB", "'\\x00\\xFF\\x7Fa'::BLOB"], blobs),
        ZooType("bit", "BIT", ["'0'::BIT", "'10100000000000001'::BIT"]),
        ZooType(
            "date",
            "DATE",
            [
                "'0001-01-01'",
                "'9999-12-31'",
                "'infinity'",
                "'-infinity'",
                "'0044-03-15 (BC)'",
                "'290000-01-01 (BC)'",
            ],
        ),
        ZooType("time", "TIME", ["'00:00:00'", "'24:00:00'", "'12:34:56.000001'"]),
        ZooType("timetz", "TIMETZ", ["'12:00:00+05:30'", "'00:00:00-15:59'"]),
        ZooType(
            "timestamp",
            "TIMESTAMP",
            [
                "'0001-01-01'",
                "'9999-12-31 23:59:59.999999'",
                "'infinity'",
                "'-infinity'",
                "'0044-03-15 (BC) 01:02:03'",
            ],
            stamps,
        ),
        ZooType("timestampns", "TIMESTAMP_NS", ["'2000-01-01 10:00:00.123456789'", "'1970-01-01'"]),
        ZooType("timestampms", "TIMESTAMP_MS", ["'2000-01-01 10:00:00.123'"]),
        ZooType(
            "timestamptz",
            "TIMESTAMPTZ",
            [
                "'2024-03-31 01:30:00+00'",
                "'2000-01-01 00:00:00.000001+05:30'",
                "'infinity'",
                "'0001-01-01 00:00:00+00'",
            ],
        ),
        ZooType(
            "interval",
            "INTERVAL",
            [
                "INTERVAL '1 month 2 days 3.5 seconds'",
                "INTERVAL '-1 year'",
                "INTERVAL '30 days'",
                "INTERVAL '1 month'",
            ],
        ),
        ZooType(
            "uuid",
            "UUID",
            ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        ),
        ZooType("json", "JSON", ['\'{"a": 1.10, "a": 2}\'', "'[]'", "'null'", "'\"x\"'"]),
        ZooType("enum", "ENUM('a', 'it''s', 'Ä')", ["'a'", "'it''s'", "'Ä'"]),
        ZooType(
            "list", "VARCHAR[]", ["[]", "['it''s', 'a,b', NULL, '', 'NULL', ' lead', '\"q\"', 'a\\b']"], lists
        ),
        ZooType("nested", "INTEGER[][]", ["[[1], [NULL], [], NULL]"]),
        ZooType("array", "INTEGER[3]", ["[1, NULL, 3]"]),
        ZooType(
            "struct",
            "STRUCT(a INTEGER, b VARCHAR)",
            ["{'a': 1, 'b': 'x, {y}: ''z'''}", "{'a': NULL, 'b': NULL}"],
        ),
        ZooType("map", "MAP(VARCHAR, INTEGER[])", ["MAP {'k, ''x': [1, 2], 'b': NULL}", "MAP {}"]),
        ZooType("union", "UNION(n INTEGER, s VARCHAR)", ["union_value(n := 1)", "union_value(s := 'x')"]),
    )
    spelling = Spelling(
        text="VARCHAR",
        make_binary="repeat('x', {size})::BLOB",
        make_text="repeat('x', {size})",
        numbers="SELECT range::INTEGER AS n FROM range(1, {count} + 1)",
        endless="SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3",
        writes=(
            *Spelling.writes,
            "COPY {table} TO 'never.csv'",
            "EXPLAIN ANALYZE DELETE FROM {table}",
            "EXPLAIN ANALYZE COPY {table} TO 'never.csv'",
            "ATTACH 'never.duckdb' AS never",
            "INSERT INTO {table} VALUES (2, 'new') RETURNING id",
        ),
        generated="g INTEGER GENERATED ALWAYS AS (id * 2)",
        broken_view=("CREATE VIEW {name} AS SELECT * FROM {table}", "DROP TABLE {table}"),
        partial_index="",
        routine=("CREATE MACRO {name}(a) AS a + 12345",),
        longest_name=255,
        analyze="",
        keeps_constraint_names=False,
    )

    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        path = folder / "bench.duckdb"
        duckdb.connect(path).close()
        yield f"duckdb:///{path}"

    def cli(self, url: str, sql: str) -> list[list[Any]]:
        with duckdb.connect(make_url(url).database, read_only=True) as connection:
            return [list(row) for row in connection.execute(sql).fetchall()]

    def printed(self, column: str) -> str:
        return f"CAST({column} AS VARCHAR)"

    def shown(self, column: Column, cell: Cell) -> Any:
        if cell is None or isinstance(cell, str):
            return cell
        if isinstance(cell, bool):
            return str(cell).lower()
        if isinstance(cell, bytes):
            return "".join(chr(b) if 32 <= b < 127 and chr(b) not in "\\'\"" else f"\\x{b:02X}" for b in cell)
        return str(cell)


SUBJECT = DuckdbSubject()
