"""The Requests page in a whole window: waiting, the live list, the filter, paging, quick open."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QLabel

from desktop.kit.widgets import ElidedLabel, InlineProblem
from desktop.trace.capability import Requests
from embedded_server.store.workspace import Workspace
from embedded_server.wire.probe import ProbeRoute
from embedded_server.wire.refs import TraceRef

from .captured import recent_orders, request


@pytest.fixture
def page(shell, named):
    shell.window.bench.show_page("requests")
    return shell.window.bench


def spoken(view: QAbstractItemView) -> list[str]:
    model = view.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.data(model.index(row, 0), role) for row in range(model.rowCount())]


def type_filter(qtbot, named, text: str) -> None:
    box = named("Filter requests")
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)


def test_without_requests_it_says_how_to_connect_and_turns_into_the_first(
    page, named, qtbot, send, shell, until
):
    until(lambda: named("Connect your app"))
    command = named("Command").text()
    assert command.startswith("python3 ") and " run --workspace " in command
    assert command.endswith(" -- flask --app hello run --debug")
    qtbot.mouseClick(named_button(shell, "Copy command"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == command
    send(request("/hello"))
    until(lambda: spoken(named("Requests")) != [])
    assert spoken(named("Requests")) == ["200 GET /hello, 18 ms, 0 statements · 1 log line"]
    assert named("Requests").currentIndex().row() == 0, "what came first is selected"


def named_button(shell, text: str):
    from PySide6.QtWidgets import QPushButton  # noqa: PLC0415  # lazy: tests without a window load no Qt

    return next(button for button in shell.window.findChildren(QPushButton) if button.text() == text)


def test_new_requests_come_on_top_and_leave_the_selected_one_where_it_stands(page, named, qtbot, send, until):
    send(*(request(f"/old/{n}") for n in range(60)))
    until(lambda: len(spoken(named("Requests"))) == 60)
    view = named("Requests")
    assert spoken(view)[0].startswith("200 GET /old/59")
    view.setFocus()
    view.setCurrentIndex(view.model().index(2, 0))
    place = view.visualRect(view.currentIndex())
    send(request("/new/1"), request("/new/2"))
    until(lambda: len(spoken(view)) == 62)
    assert view.currentIndex().row() == 4 and view.visualRect(view.currentIndex()) == place
    until(lambda: named("2 newer"))
    qtbot.mouseClick(named("2 newer"), Qt.MouseButton.LeftButton)
    assert view.verticalScrollBar().value() == 0 and spoken(view)[0].startswith("200 GET /new/2")


def test_the_filter_asks_the_server_and_says_what_it_hides(page, named, qtbot, send, until):
    send(request("/a"), request("/b", status=404), recent_orders())
    until(lambda: len(spoken(named("Requests"))) == 3)
    type_filter(qtbot, named, "status:4xx")
    until(lambda: len(spoken(named("Requests"))) == 1)
    assert spoken(named("Requests"))[0].startswith("404 GET /b")
    labels = page.frame.left.findChildren
    until(lambda: "2 hidden by the filter" in [label.text() for label in labels(ElidedLabel)])
    send(request("/c", status=403), request("/d"))
    until(lambda: len(spoken(named("Requests"))) == 2)
    assert spoken(named("Requests"))[0].startswith("403 GET /c"), (
        "what passes comes in live, the rest does not"
    )
    type_filter(qtbot, named, "sql>20")
    until(lambda: spoken(named("Requests"))[0].startswith("200 GET /orders/recent"))


def test_a_filter_that_makes_no_sense_is_explained_in_place(page, named, qtbot, send, shell, until):
    send(request("/a"))
    until(lambda: len(spoken(named("Requests"))) == 1)
    type_filter(qtbot, named, "status:many")
    problems = []
    until(
        lambda: problems.extend(shell.window.frame.left.findChildren(InlineProblem)) or problems,
    )
    assert problems[0].problem.code == "trace.bad_filter"
    qtbot.keyClick(named("Filter requests"), Qt.Key.Key_Escape)
    until(lambda: len(spoken(named("Requests"))) == 1)


def test_older_pages_come_while_scrolling(shell, named, send, until):
    feed = shell.context.events.findChild(Requests).feed
    send(*(request(f"/{n}") for n in range(650)))
    until(lambda: len(feed.known) == 650)
    shell.window.bench.show_page("requests")
    until(lambda: len(spoken(named("Requests"))) >= 200)
    view = named("Requests")

    def end() -> bool:
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        return view.model().rowCount() == 650

    until(end)
    targets = [text.split(",")[0].rsplit("/", 1)[1] for text in spoken(view)]
    assert targets == [str(n) for n in reversed(range(650))], "each once, newest first"


def test_replays_stand_in_the_list_only_when_asked_for(page, named, qtbot, send, until):
    first = send(request("/a"))[0]
    until(lambda: len(spoken(named("Requests"))) == 1)
    send(*(request("/a", run=f"r1/{n}", origin=first) for n in range(1, 4)), request("/b"))
    until(lambda: len(spoken(named("Requests"))) == 2)
    assert [text.split(",")[0] for text in spoken(named("Requests"))] == ["200 GET /b", "200 GET /a"]
    type_filter(qtbot, named, "source:run")
    until(lambda: len(spoken(named("Requests"))) == 3)


def test_enter_opens_a_request_and_the_list_follows_tabs(page, named, qtbot, send, until):
    ids = send(request("/a"), request("/b"))
    until(lambda: len(spoken(named("Requests"))) == 2)
    view = named("Requests")
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert page.current().ref == TraceRef(ids[0], "GET /a")
    page.open(TraceRef(ids[1], "GET /b"))
    assert view.currentIndex().row() == 0


def test_quick_open_finds_requests(page, send, shell, until):
    ids = send(request("/orders/7"), request("/customers"))
    items = shell.window.open_items
    until(lambda: items.items("customers")[:1] != [])
    found = items.items("ordrs7")
    assert [item.title for item in found] == ["GET /orders/7"]
    found[0].run(False)
    assert page.current().ref.trace == ids[0]


def test_verbs_filter_and_connect(page, named, send, shell, until):
    send(request("/a"))
    until(lambda: len(spoken(named("Requests"))) == 1)
    shell.verbs.run("trace.connect")
    assert named("Connect your app").isVisible()
    send(request("/b"))
    until(lambda: len(spoken(named("Requests"))) == 2)
    shell.window.bench.show_page("data")
    shell.verbs.run("trace.filter")
    until(lambda: named("Filter requests").hasFocus())


def test_restored_tabs_are_requests_again(shell, send):
    ref = TraceRef(send(request("/a"))[0], "GET /a")
    assert msgspec.convert(msgspec.to_builtins(ref), TraceRef) == ref


def test_the_start_page_leads_to_connecting(shell, named, qtbot, until):
    def entry():
        return named("Connect your app, , Its requests with their SQL and log lines, nothing in it changes")

    until(entry)
    qtbot.mouseClick(entry(), Qt.MouseButton.LeftButton)
    until(lambda: named("Copy command"))
    assert named("Command").isVisible()


@pytest.fixture
def three(page, named, send, until):
    """Three requests in the list, the newest first: the fast orders page, the slow one, a plain page."""
    few = recent_orders().statements[:2]
    ids = send(request("/plain"), recent_orders(), recent_orders(duration_ms=90.0, statements=few))
    until(lambda: len(spoken(named("Requests"))) == 3)
    return ids


def select(named, row: int):
    view = named("Requests")
    view.setFocus()
    view.setCurrentIndex(view.model().index(row, 0))
    return view


def test_two_requests_are_compared_side_by_side(three, page, named, shell, until):
    assert shell.verbs.get("trace.compare").when() == "Select a request first"
    select(named, 1)
    assert shell.verbs.get("trace.compare").when() == "Choose the request to compare with first"
    shell.verbs.run("trace.mark")
    assert shell.verbs.get("trace.compare").when() == "Select another request to compare with it"
    select(named, 0)
    assert shell.verbs.run("trace.compare") == ""
    tab = page.current()
    until(lambda: tab.answer is not None)
    assert tab.answer.before.id == three[1] and tab.answer.after.id == three[2]
    lines = [line.text() for line in tab.statements.lines()]
    assert (
        lines[0].startswith("20 → 0 N+1  SELECT … FROM customers WHERE id = ?")
        and "74\u2009ms → 0\u2009ms" in lines[0]
    )
    assert {line.lead for line in tab.statements.lines()[1:]} == {"1 → 1"}
    assert ("statements", "22", "2") in [(p.label, p.before, p.after) for p in tab.figures.pairs()]
    assert [line.lead for line in tab.logs.lines()] == ["1 → 1"] * 3
    assert tab.subject("trace") == TraceRef(three[2], tab.title()) and tab.title() == "GET /orders/recent"


def test_swapping_and_opening_from_a_comparison(three, page, named, qtbot, shell, until):
    select(named, 1)
    shell.verbs.run("trace.mark")
    select(named, 2)
    shell.verbs.run("trace.compare")
    until(lambda: page.current().answer is not None)
    qtbot.mouseClick(named_button(shell, "Swap"), Qt.MouseButton.LeftButton)
    assert (page.current().ref.before, page.current().ref.after) == (three[0], three[1])
    until(lambda: page.current().answer is not None)
    qtbot.mouseClick(named("Open the request after"), Qt.MouseButton.LeftButton)
    assert page.current().ref == TraceRef(three[1], "GET /orders/recent")


def test_keeping_and_deleting_reach_the_store(three, page, named, shell, workspace, until):
    store = Workspace(workspace)
    select(named, 0)
    shell.verbs.run("trace.pin")
    until(lambda: store.traces.summary(three[2]).pinned)
    until(lambda: named("Requests").model().request(0).pinned)
    select(named, 0)
    assert shell.verbs.get("trace.delete").when() == "It is kept; let it go first"
    shell.verbs.run("trace.pin")
    until(lambda: not store.traces.summary(three[2]).pinned)
    until(lambda: not named("Requests").model().request(0).pinned)
    select(named, 0)
    shell.verbs.run("trace.open")
    assert page.current().ref.trace == three[2]
    shell.verbs.run("trace.delete")
    until(lambda: store.traces.summary(three[2]) is None)
    until(lambda: len(spoken(named("Requests"))) == 2)
    until(lambda: page.current() is None)  # its tab went with it
    store.close()


def test_routes_tell_what_was_called_and_lead_to_their_requests(page, named, qtbot, send, workspace, until):
    routes = [
        ProbeRoute(
            rule="/orders/recent",
            methods=["GET", "HEAD"],
            endpoint="orders.recent",
            file="/srv/shop/o.py",
            line=9,
        ),
        ProbeRoute(rule="/never", methods=["POST"], endpoint="never"),
    ]
    send(recent_orders(), recent_orders(duration_ms=401.0), request("/plain"), routes=routes)
    until(lambda: len(spoken(named("Requests"))) == 3)
    bar = named("Lists of requests")
    bar.setCurrentIndex([bar.tabText(at) for at in range(bar.count())].index("Routes"))
    until(lambda: len(spoken(named("Routes"))) == 3)
    found = spoken(named("Routes"))
    assert found[0] == "GET /orders/recent, 2 calls · 22 statements · N+1"
    assert found[-1] == "POST /never, never called"
    qtbot.keyClicks(named("Filter routes"), "uncalled")
    until(lambda: spoken(named("Routes")) == ["POST /never, never called"])
    named("Filter routes").clear()
    view = named("Routes")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    until(lambda: named("Filter requests").text() == "route:/orders/recent")
    until(lambda: len(spoken(named("Requests"))) == 2)


def test_parts_of_others_stand_beside_ours(page, named):
    page.add_part("requests", "Saved", lambda: QLabel("what was saved"))
    bar = named("Lists of requests")
    assert [bar.tabText(at) for at in range(bar.count())][:2] == ["Live", "Routes"]
    bar.setCurrentIndex([bar.tabText(at) for at in range(bar.count())].index("Saved"))
    assert page.frame.left.currentWidget()._stack.currentWidget().text() == "what was saved"


def menu_texts(until) -> list[str]:
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: tests without a window load no Qt

    until(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    texts = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
    menu.close()
    return texts


@pytest.mark.qt_log_ignore("grabbing the keyboard")
def test_the_menu_of_a_request_means_that_request(three, page, named, qtbot, shell, until):
    view = named("Requests")
    place = view.visualRect(view.model().index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QCoreApplication.sendEvent(view.viewport(), event)
    assert {"Open request", "Compare with…", "Delete request"} <= set(menu_texts(until))
    assert page.current().ref.trace == three[1]
