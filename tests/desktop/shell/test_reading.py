"""Tab goes to every control in reading order, whatever the order they were made in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QStackedWidget, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, NumberField, SegmentedBar, TextField, Toolbar, column
from desktop.shell.reading import controls
from embedded_server.wire.refs import PageRef

from .conftest import NoteTab, table

PATIENCE = 20_000


class BarTab(NoteTab):
    """A bar above what has the focus first, as most tabs have; a part below that is made late."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.bar = Toolbar()
        self.bar.add_right(Button("Last"))
        self.bar.add(SegmentedBar(("One", "Two"), "Parts"))
        self.bar.add(NumberField("Limit", 1, 100))
        self.layout().insertWidget(0, self.bar)
        self.stack = QStackedWidget()
        self.layout().addWidget(self.stack)

    def show_late(self) -> None:
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setWidget(column(*(TextField(f"Late {number}") for number in range(40))))
        self.stack.addWidget(area)
        self.stack.setCurrentWidget(area)


def name(widget: QWidget | None) -> str:
    return (widget.accessibleName() or getattr(widget, "text", str)()) if widget is not None else ""


def pressed(count: int, key: Qt.Key = Qt.Key.Key_Tab) -> list[str]:
    """The names of what has the focus after each press."""
    found = []
    for _ in range(count):
        QTest.keyClick(QApplication.focusWidget(), key)
        found.append(name(QApplication.focusWidget()))
    return found


@pytest.fixture
def tab(make_window, qtbot) -> BarTab:
    window = make_window(BarTab)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    tab = window.bench.open(table("orders"), keep=True)
    assert isinstance(tab, BarTab)
    tab.show_late()
    qtbot.waitUntil(lambda: tab.field.isVisible() and tab.stack.currentWidget().height() > 50)
    return tab


def test_bars_above_and_parts_made_late_are_reached_in_their_order(tab):
    order = [name(one) for one in controls(tab)]
    assert order[:6] == ["Parts", "Limit", "Last", "Note", "Late 0", "Late 1"]
    list(controls(tab))[0].setFocus()
    assert pressed(4) == order[1:5]
    tab.field.setFocus()
    assert pressed(3, Qt.Key.Key_Backtab) == ["Last", "Limit", "Parts"]


def test_what_has_the_focus_is_in_sight(tab):
    tab.field.setFocus()
    assert pressed(40)[-1] == "Late 39"
    area, field = tab.stack.currentWidget(), QApplication.focusWidget()
    assert area.viewport().rect().contains(field.mapTo(area.viewport(), field.rect().center()))
    # From outside it comes in at the end.
    area.verticalScrollBar().setValue(0)
    every = list(controls(tab.window().frame))
    every[every.index(field) + 1].setFocus()
    assert pressed(1, Qt.Key.Key_Backtab) == ["Late 39"]
    assert area.viewport().rect().contains(field.mapTo(area.viewport(), field.rect().center()))


def test_tab_comes_round(tab):
    window = tab.window()
    every = list(controls(window.frame))
    every[-1].setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is every[0]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is every[-1]


def test_disabled_and_hidden_ones_are_passed_by(tab, qtbot):
    tab.bar.findChildren(NumberField)[0].setEnabled(False)
    tab.bar.findChildren(Button)[0].hide()
    list(controls(tab))[0].setFocus()
    assert pressed(1) == ["Note"]


@pytest.mark.parametrize("size", [13, 20])
def test_segments_stand_at_one_place_on_every_page(shell, qapp, qtbot, size):
    theme().apply(qapp, "dark", size)
    found = {}
    left = shell.window.frame.left
    for page in ("sql", "requests", "logs"):
        shell.window.bench.show_page(page)
        qtbot.waitUntil(lambda: left.currentWidget().isVisible() and bool(_bars(left)), timeout=PATIENCE)
        QApplication.processEvents()
        bar = _bars(left)[0]
        found[page] = (bar.mapTo(left, bar.rect().topLeft()).toTuple(), bar.height())
    assert len(set(found.values())) == 1, found


def _bars(part: QWidget) -> list[SegmentedBar]:
    return [bar for bar in part.findChildren(SegmentedBar) if bar.isVisible()]


@pytest.mark.parametrize("page", ["data", "sql", "slow", "requests", "migrate", "logs", "health"])
def test_every_control_of_a_page_is_reached(shell, qtbot, page):
    """From one end of the window to the other, none left out, none twice."""
    bench = shell.window.bench
    bench.show_page(page)
    bench.open(PageRef("settings"), keep=True)
    frame = shell.window.frame
    qtbot.waitUntil(lambda: frame.left.currentWidget().isVisible(), timeout=PATIENCE)
    shell.window.activateWindow()
    QApplication.processEvents()
    next(controls(frame)).setFocus()
    met = [QApplication.focusWidget()]
    while len(met) < 300:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is met[0]:
            break
        met.append(QApplication.focusWidget())
    # Of the rail's buttons the keyboard keeps one, arrows go to the others.
    assert [name(one) for one in met] == [name(one) for one in controls(frame)]
