"""Applying for real: events, backups, cancel, locks, failures, what needs to be typed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from embedded_server.jobs import Call
from embedded_server.migrations.service import run as apply_handler
from embedded_server.services import Services
from embedded_server.wire.connections import Profile
from embedded_server.wire.migration_runs import APPLY, RUNS, ApplyEvent, ApplyRequest, RunsRequest
from tests.waiting import wait_until

from .conftest import HEAD, Project, Room, rows, run, sqlite_url

CREATE = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))'
SLOW = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000000)"
    " SELECT max(x) FROM c",
    "postgresql": "SELECT pg_sleep(60)",
}


class Running(threading.Thread):
    """An apply under way on a thread, as the server would run it."""

    def __init__(self, services: Services, request: ApplyRequest) -> None:
        super().__init__(daemon=True)
        self.events: list[ApplyEvent] = []
        self.services = services
        self.call = Call(f"apply-{id(self)}", "migrations.apply", services)
        self._request = request
        self.start()

    def run(self) -> None:
        with self.services.jobs.running(self.call):
            for event in apply_handler(self._request, self.call):
                self.events.append(event)

    def wait_for(self, kind: str, text: str = "") -> ApplyEvent:
        def found() -> list[ApplyEvent]:
            return [one for one in list(self.events) if one.kind == kind and text in one.sql + one.text]

        wait_until(found, f"{kind} {text}, not {self.events[-3:]}")
        return found()[0]

    def end(self) -> ApplyEvent:
        self.join(40)
        assert not self.is_alive()
        return self.events[-1]


def engine_of(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def tables(url: str) -> set[str]:
    if engine_of(url) == "sqlite":
        return {name for (name,) in rows(url, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        name
        for (name,) in rows(
            url, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    }


def version(url: str) -> list[str]:
    return [name for (name,) in rows(url, "SELECT version_num FROM alembic_version")]


def test_events_of_a_whole_history(url: str, shop: Path, room: Room) -> None:
    told = room.call(APPLY, ApplyRequest(str(shop), url, origin="trace1"))
    kinds = [event.kind for event in told]
    assert kinds[0] == "started" and kinds[-1] == "done" and kinds.count("revision_done") == 8
    assert (told[-1].count, told[-1].text) == (8, "8 revisions applied") and version(url) == [HEAD]
    plan = next(event for event in told if event.kind == "plan")
    assert plan.text == "Each revision in a transaction of its own" and len(plan.revisions) == 8
    starts = [event for event in told if event.kind == "revision"]
    assert [(event.number, event.count) for event in starts] == [(number, 8) for number in range(1, 9)]
    assert all(event.elapsed_ms is not None for event in told if event.kind == "statement_done")
    (step,) = room.services.store.steps.of("trace1")
    assert step.kind == "applied" and step.facts["revision"] == HEAD
    (kept,) = room.call(RUNS, RunsRequest(str(shop / "migrations"))).runs
    assert (kept.state, kept.before, len(kept.done)) == ("done", [], 8)
    (whole,) = room.call(RUNS, RunsRequest(id=kept.id)).runs
    assert {entry.state for entry in whole.journal} == {"done"} and len(whole.journal) > 40
    again = room.call(APPLY, ApplyRequest(str(shop), url, backup=False))
    assert again[-1].kind == "done" and again[-1].text == "0 revisions applied"


def test_the_backup_is_a_whole_and_checked_copy(project: Project, room: Room, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    run(url, "CREATE TABLE kept (a)", "INSERT INTO kept VALUES (1)")
    project.revision("aaaa", 'op.drop_table("kept")')
    told = room.call(APPLY, ApplyRequest(str(project.folder), url))
    assert "checked" in next(event.text for event in told if event.kind == "backup")
    (made,) = (room.services.store.folder / "backups").iterdir()
    assert made.stat().st_mode & 0o777 == 0o600 and "kept" not in tables(url)
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("SELECT a FROM kept").fetchall() == [(1,)]


def test_postgresql_is_dumped_or_says_why_not(project: Project, room: Room, pg_database: str) -> None:
    project.revision("aaaa", CREATE)
    told = room.call(APPLY, ApplyRequest(str(project.folder), pg_database))
    text = next(event.text for event in told if event.kind == "backup")
    assert (
        "listed" in text and list((room.services.store.folder / "backups").iterdir())
    ) or "No backup was made" in text


def test_a_failure_keeps_the_revisions_before_it(url: str, project: Project, room: Room) -> None:
    project.revision("aaaa", CREATE)
    project.revision(
        "bbbb", 'op.create_table("u", sa.Column("id", sa.Integer()))\nop.execute("SELECT nonsense")'
    )
    told = room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False))
    assert told[-1].kind == "failed" and "nonsense" in told[-1].problem.detail
    assert told[-1].text == "1 of 2 revisions applied" and told[-1].revisions == ["aaaa"]
    assert version(url) == ["aaaa"] and tables(url) == {"t", "alembic_version"}
    (kept,) = room.call(RUNS, RunsRequest()).runs
    assert kept.state == "failed" and "nonsense" in kept.text


def test_cancel_inside_a_statement(url: str, project: Project, services: Services) -> None:
    project.revision("aaaa", CREATE)
    project.revision(
        "bbbb", f'op.create_table("u", sa.Column("id", sa.Integer()))\nop.execute("{SLOW[engine_of(url)]}")'
    )
    running = Running(services, ApplyRequest(str(project.folder), url, backup=False))
    running.wait_for("statement", SLOW[engine_of(url)][:12])
    services.jobs.cancel(running.call.id)
    end = running.end()
    assert end.kind == "cancelled" and end.revisions == ["aaaa"], end
    assert version(url) == ["aaaa"] and tables(url) == {"t", "alembic_version"}


def test_a_wait_for_a_lock_names_its_holder_and_ends(
    project: Project, services: Services, pg_database: str
) -> None:
    run(pg_database, "CREATE TABLE t (id int)")
    project.revision("aaaa", 'op.add_column("t", sa.Column("x", sa.Integer()))')
    with holding(pg_database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        asked = ApplyRequest(str(project.folder), pg_database, backup=False, lock_timeout_ms=1500)
        running = Running(services, asked)
        waiting = running.wait_for("waiting")
        end = running.end()
    assert "LOCK TABLE t" in waiting.text and end.kind == "failed"
    assert "lock timeout" in end.problem.detail and "LOCK TABLE t" in end.problem.hint


@contextmanager
def holding(url: str, statement: str) -> Iterator[None]:
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
        yield
        connection.rollback()
    engine.dispose()


def test_production_wants_its_name_typed(project: Project, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa", CREATE)
    url = sqlite_url(tmp_path / "a.db")
    room.services.store.profiles.save(Profile("shop prod", url, "production"))
    asked: dict[str, Any] = {"project": str(project.folder), "connection": "shop prod", "backup": False}
    refused = room.refused(APPLY, ApplyRequest(**asked))
    assert refused.code == "migrations.confirm" and "shop prod" in refused.hint and tables(url) == set()
    assert room.refused(APPLY, ApplyRequest(**asked, confirm="prod")).code == "migrations.confirm"
    assert room.call(APPLY, ApplyRequest(**asked, confirm="shop prod"))[-1].kind == "done"


def test_a_read_only_connection_is_refused(project: Project, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa", CREATE)
    url = sqlite_url(tmp_path / "a.db")
    room.services.store.profiles.save(Profile("ro", url, "local", read_only=True))
    assert room.refused(APPLY, ApplyRequest(str(project.folder), "ro")).code == "sql.read_only"
    shared = "postgresql://user@db.example.org/x"
    assert room.refused(APPLY, ApplyRequest(str(project.folder), shared)).code == "sql.read_only"
    assert tables(url) == set()


def test_downgrade_and_stamp(url: str, project: Project, room: Room) -> None:
    project.revision("aaaa", CREATE, 'op.drop_table("t")')
    project.revision("bbbb", 'op.add_column("t", sa.Column("x", sa.Integer()))', 'op.drop_column("t", "x")')
    asked = {"project": str(project.folder), "connection": url, "backup": False}
    assert room.call(APPLY, ApplyRequest(**asked))[-1].kind == "done"
    assert room.call(APPLY, ApplyRequest(**asked, direction="downgrade"))[-1].text == "1 revision downgraded"
    assert version(url) == ["aaaa"]
    refused = room.refused(APPLY, ApplyRequest(**asked, direction="stamp", revision="bbbb"))
    assert refused.code == "migrations.confirm"
    done = room.call(APPLY, ApplyRequest(**asked, direction="stamp", revision="bbbb", confirm="bbbb"))
    assert done[-1].kind == "done" and version(url) == ["bbbb"]
    with pytest.raises(Exception, match="x"):
        rows(url, "SELECT x FROM t")
    assert (
        room.refused(APPLY, ApplyRequest(**asked, direction="downgrade", revision="zz")).code
        == "migrations.no_revision"
    )


def test_foreign_keys_off_keeps_the_children(project: Project, room: Room, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    run(
        url,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(10))",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent(id) ON DELETE CASCADE)",
        "INSERT INTO parent VALUES (1, 'a')",
        "INSERT INTO child VALUES (1, 1), (2, 1)",
    )
    project.revision(
        "aaaa",
        'with op.batch_alter_table("parent") as batch:\n    batch.alter_column("name", type_=sa.Text())',
    )
    env = project.scripts / "env.py"
    env.write_text(
        "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n\n\n"
        "@event.listens_for(Engine, 'connect')\ndef on(connection, _):\n"
        "    connection.execute('PRAGMA foreign_keys=ON')\n\n\n" + env.read_text()
    )
    told = room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False, foreign_keys_off=True))
    assert told[-1].kind == "done" and rows(url, "SELECT count(*) FROM child") == [(2,)]


def test_an_ending_server_lets_the_revision_end(
    project: Project, services: Services, pg_database: str
) -> None:
    project.revision("aaaa", CREATE)
    project.revision(
        "bbbb",
        'op.create_table("u", sa.Column("id", sa.Integer()))\nop.execute("SELECT pg_sleep(2)")',
    )
    project.revision("cccc", 'op.create_table("v", sa.Column("id", sa.Integer()))')
    running = Running(services, ApplyRequest(str(project.folder), pg_database, backup=False))
    running.wait_for("statement", "pg_sleep")
    services.close()
    assert running.end().kind == "cancelled" and running.events[-1].revisions == ["aaaa", "bbbb"]
    assert version(pg_database) == ["bbbb"] and tables(pg_database) == {"t", "u", "alembic_version"}


def test_one_apply_at_a_time(project: Project, services: Services, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa", f'op.execute("{SLOW["sqlite"]}")')
    url = sqlite_url(tmp_path / "a.db")
    running = Running(services, ApplyRequest(str(project.folder), url, backup=False))
    running.wait_for("statement")
    assert room.refused(APPLY, ApplyRequest(str(project.folder), url)).code == "migrations.busy"
    services.jobs.cancel(running.call.id)
    assert running.end().kind == "cancelled"


def test_without_a_transaction_each_a_failure_takes_everything_back(
    url: str, project: Project, room: Room
) -> None:
    project.revision("aaaa", CREATE)
    project.revision("bbbb", 'op.execute("SELECT nonsense")')
    told = room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False, per_revision=False))
    assert told[-1].kind == "failed" and told[-1].revisions == [], "begun is not done"
    assert told[-1].text == "0 of 2 revisions applied" and "t" not in tables(url)
    assert any("No revision was applied" in event.text for event in told if event.kind == "note")


@pytest.mark.engine("mariadb")
def test_mariadb_is_applied_and_a_half_done_revision_is_not_hidden(
    project: Project, shop: Path, room: Room, mariadb_database: str
) -> None:
    whole = room.call(APPLY, ApplyRequest(str(shop), mariadb_database))
    assert whole[-1].kind == "done" and version(mariadb_database) == [HEAD], whole[-1]
    assert "No backup was made" in next(event.text for event in whole if event.kind == "backup")
    run(mariadb_database, "DELETE FROM alembic_version")
    project.revision("aaaa", CREATE)
    project.revision(
        "bbbb", 'op.add_column("t", sa.Column("x", sa.Integer()))\nop.execute("SELECT nonsense")'
    )
    told = room.call(APPLY, ApplyRequest(str(project.folder), mariadb_database, backup=False))
    assert told[-1].kind == "failed" and told[-1].revisions == ["aaaa"]
    note = next(event.text for event in told if event.kind == "note")
    assert "bbbb is half done: 1 of its statements were kept" in note and "ALTER TABLE t ADD" in note
    (kept,) = room.call(RUNS, RunsRequest(limit=1)).runs
    assert kept.mend.startswith("Undo these statements by hand") and kept.after == ["aaaa"]


def test_a_cancelled_concurrent_build_names_its_invalid_index(
    project: Project, services: Services, pg_database: str
) -> None:
    run(pg_database, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    project.revision(
        "aaaa",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_t", "t", ["id"], postgresql_concurrently=True)',
    )
    with holding(pg_database, "LOCK TABLE t IN ROW EXCLUSIVE MODE"):
        asked = ApplyRequest(str(project.folder), pg_database, backup=False, lock_timeout_ms=0)
        running = Running(services, asked)
        running.wait_for("waiting")
        services.jobs.cancel(running.call.id)
        end = running.end()
    assert end.kind == "cancelled"
    notes = " ".join(event.text for event in running.events if event.kind == "note")
    assert "The index ix_t is invalid: drop it" in notes and "No revision was applied" in notes
