"""char(n), which pads with blanks and compares without them."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import of_columns
from embedded_server.health.schema import Example, Schema, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "padded_text"
TITLE = "Padded text: char(n)"
ENGINES = ("postgresql",)
# Codes of a fixed length are what the type is for.
_CODE = 3


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Longer ones than a code."""
    for table in schema.tables:
        for column in table.stored():
            length = column.type.removeprefix("character(").removesuffix(")")
            if not column.type.startswith("character(") or not length.isdigit() or int(length) <= _CODE:
                continue
            name, start = schema.column(column.name), f"ALTER TABLE {schema.sql(table)} ALTER COLUMN"
            yield finding(
                schema,
                ID,
                table,
                [column.name],
                title=f"{table.name}.{column.name} pads every text to {length} characters",
                text=f"A {column.type} value is stored with blanks up to its length, compared without "
                "them, and handed to programs with them.",
                advice=f"Change the type to varchar({length}), or to text with a check of its length.",
                severity="info",
                confidence="high",
                query=of_columns(schema, table, [column.name], "c.type = 'character'"),
                operations=[
                    execute(
                        f"{start} {name} TYPE varchar({length}) USING rtrim({name})",
                        f"{start} {name} TYPE {column.type}",
                    )
                ],
                doc="https://www.postgresql.org/docs/current/datatype-character.html",
            )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v {type})"
BAD = (Example("postgresql", "codes_pt", (_TABLE.format(name="codes_pt", type="char(20)"),)),)
NEAR = (
    Example("postgresql", "codes_pu", (_TABLE.format(name="codes_pu", type="varchar(20)"),)),
    Example("postgresql", "codes_pv", (_TABLE.format(name="codes_pv", type="char(2)"),)),
)
