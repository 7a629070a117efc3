"""Parts of the window that the first frame does not need: palette, menus, own pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Found, Tab
from desktop.kit.verb import Verbs
from desktop.settings import Settings
from embedded_server.wire.refs import PageRef

from .history import Recent
from .keys_page import KeysPage
from .menus import Menus
from .palette import Palette
from .palette_items import OpenItems, VerbItems
from .settings_page import SettingsPage
from .shortcuts import Shortcuts
from .workbench import Bench


class OnDemand(QObject):
    """Made when the first of them is asked for."""

    def __init__(
        self,
        window: QWidget,
        bench: Bench,
        verbs: Verbs,
        commands: Recent,
        run_verb: Callable[[str], object],
    ) -> None:
        super().__init__(window)
        self._bench, self._verbs = bench, verbs
        self.menus = Menus(verbs, window)
        self.open_items = OpenItems(bench.finders, bench.recent, self._open_found)
        self.verb_items = VerbItems(verbs, commands, run_verb)
        self.palette = Palette(window)
        self.palette.swapped.connect(self.show_commands)

    def show_commands(self) -> None:
        """Ctrl+Shift+P."""
        self.palette.open(self.verb_items)

    def own_page(self, ref: PageRef, settings: Settings, shortcuts: Shortcuts) -> Tab:
        """The page of settings or of keys."""
        return KeysPage(self._verbs, shortcuts, settings) if ref.page == "keys" else SettingsPage(settings)

    def _open_found(self, found: Found, keep: bool) -> None:
        self._bench.open(found.ref, keep=keep)
