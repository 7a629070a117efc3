"""Names that differ in nothing but capitals."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import is_table
from embedded_server.health.schema import Example, Schema, Table, finding
from embedded_server.wire.health import HealthFinding

ID = "case_twins"
TITLE = "Names that differ only in capitals"
# The others do not let them come about.
ENGINES = ("postgresql",)


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Tables beside each other, and columns of one table."""
    seen: dict[str, Table] = {}
    for table in sorted(schema.tables, key=_by_name):
        twin = seen.setdefault(table.name.lower(), table)
        if twin is not table:
            names = f"table_schema = {schema.text(table.schema)} AND lower(table_name) = "
            yield _finding(
                schema,
                table,
                [],
                f"{twin.name} and {table.name}",
                "SELECT table_name FROM information_schema.tables\nWHERE "
                f"{names}{schema.text(table.name.lower())}",
            )
        columns: dict[str, str] = {}
        for column in table.told.columns:
            other = columns.setdefault(column.name.lower(), column.name)
            if other != column.name:
                yield _finding(
                    schema,
                    table,
                    [other, column.name],
                    f"{table.name}: {other} and {column.name}",
                    f"SELECT column_name FROM information_schema.columns\nWHERE {is_table(schema, table)}"
                    f" AND lower(column_name) = {schema.text(column.name.lower())}",
                )


def _by_name(table: Table) -> str:
    return table.name


def _finding(schema: Schema, table: Table, columns: list[str], names: str, query: str) -> HealthFinding:
    return finding(
        schema,
        ID,
        table,
        columns,
        title=f"{names} differ only in capitals",
        text="Which of both is meant depends on quotes; a statement that forgets them works on the "
        "other one.",
        advice="Rename one of them, or drop the one that was made by mistake.",
        severity="warn",
        confidence="high",
        query=query,
        mark=names,
    )


_TABLE = 'CREATE TABLE "{name}" (id integer PRIMARY KEY, {columns})'
BAD = (
    Example(
        "postgresql", "twin_ct", (_TABLE.format(name="twin_ct", columns='size integer, "Size" integer'),)
    ),
    Example(
        "postgresql",
        "pair_ct",
        tuple(_TABLE.format(name=name, columns="v integer") for name in ("Pair_ct", "pair_ct")),
    ),
)
NEAR = (
    Example(
        "postgresql", "twin_cu", (_TABLE.format(name="twin_cu", columns='size integer, "Sizes" integer'),)
    ),
)
