"""The keyboard page, made from the verbs: every verb with its keys, who else has them, and a new key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.verb import Verb, Verbs
from desktop.kit.widgets import Button, Choice, ElidedLabel, LinkButton, TextField, key_text
from desktop.settings import KEYMAP, Settings

from .form_page import FormPage, FormRow
from .keymaps import keymaps
from .shortcuts import Shortcuts
from .verbs import KEYS_REF

_MODIFIERS = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}


class KeyField(TextField):
    """Shows a key; with the focus, the next key pressed is the new one. Esc leaves, Backspace removes."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "no key", quiet=True)
        self.setReadOnly(True)
        self.caught = ""

    def restyle(self) -> None:
        """Wide enough for two keys."""
        super().restyle()
        self.setFixedWidth(theme().scaled(250))

    def event(self, event: QEvent) -> bool:
        """Keys that are shortcuts elsewhere are wanted here."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Catch the key."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if event.key() in _MODIFIERS:
            return
        if plain and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape):
            event.ignore()
            return
        removes = plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        sequence = QKeySequence(event.keyCombination())
        self.caught = "" if removes else sequence.toString(QKeySequence.SequenceFormat.PortableText)
        self.setText(key_text(self.caught) if self.caught else "")
        self.textEdited.emit(self.caught)


class KeysPage(FormPage):
    """All verbs by menu. Two verbs may share a key: the first that can run where you are takes it."""

    icon = "keyboard"

    def __init__(self, verbs: Verbs, shortcuts: Shortcuts, settings: Settings) -> None:
        super().__init__(KEYS_REF, "Filter commands and keys")
        self._verbs, self._shortcuts, self._settings = verbs, shortcuts, settings
        self.lines: dict[str, Line] = {}
        reset = Button("Reset all keys")
        reset.clicked.connect(shortcuts.reset)
        self.keymap = Choice("Keymap", tuple(keymaps()))
        self.keymap.setMinimumWidth(theme().scaled(130))
        self.keymap.setCurrentText(shortcuts.keymap().title)
        self.keymap.textActivated.connect(self._choose)
        self.top.addWidget(ElidedLabel("Keymap", "dim"))
        self.top.addWidget(self.keymap)
        self.top.addWidget(reset)
        by_section: dict[str, list[Verb]] = {}
        for verb in verbs:
            by_section.setdefault(verb.menu.replace("/", " › ") or "Other", []).append(verb)
        for section, members in by_section.items():
            self.add_section(section)
            for verb in members:
                line = Line(verb, verbs, shortcuts, self)
                self.lines[verb.id] = line
                keys = " ".join(map(key_text, verbs.keys(verb.id)))
                self.add_row(section, f"{verb.title} {section} {verb.id} {keys}", line.row)
        verbs.changed.connect(self._refresh)

    def _choose(self, title: str) -> None:
        self._settings.set(KEYMAP, title)

    def _refresh(self) -> None:
        self.keymap.setCurrentText(self._shortcuts.keymap().title)
        for line in self.lines.values():
            line.show_keys()


class Line(QObject):
    """One verb: its first key to change, the others named, and who shares them."""

    def __init__(self, verb: Verb, verbs: Verbs, shortcuts: Shortcuts, parent: QWidget) -> None:
        super().__init__(parent)
        self._verb, self._verbs, self._shortcuts = verb, verbs, shortcuts
        self.field = KeyField(f"Key of {verb.title}")
        self.field.textEdited.connect(self._caught)
        self.reset = LinkButton("Reset")
        self.reset.setAccessibleName(f"Reset the key of {verb.title}")
        self.reset.clicked.connect(self._reset)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.row = FormRow(verb.title, verb.hint, self.field, (self.reset,))
        self.show_keys()

    def show_keys(self) -> None:
        """Keys, conflicts and whether they are the declared ones."""
        keys = self._verbs.keys(self._verb.id)
        self.field.setText("  or  ".join(map(key_text, keys)))
        self.field.setCursorPosition(0)
        self.reset.setVisible(self._shortcuts.changed(self._verb.id))
        shared = [
            f"{key_text(key)} is also {', '.join(other.title for other in others)}"
            for key, others in self._shortcuts.sharing(self._verb.id).items()
        ]
        self.row.say("; ".join(shared) if self._shortcuts.changed(self._verb.id) else "")
        self.row.note(self._difference())

    def _difference(self) -> str:
        """What the keymap changes."""
        if not self._shortcuts.differs(self._verb.id):
            return ""
        ours = " or ".join(map(key_text, self._verb.keys)) or "no key"
        title = self._shortcuts.keymap().title
        word = "Made room" if self._verb.id in self._shortcuts.keymap().moved else f"As in {title}"
        return f"{word}; Backlight's own: {ours}"

    def _caught(self, key: str) -> None:
        self._shortcuts.bind(self._verb.id, (key,) if key else ())

    def _reset(self) -> None:
        self._shortcuts.bind(self._verb.id, self._shortcuts.given(self._verb.id))
