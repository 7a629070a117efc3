"""The journal: nothing typed is lost, whatever happens to the process or to the end of the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.kit import journal as module
from desktop.kit.journal import Journal, decode, encode, sync_all
from embedded_server.wire.problem import ProblemError

ROOT = Path(__file__).resolve().parents[3]

# Any text a Qt document can hold, lone surrogates included.
texts = st.text(st.characters(exclude_categories=[]), max_size=30)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
records = st.lists(st.dictionaries(texts, values, max_size=3), max_size=6)


@given(records)
@settings(max_examples=150, deadline=None)
def test_a_record_is_one_line_and_comes_back(written):
    for record in written:
        line = encode(record)
        assert line.count(b"\n") == 1
        assert decode(line[:-1]) == record


@given(records)
@settings(max_examples=40, deadline=None)
def test_what_is_appended_is_replayed(tmp_path_factory, written):
    journal = Journal(tmp_path_factory.mktemp("j") / "deep" / "one.journal")
    assert journal.replay() == []
    for record in written:
        journal.append(record)
    assert Journal(journal.path).replay() == written
    journal.close()


def test_truncation_at_every_byte_loses_only_the_torn_record(tmp_path):
    written = [{"n": n, "text": "zeile\n" * n + "\u2603"} for n in range(4)]
    whole = b"".join(map(encode, written))
    ends = [len(b"".join(map(encode, written[:n]))) for n in range(5)]
    path = tmp_path / "cut.journal"
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        # A record whose newline alone is missing is whole: its checksum proves it.
        survivors = [r for r, end in zip(written, ends[1:], strict=True) if cut >= end - 1]
        assert journal.replay() == survivors, cut
        journal.append({"after": cut})
        assert journal.replay() == [*survivors, {"after": cut}], cut
        journal.close()


def test_a_damaged_byte_anywhere_loses_at_most_its_record(tmp_path):
    written = [{"n": n} for n in range(5)]
    whole = b"".join(map(encode, written))
    path = tmp_path / "rot.journal"
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        survivors = Journal(path).replay()
        assert len(survivors) >= 3 and all(record in written for record in survivors), at


def test_garbage_is_not_a_record(tmp_path):
    path = tmp_path / "bad.journal"
    path.write_bytes(b"\x00\xff\n12345678 {}\nzzzzzzzz {}\n\n" + encode({"ok": 1}) + b"%08x 7\n" % 0)
    assert Journal(path).replay() == [{"ok": 1}]


def test_compaction_replaces_everything_and_appending_goes_on(tmp_path):
    journal = Journal(tmp_path / "c.journal")
    for n in range(50):
        journal.append({"n": n})
    before = journal.size()
    journal.compact([{"n": 49}])
    journal.append({"n": 50})
    assert Journal(journal.path).replay() == [{"n": 49}, {"n": 50}]
    assert journal.size() < before / 10
    assert [path.name for path in tmp_path.iterdir()] == ["c.journal"]


def test_a_crash_during_compaction_leaves_the_old_file(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "c.journal")
    journal.append({"n": 1})

    def crash(*_: object) -> None:
        raise OSError("power")

    monkeypatch.setattr(module.os, "replace", crash)
    with pytest.raises(ProblemError, match=r"file\.disk"):
        journal.compact([])
    assert Journal(journal.path).replay() == [{"n": 1}]


def test_files_are_private(tmp_path):
    journal = Journal(tmp_path / "p" / "x.journal")
    journal.append({})
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700
    journal.compact([])
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_is_told_and_does_not_hurt_what_follows(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "full.journal")
    journal.append({"n": 1})
    real = os.write
    monkeypatch.setattr(module.os, "write", lambda descriptor, data: real(descriptor, data[:5]))
    with pytest.raises(ProblemError, match="cannot be saved"):
        journal.append({"n": 2})
    monkeypatch.setattr(module.os, "write", real)
    journal.append({"n": 3})
    assert journal.replay() == [{"n": 1}, {"n": 3}]


def test_an_unwritable_place_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemError, match=r"file\.disk"):
        Journal(tmp_path / "file" / "x.journal").append({})


def test_records_become_durable_soon(tmp_path, monkeypatch, qtbot):
    sync_all()
    journal = Journal(tmp_path / "d.journal")
    journal.append({"n": 0})
    sync_all()
    ours = journal.path.stat().st_ino
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        # The thread serves every journal of the process; others of earlier tests are not counted.
        if os.fstat(descriptor).st_ino == ours:
            synced.append(journal.size())

    monkeypatch.setattr(module.os, "fsync", fsync)
    journal.append({"n": 1})
    journal.append({"n": 2})
    whole = journal.size()
    journal.close()
    qtbot.waitUntil(lambda: whole in synced, timeout=10_000)
    assert len(synced) <= 2, "records of one moment share a sync"
    journal.append({"n": 3})
    sync_all()
    assert synced[-1] == journal.size() > whole


def test_delete_forgets(tmp_path):
    journal = Journal(tmp_path / "x.journal")
    journal.append({})
    journal.delete()
    journal.delete()
    assert not journal.path.exists() and journal.replay() == []


WRITER = """
import sys
from pathlib import Path
from desktop.kit.journal import Journal
journal = Journal(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    journal.append({"n": n, "text": "x" * (n % 500)})
    print(n, flush=True)
"""


def test_kill_9_loses_nothing_that_was_appended(tmp_path):
    for attempt in range(5):
        path = tmp_path / f"{attempt}.journal"
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            said = 0
            while said < 40 + 30 * attempt:
                said = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            # What it still managed to say was appended too; a half line of output says nothing.
            rest = writer.stdout.read().split(b"\n")
            said = max([said, *[int(word) for word in rest[:-1] if word]])
        survivors = [record["n"] for record in Journal(path).replay()]
        assert survivors[:said] == list(range(1, said + 1))
