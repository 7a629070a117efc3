"""The structure of one table: one query for what a page needs, SHOW CREATE TABLE and four more for all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import NamedTuple, TypeVar

import msgspec

from embedded_server.engines.support.near import similar
from embedded_server.wire.data import (
    Check,
    Column,
    ForeignKey,
    ForeignTarget,
    Index,
    Reference,
    TableResponse,
    Trigger,
)
from embedded_server.wire.problem import ProblemError, problem

from . import types
from .catalog import KINDS, Query
from .channel import Row
from .grammar import MysqlGrammar

Part = TypeVar("Part")


class Product(NamedTuple):
    """What the structure queries must know of the server."""

    is_mariadb: bool
    has_expressions: bool


_grammar = MysqlGrammar()

# One row per column (c), index column (i), foreign key column (f), and for MariaDB per column that must hold
# JSON (j); first of all the table itself (t).
_PARTS = """
SELECT 't' AS part, TABLE_SCHEMA AS a, TABLE_NAME AS b, TABLE_TYPE AS c, TABLE_COMMENT AS d, NULL AS e,
  NULL AS f, NULL AS g, NULL AS h, NULL AS i
FROM information_schema.TABLES WHERE {where}
UNION ALL
SELECT 'c', COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME, COLUMN_COMMENT,
  {generated}, ORDINAL_POSITION
FROM information_schema.COLUMNS WHERE {where}
UNION ALL
SELECT 'i', INDEX_NAME, COLUMN_NAME, NON_UNIQUE, INDEX_TYPE, {expression}, NULLABLE, SUB_PART, NULL,
  SEQ_IN_INDEX
FROM information_schema.STATISTICS WHERE {where}
UNION ALL
SELECT 'f', k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,
  k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE, NULL, k.ORDINAL_POSITION
FROM information_schema.KEY_COLUMN_USAGE k
JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = {schema}
  AND r.TABLE_NAME = %(table)s AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
WHERE k.TABLE_SCHEMA = {schema} AND k.TABLE_NAME = %(table)s AND k.REFERENCED_TABLE_NAME IS NOT NULL
"""
_CHECKS = """
SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = {schema} AND TABLE_NAME = %(table)s ORDER BY CONSTRAINT_NAME
"""
_CHECKS_OF_MYSQL = """
SELECT c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c
JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA
  AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'
WHERE t.TABLE_SCHEMA = {schema} AND t.TABLE_NAME = %(table)s ORDER BY 1
"""
_JSON = """
UNION ALL
SELECT 'j', CHECK_CLAUSE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {schema} AND TABLE_NAME = %(table)s
  AND CHECK_CLAUSE LIKE 'json_valid(`%`)'
"""
_TRIGGERS = """
SELECT TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT FROM information_schema.TRIGGERS
WHERE EVENT_OBJECT_SCHEMA = {schema} AND EVENT_OBJECT_TABLE = %(table)s ORDER BY ACTION_ORDER, TRIGGER_NAME
"""
_SIZES = """
SELECT TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH, TABLE_TYPE FROM information_schema.TABLES
WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = %(table)s
"""
# Who refers here: asking information_schema makes MariaDB open every table of the database, InnoDB's own
# list does not; its names are spelled as those of files.
_REFERENCES_OF_INNODB = """
SELECT CONVERT(CAST(SUBSTRING_INDEX(f.FOR_NAME, '/', 1) AS BINARY) USING filename),
  CONVERT(CAST(SUBSTRING_INDEX(f.FOR_NAME, '/', -1) AS BINARY) USING filename),
  f.ID, f.TYPE, c.FOR_COL_NAME, c.REF_COL_NAME
FROM information_schema.INNODB_SYS_FOREIGN f JOIN information_schema.INNODB_SYS_FOREIGN_COLS c ON c.ID = f.ID
WHERE f.REF_NAME = CONCAT(CAST(CONVERT({schema} USING filename) AS BINARY), '/',
  CAST(CONVERT(%(table)s USING filename) AS BINARY))
ORDER BY f.ID, c.POS
"""
_REFERENCES = """
SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE
FROM information_schema.KEY_COLUMN_USAGE k
JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA
  AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
WHERE k.REFERENCED_TABLE_SCHEMA = {schema} AND k.REFERENCED_TABLE_NAME = %(table)s
ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""


# How InnoDB keeps the actions of a foreign key.
_ON_DELETE = {1: "CASCADE", 2: "SET NULL", 16: "NO ACTION"}
_JSON_COLUMN = re.compile(r"json_valid\(`((?:[^`]|``)*)`\)", re.IGNORECASE)


