"""The journal of a script: whatever is typed is there again, whenever the process ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from desktop.console.document import Script, ScriptJournal, replay
from desktop.console.files import read, write
from desktop.kit.journal import Journal
from embedded_server.wire.problem import ProblemError
from tests.runner.changes import ROOT


@pytest.fixture
def editor(qtbot):
    made = QPlainTextEdit()
    qtbot.addWidget(made)
    return made


def stored(path) -> Script:
    return replay(Journal(path).replay())


def sql(editor) -> str:
    return editor.document().toRawText().replace("\u2029", "\n")


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_the_journal_holds_the_text(editor, tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    for number in range(300):
        cursor = QTextCursor(editor.document())
        last = editor.document().characterCount() - 1
        place = rng.randint(0, last)
        cursor.setPosition(place)
        if rng.random() < 0.4:
            cursor.setPosition(min(last, place + rng.randrange(30)), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(rng.choice(["", "x", "\n", "ab\ncd\n", "😀", "\u00a0", "one\n" * 80]))
        if rng.random() < 0.15:
            editor.undo()
        if rng.random() < 0.05:
            editor.setPlainText("fresh\nstart")
        if number % 4 == 0:
            journal.set_about({"cursor": number})
            journal.flush()
            found = stored(path)
            assert found.text == sql(editor)
            assert found.about == {"cursor": number}
    journal.close()


def test_a_change_is_written_by_itself_within_a_second(editor, qtbot, tmp_path):
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    editor.setPlainText("select 1")
    qtbot.waitUntil(lambda: stored(path).text == "select 1", timeout=1000)
    qtbot.keyClicks(editor, "typed ")
    qtbot.waitUntil(lambda: stored(path).text == "typed select 1", timeout=1000)
    journal.close()


def test_typing_into_a_large_script_writes_only_its_line(editor, tmp_path):
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    editor.setPlainText("select 1 from orders;\n" * 50_000)
    journal.flush()
    before = path.stat().st_size
    cursor = QTextCursor(editor.document().findBlockByNumber(25_000))
    for letter in "select":
        cursor.insertText(letter)
    journal.flush()
    assert path.stat().st_size - before < 200
    assert stored(path).text == sql(editor)
    journal.close()


def test_many_edits_do_not_grow_the_file_for_ever(editor, tmp_path):
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    cursor = QTextCursor(editor.document())
    for number in range(3000):
        cursor.insertText("0123456789" * 20)
        if number % 10 == 9:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
        journal.flush()
    assert path.stat().st_size < 300 * 1024 + 8 * len(sql(editor))
    assert stored(path).text == sql(editor)
    journal.close()


def test_a_torn_record_costs_only_itself(editor, tmp_path):
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    editor.setPlainText("one\ntwo")
    journal.flush()
    editor.setPlainText("one\ntwo\nthree")
    journal.flush()
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    assert stored(path).text == "one\ntwo"


def test_an_empty_script_leaves_no_file(editor, tmp_path):
    path = tmp_path / "s.journal"
    journal = ScriptJournal(path, editor.document())
    editor.setPlainText("x")
    journal.flush()
    assert path.exists()
    editor.clear()
    journal.close()
    assert not path.exists()


def test_a_disk_that_refuses_is_told_once_and_tried_again(editor, qtbot, tmp_path):
    folder = tmp_path / "in the way"
    folder.write_text("a file where the folder should be")
    journal = ScriptJournal(folder / "s.journal", editor.document())
    told: list[str] = []
    journal.failed.connect(lambda problem: told.append(problem.code))
    recovered: list[bool] = []
    journal.recovered.connect(lambda: recovered.append(True))
    editor.setPlainText("select 1")
    journal.flush()
    journal.flush()
    assert told == ["file.disk"]
    folder.unlink()
    qtbot.waitUntil(lambda: bool(recovered), timeout=3000)
    assert stored(folder / "s.journal").text == "select 1"
    journal.close()


TYPIST = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from desktop.console.document import ScriptJournal
app = QApplication([])
editor = QPlainTextEdit()
editor.show()
journal = ScriptJournal(Path(sys.argv[1]), editor.document())
count = 0
def key():
    global count
    QTest.keyClicks(editor, f"{count} ")
    count += 1
    if count % 20 == 0:
        QTest.keyClicks(editor, "x\\r")
    print(editor.toPlainText().count(" "), flush=True)
timer = QTimer()
timer.timeout.connect(key)
timer.start(5)
app.exec()
"""


@pytest.mark.process
def test_what_was_typed_survives_kill_9(tmp_path):
    path = tmp_path / "s.journal"
    process = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert process.stdout is not None
    seen = 0
    while seen < 400:
        seen = int(process.stdout.readline())
    # Written at least once a second: by now more than 400 words were typed, one each five milliseconds.
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    words = stored(path).text.replace("x\n", "").split()
    assert words == [str(number) for number in range(len(words))]
    assert seen - len(words) <= 220


def test_files_keep_their_line_ends_and_mark(tmp_path):
    path = tmp_path / "a.sql"
    path.write_bytes(b"\xef\xbb\xbfselect 1;\r\nselect '\xc3\xa4';\r\n")
    loaded = read(path)
    assert (loaded.text, loaded.newline) == ("select 1;\nselect 'ä';\n", "\r\n")
    assert loaded.encoding == "utf-8-sig" and not loaded.mixed
    path.chmod(0o640)
    write(path, loaded.text + "x\n", loaded.newline, loaded.encoding)
    assert path.read_bytes() == b"\xef\xbb\xbfselect 1;\r\nselect '\xc3\xa4';\r\nx\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in tmp_path.iterdir()] == ["a.sql"]


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "b.sql").write_bytes(b"select '\xff\x00'")
    with pytest.raises(ProblemError) as caught:
        read(tmp_path / "b.sql")
    assert caught.value.problem.code == "file.unreadable"
    with pytest.raises(ProblemError) as caught:
        read(tmp_path / "none.sql")
    assert caught.value.problem.code == "file.missing"
