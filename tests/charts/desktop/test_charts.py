"""Charts in a window: drawn from a real table and a real result, walked through, saved, brought back."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.charts import feeds
from desktop.charts.keeping import MOST_FILES, fetch
from desktop.charts.spec import Spec
from desktop.charts.tab import ChartTab
from desktop.kit.grid.grid import Grid
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.kit.widgets.buttons import GuestButton
from desktop.shell.tabs import load_slot
from embedded_server.wire.refs import ChartRef, TableRef
from tests.outside import answer, front, session, spoken

PATIENCE = 20_000
COUNT = 3000


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table sales(id integer primary key, at text, state text, amount numeric)")
        connection.executemany(
            "insert into sales values (?, ?, ?, ?)",
            [
                (n, f"2026-{n % 12 + 1:02d}-01 08:00:00", ("open", "paid")[n % 2], n + 0.25)
                for n in range(1, COUNT + 1)
            ],
        )
        connection.execute("update sales set amount = null where id in (7, 8)")
        connection.execute("update sales set amount = 'much' where id = 9")
        connection.execute("update sales set amount = 9007199254740993 where id = 10")
        connection.execute("create table empty(id integer primary key, v integer)")
    connection.close()
    return str(path)


def ready(qtbot, tab) -> ChartTab:
    assert isinstance(tab, ChartTab)
    qtbot.waitUntil(lambda: tab.plot is not None and not tab.busy(), timeout=PATIENCE)
    return tab


def redrawn(qtbot, tab: ChartTab, spec: Spec) -> None:
    qtbot.waitUntil(lambda: tab.plot is not None and tab.plot.spec == spec, timeout=PATIENCE)


@pytest.fixture
def table(live_shell, qtbot, database):
    live_shell.window.resize(1200, 800)
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    tab = live_shell.window.bench.open(TableRef(database, "sales"), keep=True)
    qtbot.waitUntil(
        lambda: tab.source.exact() and not isinstance(tab.source.cell(0, 0), Missing), timeout=PATIENCE
    )
    return tab


@pytest.fixture
def chart(live_shell, qtbot, table) -> ChartTab:
    assert live_shell.verbs.run("chart.draw") == ""
    return ready(qtbot, live_shell.window.bench.current())


def test_a_table_is_one_key_away_from_its_chart(live_shell, qtbot, table):
    button = next(one for one in table.findChildren(GuestButton) if one.accessibleName() == "Draw a chart")
    assert button.isVisible() and button.isEnabled()
    button.click()
    tab = ready(qtbot, live_shell.window.bench.current())
    assert tab.plot.spec == Spec("line", "at", "amount") and tab.plot.drawn == COUNT - 3
    assert tab.note.text() == (
        "3,000 rows of sales · 3 of 3,000 rows have no number in amount (2 NULL, 1 text or other values)"
    )
    saved = front(live_shell)
    assert saved["ref"]["type"] == "chart" and saved["state"]["spec"]["kind"] == "line"
    assert load_slot(saved).ref == tab.ref, "the next start knows what it was"
    assert QApplication.focusWidget() is tab.canvas and spoken() == "Chart: line"
    assert tab.canvas.accessibleName() == "Chart: line" and "2,997 rows" in tab.canvas.accessibleDescription()


def test_controls_change_what_is_drawn_and_are_remembered(live_shell, qtbot, chart, database):
    chart.controls.kinds.setCurrentIndex(1)
    redrawn(qtbot, chart, Spec("bar", "at", "amount"))
    chart.controls.x_choice.setCurrentText("state")
    redrawn(qtbot, chart, Spec("bar", "state", "amount"))
    assert chart.plot.bars.names == ["paid", "open"] or chart.plot.bars.names == ["open", "paid"]
    chart.controls.y_choice.setCurrentIndex(0)
    redrawn(qtbot, chart, Spec("bar", "state"))
    assert chart.plot.bars.values == [[1500, 1500]]
    chart.controls.kinds.setCurrentIndex(2)
    redrawn(qtbot, chart, Spec("histogram", "state"))
    # The reason stands once, where the chart would be.
    assert chart.plot.empty() and "No row has a number in state" in chart.empty.text.text()
    assert "no number" not in chart.note.text()
    chart.controls.x_choice.setCurrentText("amount")
    redrawn(qtbot, chart, Spec("histogram", "amount"))
    assert chart.plot.bins.counts.sum() == COUNT - 3 and chart.controls.y_choice.isHidden()
    bench = live_shell.window.bench
    bench.close(chart)
    again = ready(qtbot, bench.open(ChartRef(database, "sales"), keep=True))
    assert again.plot.spec == Spec("histogram", "amount"), "what was drawn of a table last comes first"


def test_keys_and_wheel_zoom_move_and_walk(live_shell, qtbot, chart):
    canvas = chart.canvas
    canvas.grab()
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    first = canvas.spoken()
    assert first.startswith("at 2026-01-01 08:00:00, amount 12.25, row 12")
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.spoken().endswith("row 2,999") and canvas.words()[0] == ("at", "2026-12-01 08:00:00")
    assert canvas.spoken() in chart.status()
    whole = canvas.drawing.view
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    zoomed = canvas.drawing.view
    assert zoomed.right - zoomed.left < whole.right - whole.left and front(live_shell)["state"]["view"]
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    mark = canvas.drawing.x_of(canvas.drawing.plot.series[0].xs[0])
    assert canvas.drawing.inner.left() - 1 <= float(mark) <= canvas.drawing.inner.right() + 1, (
        "the cursor is seen"
    )
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.drawing.view.left > whole.left
    assert live_shell.verbs.run("chart.fit") == "" and canvas.drawing.view == whole
    assert front(live_shell)["state"]["view"] is None
    place = QPointF(canvas.drawing.inner.right() - 5, canvas.drawing.inner.center().y())
    wheel = QWheelEvent(
        place, QPointF(canvas.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 360),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    assert canvas.drawing.view.left > whole.left and canvas.drawing.view.right == pytest.approx(
        whole.right, rel=0.01
    )
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mark is None and canvas.drawing.view == whole


def test_the_pointer_shows_the_exact_value(qtbot, chart):
    chart.draw(Spec("scatter", "id", "amount"))
    redrawn(qtbot, chart, Spec("scatter", "id", "amount"))
    canvas = chart.canvas
    canvas.grab()
    series = canvas.drawing.plot.series[0]
    at = int(series.ys.argmax())
    x, y = (float(one) for one in (canvas.drawing.x_of(series.xs[at]), canvas.drawing.y_of(series.ys[at])))
    qtbot.mouseMove(canvas, QPoint(round(x), round(y)))
    qtbot.waitUntil(lambda: canvas.mark is not None, timeout=PATIENCE)
    assert ("amount", "9007199254740993") in canvas.words()
    assert canvas.grab().toImage() != QImage()


def test_pictures_carry_what_is_to_be_known(live_shell, qtbot, chart, tmp_path):
    assert live_shell.verbs.run("chart.svg") == ""
    answer(tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text()
    assert all(word in text for word in ("<svg", "amount", "Jul 2026", "have no number in amount"))
    assert live_shell.verbs.run("chart.png") == ""
    answer(tmp_path / "chart.png")
    image = QImage(str(tmp_path / "chart.png"))
    assert (
        image.width() == chart.canvas.width() * 2 and (tmp_path / "chart.png").read_bytes()[:4] == b"\x89PNG"
    )
    QGuiApplication.clipboard().setText("before")
    assert live_shell.verbs.run("chart.copy") == ""
    assert QGuiApplication.clipboard().image().size() == image.size()
    chart.pictures.save_png("/no/such/folder/x.png")
    assert chart.place.message is not None and "cannot be written" in chart.place.message.title.text()


def test_selected_rows_alone_are_drawn_and_survive_a_restart(live_shell, qtbot, table):
    grid = table.grid
    grid.move_to(Spot(0, 2))
    grid.move_to(Spot(3, 3), extend=True)
    assert live_shell.verbs.run("chart.draw") == ""
    tab = ready(qtbot, live_shell.window.bench.current())
    assert tab.plot.spec == Spec("bar", "state", "amount") and tab.plot.drawn == 4
    assert tab.note.text() == "4 rows of 4 selected rows of sales"
    assert [column for column in tab.plot.held.columns] == ["state", "amount"]
    state, ref, bench = tab.state(), tab.ref, live_shell.window.bench
    folder = live_shell.context.folder / "charts"
    assert [path.stat().st_mode & 0o777 for path in folder.glob("*.rows")] == [0o600]
    bench.close(tab)
    again = bench.open(ref, keep=True)
    again.restore(state)
    assert ready(qtbot, again).plot.drawn == 4 and again.note.text() == "4 rows of 4 selected rows of sales"
    bench.close(again)
    for path in folder.glob("*.rows"):
        path.write_bytes(b"damaged")
    lost = bench.open(ref, keep=True)
    qtbot.waitUntil(lambda: lost.place.message is not None, timeout=PATIENCE)
    assert "are gone" in lost.place.message.title.text() and MOST_FILES > 10


def test_a_selected_column_is_what_is_drawn_of_all_rows(live_shell, qtbot, table, chart):
    live_shell.window.bench.open(table.ref)
    table.grid.select_column(2)
    assert live_shell.verbs.run("chart.draw") == ""
    assert live_shell.window.bench.current() is chart
    redrawn(qtbot, chart, Spec("bar", "state"))
    assert chart.plot.drawn == COUNT


def test_a_result_is_drawn_as_far_as_it_was_loaded(live_shell, qtbot, database):
    live_shell.window.resize(1200, 800)
    live_shell.window.show()
    live_shell.window.bench.use_connection(database)
    assert live_shell.verbs.run("console.new") == ""
    script = live_shell.window.bench.current()
    script.editor.setPlainText("select state, sum(amount) as total, count(*) as n from sales group by state")
    script.running.statement()
    qtbot.waitUntil(lambda: script.results.source() is not None, timeout=PATIENCE)
    assert live_shell.verbs.run("chart.draw") == ""
    tab = ready(qtbot, live_shell.window.bench.current())
    assert tab.plot.spec == Spec("bar", "state", "total") and tab.plot.drawn == 2 and tab.plot.notes == []
    live_shell.window.bench.tab_set.activate(0)
    script.results.limit.setValue(100)
    script.editor.setPlainText("select id, amount from sales")
    script.running.statement()
    qtbot.waitUntil(
        lambda: (source := script.results.source()) is not None and source.row_count() == 100,
        timeout=PATIENCE,
    )
    grid = next(one for one in script.findChildren(Grid) if one.isVisible())
    grid.setFocus()
    menu = grid.menus.of_cell(Spot(0, 0))
    next(entry for entry in menu.actions() if entry.text() == "Draw a chart").trigger()
    tab = ready(qtbot, live_shell.window.bench.current())
    assert tab.plot.notes[0] == "only the 100 rows that were loaded are drawn; there are more"
    assert len(session(live_shell)["tabs"]) == 3, "each result has a chart of its own"
    assert tab.more.isVisible() and live_shell.verbs.run("chart.all") == ""
    qtbot.waitUntil(lambda: tab.plot.held.rows == COUNT and not tab.busy(), timeout=PATIENCE)
    assert tab.plot.spec.kind == "line" and not tab.more.isVisible()
    assert tab.note.text().startswith("3,000 rows of result of SQL 1 · 3 of 3,000 rows have no number")
    kept = max(
        (live_shell.context.folder / "charts").glob("*.rows"), key=lambda path: path.stat().st_mtime_ns
    )
    assert len(fetch(kept.parent, kept.stem).rows) == COUNT, "and that is what a restart draws"
    assert live_shell.verbs.run("chart.all") == "All rows that can be had are drawn"


def test_long_tables_are_cut_and_that_is_said(live_shell, qtbot, table, monkeypatch):
    monkeypatch.setattr(feeds, "MOST_ROWS", 1000)
    assert live_shell.verbs.run("chart.draw") == ""
    tab = ready(qtbot, live_shell.window.bench.current())
    assert (
        tab.plot.notes[0] == "only the first 1,000 rows are drawn, as many as fit"
        and tab.plot.held.rows == 1000
    )


def test_nothing_to_draw_says_what_would_be_here(live_shell, qtbot, database):
    bench = live_shell.window.bench
    live_shell.window.show()
    tab = bench.open(ChartRef(database, "empty"), keep=True)
    qtbot.waitUntil(lambda: tab.empty.title.text() == "No rows to draw", timeout=PATIENCE)
    assert live_shell.verbs.run("chart.draw") == "Open a table or run a query first"
    assert live_shell.verbs.run("chart.copy") == "Draw a chart first"
    gone = bench.open(ChartRef(database, "no_such"), keep=True)
    qtbot.waitUntil(lambda: gone.place.message is not None, timeout=PATIENCE)
    assert gone.place.message.problem.code == "data.unknown_table" and not gone.busy()
