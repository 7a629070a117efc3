"""Head and toolbar of a revision's tab."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.names import short_name
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Check,
    Chip,
    Choice,
    ElidedLabel,
    Paragraph,
    PrimaryVerbButton,
    SegmentedBar,
    Surface,
    Toolbar,
    VerbButton,
)
from embedded_server.wire.connections import Profile
from embedded_server.wire.migrations import Revision, Status

from .revision_list import TOKENS


class RevisionHead(Surface):
    """Title, where it stands, where it comes from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self.title = ElidedLabel("", "text", ratio=1.15, weight=600)
        self.facts = Paragraph("", "dim", mono=True, ratio=0.95)
        self.state = Chip("", "dim")
        self.state.setAccessibleName("State")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 12, 8)
        row.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.facts)
        row.addLayout(texts, 1)
        row.addWidget(self.state)

    def show_revision(self, revision: Revision, state: str, status: Status | None, ahead: int) -> None:
        """Show these facts."""
        self.title.setText(revision.doc.rstrip(".") or revision.revision)
        follows = ", ".join(revision.down) or "nothing: it is the first"
        parts = [revision.revision, f"follows {follows}", revision.at[:16], revision.file]
        self.facts.setText(" · ".join(part for part in parts if part))
        where = short_name(status.connection) if status is not None else ""
        text = {"current": "Current", "applied": "Applied", "pending": "Pending"}.get(state, "Not compared")
        if ahead and state == "pending":
            text += f", after {ahead} other{'s' if ahead > 1 else ''}"
        self.state.show_text(f"{text} on {where}" if where else text, TOKENS[state])


class RevisionBar(Toolbar):
    """Segments, the connection, what can be done."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self.parts = SegmentedBar(("File", "SQL", "Rehearsal"), "Part of the revision")
        self.connections = Choice("Connection")
        self.connections.setMinimumWidth(theme().scaled(120))
        self.connections.setMaximumWidth(theme().scaled(220))
        self.backup = Check("Back up first")
        self.backup.setChecked(True)
        self.backup.setToolTip("Copies the database and checks the copy before anything runs")
        self.keys_off = Check("Foreign keys off")
        self.keys_off.setToolTip(
            "SQLite rebuilds tables by dropping them; with foreign keys on, rows that refer to them go too"
        )
        self.keys_off.hide()
        self.back = VerbButton(context.verbs, "migrations.downgrade", "Downgrade")
        self.rehearse = VerbButton(context.verbs, "migrations.rehearse", "Rehearse")
        self.apply = PrimaryVerbButton(context.verbs, "migrations.apply", "Apply")
        self.add(self.parts)
        self.add(self.connections, 6)
        for widget in (self.keys_off, self.backup, self.back, self.rehearse, self.apply):
            self.add_right(widget)

    def show_connections(self, profiles: list[Profile], current: str) -> None:
        """Saved connections, and the one in use if it is none of them."""
        names = [profile.name for profile in profiles]
        if current and current not in names:
            names.insert(0, current)
        if names == self._names and self.connections.currentIndex() == _place(names, current):
            return
        self._names = names
        self.connections.clear()
        self.connections.addItems(list(map(short_name, names)))
        self.connections.setPlaceholderText("No connection")
        self.connections.setCurrentIndex(_place(names, current))

    def name_at(self, index: int) -> str:
        """The connection behind an entry."""
        return self._names[index]


def _place(names: list[str], current: str) -> int:
    return names.index(current) if current in names else -1
