"""A selected row shows by its bar alone whether keys go to it, in every theme, in whatever it stands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QStringListModel
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import NAMES, theme
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import ListView, TreeView
from tests.desktop.kit.beside import Beside


def a_list() -> QWidget:
    view = ListView("Things")
    view.setModel(QStringListModel(["one", "two"], view))
    view.setCurrentIndex(view.model().index(0, 0))
    return view


def a_tree() -> QWidget:
    view = TreeView("Branches")
    model = QStandardItemModel(view)
    model.appendRow(QStandardItem("one"))
    view.setModel(model)
    view.setCurrentIndex(model.index(0, 0))
    return view


def two_lines() -> QWidget:
    view = TwoLineList("Findings")
    view.show_rows([Row("one", below="two")])
    view.setCurrentIndex(view.model().index(0, 0))
    return view


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [a_list, a_tree, two_lines])
def test_the_bar_of_a_selected_row_stands_where_the_focus_is(qapp, qtbot, make, name):
    theme().apply(qapp, name, 13)
    view = make()
    keys = Beside(qtbot, view)

    def pixel(x: int, y: int) -> QColor:
        return view.grab().toImage().pixelColor(x, y)

    keys.come()
    bar, ground, line = (theme().color(token) for token in ("select_line", "select", "line"))
    assert pixel(0, 6) == bar and pixel(3, 6) == ground
    keys.go()
    assert pixel(0, 6) == ground and pixel(3, 6) == ground
    assert pixel(3, 0) == (line if name == "contrast" else ground), "lines hold what is weak alone"
