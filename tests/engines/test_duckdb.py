"""DuckDB's worker process: who may have the file, what survives a crash, what never leaves the machine."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.duckdb import ENGINE, DuckdbClient
from embedded_server.wire.problem import Problem, ProblemError
from tests.engines.subject import problem_of, rows
from tests.waiting import wait_until

pytestmark = [pytest.mark.engine("duckdb"), pytest.mark.process]
ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a b%41.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS id FROM range(10)")
    return path


@pytest.fixture
def opened() -> Iterator[list[Session]]:
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


def target(path: Path, *, read_only: bool = True) -> Target:
    return Target(f"duckdb:///{str(path).replace('%', '%25')}", read_only=read_only)


def start(opened: list[Session], path: Path, *, read_only: bool = True) -> DuckdbClient:
    session = ENGINE.open(target(path, read_only=read_only))
    assert isinstance(session, DuckdbClient)
    opened.append(session)
    return session


def refused(path: Path, *, read_only: bool = True) -> Problem:
    return problem_of(lambda: ENGINE.open(target(path, read_only=read_only)))


@contextlib.contextmanager
def another_program(path: Path, how: str) -> Iterator[int]:
    """A process that has the file open for "read" or "write"."""
    command = [sys.executable, "-c", HOLD, str(path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        yield process.pid
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def others_can(path: Path, how: str) -> bool:
    code = f"import duckdb, sys; duckdb.connect(sys.argv[1], read_only={how == 'read'})"
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True).returncode == 0


def count(session: Session) -> object:
    return rows(session.execute("SELECT count(*) FROM t"))[0][0]


# --- files -------------------------------------------------------------------------------------------


def test_bad_files_are_told_apart(tmp_path: Path, file: Path) -> None:
    assert refused(tmp_path / "none.duckdb").code == "file.missing"
    assert refused(tmp_path).code == "file.not_database"
    (tmp_path / "empty.duckdb").touch()
    assert refused(tmp_path / "empty.duckdb").code == "file.not_database"
    (tmp_path / "junk.duckdb").write_bytes(os.urandom(20_000))
    assert refused(tmp_path / "junk.duckdb").code == "file.not_database"
    (tmp_path / "cut.duckdb").write_bytes(file.read_bytes()[:5000])
    assert refused(tmp_path / "cut.duckdb").code == "file.corrupt"
    sqlite3.connect(tmp_path / "lite.duckdb").execute("CREATE TABLE t (a)").connection.close()
    assert "sqlite:///" in refused(tmp_path / "lite.duckdb").hint
    assert not (tmp_path / "none.duckdb").exists()


def test_a_replaced_file_is_noticed(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    assert count(session) == 10
    file.unlink()
    assert problem_of(lambda: count(session)).code == "file.replaced"
    assert not session.alive()


# --- who has the file --------------------------------------------------------------------------------


def test_the_holder_of_the_file_is_named(file: Path) -> None:
    before = psutil.Process().children()  # servers of other tests, which this process happened to start
    with another_program(file, "write") as pid:
        told = refused(file)
        assert told.code == "file.locked" and f"process {pid}" in told.hint
    assert not set(psutil.Process().children()) - set(before)


def test_reading_lets_other_programs_read(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    assert count(session) == 10
    assert others_can(file, "read") and not others_can(file, "write")


def test_writing_keeps_the_file_only_as_long_as_it_lasts(file: Path, opened: list[Session]) -> None:
    reader = start(opened, file)
    assert count(reader) == 10
    writer = start(opened, file, read_only=False)
    writer.execute("INSERT INTO t VALUES (10)").close()
    assert not others_can(file, "read")
    assert count(reader) == 11
    writer.close()
    assert others_can(file, "read")
    assert count(reader) == 11


def test_a_writer_that_is_refused_leaves_the_readers_alone(file: Path, opened: list[Session]) -> None:
    reader = start(opened, file)
    assert count(reader) == 10
    with another_program(file, "read"):
        told = refused(file, read_only=False)
        assert told.code == "file.locked"
        assert count(reader) == 10
    start(opened, file, read_only=False).execute("INSERT INTO t VALUES (10)").close()
    assert count(reader) == 11


def test_a_result_cut_off_by_a_writer_says_so(file: Path, opened: list[Session]) -> None:
    reader = start(opened, file)
    reading = reader.execute("SELECT * FROM range(1000000)")
    assert len(reading.block(10)) == 10
    start(opened, file, read_only=False)
    assert problem_of(lambda: reading.block(10)).code == "connection.lost"
    reading.close()
    assert count(reader) == 10


def test_a_reader_beside_a_writer_is_still_refused_by_duckdb(file: Path, opened: list[Session]) -> None:
    start(opened, file, read_only=False)
    reader = start(opened, file)
    for sql in (
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "CREATE TABLE x (a INTEGER)",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "EXPLAIN ANALYZE DELETE FROM t",
        "COPY t TO 'never.csv'",
    ):
        assert problem_of(lambda: rows(reader.execute(sql))).code == "sql.read_only", sql  # noqa: B023
    reader.execute("BEGIN").close()
    assert problem_of(lambda: rows(reader.execute("EXPLAIN ANALYZE DELETE FROM t"))).code == "sql.read_only"
    reader.rollback()
    assert count(reader) == 10 and reader.in_transaction() == "auto"


def test_sessions_in_memory_share_one_database(opened: list[Session]) -> None:
    for name, read_only in (("scratch", False), ("scratch", True), ("another", True)):
        opened.append(ENGINE.open(Target("duckdb:///:memory:", read_only=read_only, name=name)))
    first, second, third = opened
    first.execute("CREATE TABLE t (a INTEGER)").close()
    assert [table.name for table in second.catalog(None).schemas[0].tables] == ["t"]
    assert third.catalog(None).schemas[0].tables == []
    assert problem_of(lambda: third.execute("CREATE TABLE t (a INTEGER)")).code == "sql.read_only"


# --- the process -------------------------------------------------------------------------------------


def test_one_worker_for_all_sessions_and_none_when_they_are_closed(file: Path) -> None:
    sessions = [ENGINE.open(target(file)) for _ in range(3)]
    workers = {session.worker_pid for session in sessions if isinstance(session, DuckdbClient)}
    assert len(workers) == 1
    for session in sessions:
        session.close()
    assert not psutil.pid_exists(workers.pop())


def test_a_killed_worker_is_a_lost_connection_and_replaced(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    told: list[Problem] = []

    def run() -> None:
        try:
            rows(
                session.execute(
                    "SELECT count(*) FROM range(100000000) a, range(1000000) b WHERE a.range % 7 = 3"
                )
            )
        except ProblemError as error:
            told.append(error.problem)

    thread = threading.Thread(target=run)
    thread.start()
    pid = session.worker_pid
    wait_until(lambda: psutil.Process(pid).cpu_times().user > 0.6, "the worker to be at work")
    os.kill(pid, signal.SIGKILL)
    thread.join(10)
    assert [problem.code for problem in told] == ["connection.lost"]
    assert not session.alive() and not session.cancel() and session.in_transaction() == "lost"
    session.close()
    again = start(opened, file)
    assert count(again) == 10 and again.worker_pid != pid


def test_no_worker_outlives_its_server(file: Path) -> None:
    code = (
        "import sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from embedded_server.engines.base import Target\n"
        "from embedded_server.engines.duckdb import ENGINE\n"
        f"session = ENGINE.open(Target({target(file).url!r}))\n"
        "print(session.worker_pid, flush=True)\n"
        "session.execute('SELECT count(*) FROM range(100000000) a, range(1000000) b WHERE a.range % 7 = 3')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        worker = psutil.Process(int(server.stdout.readline()))
        server.kill()
    wait_until(
        lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, "the worker's end", 15
    )


def test_a_worker_does_not_look_after_the_environment() -> None:
    """An update of the files under a running program must not set the environment up again below it."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import desktop.bootstrap\n"
        "desktop.bootstrap.ensure = lambda *_, **__: sys.exit('set up again')\n"
        "import main\n"
        "sys.exit(main.main(['main.py', 'worker', 'x']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and "set up again" not in done.stderr


