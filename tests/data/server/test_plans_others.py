"""Keyset conditions use the index on PostgreSQL and MariaDB too: read from their own plans."""

from __future__ import annotations

import json

import pytest

from embedded_server.wire.data import Order

from .conftest import own_database

SIZE = 40_000
TABLE = "create table t(id int primary key, a int, b int not null, word varchar(20))"
POSTGRES_ROWS = f"""
insert into t select i, case when i % 4 > 0 then i % 1000 end, i % 10, 'w' || i
from generate_series(1, {SIZE}) i
"""
MARIADB_ROWS = f"""
insert into t select seq, case when seq % 4 > 0 then seq % 1000 end, seq % 10, concat('w', seq)
from seq_1_to_{SIZE}
"""
INDEXES = ["create index t_a on t(a)", "create index t_b on t(b)", "create index t_b_a on t(b, a)"]


@pytest.fixture(scope="module")
def postgres(house, pg_server):
    with own_database(house, pg_server) as url:
        for statement in (TABLE, POSTGRES_ROWS, *INDEXES, "analyze t"):
            house.run(url, statement)
        yield url


@pytest.fixture(scope="module")
def mariadb(house, mariadb_server):
    with own_database(house, mariadb_server) as url:
        for statement in (TABLE, MARIADB_ROWS, *INDEXES, "analyze table t"):
            house.run(url, statement)
        yield url


ORDERS = [
    [],
    [Order("id", True)],
    [Order("a")],
    [Order("a", True)],
    [Order("b")],
    [Order("b"), Order("a")],
]


def deep(house, url, order):
    page = house.page(url, "t", order_by=order, limit=250)
    for _ in range(12):
        page = house.page(url, "t", order_by=order, limit=250, after=page.next)
    return page


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_postgres_enters_the_index_at_the_boundary(house, postgres, order):
    page = deep(house, postgres, order)
    rows = house.rows_of_sql(postgres, "EXPLAIN (FORMAT JSON, ANALYZE) " + page.sql, page.params)
    plan = json.loads("".join(row[0] for row in rows))[0]["Plan"]
    nodes = list(walk(plan))
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], plan
    scans = [node for node in nodes if "Index" in node["Node Type"]]
    read = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in scans)
    assert read < 2_700, plan


def walk(node):
    yield node
    for inner in node.get("Plans", []):
        yield from walk(inner)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_mariadb_enters_the_index_at_the_boundary(house, mariadb, order):
    page = deep(house, mariadb, order)
    rows = house.rows_of_sql(mariadb, "ANALYZE FORMAT=JSON " + page.sql, page.params)
    plan = json.loads(rows[0][0])
    tables = list(reads(plan))
    assert tables
    assert all(table["access_type"] in ("range", "ref", "const") for table in tables), plan
    assert sum(table["r_rows"] * table["r_loops"] for table in tables) < 2_700, plan


def reads(node):
    if isinstance(node, dict):
        if "access_type" in node:
            yield node
        for inner in node.values():
            yield from reads(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from reads(inner)
