"""Suggestions while typing: when they are asked for, what becomes of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor

from desktop.context import Context
from desktop.kit.editor.positions import to_units
from desktop.kit.editor.suggestions import Choice, Suggestions
from desktop.kit.flow import Cancelled, Flow
from desktop.settings import COMPLETION
from embedded_server.wire.completion import COMPLETE, CompleteRequest, CompleteResponse, Suggestion
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import Event

if TYPE_CHECKING:
    from .tab import ScriptTab

# Suggestions come by themselves behind so many letters.
LETTERS = 2
RECENT = 50
# Names that the server has to read first are waited for so long; then it tells when it has them.
PATIENCE_MILLISECONDS = 400.0
_ICONS = {
    "keyword": "text",
    "column": "column",
    "columns": "columns",
    "table": "table",
    "view": "view",
    "query": "script",
    "schema": "schema",
    "join": "link",
    "condition": "link",
    "function": "function",
    "type": "number",
    "alias": "dot",
}


class Completing(QObject):
    """Between a tab's editor and `console.complete`."""

    def __init__(self, context: Context, tab: ScriptTab) -> None:
        super().__init__(tab)
        self._context, self._tab, self._editor = context, tab, tab.editor
        self.list = Suggestions(tab.editor)
        self._flow: Flow | None = None
        self._recent: list[str] = []
        self._asked = False
        self._waiting = False
        self._start = self._end = self._anchor = 0
        tab.editor.typed.connect(self._typed)
        tab.editor.textChanged.connect(self._edited)
        tab.editor.cursorPositionChanged.connect(self._moved)
        self.list.taken.connect(self.take)
        self.list.closed.connect(self.cancel)
        context.events.happened.connect(self._on_event)

    # --- asking --------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Suggest what fits here, asked for by key."""
        self._asked = True
        self._ask()

    def cancel(self) -> None:
        """Nobody wants an answer any more."""
        self._waiting = self._asked = False
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None

    def _typed(self, text: str) -> None:
        if self.list.isVisible() or not self._context.settings.get(COMPLETION):
            return
        if text == "." or (_is_letter(text) and len(self._word()) >= LETTERS):
            self._asked = False
            self._ask()

    def _edited(self) -> None:
        if self.list.isVisible():
            # What the list knows was meant for other text; the answer is a few milliseconds away.
            if self._word() or self._before() == "." or self._asked:
                self._ask()
            else:
                self.list.close_list()

    def _moved(self) -> None:
        place = self._editor.textCursor().position()
        if self.list.isVisible() and not self._start <= place <= self._end + 1:
            self.list.close_list()

    def _ask(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self._flow = Flow(self, self._steps(), self._failed)

    async def _steps(self) -> None:
        sql, place, start = self._editor.surroundings()
        revision = self._editor.document().revision()
        self._anchor = start
        connection = self._tab.connection() if self._context.api.online else ""
        request = CompleteRequest(
            sql=sql,
            position=place,
            connection=connection,
            dialect=self._tab.dialect(),
            recent=list(self._recent),
            wait_ms=PATIENCE_MILLISECONDS,
        )
        try:
            answer = await self._context.api.call(COMPLETE, request)
        except Cancelled:
            return
        except ProblemError:
            # Typing goes on without help; running will tell what is wrong with the connection.
            self.list.close_list()
            return
        if revision == self._editor.document().revision() and self._editor.hasFocus():
            self._show(sql, place, answer)

    def _failed(self, _: Problem) -> None:
        self.list.close_list()

    def _on_event(self, event: Event) -> None:
        if (
            event.kind == "console.names"
            and self._waiting
            and event.data.get("connection") == self._tab.connection()
        ):
            self._waiting = False
            if self._editor.hasFocus():
                self._ask()

    # --- showing -------------------------------------------------------------------------------------

    def _show(self, sql: str, place: int, answer: CompleteResponse) -> None:
        self._start = self._anchor + to_units(sql, answer.start)
        self._end = self._anchor + to_units(sql, answer.end)
        typed = sql[answer.start : place]
        self._waiting = answer.loading
        choices = [_choice(one) for one in answer.suggestions]
        done = len(choices) == 1 and choices[0].insert == sql[answer.start : answer.end]
        if done or (not choices and not self._asked):
            self.list.close_list()
            self._waiting = answer.loading and not done
            return
        chosen = answer.certain and not (choices and choices[0].insert == typed)
        self.list.show_choices(choices, self._start, typed.strip('"`['), _note(answer), chosen=chosen)

    def take(self, choice: Choice) -> None:
        """Put a suggestion in the place of what was typed."""
        self.cancel()
        self._recent = [choice.text, *(one for one in self._recent if one != choice.text)][:RECENT]
        cursor = self._editor.textCursor()
        cursor.beginEditBlock()
        cursor.setPosition(self._start)
        cursor.setPosition(self._end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(choice.insert)
        cursor.endEditBlock()
        cursor.setPosition(cursor.position() - choice.back)
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()

    def _word(self) -> str:
        """Letters directly before the cursor."""
        cursor = self._editor.textCursor()
        text = cursor.block().text()[: cursor.positionInBlock()]
        at = len(text)
        while at and _is_letter(text[at - 1]):
            at -= 1
        return text[at:]

    def _before(self) -> str:
        cursor = self._editor.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()][-1:]


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or sign in "_$"


def _choice(one: Suggestion) -> Choice:
    return Choice(one.text, one.insert or one.text, _ICONS[one.kind], one.detail, one.back)


def _note(answer: CompleteResponse) -> str:
    if answer.loading:
        return "Reading names…"
    if answer.warning:
        return f"Names could not be read: {answer.warning}"
    if not answer.suggestions:
        return "Nothing fits here"
    return "Type on to narrow this down" if answer.more else ""
