"""Header boxes, conditions and whole values where columns have real types: PostgreSQL, MariaDB, DuckDB."""

from __future__ import annotations

import duckdb
import pytest

from embedded_server.wire.data import (
    CELL,
    COUNT,
    LOOKUP,
    SOURCE,
    CellRequest,
    CountRequest,
    Filter,
    LookupRequest,
    Order,
    SourceRequest,
)
from embedded_server.wire.problem import ProblemError

from .conftest import own_database
from .walking import cells

POSTGRES = """
create table t(n int primary key, big bigint, exact numeric(30,10), real8 float8, word text, flag boolean,
  moment timestamptz, raw bytea, id uuid, doc json, docb jsonb, list int[], "50%" text, mood mood)
"""
POSTGRES_ROWS = r"""
insert into t values
 (1, 9007199254740993, 0.1000000000, 'NaN', 'open', true, '2024-01-31 10:00:00+00', '\x00ff',
  '11111111-2222-3333-4444-555555555555', '{"a": 1}', '{"a": 1}', '{1,2}', '100%s', 'sad'),
 (2, 9007199254740992, 12345678901234567890.1234567890, 0.1, 'Reopened', false, '2024-02-01', '\x',
  '99999999-2222-3333-4444-555555555555', '{"a":1}', '{"b": 2}', '{}', '%', 'ok'),
 (3, null, null, 'Infinity', '', null, '-infinity', null, null, null, 'null', null, 'a\b', 'happy')
"""
MARIADB = """
create table t(n int primary key, big bigint unsigned, exact decimal(30,10), real8 double, word varchar(20),
  flag tinyint(1), moment datetime(6), raw varbinary(10), doc json, `50%` text, mood enum('sad','ok','happy'))
"""
MARIADB_ROWS = r"""
insert into t values
 (1, 18446744073709551615, 0.1000000000, 0.1, 'open', 1, '2024-01-31 10:00:00', x'00ff', '{"a": 1}', '100%s',
  'sad'),
 (2, 18446744073709551614, 12345678901234567890.1234567890, 1e300, 'Reopened', 0, '2024-02-01', x'',
  '{"a":1}', '%', 'ok'),
 (3, null, null, null, '', null, null, null, null, 'a\\b', 'happy')
"""
DUCKDB = """
create table t(n int primary key, big hugeint, exact decimal(30,10), real8 double, word varchar, flag boolean,
  moment timestamptz, raw blob, id uuid, list int[], "50%" text, mood enum('sad', 'ok', 'happy'))
"""
DUCKDB_ROWS = r"""
insert into t values
 (1, 9223372036854775808, 0.1, 'nan', 'open', true, '2024-01-31 10:00:00+00', '\x00\xFF',
  '11111111-2222-3333-4444-555555555555', [1, 2], '100%s', 'sad'),
 (2, 9223372036854775807, 12345678901234567890.123456789, 0.1, 'Reopened', false, '2024-02-01', '',
  '99999999-2222-3333-4444-555555555555', [], '%', 'ok'),
 (3, null, null, 'inf', '', null, '-infinity', null, null, null, 'a\b', 'happy')
"""


@pytest.fixture(scope="module")
def urls(house, pg_server, mariadb_server):
    path = house.folder / "boxes.duckdb"
    duckdb.connect(str(path)).close()
    with own_database(house, pg_server) as postgres, own_database(house, mariadb_server) as mariadb:
        found = {"postgresql": postgres, "mariadb": mariadb, "duckdb": f"duckdb:///{path}"}
        house.run(postgres, "create type mood as enum ('sad', 'ok', 'happy')")
        scripts = {"postgresql": (POSTGRES, POSTGRES_ROWS), "mariadb": (MARIADB, MARIADB_ROWS)}
        for name, statements in (scripts | {"duckdb": (DUCKDB, DUCKDB_ROWS)}).items():
            for statement in statements:
                house.run(found[name], statement)
        yield found
        house.services.disconnect(found["duckdb"])


