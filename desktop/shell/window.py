"""The window: puts the shell's parts together. It knows no capability by name."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from desktop.api.client import Client
from desktop.context import Launch, RailEntry, Tab
from desktop.kit.theme import theme
from desktop.kit.verb import Verbs
from desktop.kit.widgets import refresh_bound
from desktop.settings import FONT_SIZE, THEME, ZONE, Settings
from embedded_server.wire.refs import PageRef, Ref

from .frame import Frame
from .history import Recent
from .notify import Notifier
from .session import Session, SessionStore
from .shortcuts import Shortcuts
from .verbs import SETTINGS_REF, ShellVerbs, page_verb, shell_verbs
from .work import Work
from .workbench import Bench

if TYPE_CHECKING:
    from .menus import Menus
    from .on_demand import OnDemand
    from .palette import Palette
    from .palette_items import OpenItems, VerbItems

SIZE = (1440, 900)


class Window(QWidget):
    """The main window. `closed` is emitted once, when it really closes."""

    closed = Signal()

    def __init__(self, settings: Settings, verbs: Verbs, client: Client, folder: Path) -> None:
        super().__init__()
        self.setWindowTitle("Backlight")
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self.settings, self.verbs = settings, verbs
        self._alt = False
        self._asked = False
        self.frame = Frame(self)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.frame)
        self.notifier = Notifier(self.frame, verbs)
        self.bench = Bench(self.frame, self.notifier)
        self.work = Work(client, self)
        self.commands = Recent()
        store = SessionStore(folder / "session.journal")
        self.session = Session(store, self.bench, self.frame, self.commands, self.notifier)
        self._add_verbs()
        self.shortcuts = Shortcuts(verbs, settings, self, self.notifier.say)
        self.bench.add_opener(PageRef.kind, self._own_page)
        self._connect()

    def _show_keys(self) -> None:
        self.frame.show_keys(self.shortcuts.first("go.open"), self.shortcuts.first("go.command"))

    def _add_verbs(self) -> None:
        shell = ShellVerbs(self.bench, self.frame, self.settings, self.notifier)
        self.verbs.add(*shell_verbs(shell, self.work, self._show_commands, self.close))

    def _connect(self) -> None:
        frame, bench = self.frame, self.bench
        frame.top.menu_wanted.connect(self.show_menu)
        frame.top.search_wanted.connect(bench.quick_open)
        frame.top.connection_wanted.connect(bench.want_connection)
        frame.status.commands_wanted.connect(self._show_commands)
        self.shortcuts.changed_keys.connect(self._show_keys)
        frame.status.cancel_wanted.connect(self.work.cancel)
        frame.status.zone_wanted.connect(self._zone_settings)
        frame.bar.menu_wanted.connect(self._tab_menu)
        bench.quick_open_wanted.connect(self._quick_open)
        bench.page_expected.connect(self._page_expected)
        bench.current_changed.connect(self._current_changed)
        bench.connection_changed.connect(self._retitle)
        self.work.changed.connect(frame.status.show_work)
        self.verbs.ran.connect(self._ran)
        self.settings.changed.connect(self._setting_changed)
        frame.status.show_zone(self.settings.get(ZONE))

    @cached_property
    def later(self) -> OnDemand:
        """What the first frame does not need."""
        from .on_demand import OnDemand  # noqa: PLC0415  # lazy: not in the first frame

        later = OnDemand(self, self.bench, self.verbs, self.commands, self._run_verb)
        later.palette.said.connect(self.notifier.say)
        return later

    @property
    def palette_box(self) -> Palette:
        """The box of Ctrl+P and Ctrl+Shift+P."""
        return self.later.palette

    @property
    def open_items(self) -> OpenItems:
        """What Ctrl+P lists."""
        return self.later.open_items

    @property
    def verb_items(self) -> VerbItems:
        """What Ctrl+Shift+P lists."""
        return self.later.verb_items

    @property
    def menus(self) -> Menus:
        """The main menu and context menus."""
        return self.later.menus

    # What the parts want

    def _own_page(self, ref: PageRef, _: Ref | None) -> Tab:
        return self.later.own_page(ref, self.settings, self.shortcuts)

    def _quick_open(self, text: str = "") -> None:
        self.palette_box.open(self.open_items, text)

    def _show_commands(self) -> None:
        self.palette_box.open(self.verb_items)

    def _zone_settings(self) -> None:
        tab = self.bench.open(SETTINGS_REF, keep=True)
        if tab is not None:
            tab.restore({"filter": "zone"})

    def _run_verb(self, verb_id: str) -> None:
        self.commands.use(verb_id, verb_id)
        reason = self.verbs.run(verb_id)
        if reason:
            self.notifier.say(reason)

    def _ran(self, verb_id: str) -> None:
        self._alt = False
        tab = self.bench.current()
        if tab is not None:
            self._current_changed(tab)

    def _page_expected(self, entry: RailEntry) -> None:
        self.verbs.add(page_verb(self.bench, entry.id, entry.title, entry.icon, len(self.frame.page_ids())))

    def _current_changed(self, tab: Tab | None) -> None:
        if tab is not None:
            refresh_bound(tab)
        self._retitle()

    def _retitle(self) -> None:
        self.setWindowTitle(self.bench.title())

    def _setting_changed(self, key: str) -> None:
        app = QApplication.instance()
        if key in (THEME.key, FONT_SIZE.key) and isinstance(app, QApplication):
            theme().apply(app, self.settings.get(THEME), self.settings.get(FONT_SIZE))
        elif key == ZONE.key:
            self.frame.status.show_zone(self.settings.get(ZONE))

    # Menus

    def show_menu(self) -> None:
        """The main menu under the product's word."""
        button = self.frame.top.menu
        menu = self.menus.main()
        button.setDown(True)
        menu.aboutToHide.connect(self._menu_closed)
        self.menus.popup(menu, button.mapToGlobal(QPoint(0, button.height() + 2)))

    def _menu_closed(self) -> None:
        self.frame.top.menu.setDown(False)

    def _tab_menu(self, index: int, at: QPoint) -> None:
        self.bench.tab_set.activate(index)
        ids = ["tab.close", "tab.close_others", "tab.reopen", "", "tab.keep", "tab.pin", "", "view.refresh"]
        self.menus.popup(self.menus.of(ids), at)

    # Events

    def event(self, event: QEvent) -> bool:
        """A key beside Alt means that Alt alone was not meant."""
        if isinstance(event, QKeyEvent) and event.key() != Qt.Key.Key_Alt:
            self._alt = False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no widget wanted: bare verb keys, and Alt on its way to the menu."""
        if event.key() == Qt.Key.Key_Alt:
            self._alt = True
        elif self.shortcuts.bare(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Alt pressed and released alone opens the menu."""
        if event.key() == Qt.Key.Key_Alt and self._alt and not event.isAutoRepeat():
            self._alt = False
            self.show_menu()
        else:
            super().keyReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside Alt means that Alt alone was not meant."""
        self._alt = False
        super().mousePressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere on the window."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        for url in event.mimeData().urls():
            self.bench.launch(Launch(url.toLocalFile() if url.isLocalFile() else url.toString()))
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask inside the window when something speaks against closing; else store the session and close."""
        questions = self.bench.closing_questions()
        if questions and not self._asked:
            event.ignore()
            self.frame.ask("\n".join(questions), "Close anyway", self._close_anyway)
            return
        self.session.save()
        # Out of sight at once: ending the server in order may take a moment.
        self.hide()
        self.closed.emit()
        event.accept()

    def _close_anyway(self) -> None:
        self._asked = True
        self.close()
