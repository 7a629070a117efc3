"""Dialogs for files stay until they are answered, and what they write is whole or not there."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.kit.ask_file import ask_file, ask_folder, ask_target, write_owned
from embedded_server.wire.problem import ProblemError
from tests.outside import answer


@pytest.mark.parametrize("ask", [ask_file, ask_target, ask_folder])
def test_a_dialog_stays_without_a_window_in_front(qapp: QApplication, ask, tmp_path):
    chosen: list[str] = []
    words = {ask_file: ("All files (*)",), ask_target: ("name", "All files (*)"), ask_folder: ()}[ask]
    ask("Choose", *words, chosen.append)
    gc.collect()
    qapp.processEvents()
    answer(tmp_path / "one")
    assert chosen == [str(tmp_path / "one")]


@pytest.mark.parametrize("ask", [ask_file, ask_folder])
def test_who_chooses_deletes_and_renames_nothing(qapp: QApplication, ask, tmp_path):
    (tmp_path / "one").touch()
    ask("Choose", *(("All files (*)",) if ask is ask_file else ()), print)
    (dialog,) = (one for one in qapp.topLevelWidgets() if isinstance(one, QFileDialog) and one.isVisible())
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "one"))
    names = ("qt_delete_action", "qt_rename_action")
    acts = [act for name in names if (act := dialog.findChild(QAction, name)) is not None]
    assert acts and not any(act.isEnabled() for act in acts)
    dialog.reject()
    assert (tmp_path / "one").exists()


def test_a_file_is_its_owners_and_written_whole(tmp_path):
    write_owned(tmp_path / "one", "text")
    assert (tmp_path / "one").read_text() == "text" and (tmp_path / "one").stat().st_mode & 0o077 == 0
    with pytest.raises(ProblemError, match="cannot be written"):
        write_owned(tmp_path / "no" / "one", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
