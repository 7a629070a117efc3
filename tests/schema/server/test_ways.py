"""Each change on each database: run directly or by its revision it gives the same, and the way back gives
what was there, rows and all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from embedded_server.wire.ddl import Operation
from embedded_server.wire.schema import COMPOSE, RUN, ComposeRequest, RunRequest
from tests.health.databases import Database
from tests.schema.seen import alembic, seen

from .conftest import Desk

# Names as nobody would give them: quotes, dots, a keyword, an emoji, capitals, 63 bytes.
HOSTILE = "a\"b.c'd 😀 Größe"
# MariaDB's names have no letters beyond the basic plane.
PLAINER = HOSTILE.replace("😀", "☃")
LONG = "x" * 63
LONE = "INSERT INTO lone VALUES (1, '1', 1, 10), (2, '2', 2, 20), (3, '3', NULL, 30)"
FILL = "UPDATE lone SET b = id * 10"
QUOTE = {"mysql": "`"}


def quoted(engine: str, name: str) -> str:
    mark = QUOTE.get(engine, '"')
    return mark + name.replace(mark, mark * 2) + mark


def hostile(engine: str) -> str:
    return PLAINER if engine == "mysql" else HOSTILE


def asked_of(engine: str, change: str) -> list[Operation]:
    found = [part for name in GROUPS[change] for part in CHANGES[name]]
    text = json.dumps(found)
    if engine == "mysql":
        text = text.replace("\\ud83d\\ude00", "\\u2603")
    return list(msgspec.json.decode(text, type=list[Operation]))


def filled(database: Database) -> Database:
    """A parent with an index, a unique key and a check, and a child whose rows go with it."""
    words = (hostile(database.engine), "select", "parent")
    name, select, parent = (quoted(database.engine, word) for word in words)
    cascade = "" if database.engine == "duckdb" else " ON DELETE CASCADE"
    database.run(
        f"CREATE TABLE {parent} (id INTEGER NOT NULL PRIMARY KEY, {name} VARCHAR(40) DEFAULT 'x' NOT NULL,"
        f" {select} INTEGER, n NUMERIC(10, 2), CONSTRAINT ck_n CHECK (n > 0),"
        f" CONSTRAINT uq_n UNIQUE ({select}))",
        "CREATE TABLE lone (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(20), n INTEGER, b INTEGER)",
        f"CREATE TABLE child (id INTEGER NOT NULL PRIMARY KEY, p INTEGER, CONSTRAINT fk_p FOREIGN KEY (p)"
        f" REFERENCES {parent} (id){cascade})",
        f"INSERT INTO {parent} VALUES (1, 'it''s', 10, 1.5), (2, ' :b%', 20, 2.25), (3, 'c', NULL, 3)",
        LONE,
        "INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)",
    )
    return database


def counts(database: Database) -> list[Any]:
    """How much is in each table, and a sum over it."""
    parent = quoted(database.engine, "parent")
    found = []
    for table, column in ((parent, "id"), ("lone", "id"), ("child", "id * 10 + p")):
        ((count, total),) = database.run(f"SELECT count(*), sum({column}) FROM {table}")
        found.append((table, int(count), int(total)))
    return found


def one(op: str, table: str = "lone", **fields: Any) -> dict[str, Any]:
    return {"op": op, "table": table, **fields}


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


CHANGES: dict[str, list[dict[str, Any]]] = {
    "add_column": [one("add_column", column=column(HOSTILE, "varchar(12)"))],
    "add_required": [one("add_column", column=column(LONG, "integer", nullable=False, default="7"))],
    "drop_column": [one("drop_column", column="b")],
    "rename_column": [one("alter_column", column="a", to=column("A " + HOSTILE, "varchar(20)"))],
    "retype": [one("alter_column", column="n", to=column("n", "bigint"))],
    "required": [one("alter_column", column="b", to=column("b", "integer", nullable=False))],
    "default": [one("alter_column", column="a", to=column("a", "varchar(20)", default="'it''s :b 100%'"))],
    "all_of_a_column": [
        one("alter_column", column="b", to=column("B c", "bigint", nullable=False, default="5")),
        one("add_unique", unique={"columns": ["B c"]}),
    ],
    "unique": [one("add_unique", unique={"columns": ["a", "b"]})],
    "check": [one("add_check", check={"sql": "b > 0 AND a <> ' :b%'", "name": "ck_b"})],
    "foreign": [one("add_foreign_key", foreign={"columns": ["n"], "target": "parent", "target_columns": []})],
    "primary": [one("set_primary_key", key={"columns": ["id", "b"]})],
    "index": [one("create_index", columns=["a", "b"], unique=True)],
    "rename_table": [one("rename_table", name="L " + HOSTILE)],
    "drop_table": [one("drop_table")],
    "drop_constraints": [
        one("drop_unique", "parent", unique={"columns": ["select"]}),
        one("drop_check", "parent", check={"sql": "(n > 0)", "name": "ck_n"}),
    ],
    "create_table": [
        one(
            "create_table",
            HOSTILE,
            spec={
                "table": HOSTILE,
                "columns": [
                    column("id", "integer"),
                    column("select", "varchar(30)", nullable=False, default="' :b%'"),
                    column("p", "integer"),
                    column("amount", "numeric(12, 3)"),
                ],
                "primary_key": {"columns": ["id"]},
                "uniques": [{"columns": ["select"]}],
                "checks": [{"sql": "amount > 0 AND amount < 1000"}],
                "foreign_keys": [{"columns": ["p"], "target": "parent", "target_columns": ["id"]}],
                "indexes": [{"columns": ["amount", "p"]}],
            },
        )
    ],
    "view": [one("create_view", "V " + HOSTILE, sql="SELECT id, ' :b%' AS x FROM lone WHERE b > 10")],
}
# SQLite does each by itself, which is quick; the servers do those of a kind together.
GROUPS: dict[str, list[str]] = {name: [name] for name in CHANGES} | {
    "columns": ["add_column", "add_required", "rename_column", "retype", "all_of_a_column"],
    "constraints": ["unique", "check", "foreign", "index", "required"],
    "new": ["create_table", "view", "default", "rename_table"],
    "dropped": ["drop_column", "drop_constraints"],
}
TOGETHER = ("columns", "constraints", "new", "dropped", "primary", "drop_table")
CASES = [("sqlite", name) for name in CHANGES]
CASES += [(engine, name) for engine in ("postgresql", "mysql") for name in TOGETHER]
# Its sessions are processes, which take their time to start.
CASES += [("duckdb", name) for name in ("columns", "constraints", "dropped")]
# What a product cannot do is refused, and that is the answer that is wanted.
CANNOT = {
    # A table that others refer to is not altered there.
    ("duckdb", "dropped"): "sql.error",
}


Pairs = Callable[[str], tuple[Database, Database]]


@pytest.fixture(scope="module")
def pairs(database_of: Callable[[str], Database]) -> Iterator[Pairs]:
    """Two equal databases of an engine, kept until a test spoils them."""
    made: dict[str, tuple[Database, Database]] = {}

    def pair(engine: str) -> tuple[Database, Database]:
        both = made.pop(engine, None) or (filled(database_of(engine)), filled(database_of(engine)))
        kept.append((engine, both))
        return both

    kept: list[tuple[str, tuple[Database, Database]]] = []

    def give_back() -> None:
        made.update(kept)
        kept.clear()

    pair.give_back = give_back  # type: ignore[attr-defined]
    yield pair


@pytest.mark.parametrize(("engine", "change"), CASES)
def test_what_runs_is_what_the_revision_does_and_takes_back(
    engine: str, change: str, desk: Desk, pairs: Any
) -> None:
    direct, revised = pairs(engine)
    operations = asked_of(engine, change)
    before, rows = seen(revised), counts(revised)
    composed = desk.call(COMPOSE, ComposeRequest(revised.url, operations))
    asked = RunRequest(direct.url, operations, composed.word or "yes")
    if (engine, change) in CANNOT:
        assert desk.refused(RUN, asked).code == CANNOT[engine, change]
        for database in (direct, revised):
            desk.services.disconnect(database.url)
        assert seen(direct) == before
        pairs.give_back()
        return
    ran = desk.call(RUN, asked)
    assert ran.statements == [sql for part in composed.composed for sql in part.statements]
    upgrade = "\n".join(part.upgrade for part in composed.composed)
    downgrade = "\n".join(part.downgrade for part in reversed(composed.composed))
    for database in (direct, revised):
        desk.services.disconnect(database.url)
    alembic(revised, upgrade)
    assert seen(direct) == seen(revised) != before
    if not {"drop_table", "rename_table"} & set(GROUPS[change]):
        assert counts(direct) == counts(revised) == rows
    for database in (direct, revised):
        alembic(database, downgrade)
        assert seen(database) == before
        if change != "drop_table":
            assert counts(database) == rows
    refill = {"drop_table": LONE, "drop_column": FILL, "dropped": FILL}.get(change)
    for database in (direct, revised) if refill else ():
        database.run(refill)
    pairs.give_back()
