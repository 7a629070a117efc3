"""Indexes that failed to be built, and constraints that were never checked against the rows."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import text
from embedded_server.health.proofs import regclass
from embedded_server.health.question import Question
from embedded_server.health.schema import Example, Schema, Table, execute

ID = "not_validated"
TITLE = "Invalid indexes and constraints that were never checked"
ENGINES = ("postgresql",)
_CONSTRAINTS = """SELECT c.relname, k.conname FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = {schema} AND NOT k.convalidated ORDER BY 1, 2"""


def questions(schema: Schema) -> Iterator[Question]:
    """One for each that there is; both are facts of the catalogue."""
    for table in schema.tables:
        for index in table.told.indexes:
            if not index.valid:
                yield _index(schema, table, index.name)
    for name, constraint in schema.ask(_CONSTRAINTS.format(schema=schema.text(schema.name))):
        table_found = schema.find(text(name))
        if table_found is not None:
            yield _constraint(schema, table_found, text(constraint))


def _index(schema: Schema, table: Table, name: str) -> Question:
    full = schema.grammar.table(table.schema, name)
    return Question(
        ID,
        f"Index {name} of {table.name}",
        f"SELECT indexrelid::regclass AS index, pg_get_indexdef(indexrelid) AS definition FROM pg_index\n"
        f"WHERE indrelid = {regclass(schema, table)} AND indexrelid = {schema.text(full)}::regclass"
        " AND NOT indisvalid",
        lambda _: f"{name} was not built to its end: no query uses it, and each write still keeps it up.",
        table,
        advice="Drop it and build it again (CONCURRENTLY fails on duplicates of a unique index: look there).",
        severity="error",
        cure=[{"op": "drop_index", **schema.bare(table), "name": name}],
        mark=name,
    )


def _constraint(schema: Schema, table: Table, name: str) -> Question:
    validate = f"ALTER TABLE {schema.sql(table)} VALIDATE CONSTRAINT {schema.column(name)}"
    return Question(
        ID,
        f"Constraint {name} of {table.name}",
        f"SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint\n"
        f"WHERE conrelid = {regclass(schema, table)} AND conname = {schema.text(name)} AND NOT convalidated",
        lambda _: f"{name} holds for new rows only: those that were there before were never checked.",
        table,
        advice="VALIDATE CONSTRAINT checks them without keeping writers out.",
        severity="warn",
        cure=[execute(validate)],
        mark=name,
    )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v integer)"
_ADD = "ALTER TABLE {name} ADD CONSTRAINT ck_{name} CHECK (v > 0)"
BAD = (
    Example("postgresql", "ck_nv", (_TABLE.format(name="ck_nv"), _ADD.format(name="ck_nv") + " NOT VALID")),
)
NEAR = (Example("postgresql", "ck_nw", (_TABLE.format(name="ck_nw"), _ADD.format(name="ck_nw"))),)
