"""Amounts of money in binary floating point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from embedded_server.health.proofs import of_columns
from embedded_server.health.schema import Example, Schema, Table, execute, finding, listed, words
from embedded_server.wire.data import Column
from embedded_server.wire.health import HealthFinding

ID = "money_as_float"
TITLE = "Money as floating point"
ENGINES = ("postgresql", "mysql", "duckdb", "sqlite")
_MONEY = listed(
    "price amount total subtotal cost balance salary wage fee tax vat revenue payment money budget"
)
# A share of money is none.
_NONE = listed("rate percent percentage ratio share count")
_FLOATS = ("double precision", "real", "double", "float", "float4", "float8")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """By the column's name and type: 0.1 + 0.2 is not 0.3 there."""
    for table in schema.tables:
        for column in table.stored():
            parts = set(words(column.name))
            if _is_float(column) and parts & _MONEY and not parts & _NONE:
                yield _finding(schema, table, column)


def _is_float(column: Column) -> bool:
    return column.type.lower().partition("(")[0].replace(" unsigned", "") in _FLOATS


def _finding(schema: Schema, table: Table, column: Column) -> HealthFinding:
    lite = schema.engine == "sqlite"
    exact = "numeric(19, 4)"
    return finding(
        schema,
        ID,
        table,
        [column.name],
        title=f"{table.name}.{column.name} keeps money as {column.type}",
        text="Sums of decimal fractions are not exact in binary: 0.1 + 0.2 is 0.30000000000000004, "
        "and totals differ by cents from what their parts add up to.",
        advice="Keep whole cents in an INTEGER column: SQLite has no decimal type."
        if lite
        else f"Change the type to {exact}; rows are rounded to four places by that.",
        severity="info" if lite else "warn",
        confidence="medium",
        query=of_columns(schema, table, [column.name], _condition()),
        operations=_cure(schema, table, column, exact),
        doc="https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT",
    )


def _condition() -> str:
    return f"lower(c.type) IN ({', '.join(repr(name) for name in _FLOATS)})"


def _cure(schema: Schema, table: Table, column: Column, wanted: str) -> list[dict[str, Any]]:
    if schema.engine not in ("postgresql", "duckdb"):
        return []
    start = f"ALTER TABLE {schema.sql(table)} ALTER COLUMN {schema.column(column.name)} TYPE"
    return [execute(f"{start} {wanted}", f"{start} {column.type}")]


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, {column} {type})"
_TYPES = {"postgresql": "double precision", "mysql": "double", "duckdb": "DOUBLE", "sqlite": "REAL"}
BAD = tuple(
    Example(engine, "sales_mf", (_TABLE.format(name="sales_mf", column="total_price", type=kind),))
    for engine, kind in _TYPES.items()
)
NEAR = (
    *(
        Example(
            engine, "sales_mg", (_TABLE.format(name="sales_mg", column="total_price", type="numeric(9, 2)"),)
        )
        for engine in ENGINES
    ),
    *(
        Example(engine, "sales_mh", (_TABLE.format(name="sales_mh", column="tax_rate", type=kind),))
        for engine, kind in _TYPES.items()
    ),
)
