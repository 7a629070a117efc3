"""Saved statements in a whole window: named, found, used, moved, deleted and brought back, as files."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent

from desktop.console.favourites.part import FavouritesPart
from desktop.console.pane import ConsolePane
from desktop.console.tab import ScriptTab, title_of
from desktop.kit.widgets import Button, Message
from embedded_server.wire.favourites import (
    DELETE_FAVOURITES,
    FAVOURITES,
    SAVE_FAVOURITE,
    DeleteFavouritesRequest,
    Favourite,
    FavouritesRequest,
    SaveFavouriteRequest,
)
from tests import outside

from .conftest import PATIENCE, write


def wait(qtbot, call):
    qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
    return call.result()


@pytest.fixture
def store(live_shell, qtbot):
    """Asks the server what is saved; empty before and behind the test."""
    client = live_shell.client

    def listed() -> list[Favourite]:
        return wait(qtbot, client.call(FAVOURITES, FavouritesRequest())).favourites

    def clear() -> None:
        gone = [one.id for one in listed()]
        wait(qtbot, client.call(DELETE_FAVOURITES, DeleteFavouritesRequest(gone)))

    clear()
    yield listed
    clear()


@pytest.fixture
def saved(live_shell, qtbot, tab, store):
    """The part of the page, with three statements."""
    live_shell.window.show()
    for name, folder, sql in (
        ("late", "reports/weekly", "SELECT * FROM t WHERE id > :low"),
        ("early", "reports", "SELECT 2"),
        ("loose", "", "SELECT 3"),
    ):
        one = Favourite(name=name, folder=folder, sql=sql, params={"low": "2490"} if "low" in sql else {})
        wait(qtbot, live_shell.client.call(SAVE_FAVOURITE, SaveFavouriteRequest(one)))
    assert live_shell.verbs.run("console.favourites") == ""
    part = live_shell.window.findChild(FavouritesPart)
    qtbot.waitUntil(lambda: len(part.shelf.favourites) == 3 and part.isVisible(), timeout=PATIENCE)
    return part


ALL = ["reports", "  weekly", "    late", "  early", "loose"]


def places(store) -> list[str]:
    return [f"{one.folder}/{one.name}" for one in store()]


def test_a_statement_is_saved_with_its_values_and_found_again(live_shell, qtbot, tab, store):
    live_shell.window.show()
    write(tab, "select 1;\n-- the late ones\nselect * from t where id > :lo|w;\nselect 2;")
    qtbot.waitUntil(lambda: tab.params.names() == ["low"], timeout=PATIENCE)
    tab.params.set_value("low", "2498")
    assert live_shell.verbs.run("console.favourite") == ""
    part = live_shell.window.findChild(FavouritesPart)
    form = part.form
    qtbot.waitUntil(form.isVisible, timeout=PATIENCE)
    assert form.name.text() == "the late ones"
    form.folder.setText("reports")
    form.here.setChecked(True)
    qtbot.keyClick(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.tree.names() == ["reports", "  the late ones"], timeout=PATIENCE)
    (one,) = store()
    assert one.sql == "-- the late ones\nselect * from t where id > :low" and one.params == {"low": "2498"}
    assert one.connection == tab.connection()
    live_shell.window.bench.quick_open("")
    (found,) = part.shelf.find("late reports", 5)
    assert (found.title, found.detail) == ("the late ones", "reports")
    opened = live_shell.window.bench.open(found.ref, keep=True)
    assert isinstance(opened, ScriptTab) and opened is not tab and opened.editor.sql() == one.sql
    assert opened.params.state()["texts"] == {"low": "2498"}
    opened.running.script()
    qtbot.waitUntil(lambda: opened.results.source() is not None, timeout=PATIENCE)
    assert opened.results.source().row_count() == 2, "with its values it runs at once"
    opened.running.runs.close()


def test_using_opening_and_the_filter(live_shell, qtbot, tab, saved, store):
    assert saved.tree.names() == ALL
    write(tab, "select 1;|")
    saved.tree.choose("late")
    assert live_shell.verbs.run("console.favourite_use") == ""
    assert "WHERE id > :low" in tab.editor.sql() and tab.params.text("low") == "2490"
    assert live_shell.verbs.run("console.favourite_open") == ""
    opened = live_shell.window.bench.current()
    assert isinstance(opened, ScriptTab) and opened is not tab
    assert opened.editor.sql() == "SELECT * FROM t WHERE id > :low" and len(outside.tabs(live_shell)) == 2
    assert live_shell.verbs.run("console.favourite_open") == ""
    assert live_shell.window.bench.current() is opened, "the same script again"
    live_shell.window.findChild(FavouritesPart)
    saved.set_filter("weekly late")
    assert saved.tree.names() == ["reports", "  weekly", "    late"]
    pane = live_shell.window.findChild(ConsolePane)
    pane.filter.setText("weekly late")
    qtbot.waitUntil(lambda: pane._note.text() == "2 hidden by the filter", timeout=PATIENCE)
    pane.filter.setText("no such thing")
    clear = saved._none.findChild(Button)
    qtbot.waitUntil(clear.isVisible, timeout=PATIENCE)
    clear.click()
    qtbot.waitUntil(lambda: saved.tree.names() == ALL, timeout=PATIENCE)
    assert pane.filter.text() == "" and pane._note.isHidden()
    saved.tree.choose("reports")
    assert live_shell.verbs.get("console.favourite_use").when() == "Select a saved statement first"


def test_moving_by_keys_by_dragging_and_in_the_form(live_shell, qtbot, saved, store):
    saved.tree.choose("loose")
    qtbot.keyClick(saved.tree, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    saved.tree.choose("weekly")
    qtbot.keyClick(saved.tree, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "reports/weekly/loose" in places(store), timeout=PATIENCE)
    saved.tree.choose("loose")
    qtbot.waitUntil(lambda: saved.tree.folder() == "reports/weekly", timeout=PATIENCE)
    drop(saved, "weekly", "")
    qtbot.waitUntil(lambda: places(store)[-2:] == ["weekly/late", "weekly/loose"], timeout=PATIENCE)
    saved.tree.choose("early")
    assert live_shell.verbs.run("console.favourite_edit") == ""
    saved.form.name.setText("first")
    saved.form.folder.setText("")
    saved.form.description.setText("before all others")
    saved.form.save.click()
    qtbot.waitUntil(lambda: "/first" in places(store), timeout=PATIENCE)
    assert next(one for one in store() if one.name == "first").description == "before all others"
    qtbot.waitUntil(lambda: "weekly" in saved.tree.names(), timeout=PATIENCE)
    saved.tree.choose("weekly")
    qtbot.keyClick(saved.tree, Qt.Key.Key_F2)
    saved.form.name.setText("monthly/all")
    qtbot.keyClick(saved.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "monthly/all/late" in places(store), timeout=PATIENCE)


def drop(saved: FavouritesPart, name: str, on: str) -> None:
    """Drag a thing onto another, or where nothing is."""
    tree = saved.tree
    place = tree.viewport().rect().bottomLeft()
    if on:
        tree.choose(on)
        place = tree.visualRect(tree.currentIndex()).center()
    tree.choose(name)
    event = _Drop(tree, QPointF(place), QMimeData())
    tree.dropEvent(event)


class _Drop(QDropEvent):
    def __init__(self, tree, place: QPointF, data: QMimeData) -> None:
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        super().__init__(place, Qt.DropAction.MoveAction, data, buttons, keys)
        self._tree = tree

    def source(self) -> object:
        return self._tree


def test_deleting_is_undone(live_shell, qtbot, saved, store):
    saved.tree.choose("reports")
    assert live_shell.verbs.run("console.favourite_delete") == ""
    qtbot.waitUntil(lambda: places(store) == ["/loose"], timeout=PATIENCE)
    qtbot.waitUntil(lambda: isinstance(saved.place.message, Message), timeout=PATIENCE)
    assert saved.place.message.title.text() == "Deleted 2 saved statements"
    before = {one.id for one in saved.shelf.favourites}
    undo = next(one for one in saved.place.message.findChildren(type(saved.form.save).__base__) if one.text())
    undo.click()
    qtbot.waitUntil(lambda: len(places(store)) == 3, timeout=PATIENCE)
    qtbot.waitUntil(lambda: saved.tree.names() == ALL, timeout=PATIENCE)
    assert before < {one.id for one in store()}


def test_files_out_and_in(live_shell, qtbot, saved, store, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    saved.tree.choose("reports")
    assert live_shell.verbs.run("console.favourites_export") == ""
    outside.answer(target)
    qtbot.waitUntil(lambda: len(list(target.rglob("*.sql"))) == 2, timeout=PATIENCE)
    assert "id > :low" in (target / "weekly" / "late.sql").read_text(encoding="utf-8")
    (target / "mine.sql").write_text("SELECT 'mine'", encoding="utf-8")
    saved.tree.choose("loose")
    assert live_shell.verbs.run("console.favourites_import") == ""
    outside.answer(target)
    qtbot.waitUntil(lambda: "/mine" in places(store), timeout=PATIENCE)
    assert len(places(store)) == 6


def test_nothing_is_saved_yet(live_shell, qtbot, store):
    live_shell.window.show()
    assert live_shell.verbs.run("console.favourites") == ""
    part = live_shell.window.findChild(FavouritesPart)
    qtbot.waitUntil(lambda: part._stack.currentWidget() is part._empty, timeout=PATIENCE)
    assert "accessibleName" and part.tree.accessibleName() == "Saved statements"
    assert live_shell.verbs.run("console.favourite") == "Open an SQL script first"


def test_names_of_statements():
    assert title_of("-- the late ones\nselect 1") == "the late ones"
    assert title_of("\n\n  select 1\nfrom t") == "select 1" and title_of("  \n--") == "Statement"