def test_an_unknown_worker_says_which_there_are() -> None:
    done = subprocess.run([sys.executable, ROOT / "main.py", "worker", "x"], capture_output=True, text=True)
    assert done.returncode == 2 and "duckdb" in done.stderr


# --- limits ------------------------------------------------------------------------------------------


def test_memory_is_limited_and_nothing_is_fetched(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    settings = "memory_limit", "autoinstall_known_extensions", "autoload_known_extensions"
    terms = ", ".join(f"CAST(current_setting('{name}') AS VARCHAR)" for name in settings)
    limit, install, load = rows(session.execute(f"SELECT {terms}"))[0]
    assert str(limit).startswith("953") and (install, load) == ("false", "false")
    told = problem_of(lambda: rows(session.execute("SELECT * FROM 's3://bucket/file.parquet'")))
    assert told.code == "sql.error" and told.detail
    assert not (Path.home() / ".duckdb").exists()


def test_too_little_memory_is_explained(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    session.execute("SET memory_limit = '20MB'").close()
    session.execute("SET max_temp_directory_size = '0KB'").close()
    told = problem_of(lambda: rows(session.execute("SELECT list(range) FROM range(50000000)")))
    assert told.code == "sql.error" and "1 GB" in told.hint
    assert count(session) == 10


# --- statements --------------------------------------------------------------------------------------


def test_transactions_typed_by_hand(file: Path, opened: list[Session]) -> None:
    session = start(opened, file, read_only=False)
    session.execute("BEGIN").close()
    assert session.in_transaction() == "idle"
    session.execute("DELETE FROM t").close()
    assert problem_of(lambda: rows(session.execute("SELECT CAST('x' AS INTEGER)"))).code == "sql.error"
    assert session.in_transaction() == "failed"
    assert problem_of(lambda: count(session)).code == "sql.error"
    session.rollback()
    assert session.in_transaction() == "auto" and count(session) == 10


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("SHOW TABLES", ("t",)),
        ("DESCRIBE t", ("id", "BIGINT", "YES", None, None, None)),
        ("PIVOT (SELECT 1 AS a, 'x' AS b) ON b USING count(*)", (1, 1)),
        ("FROM t LIMIT 1", (0,)),
        ("SELECT 1 AS a, 2 AS a", (1, 2)),
        ("SELECT 1; ", (1,)),
        ("/* c */ SELECT 1 -- c", (1,)),
        ("PRAGMA table_info('t')", (0, "id", "BIGINT", False, None, False)),
        ("CALL pragma_version()", None),
        ("EXPLAIN SELECT 1", None),
        ("SUMMARIZE t", None),
        ("SELECT DATE 'infinity' AS d", ("infinity",)),
    ],
)
def test_statements_of_every_kind_answer(file: Path, sql: str, first: object) -> None:
    session = ENGINE.open(target(file))
    found = rows(session.execute(sql))
    session.close()
    assert found and (first is None or found[0] == first)


