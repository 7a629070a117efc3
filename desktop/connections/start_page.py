"""What stands in the centre when nothing is open: ways to begin, in the order of their likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.theme import theme
from desktop.kit.widgets.buttons import Button, PrimaryButton
from desktop.kit.widgets.fields import TextField
from desktop.kit.widgets.paint import dot, focus_ring, rounded
from desktop.kit.widgets.scroll import slim_bars
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.connections import DISCOVER, Discovered, DiscoverRequest, Profile
from embedded_server.wire.problem import ProblemError

from .book import Book

_LEAST_ADDRESS = 280
_CLASS_TOKENS = {"local": "ok", "shared": "info", "production": "error"}


@dataclass(frozen=True)
class Choices:
    """What the page can start; all take effect in the window."""

    open: Callable[[str], None]
    adopt: Callable[[Discovered], None]
    edit: Callable[[str], None]
    browse: Callable[[], None]
    new: Callable[[], None]
    connect: Callable[[], None] | None
    demo: Callable[[], None] | None


class Entry(QAbstractButton):
    """A line of the page: title, class word, detail, painted like a list row."""

    edited = Signal()

    def __init__(
        self,
        title: str,
        detail: str,
        kind: str = "",
        note: str = "",
        parent: QWidget | None = None,
        icon: str = "",
    ) -> None:
        super().__init__(parent)
        self.setText(title)
        self._detail, self._kind, self._note, self._icon = detail, kind, note, icon
        self.setAccessibleName(f"{title}, {kind or note}, {detail}")
        self.setToolTip(detail)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Two lines high."""
        return QSize(theme().scaled(300), 2 * theme().metric("row") - theme().scaled(2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens as Space does; F2 edits."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_F2:
            self.edited.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Title and class above, detail below."""
        painter = QPainter(self)
        area = self.rect()
        rounded(painter, area, theme().color("bg2" if self.underMouse() else "bg1"), theme().color("line"))
        if self.hasFocus():
            focus_ring(painter, area)
        pad, size = theme().scaled(12), theme().scaled(16 if self._icon else 8)
        token = _CLASS_TOKENS.get(self._kind, "faint")
        first = area.adjusted(pad, theme().scaled(5), -pad, -area.height() // 2)
        if self._icon:
            painter.drawPixmap(
                first.left(), area.center().y() - size // 2, theme().pixmap(self._icon, 16, "dim")
            )
        else:
            dot(painter, first.left(), first.center().y() + 1, theme().color(token), size)
        painter.setFont(theme().ui_font(1.0, 600))
        metrics = QFontMetrics(painter.font())
        painter.setPen(theme().color("text"))
        text_left = first.adjusted(size + theme().scaled(8), 0, 0, 0)
        word = self._kind or self._note
        word_width = metrics.horizontalAdvance(word) + pad
        title = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, text_left.width() - word_width)
        painter.drawText(text_left, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.setFont(theme().ui_font(0.92))
        painter.setPen(theme().color(token if self._kind else "dim"))
        painter.drawText(first, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, word)
        painter.setPen(theme().color("dim"))
        second = area.adjusted(
            text_left.left(), area.height() // 2 - theme().scaled(3), -pad, -theme().scaled(4)
        )
        metrics = QFontMetrics(painter.font())
        detail = metrics.elidedText(self._detail, Qt.TextElideMode.ElideMiddle, second.width())
        painter.drawText(second, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, detail)
        painter.end()


class StartPage(QScrollArea):
    """Found in this folder, recent connections, open a file or URL, connect an application, the demo."""

    def __init__(self, context: Context, book: Book, choices: Choices, folder: Path) -> None:
        super().__init__()
        self._context, self._book, self._choices, self._folder = context, book, choices, folder
        self._found: list[Discovered] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Start page")
        body = QWidget()
        row = QHBoxLayout(body)
        row.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme().scaled(6))
        row.addLayout(self._column, 6)
        row.addStretch(1)
        self.setWidget(body)
        slim_bars(self)
        self.address = TextField("File or URL", "postgresql://me@localhost/app or /path/app.db", mono=True)
        self.address.returnPressed.connect(self._open_address)
        self.setFocusProxy(self.address)
        self._ways = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row = self._open_row()
        book.changed.connect(self._fill)
        context.verbs.changed.connect(self._fill)
        self._fill()
        context.flow(self, self._discover())

    async def _discover(self) -> None:
        try:
            answer = await self._context.api.call(DISCOVER, DiscoverRequest(str(self._folder)))
        except ProblemError:
            return
        self._found = answer.found
        self._fill()

    def _fill(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            # The row with the address stays: it may be typed into at this moment.
            if (widget := item.widget()) is not None and widget is not self._row:
                widget.deleteLater()
        self._column.addSpacing(theme().scaled(40))
        self._column.addWidget(ElidedLabel("Open a database", ratio=1.5, weight=600))
        saved = {profile.url for profile in self._book.profiles()}
        fresh = [found for found in self._found if found.url not in saved]
        if fresh:
            self._heading(f"Found in {self._folder.name or self._folder}")
            for found in fresh[:6]:
                self._column.addWidget(self._found_entry(found))
        if self._book.profiles():
            self._heading("Recent")
            for profile in self._book.profiles()[:8]:
                self._column.addWidget(self._profile_entry(profile))
        # With nothing above it the row needs no heading: the title says it.
        if fresh or self._book.profiles():
            self._heading("Open")
        else:
            self._column.addSpacing(theme().scaled(8))
        self._column.addWidget(self._row)
        if self._choices.connect is not None:
            self._heading("See what requests do")
            entry = Entry(
                "Connect your app",
                "Its requests with their SQL and log lines, nothing in it changes",
                icon="requests",
            )
            entry.clicked.connect(self._choices.connect)
            self._column.addWidget(entry)
        if self._choices.demo is not None:
            self._add_demo(self._choices.demo)
        self._column.addStretch(1)

    def _add_demo(self, begin: Callable[[], None]) -> None:
        """The demo, or its next step once it runs."""
        verbs = self._context.verbs
        step = verbs.get("demo.step") if "demo.step" in verbs else None
        if step is not None and not step.when():
            self._heading("The demo is running")
            entry = Entry(step.title, step.hint, icon=step.icon, note=" ".join(verbs.keys(step.id)[:1]))
            entry.clicked.connect(_Pick(entry, verbs.run, step.id).run)
        else:
            self._heading("New here?")
            entry = Entry(
                "Try the demo",
                "A small web app with a few hundred thousand rows, made on this machine",
                icon="play",
            )
            entry.clicked.connect(begin)
        self._column.addWidget(entry)

    def _heading(self, text: str) -> None:
        self._column.addSpacing(theme().scaled(14))
        self._column.addWidget(ElidedLabel(text.upper(), "dim", ratio=0.85, weight=600))

    def _found_entry(self, found: Discovered) -> Entry:
        entry = Entry(found.name, f"{found.url}   ·   {found.source}", note=found.source.partition(":")[0])
        entry.clicked.connect(_Pick(entry, self._choices.adopt, found).run)
        return entry

    def _profile_entry(self, profile: Profile) -> Entry:
        entry = Entry(profile.name, profile.url, profile.class_)
        pick = _Pick(entry, self._choices.open, profile.name)
        entry.clicked.connect(pick.run)
        entry.edited.connect(_Pick(entry, self._choices.edit, profile.name).run)
        return entry

    def _open_row(self) -> QWidget:
        box = QWidget()
        self._ways.setContentsMargins(0, 0, 0, 0)
        box.setLayout(self._ways)
        typed, others = QHBoxLayout(), QHBoxLayout()
        go = PrimaryButton("Open", "Enter")
        go.clicked.connect(self._open_address)
        browse = Button("Choose a file…", "Ctrl+O")
        browse.clicked.connect(self._choices.browse)
        new = Button("New connection…")
        new.clicked.connect(self._choices.new)
        typed.addWidget(self.address, 1)
        for row, button in ((typed, go), (others, browse), (others, new)):
            row.addWidget(button)
        others.addStretch(0)
        self._ways.addLayout(typed, 1)
        self._ways.addLayout(others)
        for layout in (self._ways, typed, others):
            layout.setSpacing(theme().scaled(8))
        return box

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The other ways stand below where beside them an address would be a stump."""
        super().resizeEvent(event)
        buttons = sum(button.sizeHint().width() for button in self._row.findChildren(Button))
        room = self.viewport().width() * 6 // 8 - buttons - theme().scaled(24)
        way = QBoxLayout.Direction.LeftToRight
        if room < theme().scaled(_LEAST_ADDRESS):
            way = QBoxLayout.Direction.TopToBottom
        self._ways.setDirection(way)

    def _open_address(self) -> None:
        text = self.address.text().strip()
        if text:
            self._choices.open(text)


class _Pick(QObject):
    """A choice with its argument; lives as long as the entry it belongs to."""

    def __init__(self, owner: QWidget, act: Callable[..., object], argument: object) -> None:
        super().__init__(owner)
        self._act, self._argument = act, argument

    def run(self) -> None:
        self._act(self._argument)
