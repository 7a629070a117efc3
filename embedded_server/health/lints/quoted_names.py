"""Names that have to be quoted in every statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.health.proofs import here, is_table, of_columns
from embedded_server.health.schema import Example, Schema, Table, finding, listed
from embedded_server.wire.health import HealthFinding

ID = "quoted_names"
TITLE = "Names that need quotes"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_FOLDED = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")
# Reserved by all of these products.
_RESERVED = listed(
    "all and as case check column create default distinct else end except foreign from grant group having in "
    "intersect into limit not null on or order primary references select table then to union unique "
    "using when where with"
)


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Blanks and reserved words; on PostgreSQL capitals too, for it folds what is not quoted."""
    plain = _FOLDED if schema.engine == "postgresql" else _PLAIN
    for table in schema.tables:
        columns = [column.name for column in table.told.columns if _is_odd(column.name, plain)]
        odd = _is_odd(table.name, plain)
        if odd or columns:
            named = [table.name, *columns] if odd else columns
            yield finding(
                schema,
                ID,
                table,
                columns,
                title=f"{table.name}: {', '.join(named[:3])}{'…' if len(named) > 3 else ''} must be quoted",
                text="Without quotes such a name is another one, or no name at all, in every "
                "statement, by hand or by a program.",
                advice="Rename when the programs that use it can be changed along.",
                severity="info",
                confidence="high",
                query=_proof(schema, table, columns, odd),
                mark="names",
            )


def _is_odd(name: str, plain: re.Pattern[str]) -> bool:
    return plain.match(name) is None or name.lower() in _RESERVED


def _proof(schema: Schema, table: Table, columns: list[str], odd: bool) -> str:
    if columns:
        return of_columns(schema, table, columns)
    if schema.engine == "sqlite":
        return f"SELECT name FROM sqlite_schema WHERE type = 'table' AND name = {here(schema, table)}"
    return f"SELECT table_name FROM information_schema.tables WHERE {is_table(schema, table)}"


def _quoted(engine: str, name: str) -> str:
    return f"`{name}`" if engine == "mysql" else f'"{name}"'


def _made(engine: str, table: str, column: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE {_quoted(engine, table)} (id integer PRIMARY KEY, {_quoted(engine, column)} integer)",
    )


BAD = (
    *(Example(engine, "names_qn", _made(engine, "names_qn", "order")) for engine in ENGINES),
    *(Example(engine, "two words", _made(engine, "two words", "v")) for engine in ENGINES),
    Example("postgresql", "Names_qp", _made("postgresql", "Names_qp", "v")),
)
NEAR = (
    *(Example(engine, "names_qo", _made(engine, "names_qo", "orders")) for engine in ENGINES),
    *(
        Example(engine, "Names_qp", _made(engine, "Names_qp", "v"))
        for engine in ("mysql", "sqlite", "duckdb")
    ),
)
