"""Copying: formats, holes, cells that are not at hand, limits; what is on the clipboard is exact."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.kit.flow import Waiter
from desktop.kit.grid import copier
from desktop.kit.grid.copy_as import HOLE, Table, as_json, in_list, markdown, tsv, tsv_with_header, unique
from desktop.kit.grid.selection import Spot
from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Truncated, from_json
from tests.desktop.kit.hands import CTRL, KEY, Hands
from tests.desktop.kit.sources import BLOCK, Formula

ID, NOTE, DOC = Column("id", "int", "number"), Column("note", "text", "text"), Column("doc", "json", "json")
ROWS = [(1, "a\tb", '{"a": 1.10, "a": 2}'), (2, None, "not json"), ("3.50", "", None)]


class Held(Formula):
    """Rows that a copy has to wait for; long values that are fetched one by one."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows, [ID, NOTE], self.content)
        self.waiting: list[Waiter[None]] = []
        self.fetched: list[tuple[int, int]] = []
        self.size = 30

    def content(self, row, column):
        return row if column == 0 else Truncated(f"{row}-", self.size) if row % 2 else f"{row}"

    async def read(self, first, last, columns, progress):
        gate: Waiter[None] = Waiter()
        self.waiting.append(gate)
        progress(0, last - first + 1)
        await gate
        return await super().read(first, last, columns, progress)

    async def whole(self, row, column, cell):
        self.fetched.append((row, column))
        return f"{row}-" + "x" * 28


@pytest.fixture
def held(make_grid):
    source = Held(100)
    grid = make_grid(source)
    QGuiApplication.clipboard().clear()
    return Hands(grid), source


# --- texts -----------------------------------------------------------------------------------------


def test_tsv_is_what_spreadsheets_read():
    text = tsv(Table([ID, NOTE, DOC], ROWS))
    assert list(csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")) == [
        ["1", "a\tb", '{"a": 1.10, "a": 2}'],
        ["2", "", "not json"],
        ["3.50", "", ""],
    ]
    assert text.splitlines()[1] == "2\t\tnot json", "NULL is nothing"
    assert text.splitlines()[2] == '3.50\t""\t', "an empty text is told from NULL"
    assert tsv_with_header(Table([ID], [(1,)])) == "id\n1"


def test_json_keeps_numbers_and_documents_as_they_are_written():
    text = as_json(Table([ID, NOTE, DOC], ROWS))
    assert '"doc": {"a": 1.10, "a": 2}' in text and '"id": 3.50' in text
    assert json.loads(text)[1] == {"id": 2, "note": None, "doc": "not json"}
    assert '"id": 340282366920938463463374607431768211456' in as_json(Table([ID], [(2**128,)]))
    assert '"id": "NaN"' in as_json(Table([ID], [("NaN",)]))
    assert from_json(json.loads(as_json(Table([NOTE], [(BadText(b"\xff"),)])))[0]["note"]) == BadText(b"\xff")


def test_columns_of_one_name_keep_their_cells_in_json():
    assert unique(["a", "a", "a_2", "a"]) == ["a", "a_2", "a_2_2", "a_3"]
    text = as_json(Table([NOTE, NOTE], [("x", "y")]))
    assert json.loads(text) == [{"note": "x", "note_2": "y"}]


def test_markdown_survives_bars_and_line_breaks():
    assert markdown(Table([ID, NOTE], [(1, "a|b\nc"), (20, None)])) == (
        "|  id | note      |\n| --: | --------- |\n|   1 | a\\|b<br>c |\n|  20 | *NULL*    |\n"
    )


def test_holes_stay_blank():
    table = Table([ID, NOTE], [(1, HOLE), (HOLE, "x")])
    assert tsv(table) == "1\t\n\tx"
    assert json.loads(as_json(table)) == [{"id": 1}, {"note": "x"}]
    assert in_list(Table([ID], [(1,), (HOLE,)])) == "(1)"


# --- the grid --------------------------------------------------------------------------------------


def test_several_areas_are_copied_as_one_table(make_grid):
    hands = Hands(make_grid())
    hands.click(hands.cell(0, 0))
    hands.click(hands.cell(2, 2), CTRL)
    hands.key(KEY.Key_C, CTRL)
    assert hands.clipboard() == "90417\t\n\topen" or hands.clipboard().startswith("90417\t\n\t")


def test_columns_are_copied_in_the_order_on_the_screen_without_the_hidden_ones(make_grid):
    grid = make_grid(Formula(5, [ID, NOTE, DOC], lambda row, column: f"{row}{column}"))
    hands = Hands(grid)
    grid.move_column(2, 0)
    grid.hide_columns([1])
    hands.key(KEY.Key_A, CTRL)
    hands.key(KEY.Key_C, CTRL)
    assert hands.clipboard().splitlines()[0] == "02\t00"


def test_what_is_not_at_hand_is_fetched_first_with_progress(held):
    hands, source = held
    seen: list[tuple[int, int]] = []
    said: list[str] = []
    hands.grid.copier.progress.connect(lambda done, total: seen.append((done, total)))
    hands.grid.said.connect(said.append)
    hands.drag(hands.cell(0, 0), hands.cell(3, 1))
    hands.key(KEY.Key_C, CTRL)
    assert hands.clipboard() == "" and seen == [(0, 4)]
    source.waiting[0].resolve(None)
    long = "x" * 28
    assert hands.clipboard() == f"0\t0\n1\t1-{long}\n2\t2\n3\t3-{long}"
    assert source.fetched == [(1, 1), (3, 1)]
    assert seen == [(0, 4), (4, 4), (0, 2), (1, 2), (0, 0)] and said == ["Copied 8 cells as TSV"]


