"""Problems: where they are shown, what they offer, and that they can be seen again."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop.kit.verb import Verb
from desktop.kit.widgets import InlineProblem
from desktop.shell.crash import CrashHandler
from desktop.shell.crash_dialog import report
from embedded_server.wire.problem import Action, Problem
from embedded_server.wire.version import VERSION

from .conftest import table

REFUSED = Problem("sql.error", "The database refused the statement", 'no table "x"', "Look in the tree.")


class Showing(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problems: list[Problem] = []

    def show_problem(self, problem: Problem) -> None:
        self.problems.append(problem)


def messages(window) -> list[InlineProblem]:
    return window.frame.messages.messages


def test_a_view_that_shows_problems_gets_them_from_its_children(window):
    view = Showing(window)
    inner = QWidget(QWidget(view))
    window.notifier.problem(REFUSED, inner)
    assert view.problems == [REFUSED] and messages(window) == []
    view.deleteLater()


def test_otherwise_a_message_stands_over_the_tabs(window):
    tab = window.bench.open(table("orders"))
    window.notifier.problem(REFUSED, tab.field)
    (message,) = messages(window)
    assert message.title.text() == REFUSED.title
    assert message.text.text() == 'no table "x"\nLook in the tree.'
    assert not window.frame.messages.isHidden()


def test_the_same_problem_is_not_shown_twice_and_at_most_three_stand(window):
    for _ in range(2):
        window.notifier.problem(REFUSED)
    assert len(messages(window)) == 1
    for number in range(5):
        window.notifier.problem(Problem("server.internal", f"Problem {number}"))
    assert [message.problem.title for message in messages(window)] == ["Problem 4", "Problem 3", "Problem 2"]


def test_a_message_can_be_put_away_and_shown_again(window):
    window.notifier.problem(REFUSED)
    next(
        b for b in messages(window)[0].findChildren(QPushButton) if b.accessibleName() == "Close message"
    ).click()
    assert messages(window) == [] and window.frame.messages.isHidden()
    assert window.verbs.run("help.problem") == ""
    assert messages(window)[0].problem == REFUSED


def test_escape_puts_messages_away_before_it_cancels_work(qtbot, shown):
    cancelled = []
    shown.work._client.cancel_job = cancelled.append
    shown.work._client.started.emit("data.count", "a1")
    qtbot.waitUntil(lambda: bool(shown.work.text()), timeout=3000)
    shown.notifier.problem(REFUSED)
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert messages(shown) == [] and cancelled == []
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert cancelled == ["a1"]
    shown.work._client.finished.emit("data.count", "a1")


def test_long_details_are_folded_until_asked_for(shown):
    shown.notifier.problem(Problem("server.internal", "Unexpected", "line\n" * 40))
    (message,) = messages(shown)
    assert message.detail.isHidden()
    button = next(b for b in message.findChildren(QPushButton) if b.text() == "Details")
    button.click()
    assert message.detail.isVisible() and message.detail.toPlainText().count("line") == 40
    assert button.text() == "Hide details"
    button.click()
    assert message.detail.isHidden()


def test_the_action_is_a_button_that_runs_its_verb_with_its_arguments(window):
    calls = []
    window.verbs.add(Verb("t.settings", "Connection settings", lambda: calls.append({}), act=calls.append))
    action = Action("t.settings", "Open connection settings", {"connection": "shop"})
    window.notifier.problem(Problem("connection.auth", "Refused", action=action))
    button = next(b for b in messages(window)[0].findChildren(QPushButton) if b.text() == action.title)
    button.click()
    assert calls == [{"connection": "shop"}] and messages(window) == []


def test_an_action_that_cannot_run_is_not_offered(window):
    window.verbs.add(Verb("t.no", "No", lambda: None, when=lambda: "not now"))
    for verb in ("t.no", "t.unknown"):
        problem = Problem("connection.auth", f"Refused {verb}", action=Action(verb, "Do it"))
        assert window.notifier.offers(problem) == ()


def test_say_appears_in_the_status_bar(window):
    window.notifier.say("3 rows copied")
    assert window.frame.status.said.text() == "3 rows copied" and not window.frame.status.said.isHidden()


def test_what_was_said_of_a_tab_is_not_said_over_another(window, qtbot):
    said, bench = window.frame.status.said, window.bench
    orders, others = table("orders"), table("customers")
    bench.open(orders, keep=True)
    window.notifier.say("Made: orders.")
    bench.open(others, keep=True)
    assert said.text() == "Made: orders", "it opened what it speaks of"
    qtbot.waitUntil(lambda: not window.frame.status._fresh)
    bench.open(orders)
    assert said.isHidden() and said.text() == ""
    window.notifier.say("Two files. Both new.")
    assert said.text() == "Two files. Both new."


# Crashes


def raise_and_report(handler: CrashHandler) -> None:
    try:
        raise RuntimeError("wires crossed")
    except RuntimeError:
        handler.exception(*sys.exc_info())


def test_a_crash_shows_a_report_that_can_be_copied_and_work_goes_on(shown, qtbot):
    handler = CrashHandler(shown, lambda: None)
    raise_and_report(handler)
    dialog = handler.dialog
    assert dialog.isVisible() and not dialog.isModal()
    for part in (f"Backlight {VERSION}", "wires crossed", "raise_and_report", "Python 3"):
        assert part in dialog.report
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.report
    raise_and_report(handler)
    assert handler.dialog is dialog and "2 times" in dialog.windowTitle()
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert handler.dialog is None


def test_a_crash_offers_to_restart(shown, qtbot):
    again = []
    handler = CrashHandler(shown, lambda: again.append(1))
    raise_and_report(handler)
    next(b for b in handler.dialog.findChildren(QPushButton) if b.text() == "Restart").click()
    assert again == [1]
    with qtbot.waitSignal(handler.dialog.destroyed):
        handler.dialog.close()


def test_qt_complaints_are_in_the_report(shown):
    handler = CrashHandler(shown, lambda: None)
    handler.message(QtMsgType.QtWarningMsg, QMessageLogContext(), "QPainter: not active")
    assert "warning: QPainter: not active" in report("trace", list(handler.said))


def test_unhandled_exceptions_reach_the_handler_while_it_is_installed(shown, qtbot):
    handler = CrashHandler(shown, lambda: None)
    before = sys.excepthook
    handler.install()
    try:
        assert sys.excepthook == handler.exception
    finally:
        handler.remove()
    assert sys.excepthook is sys.__excepthook__
    sys.excepthook = before


def test_control_c_closes_the_window(shown, monkeypatch):
    handler = CrashHandler(shown, lambda: None)
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    handler.exception(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not shown.isVisible() and handler.dialog is None
    assert QApplication.instance() is not None