def test_one_statement_at_a_time(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    assert problem_of(lambda: session.execute("SELECT 1; SELECT 2")).code == "sql.error"
    assert problem_of(lambda: session.execute("  -- nothing")).code == "sql.error"


def test_sorted_results_keep_their_order_when_read_as_text(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    sql = "SELECT DATE '2000-01-01' + range::INTEGER AS d FROM range(20000) ORDER BY range * 7919 % 20011"
    found = [row[0] for row in rows(session.execute(sql), 20_000)]
    plain = [row[0] for row in rows(session.execute(f"SELECT CAST(d AS VARCHAR) FROM ({sql})"), 20_000)]
    assert len(set(found)) == 20_000 and found == plain and found != sorted(map(str, found))


def test_a_hung_worker_is_ended_by_cancel(file: Path, opened: list[Session]) -> None:
    session = start(opened, file)
    worker = psutil.Process(session.worker_pid)
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(problem_of(lambda: count(session))))
    worker.suspend()
    thread.start()
    began = time.monotonic()
    assert session.cancel() and time.monotonic() - began < 1
    thread.join(15)
    assert [problem.code for problem in told] == ["connection.lost"]
    session.close()
    assert count(start(opened, file)) == 10


def test_closing_stops_what_still_runs(file: Path) -> None:
    session = ENGINE.open(target(file))
    assert isinstance(session, DuckdbClient)
    endless = "SELECT count(*) FROM range(100000000) a, range(1000000) b WHERE a.range % 7 = 3"
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(problem_of(lambda: rows(session.execute(endless)))))
    thread.start()
    pid = session.worker_pid
    wait_until(lambda: psutil.Process(pid).cpu_times().user > 0.6, "the worker to be at work")
    session.close()
    thread.join(10)
    assert [problem.code for problem in told] == ["job.cancelled"] and not psutil.pid_exists(pid)