class _Ask(NamedTuple):
    """Questions about one table."""

    query: Query
    schema: str
    table: str

    def rows(self, sql: str, **texts: str) -> list[Row]:
        schema = "%(schema)s" if self.schema else "DATABASE()"
        where = f"TABLE_SCHEMA = {schema} AND TABLE_NAME = %(table)s"
        values = {"schema": self.schema, "table": self.table}
        return self.query(sql.format(schema=schema, where=where, **texts), values)


def columns(query: Query, schema: str, table: str, product: Product) -> TableResponse:
    """Columns, keys, indexes and foreign keys in one query. Raises data.unknown_table."""
    return _columns(_Ask(query, schema, table), product)


def table(query: Query, schema: str, table: str, product: Product) -> TableResponse:
    """Everything. What could not be read is named in `warnings`."""
    ask = _Ask(query, schema, table)
    found = _columns(ask, product)
    warnings: list[str] = []

    def part(what: str, read: Callable[[], Part]) -> Part | None:
        try:
            return read()
        except ProblemError as error:
            if error.problem.code != "sql.error":
                raise
            warnings.append(f"{what}: {error.problem.detail}")
            return None

    found = msgspec.structs.replace(
        found,
        ddl=part("DDL", lambda: _ddl(ask, found)) or "",
        triggers=part("Triggers", lambda: [_trigger(row, table) for row in ask.rows(_TRIGGERS)]) or [],
    )
    if found.kind == "table":
        rows, size = part("Size", lambda: _sizes(ask)) or (None, None)
        found = msgspec.structs.replace(
            found,
            checks=part("Checks", lambda: _checks(ask, product)) or [],
            references=part("Who refers here", lambda: _references(ask, product)) or [],
            rows=rows,
            bytes=size,
        )
    return msgspec.structs.replace(found, warnings=warnings)


# --- columns, keys, indexes, foreign keys ------------------------------------------------------------


def _columns(ask: _Ask, product: Product) -> TableResponse:
    sql = _PARTS + (_JSON if product.is_mariadb else "")
    expression = "EXPRESSION" if product.has_expressions else "NULL"
    rows = ask.rows(sql, expression=expression, generated="GENERATION_EXPRESSION")
    head = next((row for row in rows if row[0] == "t"), None)
    if head is None:
        raise _unknown(ask)
    _, schema, name, kind, comment, *_ = head
    indexes = _indexes([row for row in rows if row[0] == "i"], name or "")
    primary = next((index.columns for index, _ in indexes if index.primary), [])
    keys = _foreign_keys([row for row in rows if row[0] == "f"], schema or "")
    documents = {
        m[1].replace("``", "`") for row in rows if row[0] == "j" if (m := _JSON_COLUMN.match(row[1] or ""))
    }
    own = sorted((row for row in rows if row[0] == "c"), key=lambda row: int(row[9] or 0))
    is_view = kind in ("VIEW", "SYSTEM VIEW")
    return TableResponse(
        name or "",
        schema or "",
        KINDS.get(kind or "", "table"),
        [_column(row, primary, keys, documents, product) for row in own],
        primary_key=primary,
        row_key=primary or next((index.columns for index, fit in indexes if fit), []),
        foreign_keys=keys,
        indexes=[index for index, _ in indexes],
        comment="" if is_view else comment or "",
    )


def _unknown(ask: _Ask) -> ProblemError:
    shown = f"{ask.schema}.{ask.table}" if ask.schema else ask.table
    source = f" FROM {_grammar.name(ask.schema)}" if ask.schema else ""
    try:
        names = [row[0] or "" for row in ask.query(f"SHOW TABLES{source}")]
    except ProblemError as error:
        if error.problem.code != "sql.error":
            raise
        names = []
    hint = similar(ask.table, names)
    return problem("data.unknown_table", f"There is no table or view {shown}.", hint=hint)


def _column(
    row: Row, primary: list[str], keys: list[ForeignKey], documents: set[str], product: Product
) -> Column:
    _, name, type_name, nullable, default, extra, collation, comment, generated, _ = row
    name, type_name, extra = name or "", type_name or "", (extra or "").lower()
    if product.is_mariadb and default == "NULL":
        default = None
    if "auto_increment" in extra:
        default = "AUTO_INCREMENT"
    if generated:
        default = generated
    single = (key for key in keys if key.columns == [name])
    target = next((ForeignTarget(k.target, k.target_columns[0], k.target_schema) for k in single), None)
    is_generated = bool(generated) or "generated" in extra.replace("default_generated", "")
    return Column(
        name,
        type_name,
        "json" if name in documents else types.kind_of(type_name),
        nullable=nullable == "YES",
        key=primary.index(name) + 1 if name in primary else 0,
        default=default,
        generated=is_generated,
        comment=comment or "",
        collation=collation or "",
        references=target,
    )


