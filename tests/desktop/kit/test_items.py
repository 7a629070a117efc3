"""Rows as plain objects: what views are told of them, watched by Qt's own tester of models."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop.kit.items import Item, ItemModel

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove", "all"]), st.integers(0, 50)), max_size=25)


def texts(model: ItemModel, parent: QModelIndex | None = None) -> list[str]:
    """Every row as a view finds it, each with its number of steps from the top."""
    above = QModelIndex() if parent is None else parent
    found: list[str] = []
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        assert model.parent(index) == above and model.item(index) is not None
        found += [str(index.data()), *(f"  {text}" for text in texts(model, index))]
    return found


def plain(item: Item) -> list[str]:
    return [line for one in item.below for line in (one.text, *(f"  {text}" for text in plain(one)))]


@pytest.mark.usefixtures("qapp")
@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_views_are_told_of_every_change(steps: list[tuple[str, int]]) -> None:
    model = ItemModel()
    tester = QAbstractItemModelTester(model, FATAL)
    for what, number in steps:
        rows = [model.top, *model.top.walk()]
        at = rows[number % len(rows)]
        if what == "add":
            child = Item(f"{number}")
            child.add([Item("below it")])
            at.add([child, Item("beside it")])
        elif what == "remove" and at.below:
            at.remove(number % len(at.below))
        elif what == "all":
            model.show_items([Item(f"new {n}") for n in range(number % 4)])
        assert texts(model) == plain(model.top)
    del tester


def test_a_row_that_was_taken_away_is_nowhere(qapp: object) -> None:
    model = ItemModel()
    item = Item("a", "what it is")
    item.add([Item("b")])
    model.show_items([item])
    below = model.index_of(item.below[0])
    assert model.index_of(item).data(Qt.ItemDataRole.ToolTipRole) == "what it is" and below.data() == "b"
    model.top.remove(0)
    assert model.rowCount() == 0 and model.item(below) is None and below.data() is None
    item.set(Qt.ItemDataRole.UserRole, 1)
    assert item.get(Qt.ItemDataRole.UserRole) == 1


def test_a_change_is_told_with_its_place_and_role(qtbot) -> None:
    model = ItemModel()
    item = Item("a")
    model.show_items([Item("first"), item])
    with qtbot.waitSignal(model.dataChanged) as told:
        item.set(Qt.ItemDataRole.UserRole, 7)
    first, last, roles = told.args
    assert first.row() == last.row() == 1 and list(roles) == [Qt.ItemDataRole.UserRole]
    assert bool(model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDropEnabled)
    assert not model.flags(model.index_of(Item("x", drops=False))) & Qt.ItemFlag.ItemIsSelectable
