"""The shell's own verbs: tabs, panes, history, palette, settings, themes, leaving."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop.kit.verb import Verb
from desktop.settings import FONT_SIZE, THEME, Settings
from embedded_server.wire.refs import PageRef

from .frame import Frame
from .notify import Notifier
from .work import Work
from .workbench import Bench

SETTINGS_REF = PageRef("settings", "Settings")
KEYS_REF = PageRef("keys", "Keyboard shortcuts")


class ShellVerbs:
    """Functions and conditions behind the shell's verbs."""

    def __init__(self, bench: Bench, frame: Frame, settings: Settings, notifier: Notifier) -> None:
        self.bench, self.frame = bench, frame
        self.settings, self.notifier = settings, notifier

    # Conditions

    def needs_tab(self) -> str:
        """For verbs about the tab in front."""
        return "" if self.bench.current() is not None else "No tab is open"

    def needs_two(self) -> str:
        """For verbs about other tabs."""
        return "" if len(self.bench.tab_set.slots) > 1 else "There is no other tab"

    def needs_closed(self) -> str:
        """For bringing tabs back."""
        return "" if self.bench.tab_set.can_reopen() else "No tab was closed"

    def needs_past(self) -> str:
        """For going back."""
        return "" if self.bench.history.can(-1) else "There is nothing to go back to"

    def needs_future(self) -> str:
        """For going forward."""
        return "" if self.bench.history.can(1) else "There is nothing to go forward to"

    def needs_pages(self) -> str:
        """For the left pane."""
        return "" if self.bench.pages else "There is no page"

    def needs_inspector(self) -> str:
        """For the right pane."""
        return "" if self.frame.has_inspector() else "What is shown has no inspector"

    def needs_messages(self) -> str:
        """For putting messages away."""
        return "" if self.frame.messages.messages else "There is no message"

    def needs_problem(self) -> str:
        """For seeing a problem again."""
        return "" if self.notifier.last is not None else "Nothing went wrong so far"

    # Functions

    def close_tab(self) -> None:
        """Close the tab in front."""
        self.bench.close_at(self.frame.bar.currentIndex())

    def close_others(self) -> None:
        """Close all tabs but the one in front and pinned or dirty ones."""
        front = self.bench.tab_set.current()
        for slot in list(self.bench.tab_set.slots):
            dirty = slot.tab is not None and (slot.tab.dirty() or slot.tab.closing_question())
            if slot is not front and not slot.pinned and not dirty:
                self.bench.tab_set.remove(self.bench.tab_set.slots.index(slot))

    def keep(self) -> None:
        """Keep the tab in front."""
        tab = self.bench.current()
        if tab is not None:
            self.bench.keep(tab)

    def pin(self) -> None:
        """Pin or release the tab in front."""
        index = self.frame.bar.currentIndex()
        self.bench.pin(index, not self.bench.tab_set.slots[index].pinned)

    def refresh(self) -> None:
        """Fetch again what is shown."""
        tab = self.bench.current()
        if tab is not None:
            tab.refresh()

    def step_tab(self, by: int) -> None:
        """The next tab or the one before."""
        self.bench.tab_set.step(by)

    def use_theme(self, name: str) -> None:
        """Another theme."""
        self.settings.set(THEME, name)

    def resize_font(self, by: int) -> None:
        """A larger or smaller font."""
        size = self.settings.get(FONT_SIZE) + by
        if FONT_SIZE.low <= size <= FONT_SIZE.high:
            self.settings.set(FONT_SIZE, size)

    def open_settings(self) -> None:
        """The settings page."""
        self.bench.open(SETTINGS_REF, keep=True)

    def open_keys(self) -> None:
        """The keyboard page."""
        self.bench.open(KEYS_REF, keep=True)

    def next_pane(self, by: int) -> None:
        """Move the keyboard to the next part of the window."""
        panes = [pane for pane in (*self.frame.panes, self.frame.rail) if pane.isVisible()]
        focus = QApplication.focusWidget()
        at = next((n for n, pane in enumerate(panes) if focus is not None and pane.isAncestorOf(focus)), -1)
        for step in range(1, len(panes) + 1):
            target = first_input(panes[(at + by * step) % len(panes)])
            if target is not None:
                target.setFocus()
                return


def first_input(pane: QWidget) -> QWidget | None:
    """The first widget of a pane, in the order in which they were put there, that takes the keyboard."""
    by_tab = Qt.FocusPolicy.TabFocus
    return next(
        (
            widget
            for widget in pane.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & by_tab
        ),
        None,
    )


