"""Rows that refer to a row that is not there, by a declared foreign key or by a column's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from embedded_server.health.question import Question, counted
from embedded_server.health.schema import Example, Schema, Table, execute
from embedded_server.wire.data import Column

ID = "orphans"
TITLE = "Rows that refer to nothing"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_KINDS = ("number", "text", "uuid")


def questions(schema: Schema) -> Iterator[Question]:
    """One for each foreign key, and for each column that is called like one."""
    for table in schema.tables:
        declared = {name for key in table.told.foreign_keys for name in key.columns}
        for key in table.told.foreign_keys:
            target = schema.find(key.target)
            same = not key.target_schema or key.target_schema == schema.name
            if target is not None and same and key.target_columns:
                yield _question(schema, table, key.columns, target, key.target_columns, True)
        for column in table.stored():
            target = _meant(schema, table, column) if column.name not in declared else None
            if target is not None:
                yield _question(schema, table, [column.name], target, target.told.primary_key, False)


def _meant(schema: Schema, table: Table, column: Column) -> Table | None:
    """The table that `customer_id` or `customerId` speaks of, if its key could be meant."""
    name = column.name
    stem = name[:-3] if name.lower().endswith("_id") else name[:-2] if name.endswith("Id") else ""
    if not stem or column.key or column.kind not in _KINDS:
        return None
    for one in schema.tables:
        if one.name.lower() in _named(stem.lower()) and len(one.told.primary_key) == 1:
            key = one.column(one.told.primary_key[0])
            if key is not None and key.kind == column.kind:
                return one
    return None


def _named(stem: str) -> tuple[str, ...]:
    ies = (stem[:-1] + "ies",) if stem.endswith("y") else ()
    return (stem, stem + "s", stem + "es", *ies)


def _question(
    schema: Schema, table: Table, columns: Sequence[str], target: Table, keys: Sequence[str], declared: bool
) -> Question:
    named = f"{table.name} ({', '.join(columns)})"
    pairs = [(schema.column(key), schema.column(column)) for key, column in zip(keys, columns, strict=False)]
    there = " AND ".join(f"c.{column} IS NOT NULL" for _, column in pairs)
    equal = " AND ".join(f"p.{key} = c.{column}" for key, column in pairs)
    query = (
        f"SELECT c.* FROM {schema.sql(table)} AS c\nWHERE {there} AND NOT EXISTS (\n"
        f"  SELECT 1 FROM {schema.sql(target)} AS p WHERE {equal})"
    )
    name = schema.column(f"fk_{table.name}_{'_'.join(columns)}")
    link = execute(
        f"ALTER TABLE {schema.sql(table)} ADD CONSTRAINT {name} FOREIGN KEY ({schema.columns(columns)})"
        f" REFERENCES {schema.sql(target)} ({schema.columns(keys)})",
        f"ALTER TABLE {schema.sql(table)} DROP CONSTRAINT {name}",
    )
    can = not declared and schema.engine in ("postgresql", "mysql")
    return Question(
        ID,
        f"{named} → {target.name}",
        query,
        partial(_told, table.name, target.name),
        table,
        list(columns),
        f"Delete these rows, set the reference to NULL, or bring the missing rows of {target.name} back.",
        "error" if declared else "warn",
        declared,
        free=[link] if can else (),
    )


def _told(table: str, target: str, count: int) -> str:
    verb = "refers" if count == 1 else "refer"
    return f"{counted(count, 'row')} of {table} {verb} to rows of {target} that are not there."


_OWNERS = "CREATE TABLE persons_or (id integer PRIMARY KEY)"
_FILL = "INSERT INTO persons_or SELECT n FROM {numbers} WHERE n <= 50"
_BY_NAME = "CREATE TABLE {name} (id integer PRIMARY KEY, persons_or_id integer)"
_PETS = "CREATE TABLE {name} (id integer PRIMARY KEY, owner integer{refers})"
_ROWS = "INSERT INTO {name} VALUES (1, 5), (2, 50), (3, NULL){more}"
_LINK = "ALTER TABLE pets_od ADD FOREIGN KEY (owner) REFERENCES persons_or (id)"


def _named_example(name: str, more: str) -> tuple[str, ...]:
    return (_OWNERS, _FILL, _BY_NAME.format(name=name), _ROWS.format(name=name, more=more))


BAD = (
    *(Example(engine, "pets_on", _named_example("pets_on", ", (4, 51)")) for engine in ENGINES),
    Example(
        "sqlite",
        "pets_od",
        (
            _PETS.format(name="pets_od", refers=" REFERENCES persons_or (id)"),
            "INSERT INTO pets_od VALUES (1, 51)",
        ),
    ),
    Example(
        "postgresql",
        "pets_od",
        (_PETS.format(name="pets_od", refers=""), "INSERT INTO pets_od VALUES (1, 51)", _LINK + " NOT VALID"),
    ),
    Example(
        "mysql",
        "pets_od",
        (
            _PETS.format(name="pets_od", refers=""),
            "INSERT INTO pets_od VALUES (1, 51)",
            f"SET foreign_key_checks = 0; {_LINK}; SET foreign_key_checks = 1",
        ),
    ),
)
NEAR = tuple(Example(engine, "pets_oo", _named_example("pets_oo", ", (4, 49)")) for engine in ENGINES)
