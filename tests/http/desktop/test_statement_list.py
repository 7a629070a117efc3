"""Statements of two runs on one line each."""

from __future__ import annotations

from desktop.http.statement_list import StatementList
from embedded_server.wire.replays import StatementChange

LONG = "SELECT orders.id, orders.customer_id, orders.status,\n orders.amount FROM orders WHERE orders.id = ?"


def test_a_long_list_of_columns_gives_way_to_the_table_and_the_condition(qtbot):
    view = StatementList()
    qtbot.addWidget(view)
    view.show_statements(
        [
            StatementChange(fingerprint="a", sql=LONG, before=20, after=20, mark="N+1"),
            StatementChange(fingerprint="b", sql="SELECT count(*)  FROM orders", before=1, after=2),
        ],
        compared=True,
    )
    assert view.texts() == [
        "  1 → 2   SELECT count(*) FROM orders",
        "20 → 20   N+1  SELECT … FROM orders WHERE id = ?",
    ]
    assert LONG in view.model().index(1, 0).data(3), "the whole statement on hover"
