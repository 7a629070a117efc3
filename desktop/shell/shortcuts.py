"""Keys: one shortcut per key for all verbs that share it, and the user's own keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from desktop.kit.verb import Verb, Verbs
from desktop.settings import KEYMAP, KEYS, Settings

from .keymaps import Keymap, keymaps


@lru_cache(maxsize=1024)
def normal(key: str) -> str:
    """A key sequence in one spelling; "" if it is none."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


@lru_cache(maxsize=1024)
def is_bare(key: str) -> bool:
    """Whether a key types or moves by itself (Space, Del, Enter, letters): it acts only when nothing
    else wants it, so it is taken from the keys that bubble up to the window.
    """
    sequence = QKeySequence(key)
    if sequence.isEmpty() or sequence.count() > 1:
        return False
    combination: QKeyCombination = sequence[0]  # type: ignore[index]
    strong = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    strong |= Qt.KeyboardModifier.MetaModifier
    function = Qt.Key.Key_F1 <= combination.key() <= Qt.Key.Key_F35
    return not function and not combination.keyboardModifiers() & strong


class Shortcuts(QObject):
    """Dispatches keys of a window to verbs; keeps the user's keys in the settings."""

    # Keys are others now.
    changed_keys = Signal()

    def __init__(
        self, verbs: Verbs, settings: Settings, window: QWidget, say: Callable[[str], object]
    ) -> None:
        super().__init__(window)
        self._verbs, self._settings, self._window, self._say = verbs, settings, window, say
        self._shortcuts: dict[str, QShortcut] = {}
        verbs.changed.connect(self._refresh)
        settings.changed.connect(self._setting_changed)
        self.load()
        # Once somebody listens.
        QTimer.singleShot(0, self.changed_keys.emit)

    def keymap(self) -> Keymap:
        """The keymap in use."""
        return keymaps()[self._settings.get(KEYMAP)]

    def given(self, verb_id: str) -> tuple[str, ...]:
        """A verb's keys without the user's own: the keymap's, else the declared ones."""
        found = self.keymap().of(verb_id)
        return self._verbs.get(verb_id).keys if found is None else found

    def differs(self, verb_id: str) -> bool:
        """Whether the keymap gives a verb other keys than declared."""
        return tuple(map(normal, self.given(verb_id))) != tuple(map(normal, self._verbs.get(verb_id).keys))

    def load(self) -> None:
        """Use the keymap's keys, over them those of the settings; entries that make no sense are left out."""
        found = self.keymap()
        bound = {name: tuple(map(normal, found.of(name) or ())) for name in [*found.keys, *found.moved]}
        for verb_id, keys in self._settings.get(KEYS).items():
            if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
                bound[verb_id] = tuple(filter(None, map(normal, keys)))
        self._verbs.rebind(bound)
        self.changed_keys.emit()

    def bind(self, verb_id: str, keys: tuple[str, ...]) -> None:
        """Give a verb other keys; those of the keymap take it off the user's list."""
        mine = dict(self._settings.get(KEYS))
        if tuple(map(normal, keys)) == tuple(map(normal, self.given(verb_id))):
            mine.pop(verb_id, None)
        else:
            mine[verb_id] = [normal(key) for key in keys if normal(key)]
        self._settings.set(KEYS, mine)
        self.load()

    def reset(self) -> None:
        """All keys as the keymap has them."""
        self._settings.set(KEYS, {})
        self.load()

    def changed(self, verb_id: str) -> bool:
        """Whether the user gave this verb keys of his own."""
        return verb_id in self._settings.get(KEYS)

    def sharing(self, verb_id: str) -> dict[str, list[Verb]]:
        """Other verbs on the same keys, by key. Within one key the first that can run takes it."""
        found = {}
        for key in self._verbs.keys(verb_id):
            others = [
                verb
                for verb in self._verbs
                if verb.id != verb_id and normal(key) in map(normal, self._verbs.keys(verb.id))
            ]
            if others:
                found[key] = others
        return found

    def press(self, key: str) -> bool:
        """Run what a key does; True if a verb took it or said why not.

        Where no verb can, what has the focus may have a use for the key: Ctrl+End in a table is its own.
        """
        key = normal(key)
        verbs = [verb for verb in self._verbs if key in map(normal, self._verbs.keys(verb.id))]
        reason = ""
        for verb in verbs:
            why_not = self._verbs.run(verb.id)
            if not why_not:
                return True
            reason = reason or why_not
        if reason and not self._hand_on(key):
            self._say(reason)
        return bool(verbs)

    def _hand_on(self, key: str) -> bool:
        """Give a key that became a shortcut to what has the focus; false if it did nothing with it."""
        focus, sequence, shortcut = QApplication.focusWidget(), QKeySequence(key), self._shortcuts.get(key)
        if focus is None or shortcut is None or sequence.count() != 1:
            return False
        combination: QKeyCombination = sequence[0]  # type: ignore[index]
        event = QKeyEvent(QEvent.Type.KeyPress, combination.key(), combination.keyboardModifiers())
        # Qt would make a shortcut of it again.
        shortcut.setEnabled(False)
        try:
            QApplication.sendEvent(focus, event)
        finally:
            shortcut.setEnabled(True)
        return event.isAccepted()

    def bare(self, event: QKeyEvent) -> bool:
        """A key that nothing else wanted: run its verb if one can. A bare key never says why not."""
        key = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        for verb in self._verbs:
            if key in map(normal, self._verbs.keys(verb.id)) and not verb.when():
                self._verbs.run(verb.id)
                return True
        return False

    def _setting_changed(self, key: str) -> None:
        if key == KEYMAP.key:
            self.load()

    def first(self, verb_id: str) -> str:
        """The key to show for a verb, "" for none."""
        keys = self._verbs.keys(verb_id) if verb_id in self._verbs else ()
        return keys[0] if keys else ""

    def _refresh(self) -> None:
        wanted = {normal(key) for verb in self._verbs for key in self._verbs.keys(verb.id)} - {""}
        wanted = {key for key in wanted if not is_bare(key)}
        for key in set(self._shortcuts) - wanted:
            shortcut = self._shortcuts.pop(key)
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        for key in wanted - set(self._shortcuts):
            shortcut = QShortcut(QKeySequence(key), self._window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(self._activated)
            self._shortcuts[key] = shortcut

    def _activated(self) -> None:
        shortcut: Any = self.sender()
        self.press(shortcut.key().toString(QKeySequence.SequenceFormat.PortableText))
