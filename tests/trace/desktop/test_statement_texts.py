"""Captured statements on one line, with values in place, as text that runs."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from desktop.kit.statements import as_literal, group_values, places, plain, short, value_text, with_values
from desktop.shell.text_recorder import record_texts
from desktop.trace.lines import paint_pieces
from embedded_server.wire.trace import TracedStatement

ORDERS = (
    "SELECT orders.id AS orders_id, orders.status AS orders_status\nFROM orders\n"
    "WHERE orders.status = ? ORDER BY orders.created_at DESC\n LIMIT ? OFFSET ?"
)


@pytest.mark.parametrize(
    ("dialect", "sql", "shown"),
    [
        ("sqlite", ORDERS, "SELECT … FROM orders WHERE status = ? ORDER BY created_at DESC LIMIT ? OFFSET ?"),
        ("sqlite", "select id from t where t.a = ?", "select id from t where a = ?"),
        (
            "sqlite",
            "SELECT a.x, b.y FROM a JOIN b ON a.id = b.id",
            "SELECT a.x, b.y FROM a JOIN b ON a.id = b.id",
        ),
        (
            "postgresql",
            "SELECT customers.id, customers.name, customers.email FROM customers "
            "WHERE customers.id = %(pk_1)s::INTEGER",
            "SELECT … FROM customers WHERE id = ?",
        ),
        (
            "sqlite",
            "SELECT count(*) FROM (SELECT a FROM t) AS s",
            "SELECT count(*) FROM (SELECT a FROM t) AS s",
        ),
        (
            "postgresql",
            "SELECT * FROM t WHERE doc ? 'key' AND id = $1",
            "SELECT * FROM t WHERE doc ? 'key' AND id = ?",
        ),
        ("sqlite", "PRAGMA foreign_keys", "PRAGMA foreign_keys"),
        ("sqlite", "", ""),
        ("sqlite", "SELECT", "SELECT"),
    ],
)
def test_one_line_leaves_out_what_says_little(dialect, sql, shown):
    assert plain(short(sql, dialect)) == shown


@pytest.mark.parametrize(
    ("dialect", "sql", "params", "bound"),
    [
        ("sqlite", "a = ? and b = ?", ["x", 2], ["x", 2]),
        ("sqlite", "a = ?2 and b = ?1", ["x", 2], [2, "x"]),
        ("sqlite", "a = :name and b = '?'", {"name": 1}, [1]),
        ("postgresql", "a = %(a_1)s and b ? 'k'", {"a_1": None}, [None]),
        ("postgresql", "a = $2 and b = $1", ["x", "y"], ["y", "x"]),
        ("postgresql", "a ? 'k' and b = %s", ["x"], ["x"]),
        ("mysql", "a = %s and b like '100%%'", ["x"], ["x"]),
        ("sqlite", "a = ? -- really?", [1], [1]),
        ("sqlite", "a = ?", None, []),
        ("sqlite", "a = ? and b = ?", [1], [1]),
    ],
)
def test_values_find_their_placeholders(dialect, sql, params, bound):
    assert [value for _, _, value in places(sql, params, dialect)] == bound


def test_values_of_one_shape_are_listed_in_bold():
    made = [
        TracedStatement(number=n, start_ms=0, duration_ms=1, sql="SELECT * FROM c WHERE id = ?", params=[n])
        for n in (4217, 4311, 4217, 4563, 4800)
    ]
    values = group_values(made, "sqlite")
    assert values == ["4217, 4311, 4563 …"]
    pieces = short(made[0].sql, "sqlite", values)
    assert [piece.text for piece in pieces if piece.bold] == ["4217, 4311, 4563 …"]


def test_doubled_percent_signs_are_single_where_nothing_formats_them():
    sql = "select * from t where a like '100%%' and b = %s"
    assert with_values(sql, ["x"], "mysql+pymysql") == "select * from t where a like '100%' and b = 'x'"


CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.floats(allow_nan=False) | st.booleans()


@given(values=st.lists(CELLS, max_size=5))
def test_the_copied_statement_selects_the_same_values(values: list[Any]):
    """SQLite itself reads the literals back as what was bound."""
    values = [value.replace("\ud800", "") if isinstance(value, str) else value for value in values]
    sql = "select " + ", ".join(["'?'", *["?"] * len(values)])
    text = with_values(sql, values, "sqlite")
    with sqlite3.connect(":memory:") as connection:
        try:
            bound = connection.execute(sql, values).fetchone()
        except UnicodeEncodeError:
            return
        written = connection.execute(text).fetchone()
    connection.close()
    assert written == bound


def test_lists_and_objects_are_written_as_json():
    assert as_literal([1, "it's"], "postgresql") == "'[1, \"it''s\"]'"
    assert as_literal({"$bytes": "AP8="}, "sqlite") == "X'00ff'"
    assert value_text({"a": None}) == '{"a": null}'
    assert value_text("  ") == "'  '" and value_text("x" * 99) == "x" * 40 + "…"


def test_an_operator_that_looks_like_a_placeholder_stays():
    assert with_values("a ? 'k' and b = %s", ["x"], "postgresql") == "a ? 'k' and b = 'x'"
    assert with_values("a = ? and b = ?", ["x", None], "sqlite") == "a = 'x' and b = NULL"


def test_a_text_cut_after_what_was_left_out_has_one_ellipsis(qtbot):
    pieces = short("SELECT a, b, c, d, e, f, g, h, i, j FROM long_name", "sqlite")
    assert plain(pieces) == "SELECT … FROM long_name"

    class Painted(QWidget):
        def paintEvent(self, _: object) -> None:
            painter = QPainter(self)
            paint_pieces(painter, self.rect(), pieces)
            painter.end()

    widget = Painted()
    qtbot.addWidget(widget)
    for width in range(60, 200):
        widget.resize(width, 30)
        (shown,) = record_texts(widget)
        assert "……" not in shown.text and "… …" not in shown.text
