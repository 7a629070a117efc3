"""Previews: SQL from the project, rehearsals with measurements, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded_server.services import Services
from embedded_server.wire.connections import Profile
from embedded_server.wire.migration_runs import PREVIEW, PreviewRequest

from .conftest import Project, Room, rows, run, sqlite_url

CREATE = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))'


def test_offline_sql_per_revision(project: Project, room: Room, pg_database: str) -> None:
    project.revision("aaaa", CREATE, doc="makes t")
    project.revision("bbbb", 'op.create_index("ix", "t", ["a"])', 'op.drop_index("ix", "t")')
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), pg_database, depth="sql"))
    assert [step.revision for step in found.steps] == ["aaaa", "bbbb"] and found.steps[0].title == "makes t."
    assert "CREATE TABLE t" in found.steps[0].statements[0].sql
    assert [one.sql for one in found.steps[1].statements] == ["CREATE INDEX ix ON t (a)"]
    assert rows(pg_database, "SELECT count(*) FROM pg_class WHERE relname IN ('t', 'alembic_version')") == [
        (0,)
    ]


def test_what_cannot_be_printed_says_so_and_keeps_the_rest(
    project: Project, room: Room, tmp_path: Path
) -> None:
    project.revision("aaaa", 'for row in op.get_bind().execute(sa.text("SELECT 1")).all():\n    pass')
    url = sqlite_url(tmp_path / "a.db")
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), url, depth="sql"))
    assert found.problem is not None and "Rehearse" in found.problem.hint
    assert [step.revision for step in found.steps] == ["aaaa"]


def test_rehearsal_measures_locks_rewrites_and_rows(project: Project, room: Room, pg_database: str) -> None:
    run(
        pg_database,
        "CREATE TABLE t (id int, a text)",
        "INSERT INTO t SELECT n, 'x' FROM generate_series(1, 5000) n",
    )
    project.revision(
        "aaaa",
        "op.execute(\"UPDATE t SET a = 'y'\")\n"
        'op.create_index("ix", "t", ["a"])\nop.alter_column("t", "id", type_=sa.BigInteger())',
    )
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), pg_database, depth="rehearse"))
    assert found.rehearsal.ok and found.rehearsal.kind == "transaction"
    update, index, alter = found.steps[0].statements
    assert update.rows == 5000 and alter.rewritten == ["public.t"] and alter.elapsed_ms > 0
    assert (
        alter.locks[0].mode == "ACCESS EXCLUSIVE" and alter.locks[0].text == "keeps readers and writers out"
    )
    assert [lock.mode for lock in index.locks] == ["SHARE"]
    assert rows(pg_database, "SELECT DISTINCT a FROM t") == [("x",)]
    assert {one.rule for one in found.findings} >= {"L01", "L09"}


def test_a_concurrent_build_is_rehearsed_without_it_and_says_so(
    project: Project, room: Room, pg_database: str
) -> None:
    run(pg_database, "CREATE TABLE t (id int, a text)")
    project.revision(
        "aaaa",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix", "t", ["a"], postgresql_concurrently=True)',
    )
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), pg_database, depth="rehearse"))
    (one,) = found.steps[0].statements
    assert found.rehearsal.ok and one.changed and "CONCURRENTLY" in one.sql
    assert any("CONCURRENTLY was left out" in note for note in found.rehearsal.notes)
    assert rows(pg_database, "SELECT count(*) FROM pg_class WHERE relname = 'ix'") == [(0,)]


def test_a_rehearsal_that_fails_tells_where(url: str, project: Project, room: Room) -> None:
    project.revision("aaaa", CREATE)
    project.revision("bbbb", 'op.execute("INSERT INTO t (nothing) VALUES (1)")')
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), url, depth="rehearse"))
    assert not found.rehearsal.ok and "nothing" in found.rehearsal.problem.detail
    assert "nothing" in found.steps[1].statements[-1].error and found.steps[0].elapsed_ms is not None
    assert room.call(PREVIEW, PreviewRequest(str(project.folder), url)).pending == ["aaaa", "bbbb"]


def test_silent_loss_on_sqlite_is_caught(project: Project, room: Room, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    run(
        url,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(10))",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent(id) ON DELETE CASCADE)",
        "INSERT INTO parent VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)",
    )
    project.revision(
        "aaaa",
        'with op.batch_alter_table("parent") as batch:\n    batch.alter_column("name", type_=sa.Text())',
    )
    env = project.scripts / "env.py"
    env.write_text(env.read_text() + "\n")
    env.write_text(
        "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n\n\n"
        "@event.listens_for(Engine, 'connect')\ndef on(connection, _):\n"
        "    connection.execute('PRAGMA foreign_keys=ON')\n\n\n" + env.read_text()
    )
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), url, depth="rehearse"))
    assert found.rehearsal.ok and [(one.table, one.before, one.after) for one in found.rehearsal.tables] == [
        ("child", 3, 0)
    ]
    assert "child lost 3 of 3 rows" in found.findings[0].title and found.findings[0].severity == "error"
    assert any(one.rule == "L29" and "empties what refers to it" in one.title for one in found.findings)
    kept = room.call(
        PREVIEW, PreviewRequest(str(project.folder), url, depth="rehearse", foreign_keys_off=True)
    )
    assert kept.rehearsal.tables == [] and not any("lost" in one.title for one in kept.findings)
    assert rows(url, "SELECT count(*) FROM child") == [(3,)]
    assert not list((room.services.store.folder / "rehearsals").iterdir())


@pytest.mark.engine("mariadb")
def test_mariadb_is_refused_before_the_first_statement(
    project: Project, room: Room, mariadb_database: str
) -> None:
    project.revision("aaaa", CREATE)
    refused = room.refused(PREVIEW, PreviewRequest(str(project.folder), mariadb_database, depth="rehearse"))
    assert refused.code == "migrations.no_rehearsal" and "commit every schema change" in refused.detail
    assert rows(mariadb_database, "SHOW TABLES") == []


def test_production_and_read_only_are_not_rehearsed(
    project: Project, room: Room, services: Services, pg_database: str
) -> None:
    project.revision("aaaa", CREATE)
    services.store.profiles.save(Profile("prod", pg_database, "production"))
    services.store.profiles.save(Profile("ro", pg_database, "local", read_only=True))
    refused = room.refused(PREVIEW, PreviewRequest(str(project.folder), "prod", depth="rehearse"))
    assert refused.code == "migrations.no_rehearsal" and "real locks" in refused.detail
    refused = room.refused(PREVIEW, PreviewRequest(str(project.folder), "ro", depth="rehearse"))
    assert refused.code == "sql.read_only"
    assert room.call(PREVIEW, PreviewRequest(str(project.folder), "ro")).pending == ["aaaa"]


def test_a_revision_that_commits_by_itself_cannot_be_rehearsed(
    project: Project, room: Room, pg_database: str
) -> None:
    project.revision("aaaa", CREATE + "\nop.get_bind().commit()")
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), pg_database, depth="rehearse"))
    assert not found.rehearsal.ok and found.rehearsal.problem.code == "migrations.no_rehearsal"
    assert rows(pg_database, "SELECT count(*) FROM pg_class WHERE relname = 't'") == [(0,)]


def test_a_downgrade_is_previewed_with_what_it_drops(url: str, project: Project, room: Room) -> None:
    project.revision("aaaa", CREATE, 'op.drop_table("t")')
    run(url, "CREATE TABLE t (id INTEGER, a TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    run(
        url,
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('aaaa')",
    )
    asked = PreviewRequest(str(project.folder), url, direction="downgrade", depth="rehearse")
    found = room.call(PREVIEW, asked)
    (drop,) = [one for one in found.findings if one.rule == "L13"]
    assert drop.rows == 2 and drop.severity == "error" and found.rehearsal.ok
    assert [step.revision for step in found.steps] == ["aaaa"]
    assert rows(url, "SELECT count(*) FROM t") == [(2,)]


def test_a_rehearsal_is_a_step_of_its_trace(project: Project, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa", CREATE, doc="makes t")
    url = sqlite_url(tmp_path / "a.db")
    room.call(PREVIEW, PreviewRequest(str(project.folder), url, depth="rehearse", origin="trace1"))
    (step,) = room.services.store.steps.of("trace1")
    assert (step.kind, step.text) == ("rehearsed", "Rehearsed: makes t.")
    assert step.facts["revision"] == "aaaa" and "CREATE TABLE t" in step.facts["statements"][0]
    assert {"title", "file", "findings", "elapsed_ms"} <= set(step.facts)


@pytest.mark.parametrize("revision", ["nothing", "../x", "head@"])
def test_a_revision_that_is_not_there(revision: str, project: Project, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa")
    asked = PreviewRequest(str(project.folder), sqlite_url(tmp_path / "a.db"), revision)
    assert room.refused(PREVIEW, asked).code == "migrations.no_revision"


@pytest.mark.process
def test_a_project_that_cannot_be_run_is_shown_as_far_as_its_files_tell(
    url: str, project: Project, room: Room
) -> None:
    project.revision("aaaa", 'op.drop_table("t")')
    env = project.scripts / "env.py"
    env.write_text("import nothing_of_that_name\n" + env.read_text())
    found = room.call(PREVIEW, PreviewRequest(str(project.folder), url, depth="sql"))
    assert found.problem is not None and found.problem.code == "migrations.import"
    assert [step.revision for step in found.steps] == found.pending == ["aaaa"]
    assert "L13" in {finding.rule for finding in found.findings}
