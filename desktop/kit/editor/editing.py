"""What keys do beyond typing: indent, comment, keep the indentation, find the matching bracket."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextBlock, QTextCursor

from .colors import spans
from .index import ScriptIndex, Spot
from .positions import to_characters

INDENT = 4
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENED_BY = {closing: opening for opening, closing in _PAIRS.items()}
# How many lines a bracket's partner is looked for.
_FAR = 2000


def selected_lines(cursor: QTextCursor) -> tuple[QTextBlock, QTextBlock]:
    """First and last line the selection touches; a selection that ends at a line's start leaves it out."""
    document = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    if last != first and cursor.selectionEnd() == last.position():
        last = last.previous()
    return first, last


def _edit_lines(cursor: QTextCursor, edit: Callable[[QTextCursor, str], None]) -> None:
    """Edit each selected line as one undo step; `edit` gets a cursor at its start and its text."""
    first, last = selected_lines(cursor)
    cursor.beginEditBlock()
    block, end = first, last.blockNumber()
    while block.isValid() and block.blockNumber() <= end:
        edit(QTextCursor(block), block.text())
        block = block.next()
    cursor.endEditBlock()


def indent(cursor: QTextCursor) -> None:
    """Indent the selected lines; without a selection over a line's end, blanks up to the next stop."""
    if "\u2029" not in cursor.selectedText():
        before = cursor.document().findBlock(cursor.selectionStart())
        column = cursor.selectionStart() - before.position()
        cursor.insertText(" " * (INDENT - column % INDENT))
        return
    _edit_lines(cursor, lambda line, text: line.insertText(" " * INDENT) if text.strip() else None)


def unindent(cursor: QTextCursor) -> None:
    """Take one step of indentation off the selected lines."""
    _edit_lines(cursor, _unindent_line)


def _unindent_line(line: QTextCursor, text: str) -> None:
    blanks = len(text) - len(text.lstrip(" "))
    take = 1 if text.startswith("\t") else min(blanks, INDENT, (blanks - 1) % INDENT + 1 if blanks else 0)
    for _ in range(take):
        line.deleteChar()


def toggle_comment(cursor: QTextCursor) -> None:
    """Comment the selected lines with `--`, or take that off when all of them have it."""
    first, last = selected_lines(cursor)
    texts: list[str] = []
    block = first
    while block.isValid() and block.blockNumber() <= last.blockNumber():
        if block.text().strip():
            texts.append(block.text())
        block = block.next()
    if not texts:
        return
    column = min(len(text) - len(text.lstrip()) for text in texts)
    commented = all(text.lstrip().startswith("--") for text in texts)

    def change(line: QTextCursor, text: str) -> None:
        if not text.strip():
            return
        if commented:
            start = text.index("--")
            line.setPosition(line.position() + start)
            for _ in range(3 if text[start + 2 : start + 3] == " " else 2):
                line.deleteChar()
        else:
            line.setPosition(line.position() + column)
            line.insertText("-- ")

    _edit_lines(cursor, change)


def move_lines(cursor: QTextCursor, by: int) -> QTextCursor:
    """Move the selected lines one up (-1) or down (1), the selection with them."""
    first, last = selected_lines(cursor)
    neighbour = first.previous() if by < 0 else last.next()
    if not neighbour.isValid():
        return cursor
    lines = _texts(first, last)
    moved = [*lines, neighbour.text()] if by < 0 else [neighbour.text(), *lines]
    begin, end = (neighbour, last) if by < 0 else (first, neighbour)
    shift = by * (len(neighbour.text().encode("utf-16-le")) // 2 + 1)
    anchor, place = cursor.anchor() + shift, cursor.position() + shift
    cursor.beginEditBlock()
    cursor.setPosition(begin.position())
    cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText("\n".join(moved))
    cursor.endEditBlock()
    most = cursor.document().characterCount() - 1
    cursor.setPosition(min(anchor, most))
    cursor.setPosition(min(place, most), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def duplicate(cursor: QTextCursor) -> QTextCursor:
    """Repeat the selection behind itself, the line below itself; what was repeated stays selected."""
    text = cursor.selectedText()
    if text and "\u2029" not in text:
        end = cursor.selectionEnd()
        cursor.setPosition(end)
        cursor.insertText(text)
        cursor.setPosition(end)
        cursor.setPosition(end + len(text.encode("utf-16-le")) // 2, QTextCursor.MoveMode.KeepAnchor)
        return cursor
    first, last = selected_lines(cursor)
    lines = "\n".join(_texts(first, last))
    shift = last.position() + last.length() - first.position()
    anchor, place = cursor.anchor() + shift, cursor.position() + shift
    cursor.setPosition(last.position() + last.length() - 1)
    cursor.insertText("\n" + lines)
    cursor.setPosition(anchor)
    cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _texts(first: QTextBlock, last: QTextBlock) -> list[str]:
    found = []
    block = first
    while block.isValid() and block.blockNumber() <= last.blockNumber():
        found.append(block.text())
        block = block.next()
    return found


def new_line(cursor: QTextCursor) -> None:
    """Begin a line with the indentation of this one."""
    text = cursor.block().text()[: to_characters(cursor.block().text(), cursor.positionInBlock())]
    cursor.insertText("\n" + text[: len(text) - len(text.lstrip())])


def matching_brackets(cursor: QTextCursor, index: ScriptIndex) -> tuple[Spot, Spot | None] | None:
    """The bracket beside the cursor and its partner (null: it has none); null when there is no bracket."""
    block = cursor.block()
    column = to_characters(block.text(), cursor.positionInBlock())
    line = block.blockNumber()
    if not index.ready(line):
        return None
    for place, char in _brackets(block, index):
        if place in (column, column - 1):
            partner = _forward if char in _PAIRS else _backward
            return Spot(line, place), partner(block, index, place, char)
    return None


def _brackets(block: QTextBlock, index: ScriptIndex) -> list[tuple[int, str]]:

    text = block.text()
    line = block.blockNumber()
    return [
        (start, text[start])
        for kind, start, _ in spans(text, index, line)
        if kind == "punct" and text[start] in "()[]{}"
    ]


def _forward(block: QTextBlock, index: ScriptIndex, place: int, opening: str) -> Spot | None:
    depth, far = 0, 0
    while block.isValid() and far < _FAR:
        for start, char in _brackets(block, index):
            if far == 0 and start < place:
                continue
            depth += (char == opening) - (char == _PAIRS[opening])
            if depth == 0 and char == _PAIRS[opening]:
                return Spot(block.blockNumber(), start)
        block, far = block.next(), far + 1
    return None


def _backward(block: QTextBlock, index: ScriptIndex, place: int, closing: str) -> Spot | None:
    depth, far = 0, 0
    while block.isValid() and far < _FAR:
        for start, char in reversed(_brackets(block, index)):
            if far == 0 and start > place:
                continue
            depth += (char == closing) - (char == _OPENED_BY[closing])
            if depth == 0 and char == _OPENED_BY[closing]:
                return Spot(block.blockNumber(), start)
        block, far = block.previous(), far + 1
    return None
