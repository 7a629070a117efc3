"""The editor widget: text with line numbers, colours in view, the statement under the cursor outlined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from PySide6.QtCore import QEvent, QMimeData, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QToolTip, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import slim_bars
from embedded_server.wire.sql.dialect import dialect

from . import editing
from .carets import Carets
from .colors import Colors
from .gutter import Gutter
from .index import ScriptIndex, Span, Spot
from .marks import ErrorMark, Mark, Marks
from .outline import more_behind, paint_outline
from .positions import to_characters, to_units
from .reveal import bring, kept_in_view

# With Ctrl they delete in texts under X11, as in Emacs, and nowhere else: who means another key loses text.
_EMACS = frozenset({Qt.Key.Key_D, Qt.Key.Key_K, Qt.Key.Key_U})


class Assist(Protocol):
    """What opens over the text and takes some keys before it."""

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is meant for it although a shortcut has it too."""

    def takes(self, event: QKeyEvent) -> bool:
        """Act on a key; whether it was taken."""

    def leave(self) -> None:
        """The keyboard went elsewhere."""


class SqlEditor(QPlainTextEdit):
    """`statement_changed`: another statement is under the cursor, or its text is another one.
    `typed(text)`: a key put this in. `files_dropped(paths)`: files were dropped on it."""

    statement_changed = Signal()
    typed = Signal(str)
    files_dropped = Signal(list)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setCursorWidth(2)
        slim_bars(self)
        self.index = ScriptIndex(self.document(), dialect(""), self)
        self.colors = Colors(self.document(), self.index, self)
        self.gutter = Gutter(self)
        self.marks = Marks()
        self._statement: Span | None = None
        self._line = 0
        self.assist: Assist | None = None
        self.carets = Carets(self)
        self._errors: list[ErrorMark] = []
        self._found: list[tuple[int, int]] = []
        self.blockCountChanged.connect(self._arrange)
        self.cursorPositionChanged.connect(self._cursor_moved)
        self.textChanged.connect(self._edited)
        self.index.settled.connect(self._settled)
        theme().changed.connect(self.restyle)
        self.restyle()

    # --- text --------------------------------------------------------------------------------------

    def sql(self) -> str:
        """The whole text. Qt's own `toPlainText` would turn no-break spaces into spaces."""
        return self.document().toRawText().replace("\u2029", "\n")

    def set_sql(self, text: str) -> None:
        """Another text, undoable as one step."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def selected_sql(self) -> str:
        """The selected text."""
        return self.textCursor().selectedText().replace("\u2029", "\n")

    def statement(self) -> str:
        """The outlined statement without its separator, "" if there is none."""
        return self.text_of(self._statement) if self._statement is not None else ""

    def statement_span(self) -> Span | None:
        """Where the outlined statement stands."""
        return self._statement

    def statement_lines(self) -> range:
        """Its lines."""
        span = self._statement
        return range(span.start.line, span.end.line + 1) if span is not None else range(0)

    def text_of(self, span: Span) -> str:
        """The text of a statement."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.position_of(span.start))
        cursor.setPosition(self.position_of(span.end), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n").rstrip()

    def surroundings(self) -> tuple[str, int, int]:
        """The text around the cursor from the end of one statement to that of the next, the cursor's place
        in it, and Qt's position of its start."""
        first, last = self.index.around(self.spot())
        cursor = QTextCursor(self.document())
        start, place = self.position_of(first), self.textCursor().position()
        cursor.setPosition(start)
        cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor)
        before = len(cursor.selectedText())
        cursor.setPosition(start)
        cursor.setPosition(self.position_of(last), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n"), before, start

    def position_of(self, spot: Spot) -> int:
        """Qt's position of a place."""
        block = self.document().findBlockByNumber(spot.line)
        return block.position() + to_units(block.text(), spot.column)

    def spot(self, cursor: QTextCursor | None = None) -> Spot:
        """The cursor's place."""
        cursor = cursor or self.textCursor()
        block = cursor.block()
        return Spot(block.blockNumber(), to_characters(block.text(), cursor.positionInBlock()))

    def set_dialect(self, name: str) -> None:
        """Whose SQL this is: an engine's name."""
        spoken = dialect(name)
        if spoken is not self.index.dialect:
            self.colors.again()
            self.index.set_dialect(spoken)

    # --- marks -------------------------------------------------------------------------------------

    def mark_errors(self, errors: list[ErrorMark]) -> None:
        """Underline what the database objected to; the next edit takes the marks off."""
        self._errors = list(errors)
        self._lay_marks()
        self.gutter.update()
        bring(self, errors[:1])

    def error_at(self, position: int) -> str:
        """Why a place is underlined, "" if it is not."""
        return next((e.message for e in self._errors if e.start <= position <= e.end), "")

    def is_error_line(self, line: int) -> bool:
        """Whether an underlined place begins in this line."""
        block = self.document().findBlockByNumber(line)
        return any(block.contains(error.start) for error in self._errors)

    def mark_found(self, found: list[tuple[int, int]]) -> None:
        """Show where text was found (Qt's positions)."""
        self._found = found
        self._lay_marks()

    def _lay_marks(self) -> None:
        marks = [Mark(start, end) for start, end in self._found]
        marks += [Mark(error.start, error.end, "error") for error in self._errors]
        pair = editing.matching_brackets(self.textCursor(), self.index)
        if pair is not None:
            places = [self.position_of(place) for place in pair if place is not None]
            marks += [Mark(at, at + 1, "bracket" if len(places) == 2 else "alone") for at in places]
        if self.marks.lay(marks):
            self.viewport().update()

    # --- following ---------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Take font and colours from the theme; an error that was in view stays there."""
        errors = self._errors
        with kept_in_view(self, errors[:1], self.viewport().height()):
            _dress(self)
            self._arrange()
        # Qt tells of another margin as of another text, which would take them off.
        self._errors = errors
        self._lay_marks()
        self.viewport().update()

    def _arrange(self, *_: object) -> None:
        width = self.gutter.sizeHint().width()
        if self.viewportMargins().left() != width:
            self.setViewportMargins(width, 0, 0, 0)
        self.gutter.setGeometry(0, 0, width, self.height())

    def _cursor_moved(self) -> None:
        self._lay_marks()
        self._find_statement()
        line = self.textCursor().blockNumber()
        if line != self._line:
            self._line = line
            self.gutter.update()

    def _edited(self) -> None:
        if self._errors:
            self._errors = []
            self._lay_marks()
        # Coloured before it is painted, or it would be painted twice.
        self.colors.color(self.textCursor().block())
        self._find_statement()
        self.statement_changed.emit()

    def _settled(self, first: int, last: int) -> None:
        if self._statement is None or first <= self._statement.end.line + 1:
            self._find_statement()
        shown = self.firstVisibleBlock().blockNumber()
        # A single line is painted by Qt anyway, because it was edited.
        if last - first > 1 and last >= shown and first <= shown + self._page():
            self.viewport().update()

    def _page(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) + 2

    def _find_statement(self) -> None:
        before, found = self._statement, self.index.statement_at(self.spot())
        if found == before:
            return
        self._statement = found
        self.statement_changed.emit()
        if (
            before is None
            or found is None
            or _lines(before) != _lines(found)
            or more_behind(self.index, found)
        ):
            for span in (before, found):
                self._repaint(span)

    def _repaint(self, span: Span | None) -> None:
        """Paint the lines of a statement again; nothing else of it depends on the outline."""
        if span is None:
            return
        for block, area in self.blocks_in_view():
            if span.start.line <= block.blockNumber() <= span.stop.line:
                top, height = int(area.top()) - 1, int(area.height()) + 3
                self.viewport().update(0, top, self.viewport().width(), height)
                self.gutter.update(0, top, self.gutter.width(), height)

    # --- painting ----------------------------------------------------------------------------------

    def blocks_in_view(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        """Lines in view with their places."""
        block = self.firstVisibleBlock()
        offset = self.contentOffset()
        bottom = self.viewport().height()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(offset)
            if area.top() > bottom:
                return
            yield block, area
            block = block.next()

    def lines_in_view(self) -> list[tuple[int, int]]:
        """Numbers of the lines in view and their tops."""
        return [(block.blockNumber(), round(area.top())) for block, area in self.blocks_in_view()]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Colour what comes into view, outline the statement, then the text."""
        part = event.rect()
        painted = [
            (block, area)
            for block, area in self.blocks_in_view()
            if area.bottom() >= part.top() and area.top() <= part.bottom()
        ]
        for block, _ in painted:
            self.colors.color(block)
        if self._statement is not None:
            paint_outline(self, self._statement)
        painter = QPainter(self.viewport())
        for block, area in painted:
            self.marks.paint(painter, block, area)
        painter.end()
        super().paintEvent(event)
        if self.carets.count() > 1:
            painter = QPainter(self.viewport())
            self.carets.paint(painter)
            painter.end()

    # --- events ------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The gutter is as high as the editor; an error that was in view stays there."""
        with kept_in_view(self, self._errors[:1], event.oldSize().height()):
            super().resizeEvent(event)
            self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tab, Enter; the rest is Qt's."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if self.assist is not None and self.assist.takes(event):
            return
        if not self.isReadOnly() and self.carets.takes(event):
            return
        if event.key() == Qt.Key.Key_Tab and plain and not self.isReadOnly():
            editing.indent(self.textCursor())
        elif event.key() == Qt.Key.Key_Backtab and not self.isReadOnly():
            editing.unindent(self.textCursor())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and not self.isReadOnly():
            editing.new_line(self.textCursor())
            self.ensureCursorVisible()
        elif event.modifiers() != Qt.KeyboardModifier.ControlModifier or event.key() not in _EMACS:
            super().keyPressEvent(event)
            if event.text().isprintable() and event.text() and not self.isReadOnly():
                self.typed.emit(event.text())

    def event(self, event: QEvent) -> bool:
        """Keys of what is open over the text come before shortcuts."""
        if isinstance(event, QKeyEvent) and self._is_override(event):
            event.accept()
            return True
        return super().event(event)

    def _is_override(self, event: QKeyEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        several = self.carets.count() > 1 and event.key() == Qt.Key.Key_Escape
        return several or (self.assist is not None and self.assist.wants(event))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What is open over the text goes away."""
        super().focusOutEvent(event)
        if self.assist is not None:
            self.assist.leave()

    def toggle_comment(self) -> None:
        """Comment the selected lines, or take the comment off."""
        editing.toggle_comment(self.textCursor())

    def move_lines(self, by: int) -> None:
        """Move the selected lines up (-1) or down (1)."""
        self.setTextCursor(editing.move_lines(self.textCursor(), by))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click leaves one caret."""
        self.carets.leave()
        super().mousePressEvent(event)

    def duplicate(self) -> None:
        """Repeat the selection or the line."""
        self.setTextCursor(editing.duplicate(self.textCursor()))

    def viewportEvent(self, event: QEvent) -> bool:
        """On hover: why something is underlined."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            message = self.error_at(self.cursorForPosition(event.pos()).position())
            QToolTip.showText(event.globalPos(), message, self, QRect())
            return True
        return super().viewportEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text and files."""
        return source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Text is pasted; files are somebody else's matter."""
        files = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if files:
            self.files_dropped.emit(files)
        elif not self.carets.paste(source.text()):
            super().insertFromMimeData(source)


def _lines(span: Span) -> tuple[Spot, int, int]:
    """What the outline depends on while the text behind the statement stays."""
    return span.start, span.end.line, span.stop.line


def _dress(editor: SqlEditor) -> None:
    font = theme().mono_font()
    # No ligatures: what is one sign here must be one in the file.
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)
    editor.setFont(font)
    editor.document().setDocumentMargin(theme().scaled(6))
    editor.setTabStopDistance(editor.fontMetrics().horizontalAdvance(" ") * editing.INDENT)
    palette = editor.palette()
    palette.setColor(QPalette.ColorRole.Base, theme().color("bg1"))
    palette.setColor(QPalette.ColorRole.Text, theme().color("text"))
    palette.setColor(QPalette.ColorRole.PlaceholderText, theme().color("faint"))
    editor.setPalette(palette)
