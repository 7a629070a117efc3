"""Buttons: primary (one per view), ordinary, icon and link; each names its key."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolTip, QWidget

from desktop.kit.theme import theme
from desktop.kit.verb import Verbs

from .paint import focus_ring, rounded

_GAP = 8


def key_text(key: str) -> str:
    """A key sequence as the platform writes it; both Enter keys have the name that is on the keyboard."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return text.replace("Return", "Enter")


class Button(QPushButton):
    """An ordinary button: text, optional icon, its key beside the text."""

    def __init__(self, text: str = "", key: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._key = key
        self._icon = icon
        self.terse = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.updateGeometry()
        self.update()

    def set_key(self, key: str) -> None:
        """Show another key."""
        self._key = key
        self.restyle()

    def set_icon(self, name: str) -> None:
        """Show another icon of the set."""
        self._icon = name
        self.restyle()

    def key(self) -> str:
        """The key as it is shown."""
        return key_text(self._key) if self._key else ""

    def set_terse(self, terse: bool) -> None:
        """Leave the key to the tooltip: for a bar that has no room for it."""
        if terse != self.terse:
            self.terse = terse
            self.restyle()

    def key_room(self) -> int:
        """The pixels its key takes where it is shown."""
        if not self._key:
            return 0
        return theme().scaled(_GAP) + QFontMetrics(self.text_font()).horizontalAdvance(self.key())

    def tip(self) -> str:
        """What is said on hover: with the key where the button leaves it out."""
        text = self.toolTip() or self.text()
        return f"{text}  {self.key()}" if self._key and (self.terse or not self.key_room()) else text

    def event(self, event: QEvent) -> bool:
        """The tooltip as it is to be."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._key:
            QToolTip.showText(event.globalPos(), self.tip() if self.tip() != self.text() else "", self)
            return True
        return super().event(event)

    def text_font(self) -> QFont:
        """The font of text and key."""
        return theme().ui_font()

    def sizeHint(self) -> QSize:
        """As wide as icon, text and key."""
        metrics = QFontMetrics(self.text_font())
        width = 2 * self._padding() + metrics.horizontalAdvance(self.text())
        if self._icon:
            width += theme().scaled(16) + (theme().scaled(6) if self.text() else 0)
        if not self.terse:
            width += self.key_room()
        return QSize(width, theme().metric("button"))

    def minimumSizeHint(self) -> QSize:
        """Never smaller than its text."""
        return self.sizeHint()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Box, icon, text, key, ring."""
        painter = QPainter(self)
        self.paint_box(painter)
        painter.setFont(self.text_font())
        self._paint_content(painter)
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()

    def paint_box(self, painter: QPainter) -> None:
        """The button's body."""
        colors = theme()
        fill = colors.color("bg3" if self.isDown() or self.isChecked() else "bg2")
        # Of one that cannot be used the box steps back with its words.
        line = "faint" if self.underMouse() else "line"
        rounded(painter, self.rect(), fill, colors.color(line if self.isEnabled() else "bg3"))

    def ink(self) -> tuple[QColor, QColor]:
        """Colours of text and key."""
        if not self.isEnabled():
            return theme().color("faint"), theme().color("faint")
        return theme().color("text"), theme().color("dim")

    def icon_token(self) -> str:
        """The icon's colour token."""
        return "text" if self.isEnabled() else "faint"

    def _padding(self) -> int:
        return theme().scaled(11) if self.text() else theme().scaled(5)

    def _paint_content(self, painter: QPainter) -> None:
        text_color, key_color = self.ink()
        x = self._padding() + max(0, (self.width() - self.sizeHint().width()) // 2)
        if self._icon:
            picture = theme().pixmap(self._icon, 16, self.icon_token())
            size = theme().scaled(16)
            painter.drawPixmap(x, (self.height() - size) // 2, picture)
            x += size + theme().scaled(6)
        metrics = QFontMetrics(painter.font())
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.setPen(text_color)
        painter.drawText(QRect(x, 0, self.width() - x, self.height()), flags, self.text())
        if self._key and not self.terse:
            x += metrics.horizontalAdvance(self.text()) + theme().scaled(_GAP)
            painter.setPen(key_color)
            painter.drawText(QRect(x, 0, self.width() - x, self.height()), flags, self.key())


def fit_keys(buttons: Iterable[Button], room: int) -> None:
    """Buttons below each other: those that are too wide with their key leave it to the tooltip."""
    for button in buttons:
        whole = button.sizeHint().width() + (button.key_room() if button.terse else 0)
        button.set_terse(whole > room)


class PrimaryButton(Button):
    """The one main action of a view."""

    def text_font(self) -> QFont:
        """Heavier than everything around it."""
        return theme().ui_font(weight=600)

    def paint_box(self, painter: QPainter) -> None:
        """Filled with the accent."""
        colors = theme()
        fill = colors.color("accent")
        if not self.isEnabled():
            rounded(painter, self.rect(), colors.color("bg2"), colors.color("bg3"))
            return
        if self.isDown():
            fill = colors.blend("accent", "bg1", 0.8)
        elif self.underMouse():
            fill = colors.blend("accent", "text", 0.9)
        rounded(painter, self.rect(), fill)

    def ink(self) -> tuple[QColor, QColor]:
        """Text on the accent."""
        token = "accent_text" if self.isEnabled() else "faint"
        return theme().color(token), theme().color(token)

    def icon_token(self) -> str:
        """The icon's colour token."""
        return "accent_text" if self.isEnabled() else "faint"


class IconButton(Button):
    """An icon alone; the tooltip names the action and its key, and is its accessible name."""

    def __init__(self, icon: str, name: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", "", icon, parent)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}  {key_text(key)}" if key else name)

    def key_room(self) -> int:
        """None: its key stands in the tooltip alone."""
        return 0

    def sizeHint(self) -> QSize:
        """A square."""
        side = theme().metric("button")
        return QSize(side + theme().scaled(2), side)

    def paint_box(self, painter: QPainter) -> None:
        """Only under the pointer."""
        if self.isDown() or self.isChecked():
            rounded(painter, self.rect(), theme().color("bg3"))
        elif self.underMouse() and self.isEnabled():
            rounded(painter, self.rect(), theme().color("bg2"))

    def icon_token(self) -> str:
        """Quiet until it is used."""
        if not self.isEnabled():
            return "faint"
        return "text" if self.underMouse() or self.isChecked() else "dim"


class LinkButton(Button):
    """An action in the middle of text; underlined, unless it is quiet (then only under the pointer)."""

    def __init__(
        self,
        text: str,
        parent: QWidget | None = None,
        token: str = "link",
        *,
        quiet: bool = False,
        ratio: float = 1.0,
    ) -> None:
        super().__init__(text, parent=parent)
        self._token, self._quiet, self._ratio = token, quiet, ratio

    def sizeHint(self) -> QSize:
        """As its text."""
        metrics = QFontMetrics(self.text_font())
        return QSize(metrics.horizontalAdvance(self.text()) + 4, metrics.height() + 2)

    def text_font(self) -> QFont:
        """Underlined while it can be used."""
        font = theme().ui_font(self._ratio)
        font.setUnderline(self.isEnabled() and (not self._quiet or self.underMouse()))
        return font

    def paint_box(self, painter: QPainter) -> None:
        """None."""

    def ink(self) -> tuple[QColor, QColor]:
        """The link colour."""
        color = theme().color(self._token if self.isEnabled() else "faint")
        return color, color

    def _padding(self) -> int:
        return 2


class VerbButton(Button):
    """A button for a verb: its text, key, icon; disabled with the verb's reason as tooltip."""

    def __init__(
        self, verbs: Verbs, verb_id: str, text: str = "", parent: QWidget | None = None, icon: bool = False
    ) -> None:
        verb = verbs.get(verb_id)
        super().__init__(text or verb.title, icon=verb.icon if icon else "", parent=parent)
        bind(self, verbs, verb_id)


class PrimaryVerbButton(PrimaryButton):
    """The main action of a view, as a verb."""

    def __init__(self, verbs: Verbs, verb_id: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text or verbs.get(verb_id).title, parent=parent)
        bind(self, verbs, verb_id)


class GuestButton(IconButton):
    """An icon for a verb of another capability: not to be seen where that is not (yet) there."""

    def __init__(
        self, verbs: Verbs, verb_id: str, icon: str, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(icon, name, parent=parent)
        self._verbs, self._id = verbs, verb_id
        if verb_id in verbs:
            # Not shown here: without a parent it would be a window that takes the keyboard.
            bind(self, verbs, verb_id)
        else:
            self.hide()
            verbs.changed.connect(self._welcome)

    def _welcome(self) -> None:
        if self._id in self._verbs:
            self._verbs.changed.disconnect(self._welcome)
            bind(self, self._verbs, self._id)
            self.show()


class _Binding(QObject):
    def __init__(self, button: Button, verbs: Verbs, verb_id: str) -> None:
        super().__init__(button)
        self._button, self._verbs, self._id = button, verbs, verb_id

    def run(self) -> None:
        self._verbs.run(self._id)

    def refresh(self) -> None:
        verb = self._verbs.get(self._id)
        reason = verb.when()
        keys = self._verbs.keys(self._id)
        self._button.set_key(keys[0] if keys else "")
        self._button.setEnabled(not reason)
        self._button.setToolTip(reason or verb.hint or verb.title)


def bind(button: Button, verbs: Verbs, verb_id: str) -> None:
    """Make a button run a verb and keep its key, enabled state and reason in step."""
    binding = _Binding(button, verbs, verb_id)
    button.clicked.connect(binding.run)
    verbs.changed.connect(binding.refresh)
    verbs.ran.connect(binding.refresh)
    binding.refresh()


def refresh_bound(root: QWidget) -> None:
    """Ask the verbs of every bound button below a widget anew whether they can run."""
    for binding in root.findChildren(_Binding):
        binding.refresh()
