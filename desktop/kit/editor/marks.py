"""Marks laid over the text: the errors of the last run, found text, the bracket pair."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop.kit.theme import theme


@dataclass(frozen=True)
class ErrorMark:
    """What the database objected to, from `start` to `end` (Qt's positions), and why."""

    start: int
    end: int
    message: str


def selection(
    document: QTextDocument, start: int, end: int, style: QTextCharFormat
) -> QTextEdit.ExtraSelection:
    """A stretch of text with a format over it; positions beyond the end are cut."""
    last = document.characterCount() - 1
    cursor = QTextCursor(document)
    cursor.setPosition(min(start, last))
    cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
    mark = QTextEdit.ExtraSelection()
    mark.cursor = cursor
    mark.format = style
    return mark


def error_style() -> QTextCharFormat:
    """A wavy line in the error colour."""
    style = QTextCharFormat()
    style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    style.setUnderlineColor(theme().color("error"))
    style.setBackground(theme().color("error_soft"))
    return style


def bracket_style(paired: bool) -> QTextCharFormat:
    """Behind a bracket: quiet when it has a partner, the error colour when it has none."""
    style = QTextCharFormat()
    style.setBackground(theme().color("bg3" if paired else "error_soft"))
    style.setForeground(theme().color("text" if paired else "error"))
    return style


def found_style() -> QTextCharFormat:
    """Behind text that was looked for."""
    style = QTextCharFormat()
    style.setBackground(theme().color("match"))
    return style
