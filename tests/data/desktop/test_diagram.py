"""The diagram in a window: drawn from a real database, walked through, unfolded, saved, brought back."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from desktop.data.diagram.graph import Name
from desktop.data.diagram.tab import DiagramTab
from desktop.data.table_tab import TableTab
from embedded_server.wire.refs import DiagramRef, TableRef

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            create table countries(code text primary key);
            create table customers(
              id integer primary key, name text, country text references countries(code));
            create table orders(
              id integer primary key, customer_id integer not null references customers(id));
            create table lines(order_id integer references orders(id), n integer, primary key(order_id, n));
            create table notes(id integer primary key, text text);
            """
        )
    connection.close()
    return str(path)


@pytest.fixture
def diagram(live_shell, qtbot, database) -> DiagramTab:
    live_shell.window.resize(1200, 800)
    live_shell.window.show()
    live_shell.window.bench.open(TableRef(database, "orders"), keep=True)
    assert live_shell.verbs.run("data.diagram") == ""
    tab = live_shell.window.bench.current()
    assert isinstance(tab, DiagramTab)
    qtbot.waitUntil(lambda: names(tab) == {"orders", "customers", "lines"}, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not tab.view.drawing.graph.unread(), timeout=PATIENCE)
    return tab


def names(tab: DiagramTab) -> set[str]:
    return {name.table for name in tab.view.drawing.graph.boxes}


def test_a_table_stands_between_those_that_refer_to_it_and_those_it_refers_to(diagram):
    areas = {name.table: area for name, area in diagram.view.drawing.areas.items()}
    assert (
        areas["lines"].right() < areas["orders"].left() < areas["orders"].right() < areas["customers"].left()
    )
    assert diagram.status() == ["3 tables", "2 foreign keys"]


def test_keys_walk_open_and_unfold(live_shell, qtbot, diagram):
    view = diagram.view
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.current.table == "customers"
    qtbot.keyClick(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "countries" in names(diagram), timeout=PATIENCE)
    assert diagram.status() == ["4 tables", "3 foreign keys"]
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.current.table == "lines"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    tab = live_shell.window.bench.current()
    assert isinstance(tab, TableTab) and tab.ref.table == "lines"


def test_the_mouse_chooses_opens_moves_and_zooms(live_shell, qtbot, diagram):
    view = diagram.view
    live_shell.window.bench.open(diagram.ref)
    customers = next(name for name in view.drawing.areas if name.table == "customers")
    centre = view.area(customers).center().toPoint()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert view.current == customers
    for _ in range(8):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == 3.0 and view.horizontalScrollBar().maximum() > 0
    large = view.grab().toImage()
    assert live_shell.verbs.run("data.diagram_fit") == ""
    assert view.grab().toImage() != large
    assert view.zoom <= 1.0 and view.horizontalScrollBar().maximum() == 0
    centre = view.area(customers).center().toPoint()
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert live_shell.window.bench.current().ref.table == "customers"


def test_data_diagram_svg_and_data_diagram_png_write_files(live_shell, diagram, tmp_path, monkeypatch):
    from desktop.data.diagram import tab as module  # noqa: PLC0415  # lazy: its dialog is answered here

    asked = []

    def answer(title, name, kinds, chosen, suffix=""):
        asked.append(name)
        chosen(str(tmp_path / name))

    monkeypatch.setattr(module, "ask_target", answer)
    assert live_shell.verbs.run("data.diagram_svg") == "" and live_shell.verbs.run("data.diagram_png") == ""
    assert asked == ["orders.svg", "orders.png"]
    text = (tmp_path / "orders.svg").read_text()
    assert (
        all(word in text for word in ("<svg", "orders", "customers", "customer_id")) and "notes" not in text
    )
    image = QImage(str(tmp_path / "orders.png"))
    assert image.width() == round(diagram.view.drawing.size.width() * 2)
    diagram.save_png("/no/such/folder/x.png")
    assert diagram._trouble is not None and diagram._trouble.problem.code == "file.disk"


def test_what_was_unfolded_comes_back(live_shell, qtbot, diagram, database):
    diagram.unfold(next(name for name in diagram.view.drawing.graph.boxes if name.table == "customers"))
    qtbot.waitUntil(lambda: "countries" in names(diagram), timeout=PATIENCE)
    diagram.whole.setChecked(True)
    state = diagram.state()
    bench = live_shell.window.bench
    bench.close(diagram)
    again = bench.open(DiagramRef(database, "orders"), keep=True)
    assert isinstance(again, DiagramTab)
    again.restore(state)
    qtbot.waitUntil(lambda: "countries" in names(again), timeout=PATIENCE)
    assert again.view.drawing.whole and state["unfolded"][0][1] == "customers"


def test_a_table_that_is_gone_says_so(live_shell, qtbot, database):
    tab = live_shell.window.bench.open(DiagramRef(database, "no_such"), keep=True)
    assert isinstance(tab, DiagramTab)
    qtbot.waitUntil(lambda: tab._trouble is not None, timeout=PATIENCE)
    assert tab._trouble.problem.code == "data.unknown_table"
    assert live_shell.verbs.run("data.diagram") == "Open a table first"


def test_hundreds_of_neighbours_stay_bounded(live_shell, qtbot, tmp_path):
    path = tmp_path / "wide.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table hub(id integer primary key)")
        for number in range(150):
            columns = "id integer primary key, hub integer references hub(id)"
            connection.execute(f"create table spoke{number}({columns})")
    connection.close()
    tab = live_shell.window.bench.open(DiagramRef(str(path), "hub"), keep=True)
    assert isinstance(tab, DiagramTab)
    qtbot.waitUntil(lambda: len(names(tab)) == 151, timeout=PATIENCE)
    qtbot.waitUntil(lambda: tab.view.drawing.graph.boxes[Name("main", "spoke0")].read, timeout=PATIENCE)
    assert tab.view.zoom >= 0.2
