"""Input fields: the filter box over lists, ordinary text fields, choices."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

from desktop.kit.theme import styled, theme

from .paint import elided, focus_ring, rounded

_FIELD = """
QLineEdit { border: 1px solid @line; border-radius: @6px; background: @field; color: @text;
            padding: 0 @8px; placeholder-text-color: @faint;
            selection-background-color: @select_line; selection-color: @bg1; }
QLineEdit:hover { border-color: @faint; }
QLineEdit:focus { border: 2px solid @select_line; padding: 0 @7px; }
QLineEdit:disabled { color: @faint; background: @bg1; }
"""
# One of many below each other: a box only where it is used.
_QUIET = """
QLineEdit { border: 1px solid transparent; border-radius: @6px; background: transparent; color: @text;
            padding: 0 @8px; placeholder-text-color: @faint;
            selection-background-color: @select_line; selection-color: @bg1; }
QLineEdit:hover { border-color: @line; background: @field; }
QLineEdit:focus { border: 2px solid @select_line; background: @field; padding: 0 @7px; }
QLineEdit:disabled { color: @faint; }
"""
_CHOICE = """
QComboBox { border: 1px solid @line; border-radius: @6px; background: @field; color: @text;
            padding: 0 0 0 @8px; }
QComboBox:hover { border-color: @faint; }
QComboBox:focus { border: 2px solid @select_line; padding: 0 0 0 @7px; }
QComboBox:disabled { color: @faint; background: @bg1; }
QComboBox::drop-down { border: 0; width: @20px; }
QComboBox QAbstractItemView { background: @bg2; color: @text; border: 1px solid @line; outline: 0;
            selection-background-color: @select; selection-color: @text; }
"""


# So wide at least may a choice be, and one that adjusts to its texts: ten letters fit.
_LEAST, _SHORT = 88, 100
# A field of several lines.
LINES = """
QPlainTextEdit { background: @field; color: @text; border: 1px solid @line; border-radius: @6px;
                 padding: @3px; placeholder-text-color: @faint;
                 selection-background-color: @select; selection-color: @text; }
QPlainTextEdit:hover { border-color: @faint; }
QPlainTextEdit:focus { border: 2px solid @select_line; padding: @2px; }
"""


class TextField(QLineEdit):
    """A text field; `name` is its accessible name, `hint` its placeholder."""

    def __init__(
        self,
        name: str,
        hint: str = "",
        parent: QWidget | None = None,
        *,
        mono: bool = False,
        quiet: bool = False,
    ) -> None:
        super().__init__(parent)
        self._mono = mono
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        styled(self, _QUIET if quiet else _FIELD)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font and height from the theme."""
        self.setFont(theme().mono_font() if self._mono else theme().ui_font())
        self.setFixedHeight(theme().metric("field"))