ALL = "postgresql mariadb duckdb"
BOXES = [
    (ALL, "word", "OPEN", [1, 2]),
    (ALL, "word", '"open"', [1]),
    (ALL, "word", '""', [3]),
    (ALL, "word", "~^[oR]", [1, 2]),
    (ALL, "word", "!open", [3]),
    (ALL, "word", "!=open", [2, 3]),
    (ALL, "exact", "0.1", [1]),
    (ALL, "exact", "=12345678901234567890.1234567890", [2]),
    (ALL, "exact", "12345678901234567890.123456789", [2]),
    (ALL, "exact", "..12345678901234567890.1234567889", [1]),
    (ALL, "exact", ">0.1", [2]),
    (ALL, "exact", "!=0.1", [2]),
    (ALL, "exact", "!=0.1, null", [2, 3]),
    ("postgresql", "big", "9007199254740993", [1]),
    ("postgresql", "big", "9007199254740992..9007199254740992", [2]),
    ("mariadb", "big", "18446744073709551615", [1]),
    ("mariadb", "big", "<18446744073709551615", [2]),
    ("duckdb", "big", "9223372036854775808", [1]),
    ("postgresql duckdb", "real8", "nan", [1]),
    (ALL, "real8", "=0.1", [1]),
    ("postgresql duckdb", "real8", ">1e308", [1, 3]),
    (ALL, "flag", "true", [1]),
    (ALL, "flag", "false, null", [2, 3]),
    (ALL, "moment", "2024-02", [2]),
    (ALL, "moment", "2024-01-31 10:00:00..2024-01-31 11:00:00", [1]),
    ("postgresql duckdb", "moment", "<1000-01-01", [3]),
    (ALL, "raw", "x'00ff'", [1]),
    (ALL, "raw", "0x", [2]),
    ("postgresql duckdb", "id", "11111111-2222-3333-4444-555555555555", [1]),
    ("postgresql duckdb", "id", "9999", [2]),
    ("postgresql mariadb", "doc", '"{""a"": 1}"', [1]),
    ("postgresql mariadb", "doc", "a", [1, 2]),
    ("postgresql", "docb", '"{""b"":2}"', [2]),
    ("postgresql", "list", '"{1,2}"', [1]),
    ("duckdb", "list", '"[1, 2]"', [1]),
    (ALL, "50%", "%s", [1]),
    (ALL, "50%", "%", [1, 2]),
    (ALL, "50%", r"a\b", [3]),
    (ALL, "50%", '"a\\b"', [3]),
    (ALL, "mood", '"ok"', [2]),
    (ALL, "mood", "a", [1, 3]),
    ("postgresql duckdb", "mood", ">ok", [3]),
    (ALL, "word", "null", []),
    (ALL, "big", "!null", [1, 2]),
]
EACH = [(engine, *box) for engines, *box in BOXES for engine in engines.split()]
# What the engines count differently by themselves.
OTHERWISE = {
    ("mariadb", "real8", "=0.1"): [1],
    ("postgresql", "real8", "=0.1"): [2],
    ("duckdb", "real8", "=0.1"): [2],
}


@pytest.mark.parametrize(("engine", "column", "text", "wanted"), EACH)
def test_boxes(house, urls, engine, column, text, wanted):
    wanted = OTHERWISE.get((engine, column, text), wanted)
    page = house.page(urls[engine], "t", columns=["n"], filters=[Filter(column, "expr", text)])
    assert [int(cell) for cell in cells(page, "n")] == wanted
    shown = house.rows_of_sql(urls[engine], page.shown_sql)
    assert [int(row[0]) for row in shown] == wanted, page.shown_sql


MISTAKES = [
    (ALL, "big", "abc", "not a number", 0),
    (ALL, "exact", "1..x", "not a number", 3),
    (ALL, "raw", "abc", "not a binary value", 0),
    ("mariadb", "flag", "maybe", "not a number", 0),
    ("postgresql duckdb", "flag", "maybe", "neither true nor false", 0),
    ("postgresql duckdb", "moment", ">yesterdayish", "yesterdayish", None),
    ("postgresql duckdb", "word", "~(", "", None),
]


