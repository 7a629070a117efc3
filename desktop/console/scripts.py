"""Scripts: the open ones, and closed ones whose journals are still there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.kit.journal import Journal, decode
from desktop.kit.names import short_name
from desktop.kit.widgets import Role
from embedded_server.wire.problem import ProblemError

from .document import replay

AnyIndex = QModelIndex | QPersistentModelIndex
# More closed scripts than this are not listed; reading a larger one for its first line takes too long.
MOST_CLOSED = 60
LARGEST = 2_000_000
_TAIL = 16_384


@dataclass(frozen=True)
class ScriptEntry:
    """A script as listed."""

    document: str
    title: str
    note: str
    detail: str
    open: bool = False
    path: str = ""


def closed_scripts(folder: Path, open_documents: set[str]) -> list[ScriptEntry]:
    """Scripts that are in no tab, the last edited first."""
    files = [path for path in folder.glob("*.journal") if path.stem not in open_documents]
    files.sort(key=_changed_at, reverse=True)
    return [entry for path in files[:MOST_CLOSED] if (entry := _entry(path)) is not None]


def names_in_use(folder: Path) -> set[str]:
    """Names of scripts whose journals are there, from both ends of the files alone."""
    return {name for path in folder.glob("*.journal") if (name := _name_at_end(path))}


def _name_at_end(path: Path) -> str:
    try:
        with path.open("rb") as file:
            lines = file.read(_TAIL).split(b"\n")
            file.seek(max(0, path.stat().st_size - _TAIL))
            lines += file.read().split(b"\n")
    except OSError:
        return ""
    for line in reversed(lines):
        about = (decode(line) or {}).get("about")
        # A record holds only what changed.
        if isinstance(about, dict) and about.get("name"):
            return str(about["name"])
    return ""


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _entry(path: Path) -> ScriptEntry | None:
    journal = Journal(path)
    if not 0 < journal.size() <= LARGEST:
        return None
    try:
        script = replay(journal.replay())
    except ProblemError:
        return None
    if not script.text.strip():
        return None
    about = script.about
    file = str(about.get("path", ""))
    title = Path(file).name if file else str(about.get("name", "SQL"))
    connection = short_name(str(about.get("connection", "")))
    return ScriptEntry(path.stem, title, first_line(script.text), connection, path=file)


def first_line(text: str) -> str:
    """What a script begins with."""
    return next((line.strip()[:120] for line in text.split("\n", 50) if line.strip()), "")


class ScriptsModel(QAbstractListModel):
    """Open scripts, then closed ones (dim)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[ScriptEntry] = []
        self._shown: list[ScriptEntry] = []
        self._words: list[str] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._shown[index.row()]
        found = {
            Qt.ItemDataRole.DisplayRole: entry.title,
            Qt.ItemDataRole.ToolTipRole: entry.path or entry.note,
            Role.ICON: "script" if entry.path else "sql",
            Role.NOTE: entry.note,
            Role.DETAIL: entry.detail,
            Role.DIM: not entry.open,
        }
        return found.get(role)  # type: ignore[call-overload]

    def entry(self, row: int) -> ScriptEntry:
        """A listed script."""
        return self._shown[row]

    def hidden(self) -> int:
        """How many the filter hides."""
        return len(self._all) - len(self._shown)

    def show_entries(self, entries: list[ScriptEntry]) -> None:
        """List these."""
        self._all = entries
        self._fill()

    def set_filter(self, text: str) -> None:
        """Show only scripts that contain every word."""
        self._words = text.casefold().split()
        self._fill()

    def _fill(self) -> None:
        shown = [entry for entry in self._all if all(word in _text(entry) for word in self._words)]
        if shown != self._shown:
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()


def _text(entry: ScriptEntry) -> str:
    return f"{entry.title} {entry.note} {entry.detail} {entry.path}".casefold()