def test_a_long_text_with_bad_bytes_stays_a_text(held):
    hands, source = held

    async def whole(row, column, cell):
        return b"caf\xe9"

    source.whole = whole
    hands.click(hands.cell(1, 1))
    hands.key(KEY.Key_C, CTRL)
    source.waiting[0].resolve(None)
    assert hands.clipboard() == "caf\\xe9"


def test_escape_gives_the_copy_up(held):
    hands, source = held
    hands.drag(hands.cell(0, 0), hands.cell(3, 1))
    hands.key(KEY.Key_C, CTRL)
    hands.key(KEY.Key_Escape)
    assert source.waiting[0].settled and hands.clipboard() == ""
    assert len(hands.areas()) == 1, "Esc took the copy, not the selection"


def test_a_second_copy_replaces_the_first(held):
    hands, source = held
    hands.click(hands.cell(0, 0))
    hands.key(KEY.Key_C, CTRL)
    hands.click(hands.cell(2, 1))
    hands.key(KEY.Key_C, CTRL)
    assert source.waiting[0].settled
    source.waiting[1].resolve(None)
    assert hands.clipboard() == "2"


def test_too_many_cells_are_refused_with_a_way_out(make_grid, qtbot):
    grid = make_grid(Formula(2**31))
    hands = Hands(grid)
    hands.key(KEY.Key_A, CTRL)
    with qtbot.waitSignal(grid.failed) as failed:
        hands.key(KEY.Key_C, CTRL)
    assert "too many to copy" in failed.args[0].title and "export" in failed.args[0].hint


def test_values_too_long_together_are_refused(held, qtbot, monkeypatch):
    hands, source = held
    source.size = copier.MOST_BYTES // 2 + 1
    source._blocks.clear()
    hands.drag(hands.cell(0, 1), hands.cell(3, 1))
    hands.key(KEY.Key_C, CTRL)
    with qtbot.waitSignal(hands.grid.failed) as failed:
        source.waiting[0].resolve(None)
    assert "too long to copy together" in failed.args[0].title and hands.clipboard() == ""


def test_a_failed_fetch_is_told_and_leaves_the_clipboard(held, qtbot):
    hands, source = held
    hands.click(hands.cell(0, 0))
    hands.key(KEY.Key_C, CTRL)
    with qtbot.waitSignal(hands.grid.failed) as failed:
        source.waiting[0].reject(problem("connection.lost"))
    assert failed.args[0].code == "connection.lost" and hands.clipboard() == ""


def test_a_format_that_cannot_hold_the_selection_says_so(make_grid, qtbot):
    grid = make_grid()
    hands = Hands(grid)
    hands.click(hands.cell(0, 0))
    hands.click(hands.cell(2, 2), CTRL)
    with qtbot.waitSignal(grid.failed) as failed:
        grid.copier.copy("insert")
    assert "same columns" in failed.args[0].title


def test_cells_that_are_not_loaded_cannot_be_dragged_out(make_grid, qtbot):
    source = Formula(100)
    grid = make_grid(source)
    grid.selection.set(Spot(0, 0))
    grid.selection.extend(Spot(5, 1))
    assert grid.copier.at_hand() is not None
    source.withheld = lambda row: row == 5
    assert grid.copier.at_hand() is None
    with qtbot.waitSignal(grid.said):
        grid.mouse.drag_out()


def test_rows_a_source_does_not_have_are_never_copied_as_null(make_grid, qtbot):
    source = Formula(400)
    grid = make_grid(source)
    hands = Hands(grid)
    grid.selection.set(Spot(0, 0))
    grid.selection.extend(Spot(300, 1))
    source.withheld = lambda row: row == 2 * BLOCK
    with qtbot.waitSignal(grid.failed) as failed:
        hands.key(KEY.Key_C, CTRL)
    assert failed.args[0].title == "Some of these rows are not loaded"


def test_nothing_selected_is_said(make_grid, qtbot):
    grid = make_grid(Formula(0))
    with qtbot.waitSignal(grid.said) as said:
        grid.copier.copy()
    assert said.args == ["Nothing is selected"]


def test_a_program_that_copied_ends_in_order(tmp_path):
    """What lies on the clipboard outlives the interpreter: it must not be made in Python."""
    script = tmp_path / "copies.py"
    script.write_text(
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from desktop.kit.theme import theme\n"
        "theme().apply(app, 'dark')\n"
        "from desktop.kit.grid.grid import Grid\n"
        "from desktop.kit.grid.viewers.text import LongText\n"
        "from tests.desktop.kit.sources import BLOCK, Formula\n"
        "grid = Grid(Formula(5))\n"
        "grid.select_all()\n"
        "grid.copier.copy()\n"
        "assert '90417' in app.clipboard().text()\n"
        "text = LongText()\n"
        "text.append_text('x' * 3000)\n"
        "text.selectAll()\n"
        "text.copy_selected()\n"
        "assert app.clipboard().text() == 'x' * 3000\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (
        done.returncode,
        done.stderr.replace("This plugin does not support propagateSizeHints()\n", ""),
    ) == (0, "")
