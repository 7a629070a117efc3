"""Asks for a file or folder without stopping the window.

A dialog that only a local name holds is gone before it is seen: these hold theirs until it is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog

from embedded_server.wire.problem import problem

Chosen = Callable[[str], object]
_open: set[_Ask] = set()
# Where Qt's own dialog stands in for the system's, its Delete key deletes files: nobody comes here for that.
_ONLY_CHOOSES = QFileDialog.Option.ReadOnly


class _Ask(QFileDialog):
    """Over the window in front; gone once it was answered."""

    def __init__(self, title: str, start: str, kinds: str, chosen: Chosen) -> None:
        super().__init__(QApplication.activeWindow(), title, start, kinds)
        self._chosen = chosen
        self.fileSelected.connect(self._take)
        self.finished.connect(self._end)
        _open.add(self)

    def _take(self, path: str) -> None:
        self._chosen(path)

    def _end(self, _: int) -> None:
        _open.discard(self)
        self.deleteLater()


def ask_file(title: str, kinds: str, chosen: Chosen, folder: str = "") -> None:
    """Ask for a file that exists; `kinds` as in "Logs (*.log);;All files (*)"."""
    dialog = _Ask(title, folder, kinds, chosen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setOption(_ONLY_CHOOSES)
    dialog.open()


def ask_target(title: str, name: str, kinds: str, chosen: Chosen, suffix: str = "") -> None:
    """Ask where to save; `suffix` (without a dot) is added to a name that has none."""
    dialog = _Ask(title, name, kinds, chosen)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.open()


def ask_folder(title: str, chosen: Chosen) -> None:
    """Ask for a folder that exists."""
    dialog = _Ask(title, "", "", chosen)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setOption(_ONLY_CHOOSES)
    dialog.open()


def write_owned(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all. Raises file.disk."""
    part = path.with_name(path.name + ".part")
    try:
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise problem("file.disk", "The file cannot be written", f"{path}: {error.strerror}") from error
