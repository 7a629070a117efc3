"""Queries to the catalogue that prove something of a table: rows come back exactly if it is so."""

from __future__ import annotations

from collections.abc import Sequence

from .schema import Schema, Table


def of_columns(schema: Schema, table: Table, columns: Sequence[str], condition: str = "") -> str:
    """The columns that are there, with their types; `condition` speaks of `type` and `nullable` (0 or 1)."""
    listed = ", ".join(schema.text(name) for name in columns)
    where = f" AND {condition}" if condition else ""
    if schema.engine == "sqlite":
        inner = (
            f"""SELECT name, type, "notnull" = 0 AS nullable FROM pragma_table_info({here(schema, table)})"""
        )
    else:
        inner = (
            "SELECT column_name AS name, data_type AS type, CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END"
            f" AS nullable FROM information_schema.columns WHERE {is_table(schema, table)}"
        )
    return f"SELECT * FROM (\n  {inner}\n) AS c\nWHERE c.name IN ({listed}){where}"


def here(schema: Schema, table: Table) -> str:
    """The table's name as a literal."""
    return schema.text(table.name)


def is_table(schema: Schema, table: Table, alias: str = "") -> str:
    """The condition of information_schema for the table."""
    dot = f"{alias}." if alias else ""
    return f"{dot}table_schema = {schema.text(table.schema)} AND {dot}table_name = {here(schema, table)}"


def regclass(schema: Schema, table: Table) -> str:
    """The table as PostgreSQL's regclass."""
    return f"{schema.text(schema.grammar.table(table.schema, table.name))}::regclass"


def of_indexes(schema: Schema, table: Table, names: Sequence[str]) -> str:
    """Indexes that are there, with what they cover."""
    listed = ", ".join(schema.text(name) for name in names)
    if schema.engine == "postgresql":
        return (
            "SELECT indexname, indexdef FROM pg_indexes\n"
            f"WHERE schemaname = {schema.text(table.schema)} AND tablename = {here(schema, table)}"
            f" AND indexname IN ({listed})"
        )
    if schema.engine == "sqlite":
        return (
            "SELECT l.name, group_concat(i.name, ', ') AS columns\n"
            f"FROM pragma_index_list({here(schema, table)}) AS l JOIN pragma_index_info(l.name) AS i\n"
            f"WHERE l.name IN ({listed}) GROUP BY l.name"
        )
    if schema.engine == "duckdb":
        return (
            "SELECT index_name, sql FROM duckdb_indexes()\n"
            f"WHERE table_name = {here(schema, table)} AND index_name IN ({listed})"
        )
    return (
        "SELECT index_name, group_concat(column_name ORDER BY seq_in_index SEPARATOR ', ') AS columns\n"
        f"FROM information_schema.statistics WHERE {is_table(schema, table)}"
        f" AND index_name IN ({listed})\nGROUP BY index_name"
    )
