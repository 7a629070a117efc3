"""The menu, made from the verbs each time it opens: places, keys, what is disabled and why."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.verb import Verb, Verbs

# Menus everybody looks for at these places; others stand between Go and Help as they are registered.
FIRST = ("File", "Edit", "View", "Go")
LAST = ("Help",)

_SHEET = """
QMenu { background: @bg2; color: @text; border: 1px solid @faint; padding: @4px 0; }
QMenu::item { padding: @5px @26px @5px @12px; background: transparent; }
QMenu::item:selected { background: @select; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: @4px 0; }
QMenu::icon { padding-left: @8px; }
"""


def places(verbs: Verbs) -> dict[str, list[Verb]]:
    """Verbs by menu path, the top menus in their order; verbs without a place are left out."""
    found: dict[str, list[Verb]] = {}
    for verb in verbs:
        if verb.menu:
            found.setdefault(verb.menu, []).append(verb)
    return dict(sorted(found.items(), key=lambda entry: _rank(entry[0].partition("/")[0])))


def _rank(top: str) -> int:
    if top in FIRST:
        return FIRST.index(top) - len(FIRST)
    return 1 + LAST.index(top) if top in LAST else 0


class Menus(QObject):
    """Builds menus whose entries run verbs."""

    def __init__(self, verbs: Verbs, parent: QWidget) -> None:
        super().__init__(parent)
        self._verbs = verbs
        self._parent = parent

    def main(self) -> QMenu:
        """The whole menu; it is gone when it closes."""
        menu = self._menu(self._parent)
        sub: dict[str, QMenu] = {}
        for path, verbs in places(self._verbs).items():
            self._fill(self._at(menu, sub, path), verbs)
        return menu

    def of(self, verb_ids: list[str]) -> QMenu:
        """A context menu of these verbs; "" is a line between groups."""
        menu = self._menu(self._parent)
        for verb_id in verb_ids:
            if verb_id:
                self._add(menu, self._verbs.get(verb_id))
            else:
                menu.addSeparator()
        return menu

    def popup(self, menu: QMenu, at: QPoint) -> None:
        """Show a menu; it takes the keyboard at once."""
        menu.popup(at)
        first = next((action for action in menu.actions() if action.isEnabled()), None)
        if first is not None:
            menu.setActiveAction(first)

    def _menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        menu.setFont(theme().ui_font())
        styled(menu, _SHEET)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _at(self, top: QMenu, known: dict[str, QMenu], path: str) -> QMenu:
        """The submenu of a path such as `View/Columns`, made with a mnemonic of its own."""
        at, menu = "", top
        for name in path.split("/"):
            at = f"{at}/{name}" if at else name
            if at not in known:
                # Not deleted on its own: it belongs to the menu above it.
                sub = QMenu(_mnemonic(name, menu), menu)
                sub.setToolTipsVisible(True)
                styled(sub, _SHEET)
                menu.addMenu(sub)
                known[at] = sub
            menu = known[at]
        return menu

    def _fill(self, menu: QMenu, verbs: list[Verb]) -> None:
        group = ""
        for verb in verbs:
            capability = verb.id.partition(".")[0]
            if group and capability != group:
                menu.addSeparator()
            group = capability
            self._add(menu, verb)

    def _add(self, menu: QMenu, verb: Verb) -> None:
        action = QAction(verb.title.replace("&", "&&"), menu)
        keys = self._verbs.keys(verb.id)
        if keys:
            # Shown only: the keys themselves are dispatched by `shortcuts`, once per window.
            text = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            action.setText(f"{action.text()}\t{text}")
        if verb.icon:
            action.setIcon(theme().icon(verb.icon, 14, "dim"))
        reason = verb.when()
        action.setEnabled(not reason)
        action.setToolTip(reason or verb.hint)
        action.setData(verb.id)
        action.triggered.connect(_Run(self._verbs, verb.id, action).run)
        menu.addAction(action)


class _Run(QObject):
    """Runs a verb for its menu entry; lives as long as the entry."""

    def __init__(self, verbs: Verbs, verb_id: str, parent: QObject) -> None:
        super().__init__(parent)
        self._verbs, self._id = verbs, verb_id

    def run(self) -> None:
        self._verbs.run(self._id)


def _mnemonic(name: str, menu: QMenu) -> str:
    """The name with `&` before the first letter no neighbour uses."""
    used = set(_letters(menu))
    for at, letter in enumerate(name):
        if letter.isalpha() and letter.lower() not in used:
            return f"{name[:at]}&{name[at:]}"
    return name


def _letters(menu: QMenu) -> Iterator[str]:
    for action in menu.actions():
        before, mark, after = action.text().partition("&")
        if mark and after:
            yield after[0].lower()
