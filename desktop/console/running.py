"""Running a tab's script: what runs, where its results and errors go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.kit.editor.marks import ErrorMark
from desktop.kit.editor.positions import to_units
from desktop.kit.widgets import Offer, refresh_bound
from embedded_server.wire.console import Result, RunResponse
from embedded_server.wire.guard import GuardResponse
from embedded_server.wire.problem import Problem
from embedded_server.wire.sql.dangers import suspect
from embedded_server.wire.sql.placeholders import placeholders

from .question import GuardQuestion
from .runs import Asked, Runs

if TYPE_CHECKING:
    from .tab import ScriptTab

# A longer statement's placeholders are not looked for while typing.
LONGEST_STATEMENT = 100_000
# So many statements of the last run are remembered, to be run again in the next session.
_REMEMBERED = 20
_REMEMBERED_CHARACTERS = 50_000


class Running(QObject):
    """Between the editor, the runs and the results of one tab."""

    def __init__(self, context: Context, tab: ScriptTab, runs: Runs) -> None:
        super().__init__(tab)
        self._context, self._tab, self.runs = context, tab, runs
        self._asked: Asked | None = None
        self._held: Asked | None = None
        # Whether the fields of parameters are those of the whole script.
        self._whole = False
        self._word = ""
        self._results: list[Result] = []
        self.last: list[str] = []
        # What was pinned in the last session, by name: it runs first when what ran last runs again.
        self.pins: list[tuple[str, str]] = []
        self._repinned: list[str] = []
        runs.changed.connect(self._changed)
        runs.finished.connect(self._finished)
        runs.failed.connect(self._failed)
        runs.questioned.connect(self._question)
        runs.ended.connect(self._transaction_ended)

    # --- whether -------------------------------------------------------------------------------------

    def why_not(self) -> str:
        """Why nothing can run, "" if it can."""
        if not self._tab.connection():
            return "Choose a connection first"
        if self.runs.running():
            return "A run is under way"
        return "" if self._context.api.online else "The server is not running"

    def why_no_statement(self) -> str:
        """Why the statement at the cursor cannot run."""
        editor = self._tab.editor
        if not editor.textCursor().hasSelection() and editor.statement_span() is None:
            return "There is no statement at the cursor"
        return self.why_not()

    def why_no_script(self) -> str:
        """Why the whole script cannot run."""
        return "The script is empty" if self._tab.editor.document().isEmpty() else self.why_not()

    def why_no_transaction(self) -> str:
        """Why there is nothing to commit or roll back."""
        if self.runs.running():
            return "A run is under way"
        return "" if self.runs.transaction.open() else "No transaction is open"

    # --- running -------------------------------------------------------------------------------------

    def statement(self) -> None:
        """Run the selection, or the outlined statement."""
        reason = self.why_no_statement()
        if reason:
            self._context.notify.say(reason)
            return
        editor = self._tab.editor
        cursor, span = editor.textCursor(), editor.statement_span()
        if cursor.hasSelection():
            self._run(editor.selected_sql(), self._offset(cursor.selectionStart()), single=False)
        elif span is not None:
            self._run(editor.statement(), self._offset(editor.position_of(span.start)), single=True)

    def script(self) -> None:
        """Run the whole script."""
        if not self.why_no_script():
            self._run(self._tab.editor.sql(), 0, single=False)

    def entered(self) -> None:
        """Enter in a parameter's field: what the fields belong to runs, the script or the statement."""
        if self._whole:
            self.script()
        else:
            self.statement()

    def again(self) -> None:
        """Run what ran last, wherever it stands now; behind a restart what was pinned first."""
        sqls = [*(sql for _, sql in self.pins), *self.last]
        if sqls and not self.why_not():
            self._repinned = [name for name, _ in self.pins]
            self.pins = []
            self._run(";\n".join(sqls), -1, single=len(sqls) == 1)

    def offer_again(self) -> None:
        """After a restart: say what ran last and offer to run it."""
        pinned = [f"{name}: {_short(sql)}" for name, sql in self.pins[:5]]
        shown = "\n".join([*pinned, *map(_short, self.last[:5])])
        title = "Results of the last session are closed"
        self._tab.results.show_empty(title, shown, (Offer("Run again", self.again),))

    def _offset(self, position: int) -> int:
        """Where Qt's position is in the script's text, in characters."""
        cursor = QTextCursor(self._tab.editor.document())
        cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
        return len(cursor.selectedText())

    def _run(self, sql: str, offset: int, *, single: bool) -> None:
        tab = self._tab
        self.show_placeholders(sql, whole=self._is_script(sql, single))
        tab.results.release()
        tab.editor.mark_errors([])
        values: dict[str, Any] = tab.params.values(tab.dialect())
        asked = Asked(
            sql,
            offset,
            single,
            tab.connection(),
            values,
            tab.results.limit.value(),
            tab.manual,
            tab.stop_on_error,
            guarded=suspect(sql, tab.connection_class()),
        )
        tab.bar.connections.setEnabled(False)
        self.runs.run(asked)

    def follow_cursor(self) -> None:
        """The fields of what the cursor is on; while a value is typed those that asked for it stay."""
        tab, focus = self._tab, QApplication.focusWidget()
        if focus is None or not tab.params.isAncestorOf(focus):
            self.show_placeholders(self._at_cursor())

    def _at_cursor(self) -> str:
        """What would run; "" where it is too long to be taken out at each step of the cursor."""
        editor = self._tab.editor
        cursor, span = editor.textCursor(), editor.statement_span()
        if cursor.hasSelection():
            long = cursor.selectionEnd() - cursor.selectionStart() > LONGEST_STATEMENT
            return "" if long else editor.selected_sql()
        if span is None or editor.position_of(span.end) - editor.position_of(span.start) > LONGEST_STATEMENT:
            return ""
        return editor.statement()

    def _is_script(self, sql: str, single: bool) -> bool:
        return not single and sql == self._tab.editor.sql()

    def show_placeholders(self, sql: str, *, whole: bool = False) -> None:
        """Show a field for each placeholder of what would run."""
        self._whole = whole
        short = sql if len(sql) <= LONGEST_STATEMENT else ""
        self._tab.params.show_placeholders(placeholders(short, self._tab.editor.index.dialect))

    # --- what came of it -----------------------------------------------------------------------------

    def _finished(self, asked: Asked, answer: RunResponse) -> None:
        tab = self._tab
        self._asked, self._results = asked, answer.statements
        repinned, self._repinned = self._repinned, []
        self.last = _remembered(answer.statements[len(repinned) :])
        tab.results.show_answer(answer, self.runs.session, tab.dialect(), asked.limit)
        self._pin_again(repinned, answer.statements)
        self._mark_errors(asked, answer.statements)
        tab.remember()
        self._context.workbench.keep(tab)
        self._changed()

    def _pin_again(self, names: list[str], results: list[Result]) -> None:
        for name, result in zip(names, results, strict=False):
            if result.columns and result.error is None:
                self._tab.results.results.pin_first(name)

    def _failed(self, asked: Asked, problem: Problem) -> None:
        tab = self._tab
        tab.results.settled()
        if problem.code == "sql.params":
            self.show_placeholders(asked.sql, whole=self._is_script(asked.sql, asked.single))
            tab.params.focus_missing()
        if problem.code != "job.cancelled":
            tab.show_problem(problem)
        if problem.position is not None and asked.offset >= 0:
            text = tab.editor.sql()
            tab.editor.mark_errors([_mark(text, asked.offset + problem.position, problem.title)])
        self._changed()

    def _mark_errors(self, asked: Asked, results: list[Result]) -> None:
        if asked.offset < 0:
            return
        marks: list[ErrorMark] = []
        for result in results:
            error = result.error or {"code": "job.cancelled"}
            if error.get("code") != "job.cancelled":
                position = error.get("position")
                offset = asked.offset + (result.start if position is None else position)
                message = str(error.get("detail") or error.get("title", ""))
                marks.append(_mark(self._tab.editor.sql(), offset, message))
        if marks:
            self._tab.editor.mark_errors(marks)

    def _question(self, asked: Asked, answer: GuardResponse) -> None:
        """The guard wants a yes: asked above the results, with the keyboard on the safe answer."""
        tab = self._tab
        tab.results.settled()
        question = GuardQuestion(answer)
        self._held, self._word = asked, answer.word if answer.ask == "type" else ""
        question.accepted.connect(self._accepted)
        question.closed.connect(tab.editor.setFocus)
        tab.results.show_message(question)
        question.take_focus()
        self._changed()

    def _accepted(self) -> None:
        asked, self._held = self._held, None
        if asked is not None and not self.why_not():
            self._tab.bar.connections.setEnabled(False)
            self.runs.run(replace(asked, guarded=False, word=self._word))

    def go_to(self, number: int) -> None:
        """Put the cursor on a statement of the last run, on its error if it has one."""
        asked = self._asked
        if asked is None or asked.offset < 0 or number >= len(self._results):
            return
        result = self._results[number]
        position = (result.error or {}).get("position")
        offset = asked.offset + (result.start if position is None else position)
        editor = self._tab.editor
        cursor = editor.textCursor()
        last = editor.document().characterCount() - 1
        cursor.setPosition(min(to_units(editor.sql(), offset), last))
        editor.setTextCursor(cursor)
        editor.centerCursor()
        editor.setFocus()

    def _transaction_ended(self, problem: Problem | None) -> None:
        if problem is not None:
            self._tab.show_problem(problem)
        else:
            self._context.notify.say("Committed" if self.runs.action == "commit" else "Rolled back")
            self._tab.results.close_message()
        self._tab.results.release()

    def _changed(self) -> None:
        elapsed = self.runs.elapsed_ms()
        if elapsed:
            self._tab.results.show_running(elapsed, self.runs.stopping())
        self._tab.bar.connections.setEnabled(not self.runs.running())
        refresh_bound(self._tab)
        self._context.workbench.touched(self._tab)


def _remembered(results: list[Result]) -> list[str]:
    """The statements of a run that are worth running again after a restart, within reason."""
    found: list[str] = []
    room = _REMEMBERED_CHARACTERS
    for result in results[:_REMEMBERED]:
        room -= len(result.sql)
        if room < 0:
            break
        if not result.skipped:
            found.append(result.sql)
    return found


def _short(sql: str) -> str:
    return sql if len(sql) < 200 else sql[:200] + "…"


def _mark(text: str, offset: int, message: str) -> ErrorMark:
    """From where the database objected to the end of the word."""
    end = offset + 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return ErrorMark(to_units(text, offset), to_units(text, end), message)
