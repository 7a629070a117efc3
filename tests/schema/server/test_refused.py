"""What does not fit is refused with the place, before anything ran; and nothing runs where it must not."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from embedded_server.wire.connections import Profile
from embedded_server.wire.ddl import Operation
from embedded_server.wire.problem import Problem
from embedded_server.wire.schema import (
    COMPOSE,
    NEW_FILE,
    READ,
    RUN,
    TYPES,
    ComposeRequest,
    NewFileRequest,
    ReadRequest,
    RunRequest,
    TypesRequest,
)
from tests.health.databases import ENGINES, Database, maria

from .conftest import Desk

SETUP = (
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(20), n INTEGER)",
    "INSERT INTO t VALUES (1, 'x', 1), (2, 'x', NULL)",
)
COLUMN = {"name": "c", "type": "integer"}


def ops(*given: dict[str, Any]) -> list[Operation]:
    return msgspec.convert([{"table": "t"} | one for one in given], list[Operation])


UNEVEN = {"columns": ["n", "a"], "target": "t", "target_columns": ["id"]}
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": ({"op": "add_column", "column": COLUMN | {"type": "integr"}}, "schema.type", "column c"),
    "no type": ({"op": "add_column", "column": COLUMN | {"type": " "}}, "schema.type", ""),
    "brackets": ({"op": "add_column", "column": COLUMN | {"type": "integer(x)"}}, "schema.type", "column c"),
    "more than a type": (
        {"op": "add_column", "column": COLUMN | {"type": "integer; DROP TABLE t"}},
        "schema.type",
        "column c",
    ),
    "no name": ({"op": "add_column", "column": COLUMN | {"name": ""}}, "schema.invalid", ""),
    "a name taken": ({"op": "add_column", "column": COLUMN | {"name": "a"}}, "schema.invalid", "column name"),
    "no column": ({"op": "drop_column", "column": "nn"}, "data.unknown_column", ""),
    "no table": ({"op": "drop_table", "table": "tt"}, "data.unknown_table", ""),
    "no target": (
        {"op": "add_foreign_key", "foreign": {"columns": ["n"], "target": "zz", "target_columns": ["id"]}},
        "data.unknown_table",
        "foreign key (n)",
    ),
    "uneven key": (
        {
            "op": "add_foreign_key",
            "foreign": {"columns": ["n", "a"], "target": "t", "target_columns": ["id"]},
        },
        "schema.invalid",
        "foreign key (n, a)",
    ),
    "no index column": ({"op": "create_index", "columns": []}, "schema.invalid", "t"),
    "no index": ({"op": "drop_index", "name": "nothing"}, "schema.invalid", "index name"),
    "no check": ({"op": "add_check", "check": {"sql": " "}}, "schema.invalid", "t"),
    "a table that is there": (
        {"op": "create_table", "spec": {"table": "t", "columns": [COLUMN]}},
        "schema.invalid",
        "table name",
    ),
    "no columns": (
        {"op": "create_table", "table": "u", "spec": {"table": "u", "columns": []}},
        "schema.invalid",
        "",
    ),
    "no view": ({"op": "drop_view"}, "schema.invalid", "view name"),
}


@pytest.fixture(scope="module")
def databases(database_of: Callable[[str], Database]) -> Callable[[str], Database]:
    made: dict[str, Database] = {}

    def of(engine: str) -> Database:
        if engine not in made:
            made[engine] = database_of(engine)
            made[engine].run(*SETUP)
        return made[engine]

    return of


@pytest.mark.parametrize("engine", ENGINES)
def test_what_does_not_fit_is_told_with_its_place(
    engine: str, desk: Desk, databases: Callable[[str], Database]
) -> None:
    url = databases(engine).url
    for name, (wrong, code, place) in WRONG.items():
        found = desk.refused(COMPOSE, ComposeRequest(url, ops(wrong)))
        assert (found.code, found.detail if place else place) == (code, place), name
        assert found.title.strip(), name
    near = desk.refused(COMPOSE, ComposeRequest(url, ops(WRONG["type"][0])))
    assert "integer" in near.hint.lower()
    assert desk.refused(COMPOSE, ComposeRequest(url, [])).code == "request.invalid"
    assert desk.refused(READ, ReadRequest(url, "nowhere")).code == "data.unknown_table"
    known = desk.call(TYPES, TypesRequest(url))
    assert known.engine == engine and known.types[0].name.lower() in ("int", "integer")


def test_sqlite_says_in_its_own_words_what_is_wrong(desk: Desk, databases: Any) -> None:
    url = databases("sqlite").url
    check = {"op": "add_check", "check": {"sql": "nope > 1"}}
    assert "no such column: nope" in desk.refused(COMPOSE, ComposeRequest(url, ops(check))).detail
    comment = {
        "op": "alter_column",
        "column": "a",
        "to": {"name": "a", "type": "varchar(20)", "comment": "x"},
    }
    assert desk.refused(COMPOSE, ComposeRequest(url, ops(comment))).code == "schema.unsupported"


def test_what_a_copy_would_lose_is_an_error(desk: Desk, databases: Any) -> None:
    database = databases("sqlite")
    database.run("CREATE TABLE odd (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE)")
    retype = {"op": "alter_column", "table": "odd", "column": "a", "to": {"name": "a", "type": "varchar(9)"}}
    found = desk.call(COMPOSE, ComposeRequest(database.url, ops(retype))).findings
    assert ("L31", "error") in {(one.rule, one.severity) for one in found}
    assert any("ON CONFLICT" in one.title for one in found)


INDEX = {"op": "create_index", "columns": ["a"]}


@pytest.mark.parametrize("engine", ENGINES)
def test_reading_and_production_connections_run_nothing(engine: str, desk: Desk, databases: Any) -> None:
    database = databases(engine)
    save = desk.services.store.profiles.save
    save(Profile(f"{engine} ro", database.url, "local", read_only=True))
    save(Profile(f"{engine} prod", database.url, "production", read_only=False))
    for name, code in ((f"{engine} ro", "sql.read_only"), (f"{engine} prod", "schema.not_here")):
        composed = desk.call(COMPOSE, ComposeRequest(name, ops(INDEX)))
        assert isinstance(composed.refused, Problem) and composed.refused.code == code
        assert composed.composed[0].upgrade and composed.ask == ""
        assert desk.refused(RUN, RunRequest(name, ops(INDEX), "yes")).code == code
    assert desk.call(READ, ReadRequest(database.url, "t")).spec.indexes == []


def test_what_migrations_rule_is_not_changed_past_them(desk: Desk, database_of: Any) -> None:
    for engine in ENGINES:
        database = database_of(engine)
        database.run(*SETUP, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        composed = desk.call(COMPOSE, ComposeRequest(database.url, ops(INDEX)))
        assert composed.refused is not None and composed.refused.detail == "alembic_version", engine
        refused = desk.refused(RUN, RunRequest(database.url, ops(INDEX), "yes"))
        assert refused.code == "schema.not_here" and "migration" in refused.hint
        assert desk.call(READ, ReadRequest(database.url, "t")).spec.indexes == []


def test_what_drops_is_asked_for_as_in_the_console(desk: Desk, databases: Any) -> None:
    database = databases("sqlite")
    database.run("CREATE TABLE gone (a)", "INSERT INTO gone VALUES (1), (2)")
    drop = ops({"op": "drop_table", "table": "gone"})
    composed = desk.call(COMPOSE, ComposeRequest(database.url, drop))
    assert composed.ask == "confirm" and "gone" in composed.question and "2 rows" in composed.question
    refused = desk.refused(RUN, RunRequest(database.url, drop))
    assert refused.code == "schema.confirm" and refused.title == composed.question
    assert database.run("SELECT count(*) FROM gone") == [(2,)]
    desk.call(RUN, RunRequest(database.url, drop, "yes"))
    assert database.run("SELECT count(*) FROM sqlite_master WHERE name = 'gone'") == [(0,)]


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "sqlite"])
def test_a_lock_is_waited_for_a_moment_only(engine: str, desk: Desk, databases: Any) -> None:
    database = databases(engine)
    add = ops({"op": "add_column", "column": {"name": "late", "type": "integer"}})
    holders = {"postgresql": _pg, "mysql": maria, "sqlite": _sqlite}
    with holders[engine](database.url) as other:
        if engine == "mysql":
            other.begin()
            other.cursor().execute("SELECT * FROM t FOR UPDATE")
        found = desk.refused(RUN, RunRequest(database.url, add, "yes", lock_seconds=0.5))
        if engine == "postgresql":
            assert "LOCK TABLE t" in found.detail
    assert found.code in ("schema.locked", "file.locked"), found
    assert "late" not in [one.name for one in desk.call(READ, ReadRequest(database.url, "t")).spec.columns]


def _pg(url: str) -> Any:
    connection = psycopg.connect(url.replace("+psycopg", ""))
    connection.execute("LOCK TABLE t")
    return connection


def _sqlite(url: str) -> Any:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return contextlib.closing(connection)


def test_a_statement_that_fails_takes_the_others_back(desk: Desk, databases: Any) -> None:
    """Where DDL is transactional; MariaDB says how far it came."""
    both = ops(
        {"op": "add_column", "column": {"name": "one", "type": "integer"}},
        {"op": "add_unique", "unique": {"columns": ["a"]}},
    )
    for engine in ENGINES:
        database = databases(engine)
        found = desk.refused(RUN, RunRequest(database.url, both, "yes"))
        names = [one.name for one in desk.call(READ, ReadRequest(database.url, "t")).spec.columns]
        assert found.code == "sql.error", engine
        assert ("one" in names) == (engine == "mysql"), engine
        if engine == "mysql":
            assert "1 of 2 statements ran and stay" in found.detail


def test_new_files_are_databases_and_never_overwrite(desk: Desk, tmp_path: Path) -> None:
    for name in ("a.db", "b c's.duckdb"):
        made = desk.call(NEW_FILE, NewFileRequest(str(tmp_path / name)))
        table = {"op": "create_table", "spec": {"table": "t", "columns": [COLUMN]}}
        desk.call(RUN, RunRequest(made.url, ops(table), allow_write=True))
        assert desk.call(READ, ReadRequest(made.url, "t")).spec.columns[0].name == "c"
        desk.services.disconnect(made.url)
        before = (tmp_path / name).read_bytes()
        assert desk.refused(NEW_FILE, NewFileRequest(str(tmp_path / name))).code == "transfer.exists"
        assert (tmp_path / name).read_bytes() == before
    for path, code in (
        ("relative.db", "transfer.path"),
        (str(tmp_path / "none" / "a.db"), "transfer.path"),
        (str(tmp_path / "a.txt"), "request.invalid"),
    ):
        assert desk.refused(NEW_FILE, NewFileRequest(path)).code == code
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.db", "b c's.duckdb"]
