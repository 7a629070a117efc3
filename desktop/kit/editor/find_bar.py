"""Find and replace, in a line below the editor."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Check, ElidedLabel, IconButton, Surface, TextField

from .editor import SqlEditor
from .finding import MOST, Hit, Wanted, hits, replacement

_DELAY = 120


class _Field(TextField):
    """Enter goes to the next place, Shift+Enter to the one before."""

    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.InsertLineSeparator):
            self.moved.emit(-1)
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator):
            self.moved.emit(1)
        else:
            super().keyPressEvent(event)


class FindBar(Surface):
    """Marks every place and walks through them; Esc closes it."""

    closed = Signal()

    def __init__(self, editor: SqlEditor, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "top", parent)
        self._editor = editor
        self._hits: list[Hit] = []
        self._text = ""
        self._stale = True
        self.field = _Field("Find", "Find", mono=True)
        self.with_field = _Field("Replace with", "Replace with", mono=True)
        self.count = ElidedLabel("", "dim")
        self.case = Check("Aa", "Match case")
        self.word = Check("Word", "Whole words only")
        self.pattern = Check(".*", "Regular expression")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.look)
        self._build()
        self._connect()
        self.hide()

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 5, 10, 5)
        rows.setSpacing(4)
        self._previous = IconButton("chevron-up", "Previous place", "Shift+F3")
        self._next = IconButton("chevron-down", "Next place", "F3")
        self._close = IconButton("close", "Close", "Esc")
        first = QHBoxLayout()
        first.setSpacing(6)
        for widget in (self.field, self.case, self.word, self.pattern, self._previous, self._next):
            first.addWidget(widget, 1 if widget is self.field else 0)
        self.count.setMinimumWidth(theme().scaled(90))
        first.addWidget(self.count)
        first.addWidget(self._close)
        rows.addLayout(first)
        self._second = QWidget()
        second = QHBoxLayout(self._second)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(6)
        self._one = Button("Replace")
        self._all = Button("Replace all")
        second.addWidget(self.with_field, 1)
        second.addWidget(self._one)
        second.addWidget(self._all)
        rows.addWidget(self._second)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._later)
        self.field.moved.connect(self.step)
        self.with_field.moved.connect(self._replace_moved)
        for box in (self.case, self.word, self.pattern):
            box.toggled.connect(self.look)
        self._previous.clicked.connect(self.back)
        self._next.clicked.connect(self.on)
        self._close.clicked.connect(self.leave)
        self._one.clicked.connect(self.replace)
        self._all.clicked.connect(self.replace_all)
        self._editor.textChanged.connect(self._edited)

    # --- opening -------------------------------------------------------------------------------------

    def open(self, replacing: bool = False) -> None:
        """Show it with the selected text, and type."""
        selected = self._editor.selected_sql()
        if selected and "\n" not in selected:
            self.field.setText(selected)
        self._second.setVisible(replacing)
        self.show()
        self.look()
        self.field.setFocus()
        self.field.selectAll()

    def leave(self) -> None:
        """Close it; the marks go, the cursor stays."""
        self.hide()
        self._editor.mark_found([])
        self._editor.setFocus()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.matches(QKeySequence.StandardKey.Cancel):
            self.leave()
        else:
            super().keyPressEvent(event)

    # --- looking -------------------------------------------------------------------------------------

    def wanted(self) -> Wanted:
        """What the fields say."""
        return Wanted(
            self.field.text(), self.case.isChecked(), self.word.isChecked(), self.pattern.isChecked()
        )

    def look(self, *_: object) -> None:
        """Find every place now."""
        if self.isHidden():
            return
        self._read()
        self._hits = hits(self._text, self.wanted())
        # Marks beyond a screenful cost time and show nothing; walking goes through all.
        self._editor.mark_found([(hit.start, hit.end) for hit in self._near()])
        self._tell()

    def _read(self) -> None:
        """The text, if it is another one: a long one is a while in coming."""
        if self._stale:
            self._text, self._stale = self._editor.sql(), False

    def _near(self) -> list[Hit]:
        middle = self._editor.textCursor().position()
        return sorted(self._hits, key=lambda hit: abs(hit.start - middle))[:500]

    def _edited(self) -> None:
        self._stale = True
        self._later()

    def _later(self, *_: object) -> None:
        if not self.isHidden():
            self._timer.start()

    def on(self) -> None:
        """Go to the next place."""
        self.step(1)

    def back(self) -> None:
        """Go to the place before."""
        self.step(-1)

    def step(self, by: int) -> None:
        """Go on (1) or back (-1), round the end."""
        if self._timer.isActive():
            self._timer.stop()
            self.look()
        if not self._hits:
            return
        cursor = self._editor.textCursor()
        if by > 0:
            index = next((i for i, hit in enumerate(self._hits) if hit.start >= cursor.selectionEnd()), 0)
        else:
            before = [i for i, hit in enumerate(self._hits) if hit.end <= cursor.selectionStart()]
            index = before[-1] if before else len(self._hits) - 1
        self._select(self._hits[index])
        self._tell()

    def _select(self, hit: Hit) -> None:
        cursor = self._editor.textCursor()
        cursor.setPosition(hit.start)
        cursor.setPosition(hit.end, QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.centerCursor() if not self._in_view() else self._editor.ensureCursorVisible()

    def _in_view(self) -> bool:
        return self._editor.viewport().rect().contains(self._editor.cursorRect())

    def _tell(self) -> None:
        place = self._current()
        total = f"{len(self._hits):,}" + ("+" if len(self._hits) == MOST else "")
        if not self.field.text():
            text = ""
        elif self.wanted().compiled() is None:
            text = "not an expression"
        elif not self._hits:
            text = "not found"
        else:
            text = f"{place + 1:,} of {total}" if place is not None else total
        self.count.setText(text)
        self.count.set_token("error" if text.startswith("not") else "dim")

    def _current(self) -> int | None:
        cursor = self._editor.textCursor()
        selected = (cursor.selectionStart(), cursor.selectionEnd())
        return next((i for i, hit in enumerate(self._hits) if (hit.start, hit.end) == selected), None)

    # --- replacing -----------------------------------------------------------------------------------

    def replace(self) -> None:
        """Replace the selected place and go to the next one; without one selected only go there."""
        place = self._current()
        if place is not None:
            text = replacement(self._text, self._hits[place], self.wanted(), self.with_field.text())
            self._editor.textCursor().insertText(text)
            self.look()
        self.step(1)

    def replace_all(self) -> None:
        """Replace every place as one undo step."""
        wanted = self.wanted()
        self._read()
        places = hits(self._text, wanted)
        cursor = QTextCursor(self._editor.document())
        cursor.beginEditBlock()
        for hit in reversed(places):
            cursor.setPosition(hit.start)
            cursor.setPosition(hit.end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(replacement(self._text, hit, wanted, self.with_field.text()))
        cursor.endEditBlock()
        self.look()
        self.count.setText(f"{len(places):,} replaced")

    def _replace_moved(self, by: int) -> None:
        if by > 0:
            self.replace()
        else:
            self.step(by)
