"""What an inspector shows whole in the width it has: wrapped values, statements moved in by less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget

from desktop.kit.sql_view import SqlView, narrowed
from desktop.kit.theme import theme
from desktop.kit.widgets import KeyValue, KeyValueList
from desktop.kit.wrapped import wrapped
from desktop.shell.text_recorder import record_texts

PATH = "/srv/application/resources/handlers/newest.py:123"
SQL = """SELECT t.id,
       t.some_rather_long_name,
       (SELECT 1
        FROM u)
FROM t
WHERE a = 'x
       y'"""
PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@pytest.fixture
def metrics(qapp):
    return QFontMetrics(theme().mono_font())


@pytest.fixture
def show(qtbot):
    def show(widget: QWidget, width: int) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, 300)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return show


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("7149", ["7149"]),
        ("2026-10-26 08:39:02.123", ["2026-10-26", "08:39:02.123"]),
        ("some/where/at.py:12", ["some/where/", "at.py:12"]),
        ("g.okafor@example.org", ["g.okafor@", "example.org"]),
        ("nothing_of_it_fits", ["nothing_of_", "it_fits"]),
        ("vvvvvvvvvvvvvvv", ["vvvvvvvvvvvv", "vvv"]),
    ],
)
def test_lines_end_where_words_do(metrics, text, lines):
    assert wrapped(text, metrics, metrics.horizontalAdvance("0" * 12), 6) == lines


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60), st.integers(4, 30)
)
def test_nothing_of_a_text_is_lost_and_no_line_is_too_wide(text, letters):
    metrics = QFontMetrics(theme().mono_font())
    room = metrics.horizontalAdvance("0" * letters)
    lines = wrapped(text, metrics, room, 60)
    assert "".join(lines) == text
    assert all(metrics.horizontalAdvance(line) <= room for line in lines)


def test_what_is_left_of_a_path_keeps_its_end(metrics):
    lines = wrapped(PATH, metrics, metrics.horizontalAdvance("0" * 12), 2)
    assert "…" in lines[1] and lines[1].endswith(":123")
    assert wrapped("word " * 20, metrics, metrics.horizontalAdvance("0" * 12), 2)[1].endswith("…")


def test_values_are_shown_whole_at_every_width(qtbot, show):
    view = show(KeyValueList("Facts"), 300)
    view.show_rows([KeyValue("id", "7"), KeyValue("written at", PATH)])
    row, line = theme().metric("row"), QFontMetrics(theme().mono_font()).lineSpacing()
    further = (view.height() - 2 * row) / line
    assert further >= 1 and further == int(further)
    assert view.visualRect(view.model().index(1, 0)).height() == row + further * line
    assert "".join(painted.text for painted in record_texts(view)).endswith(PATH)
    view.resize(900, view.height())
    qtbot.waitUntil(lambda: view.height() == 2 * row)
    assert show(KeyValueList("One line each", wraps=False), 300).model().rowCount() == 0


def test_a_larger_font_takes_more_room_at_once(qapp, show):
    view = show(KeyValueList("Facts"), 300)
    view.show_rows([KeyValue("id", "7"), KeyValue("written at", PATH)])
    name, size = theme().name, theme().font_size
    before = view.height()
    try:
        theme().apply(qapp, name, 20)
        row, line = theme().metric("row"), QFontMetrics(theme().mono_font()).lineSpacing()
        assert view.height() > before and (view.height() - 2 * row) % line == 0
    finally:
        theme().apply(qapp, name, size)
    assert view.height() == before


def test_a_narrow_statement_is_moved_in_by_less():
    assert narrowed(SQL, 60) == SQL
    lines = narrowed(SQL, 20).split("\n")
    assert lines[0] == "SELECT t.id," and lines[2:5] == ["  (SELECT 1", "    FROM u)", "FROM t"]
    assert lines[1] == "  t.some_rather_long_name,"
    assert lines[-1] == "       y'", "the spaces of a string are its own"


def test_the_statement_that_is_read_is_the_one_given(show):
    view = show(SqlView("Statement"), 170)
    view.show_sql(SQL, "sqlite")
    assert view.toPlainText() == SQL
    assert "\n  t.some" in view.document().toPlainText()
    view.resize(900, 300)
    assert view.document().toPlainText() == SQL
