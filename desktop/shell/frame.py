"""The parts of the window and how they lie: top bar, rail, left pane, tabs, inspector, strip, status bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import ConnectionLook, Page, RailEntry, Tab
from desktop.kit.theme import theme
from desktop.kit.widgets import IconButton, Splitter, Surface

from .message_stack import MessageStack
from .rail import Rail
from .statusbar import StatusBar
from .tabbar import CentreTabs
from .topbar import TopBar

EDGE = 3
_HIGHEST = 360
# With a large font the panes at the sides leave the centre more than half of the window.
SIDE_SHARE = 0.2


class Frame(Surface):
    """What the window holds. It shows what it is told and decides nothing."""

    layout_changed = Signal()
    # A page that stands in the rail is to be shown and is not there yet: whoever owns it is to bring it.
    page_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg0", parent=parent)
        self.top, self.status, self.rail = TopBar(), StatusBar(), Rail()
        self.left = _Pages()
        self.bar, self.stack = CentreTabs(), _Pages()
        self.messages = MessageStack()
        self.inspector = QStackedWidget()
        self._inspected: tuple[Tab, QWidget] | None = None
        self._pages: dict[str, Page] = {}
        self._page = ""
        self._home = QWidget()
        self._activity: QWidget | None = None
        self._production = False
        self.inspector_wanted = True
        self.splitter = Splitter()
        self._font_size = theme().font_size
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self._enter_home)
        self._build()
        self.rail.chosen.connect(self.show_page)
        self.splitter.splitterMoved.connect(self.layout_changed)

    # Pages

    def expect_page(self, entry: RailEntry) -> None:
        """Show a page's place in the rail."""
        self.rail.add(entry.id, entry.title, entry.icon)

    def page_ids(self) -> list[str]:
        """What stands in the rail, from top to bottom."""
        return [button.page_id for button in self.rail.buttons]

    def show_keys(self, open_key: str, commands_key: str) -> None:
        """The keys that stand in the bars."""
        self.top.search.show_key(open_key)
        self.status.show_commands_key(commands_key)

    def add_page(self, page: Page) -> None:
        """Here is a page that is expected; its widget is asked for when it is first shown."""
        self._pages[page.id] = page
        made = vars(page).get("widget")
        if isinstance(made, QWidget):
            # One that is there already belongs to the window from now on.
            self.left.addWidget(made)

    def show_page(self, page_id: str) -> None:
        """Show a page in the left pane, unfolding it (KeyError for an unknown one)."""
        if page_id not in self._pages:
            self.page_wanted.emit(page_id)
        widget = self._pages[page_id].widget
        if self.left.indexOf(widget) < 0:
            self.left.addWidget(widget)
        self.left.setCurrentWidget(widget)
        self._page = page_id
        self.rail.show_page(page_id)
        self._left_box.show()
        self.layout_changed.emit()

    def page(self) -> str:
        """The page shown, "" if there is none."""
        return self._page

    def fold_left(self) -> None:
        """Fold or unfold the left pane."""
        self._left_box.setVisible(self._left_box.isHidden() and bool(self._pages))
        self.layout_changed.emit()

    # Centre

    def show_tab(self, tab: Tab | None) -> None:
        """Everything around the tab that is in front (None: no tab is open)."""
        self._strip.setVisible(tab is not None)
        if tab is None:
            self.stack.setCurrentWidget(self._home)
            self._settled.start(0)
        self.top.show_place(tab.path() if tab is not None else "")
        if tab is None:
            self.status.show_tab([], ("", ""), "")
        else:
            self.status.show_tab(tab.status(), tab.offer(), tab.transaction())
        self._show_inspector(tab)

    def set_home(self, widget: QWidget) -> None:
        """What stands in the centre without tabs."""
        self.stack.removeWidget(self._home)
        self._home.deleteLater()
        self._home = widget
        self.stack.addWidget(widget)
        self._settled.start(0)

    def _enter_home(self) -> None:
        """Without tabs typing begins in the home page, unless the user is somewhere else already."""
        focused = self.window().focusWidget()
        # The first thing Qt finds has the focus of a window in which nobody has chosen one.
        idle = focused is None or focused is self.top.menu or not focused.isVisible()
        if (idle or self.rail.isAncestorOf(focused)) and self.stack.currentWidget() is self._home:
            self._home.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_inspector(self, tab: Tab | None) -> None:
        wanted = tab.inspector() if tab is not None else None
        if self._inspected is not None and self._inspected[1] is not wanted:
            # Back to its tab, so that it lives and dies with it.
            owner, shown = self._inspected
            self.inspector.removeWidget(shown)
            shown.setParent(owner)
            shown.hide()
            self._inspected = None
        if tab is not None and wanted is not None and self._inspected is None:
            self._inspected = (tab, wanted)
            self.inspector.addWidget(wanted)
            self.inspector.setCurrentWidget(wanted)
            wanted.show()
        self._inspector_box.setVisible(wanted is not None and self.inspector_wanted)

    def fold_inspector(self) -> None:
        """Fold or unfold the inspector."""
        self.inspector_wanted = not self.inspector_wanted
        self._inspector_box.setVisible(self._inspected is not None and self.inspector_wanted)
        self.layout_changed.emit()

    def has_inspector(self) -> bool:
        """Whether the tab in front has one."""
        return self._inspected is not None

    def set_strip(self, widget: QWidget) -> None:
        """What stands over the status bar on every page, in the place of an earlier one."""
        if self._activity is not None:
            self._rows.removeWidget(self._activity)
            self._activity.deleteLater()
        self._activity = widget
        self._rows.insertWidget(self._rows.indexOf(self.status), widget)

    # Layout

    def restyle(self) -> None:
        """With another font size the panes at the sides hold as many letters as before."""
        super().restyle()
        before, self._font_size = self._font_size, theme().font_size
        if before == self._font_size:
            return
        self._bound_panes()
        ratio, most = self._font_size / before, round(self.width() * SIDE_SHARE)
        left, _, right = self.splitter.sizes()
        left = _resized(left, ratio, theme().metric("pane"), most)
        right = _resized(right, ratio, theme().metric("inspector"), most)
        self.splitter.setSizes([left, max(1, self.splitter.width() - left - right), right])

    def _bound_panes(self) -> None:
        """Wide contents scroll or wrap in themselves before they take the place of lists and inspector."""
        self._left_box.setMinimumWidth(theme().scaled(150))
        self._inspector_box.setMinimumWidth(theme().scaled(180))

    def save_layout(self) -> dict[str, object]:
        """Widths and what is folded."""
        return {
            "sizes": self.splitter.sizes(),
            "left": not self._left_box.isHidden(),
            "inspector": self.inspector_wanted,
        }

    def load_layout(self, saved: dict[str, object]) -> None:
        """What `save_layout` gave; anything else is ignored."""
        sizes = saved.get("sizes")
        if isinstance(sizes, list) and len(sizes) == 3 and all(isinstance(size, int) for size in sizes):
            # A pane that was hidden has no width to restore.
            usual = (theme().metric("pane"), 0, theme().metric("inspector"))
            self.splitter.setSizes([size or given for size, given in zip(sizes, usual, strict=True)])
        self.inspector_wanted = saved.get("inspector") is not False
        self._left_box.setVisible(bool(self._page) and saved.get("left") is not False)

    # Messages and connection

    def ask(self, question: str, yes: str, run: Callable[[], object]) -> None:
        """Ask inside the window: `yes` runs, anything else keeps everything as it is."""
        from desktop.kit.widgets import Message, Offer  # noqa: PLC0415  # lazy: not in the first frame

        offers = (Offer(yes, run), Offer("Keep open", _nothing, True))
        self.messages.add(Message(question, tone="warn", offers=offers))

    def show_connection(self, name: str, look: ConnectionLook | None) -> None:
        """Chip, frame and zone of the connection in use."""
        self.top.show_connection(name, look)
        production = look is not None and look.class_ == "production"
        if production != self._production:
            self._production = production
            edge = EDGE if production else 0
            self.setContentsMargins(edge, edge, edge, edge)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A red frame around everything that touches production."""
        super().paintEvent(event)
        if not self._production:
            return
        painter = QPainter(self)
        color = theme().color("production")
        for edge in (
            QRect(0, 0, self.width(), EDGE),
            QRect(0, self.height() - EDGE, self.width(), EDGE),
            QRect(0, 0, EDGE, self.height()),
            QRect(self.width() - EDGE, 0, EDGE, self.height()),
        ):
            painter.fillRect(edge, color)
        painter.end()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab and Shift+Tab in reading order."""
        from .reading import move_focus  # noqa: PLC0415  # lazy: not in the first frame

        return move_focus(self, forward)

    # Building

    def _build(self) -> None:
        self._rows = rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addWidget(self.splitter, 1)
        rows.addWidget(self.top)
        rows.addLayout(body, 1)
        rows.addWidget(self.status)
        self._left_box = _boxed(self.left, "Lists")
        self._left_box.hide()
        self._inspector_box = _boxed(self.inspector, "Inspector")
        self._inspector_box.hide()
        self.panes = (self._left_box, self._centre(), self._inspector_box)
        for pane in self.panes:
            self.splitter.addWidget(pane)
        self._bound_panes()
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme().metric("pane"), 10_000, theme().metric("inspector")])

    def _centre(self) -> QWidget:
        centre = Surface("bg1")
        rows = QVBoxLayout(centre)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._make_strip())
        rows.addWidget(self.messages)
        rows.addWidget(self.stack, 1)
        self.stack.addWidget(self._home)
        return centre

    def _make_strip(self) -> QWidget:
        self._strip = Surface("bg0", "bottom")
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(6, 0, 4, 0)
        row.setSpacing(0)
        row.addWidget(self.bar, 1)
        self.more = IconButton("chevron-down", "All tabs")
        self.more.clicked.connect(self._list_tabs)
        self.more.hide()
        row.addWidget(self.more, alignment=Qt.AlignmentFlag.AlignVCenter)
        self.bar.overflow_changed.connect(self.more.setVisible)
        self._strip.hide()
        return self._strip

    def _list_tabs(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for index in range(self.bar.count()):
            action = menu.addAction(self.bar.tabText(index).replace("&", "&&"))
            action.setData(index)
            action.setCheckable(True)
            action.setChecked(index == self.bar.currentIndex())
        menu.triggered.connect(self._choose_tab)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _choose_tab(self, action: object) -> None:
        self.bar.setCurrentIndex(action.data())  # type: ignore[attr-defined]


def _resized(width: int, ratio: float, usual: int, most: int) -> int:
    """A pane's width for a font that is larger by `ratio`; `usual` for one that was not seen yet.

    Growing ends at `most`, shrinking at `usual`, so that there and back again changes nothing.
    """
    if width <= 0:
        return min(usual, most)
    if ratio > 1:
        return min(round(width * ratio), max(most, width))
    return max(round(width * ratio), min(width, usual))


class _Pages(QStackedWidget):
    """One of many in sight. With a large font the highest must not push the status bar off the screen."""

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest; lower than a page wants, which gives up the height of its longest part."""
        size = super().minimumSizeHint()
        return QSize(size.width(), min(size.height(), theme().scaled(_HIGHEST)))


def _boxed(stack: QStackedWidget, name: str) -> QWidget:
    box = Surface("bg1")
    box.setAccessibleName(name)
    rows = QVBoxLayout(box)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.addWidget(stack)
    return box


def _nothing() -> None:
    """Keeping things as they are needs no doing."""