class FilterBox(TextField):
    """Filters the list below it while typing. Esc empties it first; Down and Enter go to the list."""

    filtered = Signal(str)
    left = Signal()

    def __init__(self, hint: str, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name or hint, hint, parent)
        self.textChanged.connect(self.filtered)
        self._clear = QAction(self)
        self._clear.setToolTip("Clear")
        self._clear.triggered.connect(self.clear)
        self.textChanged.connect(self._show_clear)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, Down, Enter; the rest is typing."""
        if event.matches(QKeySequence.StandardKey.Cancel) and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _show_clear(self, text: str) -> None:
        if text and not self.actions():
            self._clear.setIcon(theme().icon("close", 12, "dim"))
            self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        elif not text:
            self.removeAction(self._clear)


class Choice(QComboBox):
    """One of a few texts; with `most` as wide as its longest one, up to so many pixels."""

    def __init__(
        self, name: str, choices: tuple[str, ...] = (), parent: QWidget | None = None, *, most: int = 0
    ) -> None:
        super().__init__(parent)
        self._most = most
        if most:
            self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.addItems(list(choices))
        styled(self, _CHOICE)
        self.currentIndexChanged.connect(self._changed)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font and height from the theme."""
        self.setFont(theme().ui_font())
        self.setFixedHeight(theme().metric("field"))

    def sizeHint(self) -> QSize:
        """As wide as its longest text with the arrow, where it adjusts to them; a short one fits always."""
        size = super().sizeHint()
        widest = max((self._width_for(self.itemText(at)) for at in range(self.count())), default=0)
        # Qt's own hint leaves no room for the arrow.
        size.setWidth(max(size.width(), widest if self._adjusts() else min(widest, theme().scaled(_LEAST))))
        if self._most:
            size.setWidth(min(size.width(), theme().scaled(self._most)))
        return size

    def minimumSizeHint(self) -> QSize:
        """Its text may be cut where there is no room; a short one never, where it adjusts to them."""
        size = self.sizeHint()
        if self._adjusts():
            shown = self._width_for(self.currentText() or self.placeholderText())
            return QSize(
                min(size.width(), max(theme().scaled(64), min(shown, theme().scaled(_SHORT)))), size.height()
            )
        return QSize(min(size.width(), theme().scaled(_LEAST)), size.height())

    def _adjusts(self) -> bool:
        return self.sizeAdjustPolicy() == QComboBox.SizeAdjustPolicy.AdjustToContents

    def _width_for(self, text: str) -> int:
        """With the margin before it and the arrow after it."""
        return QFontMetrics(self.font()).horizontalAdvance(text) + theme().scaled(30) + 4

    def _changed(self, _: int) -> None:
        if self._adjusts():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A text too long for its place ends in an ellipsis; the style sheet leaves the arrow to us."""
        from PySide6.QtWidgets import QStyle  # noqa: PLC0415  # lazy: its names cost a start 6 ms

        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, part, self).width() - 2
        text = option.fontMetrics.elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        option.currentText = text
        painter = QStylePainter(self)
        painter.drawComplexControl(control, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        size = theme().scaled(12)
        arrow = theme().pixmap("chevron-down", 12, "dim")
        painter.drawPixmap(self.width() - size - theme().scaled(6), (self.height() - size) // 2, arrow)
        painter.end()


class NumberField(QSpinBox):
    """A whole number between two bounds; Up, Down and the wheel change it."""

    def __init__(self, name: str, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setRange(low, high)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        # A half typed number is not a value yet.
        self.setKeyboardTracking(False)
        self.valueChanged.connect(self._changed)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font, height and inset from the theme."""
        self.setFont(theme().ui_font())
        self.setFixedHeight(theme().metric("field"))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.lineEdit().setPalette(palette)
        self.lineEdit().setTextMargins(theme().scaled(5), 0, 0, 0)

    def _changed(self, _: int) -> None:
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Number and unit are never cut: half a number is another one."""
        text = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(max(text + theme().scaled(16), theme().scaled(64)), self.sizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """The box; a style sheet would squeeze the number out of it."""
        painter = QPainter(self)
        line = theme().color("faint" if self.underMouse() else "line")
        rounded(painter, self.rect(), theme().color("field"), line)
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()


_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)


class Check(QCheckBox):
    """A box to tick. One that `wraps` shows its whole text however narrow its place is."""

    def __init__(
        self, text: str, name: str = "", parent: QWidget | None = None, *, wraps: bool = False
    ) -> None:
        super().__init__(text, parent)
        self._wraps = wraps
        if wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if name or text:
            self.setAccessibleName(name or text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Box and text."""
        text = QFontMetrics(theme().ui_font()).horizontalAdvance(self.text())
        return QSize(
            theme().scaled(16 + 4) + (text + theme().scaled(8) if text else 0), theme().metric("button")
        )

    def minimumSizeHint(self) -> QSize:
        """The box and some letters: a text without room ends in an ellipsis."""
        return QSize(min(self.sizeHint().width(), theme().scaled(88)), theme().metric("button"))

    def hasHeightForWidth(self) -> bool:
        """Only one that wraps."""
        return self._wraps

    def heightForWidth(self, width: int) -> int:
        """As many lines as its text takes."""
        room = QRect(0, 0, max(1, width - theme().scaled(16 + 8)), 10_000)
        text = QFontMetrics(theme().ui_font()).boundingRect(room, _WRAPPED, self.text())
        return max(theme().metric("button"), text.height() + theme().scaled(6))

    def event(self, event: QEvent) -> bool:
        """The whole text on hover, where it is cut and nothing else is to be said."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            cut = not self._wraps and self.width() < self.sizeHint().width()
            QToolTip.showText(event.globalPos(), self.text() if cut else "", self)
            return True
        return super().event(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Box, tick, text, ring."""
        painter = QPainter(self)
        size = theme().scaled(16)
        box = QRect(2, (self.height() - size) // 2, size, size)
        on = self.isChecked() and self.isEnabled()
        line = "accent" if on else "faint"
        rounded(
            painter, box, theme().color("accent" if on else "field"), theme().color(line), theme().scaled(4)
        )
        if self.isChecked():
            tick = theme().pixmap("check", 12, "accent_text" if on else "faint")
            painter.drawPixmap(box.x() + theme().scaled(2), box.y() + theme().scaled(2), tick)
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text" if self.isEnabled() else "faint"))
        words = self.rect().adjusted(size + theme().scaled(8), 0, 0, 0)
        if self._wraps:
            painter.drawText(words, _WRAPPED, self.text())
        else:
            elided(painter, words, self.text())
        if self.hasFocus():
            focus_ring(painter, box.adjusted(-2, -2, 2, 2), theme().scaled(5))
        painter.end()

    def hitButton(self, position: QPoint) -> bool:
        """Anywhere on it."""
        return self.rect().contains(position)