@pytest.mark.parametrize(
    ("engine", "column", "text", "said", "position"),
    [(engine, *rest) for engines, *rest in MISTAKES for engine in engines.split()],
)
def test_mistakes_are_the_filters(house, urls, engine, column, text, said, position):
    with pytest.raises(ProblemError) as caught:
        house.page(urls[engine], "t", filters=[Filter(column, "expr", text)])
    found = caught.value.problem
    assert (found.code, found.position) == ("data.bad_filter", position)
    assert said in found.detail


CONDITIONS = {
    "postgresql": [("word ~ '^o' and \"50%\" like '100\\%%'", [1]), ("docb ? 'b'", [2]), ("n % 2 = 0", [2])],
    "mariadb": [("word regexp '^o' and `50%` like '100%'", [1]), ("n % 2 = 0", [2])],
    "duckdb": [("list[1] = 1 and \"50%\" like '100%'", [1]), ("n % 2 = 0", [2])],
}


@pytest.mark.parametrize(
    ("engine", "text", "wanted"), [(name, *case) for name, cases in CONDITIONS.items() for case in cases]
)
def test_conditions_in_the_databases_own_words(house, urls, engine, text, wanted):
    filters = [Filter("n", ">=", 0)]
    page = house.page(urls[engine], "t", columns=["n"], where=text, filters=filters, order_by=[Order("n")])
    assert [int(cell) for cell in cells(page, "n")] == wanted
    assert [int(row[0]) for row in house.rows_of_sql(urls[engine], page.shown_sql)] == wanted


@pytest.mark.parametrize("engine", ALL.split())
@pytest.mark.parametrize(("text", "position"), [("n > 1 and wrod = 2", 10), ("n > 1 limit 5", 6)])
def test_objections_point_into_the_condition(house, urls, engine, text, position):
    with pytest.raises(ProblemError) as caught:
        house.page(urls[engine], "t", where=text, filters=[Filter("n", ">=", 0)])
    assert caught.value.problem.code == "data.bad_where"
    assert caught.value.problem.position == position


@pytest.mark.parametrize("engine", ALL.split())
def test_a_known_table_costs_one_statement(house, urls, engine):
    page = house.page(urls[engine], "t", limit=1, order_by=["-word"])
    house.forget()
    house.page(urls[engine], "t", limit=1, order_by=["-word"], after=page.next)
    assert len(house.asked) == 1


@pytest.mark.parametrize("engine", ALL.split())
@pytest.mark.parametrize(
    ("column", "row", "ranges"),
    [("word", 2, ["Reop", "ened"]), ("50%", 1, ["100%", "s"]), ("raw", 1, [b"\x00\xff"]), ("raw", 3, [None])],
)
def test_whole_values_in_ranges(house, urls, engine, column, row, ranges):
    found, offset = [], 0
    while offset is not None:
        request = CellRequest(
            connection=urls[engine], table="t", column=column, key=[row], offset=offset, length=4
        )
        answer = house.call(CELL, request)
        found.append(answer.value.columns[0][0])
        offset = answer.next
    assert found == ranges


@pytest.mark.parametrize("engine", ALL.split())
def test_counts_and_lookups(house, urls, engine):
    url = urls[engine]
    assert house.call(COUNT, CountRequest(connection=url, table="t", where="n > 1")).count == 2
    estimate = house.call(COUNT, CountRequest(connection=url, table="t", exact=False))
    assert estimate.method
    assert not estimate.exact
    request = LookupRequest(connection=url, table="t", columns=["n"], values=[2], count=True)
    found = house.call(LOOKUP, request)
    assert (found.count, found.label, len(found.rows)) == (1, "word", 1)
    house.run(url, "create view v as select n from t")
    source = house.call(SOURCE, SourceRequest(connection=url, name="v", kind="view"))
    assert "select" in source.sql.lower()
    last = house.page(url, "t", limit=2, last=True)
    assert [int(cell) for cell in cells(last, "n")] == [2, 3]
    jumped = house.page(url, "t", limit=1, row=1)
    assert ([int(cell) for cell in cells(jumped, "n")], jumped.row_exact) == ([2], True)