def shell_verbs(
    shell: ShellVerbs,
    work: Work,
    commands: Callable[[], object],
    quit_app: Callable[[], object],
) -> list[Verb]:
    """All verbs of the shell; `commands` opens the palette of verbs."""
    bench = shell.bench
    return [
        Verb("go.open", "Open anything…", bench.quick_open, ("Ctrl+P",), "search", "Go"),
        Verb(
            "go.command",
            "Run a command…",
            commands,
            ("Ctrl+Shift+P", "F1"),
            "",
            "Go",
        ),
        Verb("go.back", "Back", bench.back, ("Alt+Left",), "arrow-left", "Go", shell.needs_past),
        Verb("go.forward", "Forward", bench.forward, ("Alt+Right",), "arrow-right", "Go", shell.needs_future),
        *_tab_verbs(shell),
        *_view_verbs(shell),
        Verb(
            "view.messages",
            "Put messages away",
            shell.frame.messages.clear,
            ("Esc",),
            "",
            "View",
            shell.needs_messages,
        ),
        Verb(
            "work.cancel", "Cancel running work", work.cancel, ("Esc",), "stop", "Edit", partial(_busy, work)
        ),
        Verb("settings.open", "Settings", shell.open_settings, ("Ctrl+,",), "settings", "File"),
        Verb("settings.keys", "Keyboard shortcuts", shell.open_keys, ("Ctrl+K, Ctrl+S",), "keyboard", "Help"),
        Verb(
            "help.problem", "Show the last problem", shell.notifier.again, (), "", "Help", shell.needs_problem
        ),
        Verb("app.quit", "Quit", quit_app, ("Ctrl+Q",), "", "File"),
    ]


def _tab_verbs(shell: ShellVerbs) -> list[Verb]:
    step = shell.step_tab
    return [
        Verb(
            "tab.close", "Close tab", shell.close_tab, ("Ctrl+W", "Ctrl+F4"), "close", "File", shell.needs_tab
        ),
        Verb(
            "tab.reopen",
            "Reopen closed tab",
            shell.bench.tab_set.reopen,
            ("Ctrl+Shift+T",),
            "",
            "File",
            shell.needs_closed,
        ),
        Verb("tab.close_others", "Close other tabs", shell.close_others, (), "", "File", shell.needs_two),
        Verb(
            "tab.next", "Next tab", partial(step, 1), ("Ctrl+Tab", "Ctrl+PgDown"), "", "Go", shell.needs_two
        ),
        Verb(
            "tab.previous",
            "Previous tab",
            partial(step, -1),
            ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
            "",
            "Go",
            shell.needs_two,
        ),
        Verb(
            "tab.keep",
            "Keep tab open",
            shell.keep,
            (),
            "",
            "View",
            shell.needs_tab,
            "The next thing opened does not take its place",
        ),
        Verb("tab.pin", "Pin or release tab", shell.pin, (), "pin", "View", shell.needs_tab),
    ]


def _view_verbs(shell: ShellVerbs) -> list[Verb]:
    frame = shell.frame
    themes = [
        Verb(f"view.theme_{name}", title, partial(shell.use_theme, name), (), "", "View/Theme")
        for name, title in (
            ("system", "Theme: as the desktop"),
            ("dark", "Theme: dark"),
            ("light", "Theme: light"),
            ("contrast", "Theme: high contrast"),
        )
    ]
    return [
        Verb("view.refresh", "Refresh", shell.refresh, ("F5", "Ctrl+R"), "refresh", "View", shell.needs_tab),
        Verb(
            "view.left",
            "Show or hide the left pane",
            frame.fold_left,
            ("Ctrl+B",),
            "panel-left",
            "View",
            shell.needs_pages,
        ),
        Verb(
            "view.inspector",
            "Show or hide the inspector",
            frame.fold_inspector,
            ("Ctrl+Alt+B",),
            "panel-right",
            "View",
            shell.needs_inspector,
        ),
        Verb("view.next_pane", "Next pane", partial(shell.next_pane, 1), ("F6",), "", "View"),
        Verb("view.previous_pane", "Previous pane", partial(shell.next_pane, -1), ("Shift+F6",), "", "View"),
        Verb("view.larger", "Larger text", partial(shell.resize_font, 1), ("Ctrl++", "Ctrl+="), "", "View"),
        Verb("view.smaller", "Smaller text", partial(shell.resize_font, -1), ("Ctrl+-",), "", "View"),
        *themes,
    ]


def page_verb(bench: Bench, page_id: str, title: str, icon: str, number: int) -> Verb:
    """Show a rail page: Alt+1 for the first."""
    keys = (f"Alt+{number}",) if number < 10 else ()
    return Verb(f"page.{page_id}", f"Go to {title}", partial(bench.show_page, page_id), keys, icon, "Go")


def _busy(work: Work) -> str:
    return "" if work.text() else "Nothing is running"
