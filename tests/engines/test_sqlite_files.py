"""SQLite files in every bad state: what opens, what is told, and that nothing is made or damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.engine import URL

from embedded_server.engines.base import Session, Target
from embedded_server.engines.sqlite import ENGINE
from embedded_server.wire.problem import Problem
from tests.engines.subject import problem_of, rows
from tests.servers.base import program
from tests.waiting import wait_until

pytestmark = pytest.mark.engine("sqlite")


@pytest.fixture
def opened() -> Iterator[list[Session]]:
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


def target(path: Path | str, *, read_only: bool = True) -> Target:
    return Target(URL.create("sqlite", database=str(path)).render_as_string(), read_only=read_only)


def start(opened: list[Session], path: Path | str, *, read_only: bool = True) -> Session:
    opened.append(ENGINE.open(target(path, read_only=read_only)))
    return opened[-1]


def refused(path: Path | str, *, read_only: bool = True) -> Problem:
    return problem_of(lambda: ENGINE.open(target(path, read_only=read_only)))


def make(path: Path, *statements: str, rows_of: int = 0) -> Path:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for sql in statements or ("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",):
            connection.execute(sql)
        if not rows_of:
            return path
        connection.execute("BEGIN")
        values = [(f"row {number} " * 20,) for number in range(rows_of)]
        connection.executemany("INSERT INTO t (v) VALUES (?)", values)
        connection.execute("COMMIT")
    return path


def cli(path: Path | str, sql: str) -> subprocess.CompletedProcess[str]:
    command = [program("sqlite3", package="sqlite3"), "-batch", str(path), sql]
    return subprocess.run(command, capture_output=True, text=True)


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom file permissions bind; root does what it likes."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder that other users reach: every folder of pytest's above it, however many, is opened."""
    above = Path(tempfile.gettempdir()).resolve()
    for folder in (tmp_path, *tmp_path.parents):
        if folder == above or folder.stat().st_uid != os.getuid():
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path