def _grouped(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows of the same name together, in their own order."""
    ordered = sorted(rows, key=lambda row: (row[1] or "", int(row[9] or 0)))
    return [list(group) for _, group in groupby(ordered, key=lambda row: row[1])]


def _indexes(rows: list[Row], table: str) -> list[tuple[Index, bool]]:
    """Indexes, the primary and the shorter ones first, and whether each identifies a row."""
    found = []
    for group in _grouped(rows):
        name, unique = group[0][1] or "", group[0][3] == "0"
        is_primary = name == "PRIMARY"
        parts = [row[2] if row[2] is not None else f"({row[5]})" for row in group]
        fit = unique and all(row[2] is not None and row[6] != "YES" for row in group)
        terms = ", ".join(_term(row) for row in group)
        word = "UNIQUE " if unique else f"{group[0][4]} " if group[0][4] in ("FULLTEXT", "SPATIAL") else ""
        definition = f"CREATE {word}INDEX {_grammar.name(name)} ON {_grammar.name(table)} ({terms})"
        if is_primary:
            definition = f"ALTER TABLE {_grammar.name(table)} ADD PRIMARY KEY ({terms})"
        method = (group[0][4] or "").lower()
        index = Index(name, parts, unique, is_primary, method, definition=definition)
        found.append((index, fit))
    return sorted(found, key=lambda item: (not item[0].primary, len(item[0].columns)))


def _term(row: Row) -> str:
    if row[2] is None:
        return f"({row[5]})"
    return _grammar.name(row[2]) + (f"({row[7]})" if row[7] else "")


def _foreign_keys(rows: list[Row], schema: str) -> list[ForeignKey]:
    return [
        ForeignKey(
            group[0][1] or "",
            [row[2] or "" for row in group],
            group[0][4] or "",
            [row[5] or "" for row in group],
            target_schema=group[0][3] or schema,
            on_delete=group[0][6] or "",
            on_update=group[0][7] or "",
        )
        for group in _grouped(rows)
    ]


# --- the rest ----------------------------------------------------------------------------------------


def _ddl(ask: _Ask, found: TableResponse) -> str:
    row = ask.query(f"SHOW CREATE TABLE {_grammar.table(found.schema, found.table)}")[0]
    return f"{row[1]};\n"


def _checks(ask: _Ask, product: Product) -> list[Check]:
    rows = ask.rows(_CHECKS if product.is_mariadb else _CHECKS_OF_MYSQL)
    return [Check(row[0] or "", row[1] or "") for row in rows]


def _trigger(row: Row, table: str) -> Trigger:
    name, timing, event, body = row
    head = (
        f"CREATE TRIGGER {_grammar.name(name or '')} {timing} {event} ON {_grammar.name(table)} FOR EACH ROW"
    )
    return Trigger(name or "", f"{head} {body}")


def _sizes(ask: _Ask) -> tuple[int | None, int | None]:
    rows = ask.rows(_SIZES)
    if not rows:
        return None, None
    return tuple(None if cell is None else int(cell) for cell in rows[0][:2])  # type: ignore[return-value]


def _references(ask: _Ask, product: Product) -> list[Reference]:
    if product.is_mariadb:
        return _references_of_innodb(ask)
    found = []
    for (schema, table, name), group in groupby(ask.rows(_REFERENCES), key=lambda row: row[:3]):
        rows = list(group)
        ours, theirs = [row[3] or "" for row in rows], [row[4] or "" for row in rows]
        found.append(Reference(table or "", ours, theirs, schema or "", name or "", rows[0][5] or ""))
    return found


def _references_of_innodb(ask: _Ask) -> list[Reference]:
    found = []
    for (schema, table, name, action), group in groupby(
        ask.rows(_REFERENCES_OF_INNODB), key=lambda row: row[:4]
    ):
        rows = list(group)
        ours, theirs = [row[4] or "" for row in rows], [row[5] or "" for row in rows]
        on_delete = next((word for bit, word in _ON_DELETE.items() if int(action or 0) & bit), "RESTRICT")
        short = (name or "").removeprefix(f"{schema}/")
        found.append(Reference(table or "", ours, theirs, schema or "", short, on_delete))
    return sorted(found, key=lambda item: (item.schema, item.table, item.name))


def estimate(query: Query, schema: str, table: str) -> tuple[int | None, str]:
    """InnoDB's guess from sampled pages; other storage engines count."""
    rows = _Ask(query, schema, table).rows(_SIZES)
    if not rows:
        return None, "there is no such table"
    count, _, kind = rows[0]
    if count is None or kind in ("VIEW", "SYSTEM VIEW"):
        return None, "a view has no statistics"
    return int(count), "statistics (information_schema.TABLES)"
