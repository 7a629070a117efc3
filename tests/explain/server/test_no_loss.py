"""Over twelve statements on a generated database no gain that was called measured turns out a loss."""

from __future__ import annotations

import time
from statistics import median

import psycopg
import pytest

from embedded_server.wire.explain import ADVISE, TRIAL, AdviseRequest, TrialRequest
from tests.explain.server.conftest import Desk

TABLES = (
    "CREATE TABLE customers (id integer PRIMARY KEY, region integer, name text)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, status text, at integer,"
    " total integer)",
    "CREATE TABLE items (id integer PRIMARY KEY, order_id integer, product_id integer, amount integer)",
    "INSERT INTO customers SELECT n, n % 50, 'c' || n FROM {numbers} WHERE n <= 5000",
    "INSERT INTO orders SELECT n, n % 5000 + 1, CASE n % 40 WHEN 0 THEN 'open' ELSE 'done' END,"
    " n * 79 % 50021, n % 997"
    " FROM {numbers} WHERE n <= 60000",
    "INSERT INTO items SELECT n, n % 60000 + 1, n % 700, n % 9 FROM {numbers} WHERE n <= 120000",
    "ANALYZE",
)
STATEMENTS = (
    "SELECT * FROM orders WHERE status = 'open' ORDER BY at DESC LIMIT 20",
    "SELECT * FROM orders WHERE customer_id = 77",
    "SELECT count(*) FROM orders WHERE at BETWEEN 100 AND 200",
    "SELECT * FROM items WHERE product_id = 5 AND amount = 3",
    "SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 9",
    "SELECT o.id, sum(amount) FROM orders o JOIN items ON order_id = o.id WHERE o.id < 20 GROUP BY o.id",
    "SELECT region, count(*) FROM customers JOIN orders ON customer_id = customers.id GROUP BY region",
    "SELECT * FROM orders ORDER BY total DESC LIMIT 10",
    "SELECT count(*) FROM orders WHERE status <> 'open'",
    "SELECT * FROM items WHERE amount IN (1, 2, 3)",
    "SELECT product_id, sum(amount) FROM items GROUP BY product_id",
    "SELECT * FROM orders WHERE total > 900 AND status = 'done' ORDER BY at LIMIT 5",
)


def timed(connection: psycopg.Connection, sql: str) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        connection.execute(sql.encode()).fetchall()
        times.append(time.perf_counter() - started)
    return median(times) * 1000


@pytest.mark.slow
@pytest.mark.timing
def test_no_measured_gain_is_a_loss(postgres: Desk) -> None:
    postgres.run(*TABLES)
    gains = 0
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as other:
        for sql in STATEMENTS:
            answer = postgres.call(ADVISE, AdviseRequest(connection=postgres.url, sql=sql))
            best = next((one for one in answer.suggestions if one.recommended), None)
            if best is None:
                continue
            request = TrialRequest(
                connection=postgres.url, sql=sql, table=best.table, columns=best.columns, runs=7, timeout=15
            )
            if postgres.call(TRIAL, request).suggestion.verdict != "faster":
                continue
            gains += 1
            before = timed(other, sql)
            other.execute(best.ddl.encode())
            after = timed(other, sql)
            other.execute(f"DROP INDEX {best.name}".encode())
            assert after < before, (sql, best.ddl, before, after)
    assert gains >= 5