# --- opening -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
def test_a_missing_file_is_not_made(tmp_path: Path, read_only: bool) -> None:
    told = refused(tmp_path / "none.db", read_only=read_only)
    assert told.code == "file.missing" and "none.db" in told.detail and told.hint
    assert not os.listdir(tmp_path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "file.not_database"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (os.urandom(8192), "encrypted"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged"),
        (b"CREATE TABLE t (a);\n" * 300, "text file"),
    ],
    ids=["random", "header", "sql"],
)
def test_other_files_are_refused_with_advice(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    told = refused(path)
    assert told.code == "file.not_database" and words in told.hint
    assert cli(path, "SELECT * FROM sqlite_schema").returncode
    assert path.read_bytes() == content


def test_a_duckdb_file_is_recognised(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "duck.db").close()
    assert "duckdb:///" in refused(tmp_path / "duck.db").hint


def test_an_empty_file_is_an_empty_database(tmp_path: Path, opened: list[Session]) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    session = start(opened, path)
    assert "empty" in session.info().notes[0]
    assert session.catalog(None).schemas[0].tables == []
    assert path.stat().st_size == 0


@pytest.mark.parametrize("part", [2, 3, 10])
def test_a_truncated_file_says_how_much_is_missing(tmp_path: Path, part: int) -> None:
    path = make(tmp_path / "cut.db", rows_of=500)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // part])
    told = refused(path)
    assert told.code == "file.corrupt" and ".recover" in told.hint
    assert f"{len(whole) // part:,} bytes of {len(whole):,}" in told.detail
    assert cli(path, "SELECT * FROM t").returncode


def test_damage_inside_is_told_when_it_is_met(tmp_path: Path, opened: list[Session]) -> None:
    path = make(tmp_path / "hole.db", rows_of=500)
    whole = bytearray(path.read_bytes())
    whole[-4096:] = os.urandom(4096)
    path.write_bytes(whole)
    session = start(opened, path)
    assert rows(session.execute("SELECT id FROM t LIMIT 1")) == [(1,)]
    told = problem_of(lambda: rows(session.execute("SELECT * FROM t"), 5000))
    assert told.code == "file.corrupt" and ".recover" in told.hint
    assert cli(path, "SELECT * FROM t").returncode


def test_a_file_without_permission(public: Path) -> None:
    path = make(public / "secret.db")
    path.chmod(0o600)
    with unprivileged():
        if os.geteuid() == os.getuid():
            path.chmod(0)
        assert refused(path).code == "file.unreadable"


def test_a_file_that_is_not_writable_is_opened_for_reading(public: Path, opened: list[Session]) -> None:
    path = make(public / "fixed.db", rows_of=1)
    path.chmod(0o444)
    with unprivileged():
        session = start(opened, path, read_only=False)
        info = session.info()
        assert info.read_only and "not writable" in info.notes[0]
        assert problem_of(lambda: session.execute("DELETE FROM t")).code == "sql.read_only"
        assert len(rows(session.execute("SELECT * FROM t"))) == 1


def test_a_wal_database_in_a_read_only_folder(public: Path, opened: list[Session]) -> None:
    folder = public / "folder"
    folder.mkdir()
    path = make(folder / "wal.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (v)", rows_of=3)
    (folder / "wal.db-wal").write_bytes(b"left behind")
    folder.chmod(0o555)
    with unprivileged():
        session = start(opened, path)
        note = session.info().notes[0]
        assert "not writable" in note and "11 bytes" in note
        assert len(rows(session.execute("SELECT * FROM t"))) == 3
    folder.chmod(0o755)


@pytest.mark.parametrize(
    "name", ["a b.db", "100%.db", "a%41b.db", "q?mode=rw.db", "h#1.db", "ä🦆.db", 'it\'s "x".db', "a:b;c.db"]
)
def test_paths_are_taken_literally(tmp_path: Path, opened: list[Session], name: str) -> None:
    path = make(tmp_path / name, rows_of=1)
    session = start(opened, path)
    assert session.info().database == str(path)
    assert len(rows(session.execute("SELECT * FROM t"))) == 1
    assert [entry for entry in os.listdir(tmp_path) if not entry.startswith(name)] == []


# --- while it is open --------------------------------------------------------------------------------


def test_a_locked_file_says_so_soon(tmp_path: Path, opened: list[Session]) -> None:
    path = make(tmp_path / "busy.db", rows_of=1)
    session = start(opened, path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = problem_of(lambda: session.execute("SELECT * FROM t"))
        assert told.code == "file.locked" and "Another program" in told.hint
        assert refused(path).code == "file.locked"
    assert len(rows(session.execute("SELECT * FROM t"))) == 1


def test_looking_at_a_file_keeps_the_locks_on_it(tmp_path: Path, opened: list[Session]) -> None:
    """POSIX drops all of a process's locks on a file when it closes any descriptor of it."""
    path = make(tmp_path / "held.db", rows_of=1)
    writer = start(opened, path, read_only=False)
    writer.begin()
    writer.execute("UPDATE t SET v = 'mine'").close()
    start(opened, path).close()
    assert refused(tmp_path / "none.db").code == "file.missing"
    intruder = cli(path, "UPDATE t SET v = 'theirs'")
    assert intruder.returncode and "locked" in intruder.stderr
    writer.commit()
    assert cli(path, "SELECT v FROM t").stdout == "mine\n"


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_a_replaced_file_is_noticed(tmp_path: Path, opened: list[Session], how: str) -> None:
    path = make(tmp_path / "live.db", rows_of=1)
    session = start(opened, path)
    assert rows(session.execute("SELECT count(*) FROM t")) == [(1,)]
    path.unlink()
    if how == "replaced":
        make(path, rows_of=7)
    told = problem_of(lambda: session.execute("SELECT count(*) FROM t"))
    assert told.code == "file.replaced" and str(path) in told.detail
    assert not session.alive()
    if how == "replaced":
        assert rows(start(opened, path).execute("SELECT count(*) FROM t")) == [(7,)]


def test_a_full_disk_is_told_apart(tmp_path: Path, opened: list[Session]) -> None:
    session = start(opened, make(tmp_path / "full.db"), read_only=False)
    session.execute("PRAGMA max_page_count = 3").close()
    told = problem_of(lambda: session.execute("INSERT INTO t (v) VALUES (hex(zeroblob(50000)))"))
    assert told.code == "file.disk" and told.hint


def test_a_read_only_session_has_no_way_out(tmp_path: Path, opened: list[Session]) -> None:
    path = make(tmp_path / "kept.db", rows_of=1)
    session = start(opened, path)
    for sql in (
        f"VACUUM INTO '{tmp_path}/copy.db'",
        f"ATTACH '{tmp_path}/new.db' AS new",
        f"ATTACH 'file:{tmp_path}/new.db?mode=rwc' AS new",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = WAL",
        "PRAGMA user_version = 4",
        "INSERT INTO t (v) VALUES ('x') RETURNING id",
        "CREATE TEMP TABLE x (a)",
    ):
        with contextlib.suppress(StopIteration):
            found = attempt(session, sql)
            assert found in ("sql.read_only", "delete"), (sql, found)
    assert rows(session.execute("PRAGMA query_only")) == [(1,)]
    assert os.listdir(tmp_path) == ["kept.db"]


def attempt(session: Session, sql: str) -> str:
    """The code of the refusal, or the answer: PRAGMA journal_mode tells the mode it stays in."""
    answer: list[str] = []
    with contextlib.suppress(AssertionError, pytest.fail.Exception):
        return problem_of(lambda: answer.append(str(rows(session.execute(sql))[0][0]))).code
    return answer[0]


def test_another_database_may_be_attached_for_reading(tmp_path: Path, opened: list[Session]) -> None:
    other = make(tmp_path / "other.db", "CREATE TABLE o (a)", "INSERT INTO o VALUES (5)")
    session = start(opened, make(tmp_path / "main.db"))
    before = session.signature()
    session.execute(f"ATTACH '{other}' AS side").close()
    assert rows(session.execute("SELECT a FROM side.o")) == [(5,)]
    catalog = session.catalog(None)
    assert [(schema.name, schema.loaded) for schema in catalog.schemas] == [("main", True), ("side", False)]
    assert [table.name for table in session.catalog("side").schemas[0].tables] == ["o"]
    assert session.table("side", "o").schema == "side"
    assert session.signature() != before
    assert problem_of(lambda: session.execute("DELETE FROM side.o")).code == "sql.read_only"


def test_sessions_in_memory_share_one_database(opened: list[Session]) -> None:
    for _ in range(2):
        opened.append(ENGINE.open(Target("sqlite://", read_only=False, name="scratch")))
    first, second = opened
    first.execute("CREATE TABLE t (a)").close()
    first.execute("INSERT INTO t VALUES (1)").close()
    assert rows(second.execute("SELECT a FROM t")) == [(1,)]
    opened.append(ENGINE.open(Target("sqlite://", read_only=True, name="another")))
    assert opened[2].catalog(None).schemas[0].tables == []
    assert problem_of(lambda: opened[2].execute("CREATE TABLE x (a)")).code == "sql.read_only"


def test_waiting_for_a_lock_can_be_cancelled(tmp_path: Path, opened: list[Session]) -> None:
    path = make(tmp_path / "busy.db", rows_of=1)
    session = start(opened, path)
    told: list[Problem] = []
    thread = threading.Thread(
        target=lambda: told.append(problem_of(lambda: session.execute("SELECT * FROM t")))
    )
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        thread.start()
        wait_until(session.cancel, "the statement to wait")
        thread.join(5)
        assert told[0].code == "job.cancelled" and time.monotonic() - began < 1.5
    assert len(rows(session.execute("SELECT * FROM t"))) == 1
