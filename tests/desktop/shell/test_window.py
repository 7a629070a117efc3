"""The window itself: menus, tab strip, status bar, closing, size of its file, nothing left behind."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop.context import Launch
from desktop.kit.theme import theme
from desktop.kit.verb import Verb
from desktop.kit.widgets import Button, Chip, VerbButton
from desktop.shell.menus import Menus, places
from desktop.shell.work import Work, elapsed

from .conftest import table

ROOT = Path(__file__).resolve().parents[3]


def test_the_window_file_stays_small():
    lines = (ROOT / "desktop/shell/window.py").read_text().splitlines()
    assert len(lines) <= 250


def test_the_shell_names_no_capability():
    names = {path.name for path in (ROOT / "embedded_server/wire").glob("*.py")}
    capabilities = {path.stem for path in (ROOT / "embedded_server").iterdir() if path.is_dir()}
    capabilities &= {Path(name).stem for name in names}
    assert {"connections", "data", "console"} <= capabilities
    for file in (ROOT / "desktop/shell").glob("*.py"):
        for capability in capabilities:
            assert f"desktop.{capability}" not in file.read_text(), file


# Menus


def entries(menu: QMenu) -> dict[str, object]:
    found: dict[str, object] = {}
    for action in menu.actions():
        if not action.isSeparator():
            name = action.text().replace("&", "").partition("\t")[0]
            found[name] = entries(action.menu()) if action.menu() else action
    return found


def test_the_menu_holds_every_verb_with_a_place(window):
    window.verbs.add(
        Verb("t.one", "One", lambda: None, ("Ctrl+J",), menu="Table/Columns", hint="The first"),
        Verb("t.two", "Two", lambda: None, menu="Table", when=lambda: "no table"),
    )
    menu = window.menus.main()
    found = entries(menu)
    assert list(found)[:4] == ["File", "Edit", "View", "Go"] and list(found)[-1] == "Help"
    assert set(found["Table"]) == {"Columns", "Two"}
    one, two = found["Table"]["Columns"]["One"], found["Table"]["Two"]
    assert one.text() == "One\tCtrl+J" and one.isEnabled() and one.toolTip() == "The first"
    assert not two.isEnabled() and two.toolTip() == "no table"
    placed = sum(len(verbs) for verbs in places(window.verbs).values())
    assert placed == sum(bool(verb.menu) for verb in window.verbs)
    mnemonics = [action.text().partition("&")[2][:1].lower() for action in menu.actions()]
    assert len(set(mnemonics)) == len(mnemonics) and all(mnemonics)


def test_a_menu_entry_runs_its_verb_and_the_menu_leaves_nothing(window, qtbot):
    ran = []
    window.verbs.add(Verb("t.one", "One", lambda: ran.append(1), menu="Edit"))
    menu = window.menus.main()
    entries(menu)["Edit"]["One"].trigger()
    assert ran == [1]
    with qtbot.waitSignal(menu.destroyed):
        menu.aboutToHide.emit()


def test_a_context_menu_of_some_verbs(window):
    menu = Menus(window.verbs, window).of(["view.refresh", "", "tab.close"])
    assert list(entries(menu)) == ["Refresh", "Close tab"]
    assert menu.actions()[1].isSeparator()
    menu.deleteLater()


# The strip of tabs


@pytest.fixture
def bar(shown):
    for name in ("orders", "customers", "reviews"):
        shown.bench.open(table(name), keep=True)
    return shown.frame.bar


def middle(bar, index: int) -> QPoint:
    return bar.tabRect(index).center()


def test_the_middle_button_closes(qtbot, shown, bar):
    qtbot.mouseClick(bar, Qt.MouseButton.MiddleButton, pos=middle(bar, 1))
    assert [slot.title for slot in shown.bench.tab_set.slots] == ["orders", "reviews"]


def test_the_cross_closes_and_a_pin_protects(qtbot, shown, bar):
    area = bar.tabRect(0)
    cross = QPoint(area.right() - theme().scaled(13), area.center().y())
    shown.bench.pin(0, True)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=cross)
    assert len(shown.bench.tab_set.slots) == 3
    shown.bench.pin(0, False)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=cross)
    assert [slot.title for slot in shown.bench.tab_set.slots] == ["customers", "reviews"]


def test_a_click_brings_to_the_front(qtbot, shown, bar):
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=middle(bar, 0))
    assert shown.bench.current().ref == table("orders")


def test_dragging_reorders(qtbot, shown, bar):
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=middle(bar, 0))
    for index in (0, 1, 2):
        bar.mouseMoveEvent(moved(middle(bar, index) + QPoint(12, 0)))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=middle(bar, 2))
    assert [slot.title for slot in shown.bench.tab_set.slots] == ["customers", "reviews", "orders"]
    assert [bar.tabText(index) for index in range(3)] == ["customers", "reviews", "orders"]
    assert shown.bench.current().ref == table("orders")


def moved(point: QPoint):
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        QPointF(point),
        Qt.MouseButton.NoButton,
        left,
        Qt.KeyboardModifier.NoModifier,
    )


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_tabs_that_do_not_fit_are_in_a_menu(qtbot, shown, bar):
    assert shown.frame.more.isHidden()
    for number in range(20):
        shown.bench.open(table(f"a_long_table_name_{number}"), keep=True)
    qtbot.waitUntil(lambda: not shown.frame.more.isHidden())
    shown.frame.more.click()
    menu = next(widget for widget in shown.frame.findChildren(QMenu))
    assert len(menu.actions()) == 23
    menu.actions()[0].trigger()
    assert shown.bench.current().ref == table("orders")
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


# Status bar


def test_running_calls_are_told_after_300_ms_with_cancel(window, qtbot):
    client = window.work._client
    seen = []
    window.work.changed.connect(lambda text, cancellable: seen.append((text, cancellable)))
    client.started.emit("data.count", "a1")
    client.started.emit("events.poll", "e1")
    assert window.work.busy()
    qtbot.waitUntil(lambda: not window.frame.status.cancel.isHidden(), timeout=3000)
    assert seen[0][1] and seen[0][0].endswith(" s")
    assert window.verbs.get("work.cancel").when() == ""
    client.finished.emit("events.poll", "e1")
    with qtbot.waitSignal(window.work.idle):
        client.finished.emit("data.count", "a1")
    assert window.frame.status.cancel.isHidden() and seen[-1] == ("", False)
    assert window.verbs.run("work.cancel") == "Nothing is running"


def test_short_calls_are_never_shown(window, qtbot):
    client = window.work._client
    with qtbot.assertNotEmitted(window.work.changed):
        for number in range(50):
            client.started.emit("data.page", str(number))
            client.finished.emit("data.page", str(number))


def test_a_lost_server_ends_all_work(window, qtbot):
    client = window.work._client
    client.started.emit("data.count", "a1")
    client.online_changed.emit(False)
    assert not window.work.busy()


def test_cancel_stops_the_call_that_runs_longest(window, monkeypatch):
    client = window.work._client
    cancelled = []
    monkeypatch.setattr(client, "cancel_job", cancelled.append)
    work = Work(client, window)
    client.started.emit("data.count", "old")
    client.started.emit("data.page", "new")
    work.cancel()
    assert cancelled == ["old"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.34, "0.3 s"), (9.99, "10.0 s"), (48.2, "48 s"), (187, "3:07 min")]
)
def test_elapsed_times(seconds, text):
    assert elapsed(seconds) == text


# Closing


def test_closing_asks_while_something_speaks_against_it(window, qtbot):
    window.bench.add_closing_question(lambda: "An export is running.")
    window.show()
    window.close()
    assert window.isVisible()
    (message,) = window.frame.messages.messages
    assert message.title.text() == "An export is running."
    with qtbot.waitSignal(window.closed):
        next(b for b in message.findChildren(Button) if b.text() == "Close anyway").click()
    assert not window.isVisible()


def test_dropped_files_are_launched(shown):
    taken = []
    shown.bench.add_launcher(lambda launch: not taken.append(launch))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/shop.db"), QUrl("https://example.org/x")])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    shown.dropEvent(event)
    assert taken == [Launch("/tmp/shop.db"), Launch("https://example.org/x")]


# Bound buttons, accessibility, leaks


def test_bound_buttons_follow_their_verb(window, qtbot):
    state = {"why": "nothing staged"}
    ran = []
    window.verbs.add(Verb("t.apply", "Apply", lambda: ran.append(1), ("Ctrl+S",), when=lambda: state["why"]))
    tab = window.bench.open(table("orders"))
    button = VerbButton(window.verbs, "t.apply", parent=tab)
    assert not button.isEnabled() and button.toolTip() == "nothing staged" and button.key() == "Ctrl+S"
    state["why"] = ""
    window.bench.touched(tab)
    assert button.isEnabled()
    button.click()
    assert ran == [1]
    window.shortcuts.bind("t.apply", ("Ctrl+Return",))
    assert button.key() == "Ctrl+Enter"


def test_every_input_has_a_name(shown):
    shown.bench.open(table("orders"), keep=True)
    shown.verbs.run("settings.open")
    shown.verbs.run("settings.keys")
    shown.palette_box.open(shown.verb_items)
    nameless = []
    for widget in shown.findChildren(QWidget):
        named = widget.accessibleName() or (isinstance(widget, Button) and widget.text())
        inner = (
            widget.objectName().startswith("qt_")
            or isinstance(widget.parent(), QWidget)
            and (widget.parent().focusProxy() is widget)
        )
        hidden_chip = isinstance(widget, Chip) and widget.isHidden()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not (named or inner or hidden_chip):
            nameless.append(f"{type(widget.parent()).__name__} > {type(widget).__name__}")
    assert nameless == []


def test_a_hundred_tabs_leave_nothing_behind(make_window, qtbot):
    window = make_window()
    window.show()
    app = QApplication.instance()
    window.bench.open(table("warm"), keep=True)
    window.verbs.run("tab.close")
    qtbot.waitUntil(lambda: not window.bench.tabs())
    drain(app)
    before = len(window.findChildren(QWidget))
    tops = len(app.topLevelWidgets())
    gone: list[weakref.ref] = []
    panels: list[QWidget] = []
    for number in range(100):
        tab = window.bench.open(table(f"t{number}"), keep=number % 2 == 0)
        gone.append(weakref.ref(tab))
        panels.append(tab.panel)
    del tab
    while window.bench.tab_set.slots:
        window.verbs.run("tab.close")
    drain(app)
    assert not any(shiboken6.isValid(panel) for panel in panels)
    panels.clear()
    gc.collect()
    assert [ref for ref in gone if ref() is not None] == []
    assert len(window.findChildren(QWidget)) == before
    assert len(app.topLevelWidgets()) == tops


def drain(app: QApplication) -> None:
    """Let everything that asked to be deleted go."""
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def test_panes_at_the_side_follow_the_font(window, qapp, qtbot):
    window.resize(1440, 900)
    window.bench.show_page("data")
    window.bench.open(table("orders"))
    with qtbot.waitExposed(window):
        window.show()
    before = window.frame.splitter.sizes()
    theme().apply(qapp, "dark", 20)
    left, centre, right = window.frame.splitter.sizes()
    assert left > before[0] and right >= before[2]
    assert centre > sum((left, centre, right)) / 2, "the centre keeps more than half"
    theme().apply(qapp, "dark", 13)
    assert window.frame.splitter.sizes() == before, "there and back again changes nothing"
