"""Dialogs for files stay until they are answered, and what they write is whole or not there."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtWidgets import QApplication

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


def test_a_file_is_its_owners_and_written_whole(tmp_path):
    write_owned(tmp_path / "one", "text")
    assert (tmp_path / "one").read_text() == "text" and (tmp_path / "one").stat().st_mode & 0o077 == 0
    with pytest.raises(ProblemError, match="cannot be written"):
        write_owned(tmp_path / "no" / "one", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
