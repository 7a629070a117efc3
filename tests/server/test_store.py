"""The workspace: created, upgraded, refused, shared."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from embedded_server.store.models import HEAD, metadata
from embedded_server.store.upgrade import script_folder, upgrade
from embedded_server.store.workspace import Workspace
from embedded_server.wire.connections import Profile
from embedded_server.wire.problem import ProblemError


def test_a_new_workspace_is_private_and_in_wal_mode(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    assert stat.S_IMODE(workspace.path.stat().st_mode) == 0o600
    with sqlite3.connect(workspace.path) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("select version_num from alembic_version").fetchone() == (HEAD,)
    workspace.close()


def test_head_is_the_newest_revision_and_equals_the_models(tmp_path):
    assert ScriptDirectory(str(script_folder())).get_current_head() == HEAD
    engine = create_engine(f"sqlite:///{tmp_path}/by-migrations.db")
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_new_workspace_equals_an_upgraded_one(tmp_path):
    upgraded = create_engine(f"sqlite:///{tmp_path}/by-migrations.db")
    upgrade(upgraded)
    workspace = Workspace(tmp_path)
    columns = []
    for engine in (upgraded, workspace.engine):
        with engine.connect() as connection:
            tables = (
                connection.exec_driver_sql("select name from sqlite_schema where type = 'table'")
                .scalars()
                .all()
            )
            columns.append({t: connection.exec_driver_sql(f"pragma table_xinfo({t})").all() for t in tables})
        engine.dispose()
    assert columns[0] == columns[1] and "history" in columns[0]


def test_a_newer_workspace_is_refused_and_untouched(tmp_path):
    Workspace(tmp_path).close()
    path = tmp_path / "workspace.db"
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(ProblemError) as caught:
        Workspace(tmp_path)
    assert caught.value.problem.code == "store.newer" and path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read", b"\x00" * 5000])
def test_a_damaged_workspace_is_refused_and_untouched(tmp_path, content):
    path = tmp_path / "workspace.db"
    path.write_bytes(content)
    with pytest.raises(ProblemError) as caught:
        Workspace(tmp_path)
    assert caught.value.problem.code == "store.unusable" and path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProblemError) as caught:
        Workspace(tmp_path / "file" / "ws")
    assert caught.value.problem.code == "store.unusable"


def test_profiles_round_trip_rename_and_order(tmp_path):
    workspace = Workspace(tmp_path)
    book = workspace.profiles
    profile = Profile(
        "a b", "sqlite:///x.db", "production", True, "#ff0000", {"sslmode": "require"}, "UTC", True
    )
    assert book.save(profile) == profile == book.get("a b")
    book.save(Profile("z", "sqlite:///z.db"))
    assert [p.name for p in book.all()] == ["a b", "z"]
    book.used("z")
    assert [p.name for p in book.all()] == ["z", "a b"]
    book.save(Profile("renamed", "sqlite:///x.db"), previous="a b")
    assert book.get("a b") is None and book.get("renamed") is not None
    assert book.delete("renamed") and not book.delete("renamed")
    workspace.close()


def test_history_pages_and_forgets(tmp_path):
    workspace = Workspace(tmp_path)
    history = workspace.history
    for number in range(10):
        history.add("c" if number % 2 else "d", f"select {number} -- 100%", 1.0, count=number)
    assert [entry.sql for entry in history.search("c", limit=2)] == ["select 9 -- 100%", "select 7 -- 100%"]
    second = history.search("c", limit=2, before=history.search("c", limit=2)[-1].id)
    assert [entry.sql for entry in second] == ["select 5 -- 100%", "select 3 -- 100%"]
    assert len(history.search(query="100%")) == 10 and history.search(query="1%0") == []
    history.forget("c")
    assert {entry.connection for entry in history.search()} == {"d"}
    workspace.close()
