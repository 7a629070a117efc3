"""Every check speaks where it is true and is silent where it nearly is, on real databases of each engine.

All examples of an engine stand in one database: each check also has to leave the others' tables alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from embedded_server.health.asking import rows
from embedded_server.health.lints import lints
from embedded_server.health.questions import kinds
from embedded_server.health.schema import Example
from embedded_server.jobs import Call
from embedded_server.migrations.code import rendered
from embedded_server.wire.health import (
    INTEGRITY,
    LINT,
    HealthFinding,
    IntegrityRequest,
    IntegrityResult,
    LintRequest,
)
from tests.health.databases import ENGINES, Database
from tests.health.server.conftest import Desk

LINTS = {
    "bloat",
    "case_twins",
    "dead_rows",
    "foreign_key_index",
    "key_types",
    "loose_values",
    "money_as_float",
    "narrow_charset",
    "no_primary_key",
    "not_null_missing",
    "nullable_unique",
    "old_engine",
    "padded_text",
    "partial_foreign_key",
    "quoted_names",
    "redundant_index",
    "small_key",
    "stale_statistics",
    "text_for_values",
    "time_without_zone",
    "unused_index",
}
KINDS = {"broken_checks", "duplicates", "file_check", "not_validated", "nulls", "orphans", "sequences"}


@dataclass
class Examined:
    database: Database
    findings: list[HealthFinding]
    results: list[IntegrityResult]


def _setups(engine: str) -> list[str]:
    """The statements of all examples, each once."""
    found: dict[str, None] = {}
    for one in (*lints(), *kinds()):
        for example in (*one.BAD, *one.NEAR):
            if example.engine == engine:
                found |= dict.fromkeys(example.setup)
    return list(found)


def fill(database: Database) -> None:
    """Make all examples. What takes stock of a table comes when the counters of its rows are written."""
    setups = _setups(database.engine)
    stock = [sql for sql in setups if sql.startswith(("ANALYZE", "VACUUM"))]
    counters = ["SELECT pg_stat_force_next_flush()"] if database.engine == "postgresql" else []
    database.run(*(sql for sql in setups if sql not in stock), *counters)
    if stock:
        database.run(*stock)


@pytest.fixture(scope="module")
def examined(desk: Desk, database_of: Callable[[str], Database]) -> Callable[[str], Examined]:
    done: dict[str, Examined] = {}

    def look(engine: str) -> Examined:
        if engine not in done:
            database = database_of(engine)
            fill(database)
            lint = desk.call(LINT, LintRequest(connection=database.url))
            events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url))
            results = [event.result for event in events if event.result is not None]
            assert [one.check for one in lint.checks if one.skipped and engine in _engines(one.check)] == []
            assert [one for one in results if one.problem] == []
            done[engine] = Examined(database, lint.findings, results)
        return done[engine]

    return look


def _engines(check: str) -> tuple[str, ...]:
    return next(one.ENGINES for one in lints() if check == one.ID)


def _examples(listed: Any) -> list[Any]:
    found = []
    for one in listed:
        for speaks, examples in ((True, one.BAD), (False, one.NEAR)):
            for example in examples:
                name = f"{one.ID}-{'true' if speaks else 'nearly'}-{example.engine}-{example.table}"
                mark = pytest.mark.engine("mariadb" if example.engine == "mysql" else example.engine)
                found.append(pytest.param(one.ID, example, speaks, id=name, marks=mark))
    return found


def test_all_are_there_with_both_kinds_of_example_for_each_of_their_engines() -> None:
    assert {one.ID for one in lints()} == LINTS
    assert {one.ID for one in kinds()} == KINDS
    for one in (*lints(), *kinds()):
        for engine in one.ENGINES:
            assert [example for example in one.BAD if example.engine == engine], (one.ID, engine)
            assert [example for example in one.NEAR if example.engine == engine], (one.ID, engine)


@pytest.mark.parametrize(("check", "example", "speaks"), _examples(lints()))
def test_a_check_of_the_schema(check: str, example: Example, speaks: bool, examined, desk: Desk) -> None:
    seen = examined(example.engine)
    found = [one for one in seen.findings if (one.check, one.table) == (check, example.table)]
    assert bool(found) == speaks, found
    for one in found:
        assert one.title and one.text and one.advice and one.key
        assert _rows(desk, seen.database, one.query), one.query
        for operation in one.operations:
            assert rendered(operation, example.engine).upgrade


@pytest.mark.parametrize(("check", "example", "speaks"), _examples(kinds()))
def test_a_question_to_the_data(check: str, example: Example, speaks: bool, examined, desk: Desk) -> None:
    seen = examined(example.engine)
    found = [one for one in seen.results if (one.check, one.table) == (check, example.table) and one.count]
    assert bool(found) == speaks, found
    for one in found:
        assert one.text and one.advice and one.rows and len(one.columns) == len(one.rows[0])
        assert len(_rows(desk, seen.database, one.query)) == one.count
        assert len(one.rows) == min(one.count, 5)


def _rows(desk: Desk, database: Database, query: str) -> list[tuple[Any, ...]]:
    call = Call("proof", "test", desk.services)
    with call.session(database.url, read_only=True) as lease:
        return rows(lease.session, query)


def _applied(database: Database, operations: list[dict[str, Any]]) -> None:
    """What a revision of these operations does, by the engine's own driver."""
    quote = "`" if database.engine == "mysql" else '"'
    for one in operations:
        table = f"{quote}{one.get('table', '')}{quote}"
        columns = ", ".join(f"{quote}{name}{quote}" for name in one.get("columns", []))
        if one["op"] == "create_index":
            database.run(f"CREATE INDEX made_{abs(hash(columns + table))} ON {table} ({columns})")
        elif one["op"] == "drop_index":
            database.run(f"DROP INDEX {one['name']}" + (f" ON {table}" if database.engine == "mysql" else ""))
        else:
            database.run(one["sql"])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cure_of_each_finding_cures_it(engine: str, desk: Desk, database_of) -> None:
    database: Database = database_of(engine)
    fill(database)
    found = desk.call(LINT, LintRequest(connection=database.url)).findings
    curable = [one for one in found if one.operations]
    assert curable
    for one in curable:
        desk.services.disconnect(database.url)  # DuckDB's file belongs to one process at a time
        _applied(database, one.operations)
    again = {one.key for one in desk.call(LINT, LintRequest(connection=database.url)).findings}
    assert again & {one.key for one in curable} == set()
