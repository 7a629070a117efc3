"""A foreign key whose columns no index of its own table begins with."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import here, regclass
from embedded_server.health.schema import Example, Schema, Table, finding
from embedded_server.wire.data import ForeignKey
from embedded_server.wire.health import HealthFinding, Severity

ID = "foreign_key_index"
TITLE = "Foreign keys without an index"
# InnoDB and DuckDB make these indexes by themselves.
ENGINES = ("postgresql", "sqlite")
_MANY = 1000


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Each delete or change of the target reads the whole table."""
    for table in schema.tables:
        for key in table.told.foreign_keys:
            covered = table.led_by(key.columns) is not None or table.told.primary_key[
                : len(key.columns)
            ] == list(key.columns)
            if not covered:
                yield _finding(schema, table, key)


def _finding(schema: Schema, table: Table, key: ForeignKey) -> HealthFinding:
    columns = ", ".join(key.columns)
    small = table.rows is not None and 0 <= table.rows < _MANY
    severity: Severity = "info" if small else "warn"
    rows = f"~{table.rows:,} rows" if table.rows is not None and table.rows >= 0 else "every row"
    return finding(
        schema,
        ID,
        table,
        key.columns,
        title=f"{table.name} ({columns}) refers to {key.target} without an index",
        text=f"Each delete in {key.target}, and each look-up of its {table.name}, reads {rows}.",
        advice=f"Create an index on {table.name} ({columns}).",
        severity=severity,
        confidence="high",
        query=_proof(schema, table, key),
        operations=[{"op": "create_index", **schema.bare(table), "columns": list(key.columns)}],
        doc="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    )


def _proof(schema: Schema, table: Table, key: ForeignKey) -> str:
    if schema.engine == "postgresql":
        return (
            "SELECT k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k\n"
            f"WHERE k.conrelid = {regclass(schema, table)} AND k.conname = {schema.text(key.name)}\n"
            "AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid\n"
            "  AND i.indpred IS NULL AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)"
        )
    name = here(schema, table)
    column = schema.text(key.columns[0])
    return (
        f'SELECT f."from", f."table" FROM pragma_foreign_key_list({name}) AS f WHERE f."from" = {column}\n'
        f"AND NOT EXISTS (SELECT 1 FROM pragma_index_list({name}) AS l JOIN pragma_index_info(l.name) AS i\n"
        f"  WHERE i.seqno = {len(key.columns) - 1} AND NOT l.partial"
        f" AND i.name IN ({', '.join(map(schema.text, key.columns))}))"
    )


_OWNER = "CREATE TABLE owners_fk (id integer PRIMARY KEY)"
_PETS = (
    "CREATE TABLE {name} (id integer PRIMARY KEY, age integer, owner_id integer REFERENCES owners_fk (id))"
)
_SETUP = (_OWNER, _PETS.format(name="pets_fk"), "CREATE INDEX ix_pets_fk ON pets_fk (age, owner_id)")
_COVERED = (_PETS.format(name="pets_fi"), "CREATE INDEX ix_pets_fi ON pets_fi (owner_id, age)")
BAD = tuple(Example(engine, "pets_fk", _SETUP) for engine in ENGINES)
NEAR = tuple(Example(engine, "pets_fi", _COVERED) for engine in ENGINES)
