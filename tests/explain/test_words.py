"""How these views write numbers and statements."""

from __future__ import annotations

import pytest

from desktop.explain.slow_filter import filtered
from desktop.explain.words import bytes_text, count_text, ms_text, short_sql
from embedded_server.wire.explain import TopStatement


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT orders.id, orders.status, orders.created_at\nFROM orders", "SELECT … FROM orders"),
        ("SELECT id FROM t", "SELECT id FROM t"),
        ("select distinct a.b, a.c, a.d, a.e, a.f, a.g, a.h from a", "select distinct … from a"),
        ("UPDATE t SET a = 1", "UPDATE t SET a = 1"),
    ],
)
def test_statements_are_shown_by_what_they_read(sql, shown) -> None:
    assert short_sql(sql) == shown


def test_numbers_carry_their_units() -> None:
    assert [ms_text(ms) for ms in (1234.5, 12.34, 1.234, 0.0123)] == [
        "1,234 ms",
        "12.3 ms",
        "1.23 ms",
        "0.012 ms",
    ]
    assert [count_text(n) for n in (None, 0.5, 3.0, 12345.6)] == ["", "0.5", "3", "12,346"]
    assert [bytes_text(n) for n in (2048, 20 << 20)] == ["2 kB", "20 MB"]


def _statement(sql: str, **more) -> TopStatement:
    given = {"source": "captures", "connection": "shop", "calls": 2, "total_ms": 50.0, "mean_ms": 25.0}
    return TopStatement(sql=sql, **(given | more))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["a", "b", "c"]),
        ("orders", ["a"]),
        ("-orders", ["b", "c"]),
        ("slow>20", ["a", "b"]),
        ("slow>20 calls>=5", ["b"]),
        ("source:pg_", ["c"]),
        ("route:/list", ["b"]),
        ("slow>x", []),
    ],
)
def test_the_filter_of_the_slow_page(text, found) -> None:
    statements = {
        "a": _statement("SELECT * FROM orders"),
        "b": _statement("SELECT 2", calls=5, routes=["GET /list"]),
        "c": _statement("SELECT 3", mean_ms=1.0, source="pg_stat_statements"),
    }
    shown = filtered(list(statements.values()), text)
    assert [name for name, one in statements.items() if one in shown] == found
