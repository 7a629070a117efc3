"""What was composed, written by the project's own tools, applied and taken back: nothing but the schema
differs, and rows of tables that refer to a copied one stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from embedded_server.wire.ddl import Operation
from embedded_server.wire.migration_runs import APPLY, GENERATE, ApplyRequest, GenerateRequest
from embedded_server.wire.schema import COMPOSE, ComposeRequest
from tests.health.databases import Database
from tests.migrations.server.conftest import Project
from tests.schema.seen import seen

from .conftest import Desk

SETUP = (
    "CREATE TABLE p (id INTEGER NOT NULL PRIMARY KEY, code VARCHAR(10) DEFAULT ' :b%' NOT NULL,"
    " n INTEGER CHECK (n > 0), UNIQUE (code))",
    "CREATE TABLE k (id INTEGER NOT NULL PRIMARY KEY, p INTEGER, FOREIGN KEY (p)"
    " REFERENCES p (id) ON DELETE CASCADE)",
    "INSERT INTO p VALUES (1, 'a', 1), (2, 'b', 2)",
    "INSERT INTO k VALUES (1, 1), (2, 2), (3, 2)",
    "CREATE VIEW v AS SELECT id, code FROM p",
)
TRIGGER = "CREATE TRIGGER tr AFTER INSERT ON p BEGIN INSERT INTO k VALUES (new.id, new.id)"
BIGINT = {"name": "n", "type": "bigint", "nullable": False}
TO_P = {"columns": ["id"], "target": "p", "target_columns": ["id"]}
GIVEN: list[dict[str, Any]] = [
    {
        "op": "alter_column",
        "table": "p",
        "column": "n",
        "to": {"name": "n", "type": "bigint", "nullable": False},
    },
    {"op": "add_column", "table": "p", "column": {"name": 'it\'s "new"', "type": "numeric(8,2)"}},
    {"op": "create_index", "table": "p", "columns": ["n", "code"], "where": "n > 1"},
    {
        "op": "add_foreign_key",
        "table": "k",
        "foreign": {"columns": ["id"], "target": "p", "target_columns": ["id"]},
    },
]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_composed_change_becomes_a_revision(
    engine: str, desk: Desk, database_of: Any, tmp_path: Path
) -> None:
    database: Database = database_of(engine)
    given = GIVEN if engine == "sqlite" else GIVEN[:3]
    database.run(*SETUP)
    if engine == "sqlite":
        database._sqlite([TRIGGER + "; END"])
    project = Project(tmp_path / "project")
    project.revision("aaaa")
    folder, url = str(project.folder), database.url
    desk.call(APPLY, ApplyRequest(folder, url, backup=False))
    before = seen(database)
    composed = desk.call(COMPOSE, ComposeRequest(url, msgspec.convert(given, list[Operation])))
    assert bool(composed.transaction) is (engine == "sqlite")
    operations = msgspec.to_builtins(composed.operations)
    made = desk.call(GENERATE, GenerateRequest(folder, url, "change p", operations))
    assert [one.upgrade for one in made.operations] == [one.upgrade for one in composed.composed]
    assert {one.rule for one in made.findings} == {one.rule for one in composed.findings}
    if engine == "sqlite":
        assert "L29" in {one.rule for one in made.findings}
    applied = desk.call(APPLY, ApplyRequest(folder, url, backup=False, foreign_keys_off=True))
    assert applied[-1].kind == "done", applied[-1]
    after = seen(database)
    assert after != before and after["p"]["columns"][2][1] == "BIGINT" and not after["p"]["columns"][2][2]
    assert database.run("SELECT count(*) FROM k") == [(3,)]
    assert database.run("SELECT id, code FROM v ORDER BY id") == [(1, "a"), (2, "b")]
    back = ApplyRequest(folder, url, direction="downgrade", backup=False, foreign_keys_off=True)
    done = desk.call(APPLY, back)
    assert done[-1].kind == "done", done[-1]
    desk.services.disconnect(url)
    now = seen(database)
    for name, table in before.items():
        for part in table if isinstance(table, dict) else ():
            assert now[name][part] == table[part], (name, part)
    assert now == before
    assert database.run("SELECT sum(id * 10 + p) FROM k") == [(65,)]
    assert database.run("SELECT id, code, n FROM p ORDER BY id") == [(1, "a", 1), (2, "b", 2)]
    if engine == "sqlite":
        assert database.run("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')") == [(2,)]
