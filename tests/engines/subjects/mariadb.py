"""MariaDB under test; its command line is `mariadb`, asked for the bytes of what it would print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell
from tests.engines.subject import Spelling, Subject, ZooType, database_name
from tests.servers.base import clean_environment, program

TEXTS = [
    "''",
    "' '",
    "'it''s'",
    "'NULL'",
    "'%_\\\\'",
    "'%s %(x)s'",
    "'line\\ntwo\\r\\ttab'",
    "'a\\0b'",
    "'äöü €'",
    "'🦆👩‍👩‍👧'",
    "'שלום عالم'",
    "x'EFBFBD'",
    "x'01'",
]
STAMPS = ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'", "'2024-02-29 12:00:00'"]
BINARIES = ["''", "x'00'", "x'00ff7f80'", "'text'", "x'5c27'"]
FLOATS = ["0", "0.1", "16777217", "123456.7", "1e20", "-1.17549e-38", "3.40282e38", "1e-7", "0.333333333"]


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


_characters = st.characters(exclude_categories=["Cs"])
_latin = st.characters(codec="latin-1", exclude_categories=["Cc"])
texts = st.text(_characters, max_size=30).map(_quote)
latin_texts = st.text(_latin, max_size=30).map(_quote)
integers = st.integers(-(2**63), 2**63 - 1).map(str)
unsigned = st.integers(0, 2**64 - 1).map(str)
doubles = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x!r}")
decimals = st.decimals(-(10**20), 10**20, places=7).map(str)
binaries = st.binary(max_size=40).map(lambda x: f"x'{x.hex()}'")

ZOO = (
    ZooType("tinyint", "tinyint", ["-128", "0", "127"]),
    ZooType(
        "bigint", "bigint", ["-9223372036854775808", "9007199254740993", "9223372036854775807"], integers
    ),
    ZooType("bigint_unsigned", "bigint unsigned", ["0", "18446744073709551615"], unsigned),
    ZooType("zerofill", "int(8) unsigned zerofill", ["7", "123456789"]),
    ZooType(
        "decimal", "decimal(65,30)", ["0", "-12345678901234567890.123456789012345678901234567890", "1.10"]
    ),
    ZooType("decimal_scaled", "decimal(30,7)", ["1.10", "-12345678901234567890123.1234567"], decimals),
    ZooType("double", "double", ["0", "0.1", "5e-324", "1.7976931348623157e308", "1e22", "0.1e-6"], doubles),
    # the command line prints six digits; what is asked of ours is that they are exact
    ZooType("float", "float", FLOATS),
    ZooType("float_scaled", "float(7,2)", ["1.10", "-99999.99"]),
    ZooType("boolean", "boolean", ["true", "false"]),
    ZooType("bit", "bit(10)", ["b'0'", "b'1111111111'", "b'1010'"]),
    ZooType("bit_one", "bit(1)", ["0", "1"]),
    ZooType("text", "text", TEXTS, texts),
    ZooType("varchar", "varchar(60)", TEXTS, texts),
    ZooType("longtext_bin", "longtext collate utf8mb4_bin", TEXTS, texts),
    ZooType("char", "char(8)", ["''", "'ab'", "'äöü'", "'ab  c'"]),
    ZooType("latin1", "varchar(60) character set latin1", ["''", "'größe'", "'€'", "'\\\\'"], latin_texts),
    ZooType("ucs2", "text character set ucs2", ["'größe'", "'ソース'"]),
    ZooType("utf16", "text character set utf16", ["'größe 🦆'"]),
    ZooType("utf8mb3", "text character set utf8mb3", ["'größe'", "'ソース'"]),
    ZooType("sjis", "text character set sjis", ["'ソース'", "'a\\\\b'"]),
    ZooType("ascii", "varchar(60) character set ascii", ["'plain'", "''"]),
    ZooType("varbinary", "varbinary(60)", BINARIES, binaries),
    ZooType("binary", "binary(4)", ["x'00ff7f80'", "'a'"]),
    ZooType("blob", "blob", BINARIES, binaries),
    ZooType("date", "date", ["'0000-00-00'", "'0001-01-01'", "'9999-12-31'", "'2024-00-00'"]),
    ZooType("datetime", "datetime", STAMPS),
    ZooType("datetime_us", "datetime(6)", ["'2024-02-29 12:00:00.000001'", "'9999-12-31 23:59:59.999999'"]),
    ZooType("timestamp", "timestamp(3) null", ["'2024-02-29 12:00:00.125'", "'1970-01-01 00:00:01'"]),
    ZooType("time", "time", ["'838:59:59'", "'-838:59:59'", "'00:00:00'", "'-00:00:01'"]),
    ZooType("time_us", "time(6)", ["'-838:59:59.999999'", "'24:00:00.000001'"]),
    ZooType("year", "year", ["0", "1901", "2155"]),
    ZooType("enum", "enum('z','a','it''s','two words','')", ["'z'", "'a'", "'it''s'", "'two words'"]),
    ZooType("set", "set('x','y','a')", ["''", "'x'", "'a,x'", "'x,y,a'"]),
    ZooType("json", "json", ['\'{"a": 1.10, "a": 2}\'', "'[1,  2]'", "'null'"]),
    ZooType(
        "uuid", "uuid", ["'00000000-0000-0000-0000-000000000001'", "'FFFFFFFF-ffff-4fff-8fff-ffffffffffff'"]
    ),
    ZooType("inet6", "inet6", ["'::1'", "'2001:db8::ff00:42:8329'"]),
    ZooType("geometry", "geometry", ["point(1, -2.5)", "ST_GeomFromText('LINESTRING(0 0,1 1)')"]),
)


class MariadbSubject(Subject):
    id = "mysql"
    zoo = ZOO
    spelling = Spelling(
        integer="int",
        text="longtext",
        binary="longblob",
        make_binary="repeat(x'78', {size})",
        make_text="repeat('x', {size})",
        huge=12_000_000,  # max_allowed_packet
        numbers="SELECT seq FROM seq_1_to_{count}",
        endless="SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
        writes=(
            *Spelling.writes,
            "REPLACE INTO {table} VALUES (1, 'x')",
            "TRUNCATE {table}",
            "ALTER TABLE {table} ADD extra int",
            "CREATE DATABASE nope",
            "SELECT 1 INTO OUTFILE '/tmp/never'",
            "SET GLOBAL max_connections = 10",
            "CREATE VIEW {name} AS SELECT 1",
            "LOCK TABLES {table} WRITE",
        ),
        generated="g int GENERATED ALWAYS AS (id * 2) STORED",
        broken_view=("CREATE VIEW {name} AS SELECT * FROM {table}", "DROP TABLE {table}"),
        most_columns=1017,
        case_twins=True,
        partial_index="",
        expression_index="",
        trigger=("CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW SET new.a = new.a",),
        routine=("CREATE FUNCTION {name}(a int) RETURNS int DETERMINISTIC RETURN a + 12345",),
        analyze="ANALYZE TABLE {table}",
    )

    @property
    def schema(self) -> str:  # type: ignore[override]
        return self._name

    _name = ""

    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        server = request.getfixturevalue("mariadb_server")
        self._name = database_name(folder)
        server.execute(f"create database `{self._name}`")
        yield server.url(self._name)
        server.execute(f"drop database `{self._name}`")

    def cli(self, url: str, sql: str) -> list[list[Any]]:
        parsed = make_url(url)
        command = [
            program("mariadb", package="mariadb-client"),
            "--no-defaults",
            "--batch",
            "--skip-column-names",
        ]
        command += [
            "--default-character-set=utf8mb4",
            f"--socket={parsed.query['unix_socket']}",
            "--user=root",
        ]
        done = subprocess.run(
            [*command, str(parsed.database), "--execute", sql],
            capture_output=True,
            check=True,
            env=clean_environment(),
        )
        lines = done.stdout.removesuffix(b"\n").split(b"\n")
        return [[_parse(cell) for cell in line.split(b"\t")] for line in lines]

    def printed(self, column: str) -> str:
        return f"CONCAT('=', {column})"  # else the client prints NULL and the text NULL alike

    def shown(self, column: Column, cell: Cell) -> Any:
        if column.type == "float" and isinstance(cell, str):
            cell = _six_digits(cell)
        return cell.encode() if isinstance(cell, str) else cell

    def allows(self, name: str) -> bool:
        return len(name) <= 64 and not name.endswith(" ") and max(map(ord, name)) < 0x10000


def _six_digits(text: str) -> str:
    """A FLOAT as the server prints it: ours has the digits that it leaves out."""
    digits = text.lstrip("-0.").replace(".", "")
    return text if len(digits) <= 6 or "e" in text else format(Decimal(f"{float(text):.6g}"), "f")


def _parse(text: bytes) -> Any:
    if text == b"NULL":
        return None
    return re.sub(rb"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text).removeprefix(b"=")


_ESCAPES = {b"n": b"\n", b"t": b"\t", b"0": b"\0"}
SUBJECT = MariadbSubject()
