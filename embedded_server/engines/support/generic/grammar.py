"""SQL of a SQLAlchemy dialect, as far as the dialect itself can be asked."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Dialect, literal, literal_column, select, table
from sqlalchemy.exc import SQLAlchemyError

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column, Order
from embedded_server.wire.values import Cell

from .values import parameter_of

_POSITIONAL = {"qmark": "?", "format": "%s", "pyformat": "%s"}
# Drivers whose parameters have names or numbers: the session puts those in for this mark.
NUMBERED = ":backlight_parameter"


class GenericGrammar(Grammar):
    """Quoting, literals and LIMIT come from the dialect; the rest is standard SQL."""

    has_row_values = False

    def __init__(self, dialect: Dialect | None = None) -> None:
        self._dialect = dialect
        self._percent = dialect is not None and dialect.paramstyle in ("format", "pyformat")
        self._marks: str = _POSITIONAL.get(dialect.paramstyle, NUMBERED) if dialect is not None else "?"

    def name(self, identifier: str) -> str:
        if self._dialect is None:
            return '"' + identifier.replace('"', '""') + '"'
        return self._dialect.identifier_preparer.quote_identifier(identifier)

    def escape(self, sql: str) -> str:
        return sql.replace("%", "%%") if self._percent else sql

    def cell(self, column: Column, limit: int | None) -> Fragment:
        return Fragment(self.name(column.name))

    def piece(self, column: Column, offset: int, length: int) -> Fragment:
        # No function for parts of a value is known to every database: it comes whole and is cut here.
        return Fragment(self.name(column.name))

    def size(self, column: Column) -> Fragment:
        return Fragment("NULL")

    def value(self, column: Column, cell: Cell) -> Fragment:
        return Fragment(self._marks, (parameter_of(column, cell),))

    def regex(self, column: Column, pattern: str) -> Fragment | None:
        return None

    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        escaped = re.sub(r"([%_!])", r"!\1", text.lower())
        pattern = ("" if where == "starts" else "%") + escaped + ("" if where == "ends" else "%")
        return Fragment(f"LOWER({self._as_text(column)}) LIKE {self._marks} ESCAPE '!'", (pattern,))

    def like(self, column: Column, pattern: str) -> Fragment:
        return Fragment(f"{self._as_text(column)} LIKE {self._marks}", (pattern,))

    def _as_text(self, column: Column) -> str:
        name = self.name(column.name)
        return name if column.kind in ("text", "other", "json") else f"CAST({name} AS VARCHAR(200))"

    def order(self, column: Column, order: Order) -> str:
        term = self.name(column.name)
        if order.nulls:
            last = order.nulls == "last"
            # Not every database knows NULLS FIRST.
            rank = f"CASE WHEN {term} IS NULL THEN {int(last)} ELSE {int(not last)} END"
            return f"{rank}, {term}" + (" DESC" if order.desc else "")
        return term + (" DESC" if order.desc else "")

    def literal(self, column: Column | None, cell: Cell) -> str:
        if cell is None:
            return "NULL"
        if isinstance(cell, bytes):
            return f"X'{cell.hex()}'"
        if isinstance(cell, float):
            return repr(cell)
        value = parameter_of(column, cell) if column is not None else cell
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        return self._compiled(value, str(cell))

    def _compiled(self, value: Any, text: str) -> str:
        try:
            compiled = literal(value).compile(dialect=self._dialect, compile_kwargs={"literal_binds": True})
        except (SQLAlchemyError, RuntimeError):
            return text if isinstance(value, int) else "'" + text.replace("'", "''") + "'"
        return str(compiled)

    def limit(self, count: int, offset: int = 0) -> str:
        """As the dialect writes it, if it does so behind the statement; else as the standard does."""
        source: Any = select(literal_column("1")).select_from(table("backlight"))
        plain = self._select_text(source)
        limited = self._select_text(source.limit(count).offset(offset) if offset else source.limit(count))
        if plain and limited.startswith(plain):
            return " " + " ".join(limited[len(plain) :].split())
        start = f" OFFSET {offset} ROWS" if offset else ""
        return f"{start} FETCH {'NEXT' if offset else 'FIRST'} {count} ROWS ONLY"

    def _select_text(self, statement: Any) -> str:
        try:
            return str(statement.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))
        except (SQLAlchemyError, RuntimeError):
            return ""
