"""PostgreSQL under test; its command line is `psql`, whose output is taken byte by byte."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell
from tests.engines.subject import Spelling, Subject, ZooType, database_name
from tests.servers.base import clean_environment
from tests.servers.postgres import programs

FIELD, RECORD, NULL = "\x1f", "\x1e", "\x1d"

TEXTS = [
    "''",
    "' '",
    "'trailing  '",
    "'it''s'",
    "'NULL'",
    "E'%_\\\\'",
    "'%s %(x)s $1'",
    "E'line\\ntwo\\r\\ttab'",
    "'äöü €'",
    "'🦆👩‍👩‍👧'",
    "'שלום عالم'",
    "U&'\\FFFD'",
    "chr(1)",
    "chr(120120)",
]
FLOATS = ["'0'", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "'0.1'", "'1e22'", "'0.30000000000000004'"]
STAMPS = [
    "'infinity'",
    "'-infinity'",
    "'4713-01-01 00:00:00 BC'",
    "'0001-01-01 00:00:00'",
    "'9999-12-31 23:59:59.999999'",
    "'294276-12-31 23:59:59.999999'",
    "'2024-02-29 12:00:00.1'",
]
RANGES = ["'empty'", "'[1,5)'", "'(,5]'", "'[1,)'", "'(,)'"]


def _quote(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _array(cells: list[str | None]) -> str:
    parts = ("NULL" if c is None else '"' + c.replace("\\", "\\\\").replace('"', '\\"') + '"' for c in cells)
    return _quote("{" + ",".join(parts) + "}")


_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1d\x1e\x1f")
_plain_texts = st.text(_characters, max_size=30)
texts = _plain_texts.map(_quote)
integers = st.integers(-(2**63), 2**63 - 1).map(lambda x: f"'{x}'")
floats = st.floats().map(lambda x: f"'{x!r}'")
single_floats = st.floats(width=32).map(lambda x: f"'{x!r}'")
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=7).map(lambda x: f"'{x}'")
stamps = st.datetimes().map(lambda x: f"'{x.isoformat()}'")
binaries = st.binary(max_size=40).map(lambda x: f"'\\x{x.hex()}'")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(_characters, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(_characters, max_size=4), inner),
    max_leaves=6,
)


def _json(value: object) -> str:
    return _quote(json.dumps(value, ensure_ascii=False))


# `box`, `circle`... compare by size or not at all; ours go by their text, so equality holds for each.
GEOMETRY = {
    "point": ["'(1,-2.5)'", "'(NaN,Infinity)'", "'(-0,1e300)'"],
    "line": ["'{1,2,3}'"],
    "lseg": ["'[(0,0),(1,1)]'"],
    "box": ["'(2,2),(0,0)'", "'(3,3),(1,1)'"],
    "path": ["'[(0,0),(1,1)]'", "'((0,0),(1,1))'"],
    "polygon": ["'((0,0),(1,1),(2,0))'"],
    "circle": ["'<(0,0),2>'", "'<(1,1),2>'"],
}
ZOO = (
    ZooType("smallint", "smallint", ["-32768", "0", "32767"]),
    ZooType("integer", "integer", ["-2147483648", "0", "2147483647"]),
    ZooType(
        "bigint", "bigint", ["'-9223372036854775808'", "9007199254740993", "'9223372036854775807'"], integers
    ),
    ZooType("oid", "oid", ["0", "4294967295"]),
    ZooType(
        "numeric",
        "numeric",
        ["'NaN'", "'Infinity'", "'-Infinity'", "1.10", "1.1", "0.000", "'1e-20'", "'1e500'"],
        decimals,
    ),
    ZooType(
        "numeric_scaled",
        "numeric(30,7)",
        ["1.1", "'-12345678901234567890123.1234567'"],
        st.decimals(-(10**20), 10**20, places=7).map(lambda x: f"'{x}'"),
    ),
    ZooType("money", "money", ["'-92233720368547758.08'", "'1234567.89'"]),
    ZooType("real", "real", [*FLOATS, "'3.4028235e38'", "'1e-45'", "'16777217'"], single_floats),
    ZooType("double", "double precision", [*FLOATS, "'1.7976931348623157e308'", "'5e-324'"], floats),
    ZooType("boolean", "boolean", ["true", "false"]),
    ZooType("text", "text", TEXTS, texts),
    ZooType("varchar", "varchar(40)", TEXTS, texts),
    ZooType("char", "char(8)", ["''", "'ab'", "'äöü'", "'ab  c'"]),
    ZooType("one_char", '"char"', ["'a'", "''"]),
    ZooType("name", "name", ["'pg'", "repeat('n', 63)"]),
    ZooType("citext", "citext", ["'MiXed'", "'ß'"], texts),
    ZooType("bytea", "bytea", ["''", "'\\x00'", "'\\x00ff7f80'", "'\\x5c78'", "'text'"], binaries),
    ZooType(
        "date", "date", ["'infinity'", "'-infinity'", "'4713-11-24 BC'", "'0001-01-01'", "'5874897-12-31'"]
    ),
    ZooType("time", "time", ["'00:00'", "'24:00:00'", "'23:59:59.999999'"]),
    ZooType("timetz", "timetz", ["'24:00:00+15:59'", "'12:00:00.5-03:30'", "'12:00:00+00:00:01'"]),
    ZooType("timestamp", "timestamp", STAMPS, stamps),
    ZooType("timestamp_ms", "timestamp(3)", ["'2024-02-29 12:00:00.1239'"]),
    ZooType("timestamptz", "timestamptz", [*STAMPS, "'2024-01-01 00:00:00+05:30'"], stamps),
    ZooType(
        "interval",
        "interval",
        [
            "'1 mon 1 day'",
            "'-1 year 2 mons -3 days +04:05:06.789'",
            "'178000000 years'",
            "'0'",
            "'1 day -00:00:01'",
        ],
    ),
    ZooType(
        "uuid", "uuid", ["'00000000-0000-0000-0000-000000000000'", "'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'"]
    ),
    ZooType(
        "json",
        "json",
        ['\'{"a": 1.10, "a": 2}\'', "'  [1,2]  '", "'null'", "'\"\\u00e4\"'"],
        json_values.map(_json),
    ),
    ZooType(
        "jsonb", "jsonb", ['\'{"a": 1.10, "a": 2}\'', "'null'", "'1e400'", "'[]'"], json_values.map(_json)
    ),
    ZooType("xml", "xml", ["'<a>&amp;</a>'", "'text'"]),
    ZooType("integer_array", "integer[]", ["'{}'", "'{1,NULL,3}'", "'[2:3]={1,2}'", "'{{1,2},{3,4}}'"]),
    ZooType(
        "text_array",
        "text[]",
        ["'{}'", '\'{"",NULL,"NULL"}\'', "ARRAY['a,b', '\"', E'\\\\']"],
        st.lists(st.none() | _plain_texts, max_size=4).map(_array),
    ),
    ZooType("json_array", "json[]", ["ARRAY['{\"a\": 1}'::json]"]),
    ZooType("enum", "zoo_mood", ["'sad'", "'it''s'", "'two words'"]),
    ZooType("domain", "zoo_domain", ["5", "7"]),
    ZooType("char_domain", "zoo_code", ["'ab'", "'abcd'"]),
    ZooType("bool_domain", "zoo_flag", ["true"]),
    ZooType("inet_domain", "zoo_host", ["'10.0.0.1'"]),
    ZooType("json_domain", "zoo_document", ["'{\"a\": 1}'"]),
    ZooType("composite", "zoo_pair", ["ROW(1, 'x')", "ROW(NULL, NULL)", "ROW(2, '\"a, (b)\"')"]),
    ZooType("composite_array", "zoo_pair[]", ["ARRAY[ROW(1, 'x')::zoo_pair, NULL]"]),
    ZooType("int4range", "int4range", RANGES),
    ZooType("tstzrange", "tstzrange", ["'[2024-01-01, infinity)'", "'empty'"]),
    ZooType("multirange", "int4multirange", ["'{}'", "'{[1,3), [5,7)}'"]),
    ZooType("inet", "inet", ["'10.0.0.1'", "'10.0.0.1/8'", "'::1'", "'fe80::1/64'"]),
    ZooType("cidr", "cidr", ["'10.0.0.0/8'", "'::/0'"]),
    ZooType("macaddr", "macaddr", ["'08:00:2b:01:02:03'"]),
    ZooType("bit", "bit(5)", ["B'00101'"]),
    ZooType("varbit", "bit varying", ["B''", "B'1' || repeat('01', 50)::bit varying"]),
    ZooType("tsvector", "tsvector", ["'a:1 fat:2A'", "''"]),
    ZooType("tsquery", "tsquery", ["'fat & (rat | !cat)'"]),
    ZooType("hstore", "hstore", ["'a=>1, b=>NULL'", "''"]),
    ZooType("ltree", "ltree", ["'a.b.c'"]),
    ZooType("regclass", "regclass", ["'pg_class'"]),
    ZooType("pg_lsn", "pg_lsn", ["'16/B374D848'"]),
    ZooType("xid", "xid", ["'42'"]),
    *(ZooType(name, name, values) for name, values in GEOMETRY.items()),
)
SET_UP = (
    "CREATE EXTENSION citext",
    "CREATE EXTENSION hstore",
    "CREATE EXTENSION ltree",
    "CREATE TYPE zoo_mood AS ENUM ('sad', 'it''s', 'two words')",
    "CREATE DOMAIN zoo_domain AS integer CHECK (value > 0)",
    "CREATE DOMAIN zoo_code AS char(6)",
    "CREATE DOMAIN zoo_flag AS boolean",
    "CREATE DOMAIN zoo_host AS inet",
    "CREATE DOMAIN zoo_inner AS json",
    "CREATE DOMAIN zoo_document AS zoo_inner",
    "CREATE TYPE zoo_pair AS (a integer, b text)",
)


class PostgresSubject(Subject):
    id = "postgresql"
    schema = "public"
    zoo = ZOO
    spelling = Spelling(
        integer="integer",
        text="text",
        binary="bytea",
        make_binary="convert_to(repeat('x', {size}), 'UTF8')",
        make_text="repeat('x', {size})",
        numbers="SELECT n FROM generate_series(1, {count}) n",
        endless="SELECT count(*) FROM generate_series(1, 100000000000) a",
        writes=(
            *Spelling.writes,
            "SELECT * INTO {name} FROM {table}",
            "WITH x AS (DELETE FROM {table} RETURNING id) SELECT * FROM x",
            "TRUNCATE {table}",
            "CREATE SCHEMA nope",
            "DO $$ BEGIN DELETE FROM {table}; END $$",
        ),
        longest_name=63,
        case_twins=True,
        trigger=(
            "CREATE OR REPLACE FUNCTION zoo_trigger() RETURNS trigger LANGUAGE plpgsql "
            "AS 'begin return new; end'",
            "CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION zoo_trigger()",
        ),
        routine=("CREATE FUNCTION {name}(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 12345'",),
    )

    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        server = request.getfixturevalue("pg_server")
        name = database_name(folder)
        server.execute(f'create database "{name}"')
        for statement in SET_UP:
            server.execute(statement, name)
        yield server.url(name)
        server.execute(f'drop database "{name}" with (force)')

    def cli(self, url: str, sql: str) -> list[list[Any]]:
        parsed = make_url(url)
        command = [programs() / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"]
        command += ["-F", FIELD, "-R", RECORD, "-P", f"null={NULL}"]
        command += ["-h", parsed.query["host"], "-p", parsed.query["port"], "-U", parsed.username or ""]
        done = subprocess.run(
            [*command, "-d", parsed.database, "-c", sql],
            capture_output=True,
            check=True,
            env=clean_environment() | {"PGCLIENTENCODING": "UTF8"},
        )
        text = done.stdout.decode().removesuffix("\n")
        rows = [row.split(FIELD) for row in text.split(RECORD)]
        return [[None if cell == NULL else cell for cell in row] for row in rows]

    def shown(self, column: Column, cell: Cell) -> Any:
        return f"\\x{cell.hex()}" if isinstance(cell, bytes) else cell


SUBJECT = PostgresSubject()
