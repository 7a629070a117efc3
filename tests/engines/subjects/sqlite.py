"""SQLite under test; its command line is `sqlite3`, asked for the bytes of what it would print."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell
from tests.engines.subject import Spelling, Subject, ZooType
from tests.servers.base import program

INTEGERS = ["0", "-1", "9007199254740993", "9223372036854775807", "(-9223372036854775807 - 1)"]
REALS = [
    "0.1",
    "-0.0",
    "1e999",
    "-1e999",
    "5e-324",
    "1.7976931348623157e308",
    "0.30000000000000004",
    "1e22",
    "123456789012345680000.0",
    "2.2250738585072014e-308",
]
TEXTS = [
    "''",
    "' '",
    "'it''s'",
    "'NULL'",
    "'%_\\'",
    "'a' || char(0) || 'b'",
    "char(0)",
    "'line' || char(10) || 'two' || char(13)",
    "'äöü €'",
    "'🦆👩‍👩‍👧'",
    "'שלום عالم'",
    "char(65533)",
    "'0001-01-01'",
    "'9999-12-31 23:59:59.999999'",
]
BAD_TEXTS = [
    "CAST(x'ff' AS TEXT)",
    "CAST(x'41c3' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
    "CAST(x'00ff00' AS TEXT)",
]
BLOBS = ["x''", "x'00'", "x'00ff7f80'", "CAST('text' AS BLOB)", "zeroblob(1000)"]

integers = st.integers(-(2**63) + 1, 2**63 - 1).map(str)
reals = st.floats(allow_nan=False).map(lambda x: repr(x).replace("inf", "1e999"))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(
    lambda x: "'" + x.replace("'", "''") + "'"
)
blobs = st.binary(max_size=40).map(lambda x: f"x'{x.hex()}'")


class SqliteSubject(Subject):
    id = "sqlite"
    schema = "main"
    zoo = (
        ZooType("integer", "INTEGER", INTEGERS, integers),
        ZooType("real", "REAL", REALS, reals),
        ZooType("text", "TEXT", [*TEXTS, *BAD_TEXTS], texts),
        ZooType("blob", "BLOB", BLOBS, blobs),
        ZooType("numeric", "NUMERIC(12,2)", ["1.10", "'1.10'", "'not a number'", *INTEGERS, "1e300"], reals),
        ZooType("date", "DATE", ["'0001-01-01'", "'9999-12-31'", "'not a date'", "20240230", "1.5"]),
        ZooType("boolean", "BOOLEAN", ["1", "0", "'yes'", "2"]),
        ZooType("json", "JSON", ['\'{"a": 1.10, "a": 2}\'', "'[1, 2'", "'null'"]),
        # no type at all: every storage class in one column
        ZooType("any", "", [*INTEGERS, *REALS, *TEXTS, *BAD_TEXTS, *BLOBS], integers | reals | texts | blobs),
    )
    spelling = Spelling(
        integer="INTEGER",
        make_binary="CAST(printf('%.*c', {size}, 'x') AS BLOB)",
        make_text="printf('%.*c', {size}, 'x')",
        numbers="WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {count}) "
        "SELECT n FROM c",
        endless="WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        writes=(*Spelling.writes, "PRAGMA user_version = 7"),
        broken_view=("CREATE VIEW {name} AS SELECT * FROM {table}", "DROP TABLE {table}"),
        trigger=("CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN SELECT 1; END",),
    )

    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        path = folder / "bench.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        yield f"sqlite:///{path}"

    def cli(self, url: str, sql: str) -> list[list[Any]]:
        done = subprocess.run(
            [program("sqlite3", package="sqlite3"), "-batch", "-noheader", make_url(url).database],
            input=f".mode quote\n.separator \\037 \\036\n{sql};\n".encode(),
            capture_output=True,
            check=True,
        )
        assert not done.stderr, done.stderr
        return [[_parse(c) for c in row.split(b"\x1f")] for row in done.stdout.split(b"\x1e")[:-1]]

    def printed(self, column: str) -> str:
        return (
            f"CASE typeof({column}) WHEN 'real' THEN 'real:' || hex(ieee754_to_blob({column})) "
            f"WHEN 'text' THEN 'text:' || hex({column}) WHEN 'blob' THEN 'blob:' || hex({column}) "
            f"ELSE {column} END"
        )

    def shown(self, column: Column, cell: Cell) -> Any:
        if isinstance(cell, float):
            return f"real:{struct.pack('>d', cell).hex().upper()}"
        if isinstance(cell, str):
            return f"text:{cell.encode().hex().upper()}"
        if isinstance(cell, BadText):
            return f"text:{cell.raw.hex().upper()}"
        if isinstance(cell, bytes):
            return f"blob:{cell.hex().upper()}"
        return cell


def _parse(text: bytes) -> Any:
    if text == b"NULL":
        return None
    return text[1:-1].replace(b"''", b"'").decode() if text.startswith(b"'") else int(text)


SUBJECT = SqliteSubject()
