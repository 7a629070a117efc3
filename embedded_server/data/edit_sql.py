"""The statements of staged edits. Pure text: one statement, one row, untyped parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

from .edit_rows import Pairs, Row
from .fragments import both, join, wrap

# Kinds whose values every engine compares exactly with =; others are left to the reading before.
_COMPARABLE = frozenset({"number", "text", "bool", "time", "uuid", "binary"})


class Writer:
    """Writes the statements of one table. `guarded`: what can be compared of the old row stands in WHERE,
    for engines that lock neither the row nor the database."""

    def __init__(
        self, grammar: Grammar, schema: str, table: str, keys: Sequence[Column], guarded: bool
    ) -> None:
        self._grammar, self._keys, self._guarded = grammar, keys, guarded
        self.source = grammar.table(schema, table)

    def statement(self, row: Row, *, returning: bool = True) -> Fragment:
        """The one statement of a change; to be read by people without what it returns."""
        if row.change.kind == "insert":
            return self._insert(row, returning)
        if row.change.kind == "delete":
            return join("", (Fragment(f"DELETE FROM {self.source} WHERE "), self._where(row)))
        sets = join(", ", (self._set(column, cell) for column, cell in row.values))
        update = wrap(f"UPDATE {self.source} SET ", sets, " WHERE ")
        return join("", (update, self._where(row), self._returning("UPDATE", returning)))

    def read(self, columns: Sequence[Column], key: Pairs, limit: int | None, lock: bool) -> Fragment:
        """One row by its key, as the grid reads it."""
        cells = join(", ", (self._grammar.cell(column, limit) for column in columns))
        select = wrap("SELECT ", cells, f" FROM {self.source} WHERE ")
        end = Fragment(" FOR UPDATE" if lock else "")
        return join("", (select, self.by_key(key), end))

    def holds(self, pairs: Pairs, key: Pairs) -> Fragment:
        """Whether the columns of a row hold these values, as the database compares them: 1, 0 or NULL."""
        grammar = self._grammar
        terms = []
        for column, cell in pairs:
            value = grammar.value(column, cell)
            terms.append(wrap(f"CASE WHEN {grammar.operand(column)} = ", value, " THEN 1 ELSE 0 END"))
        return join("", (wrap("SELECT ", join(", ", terms), f" FROM {self.source} WHERE "), self.by_key(key)))

    def by_key(self, key: Pairs) -> Fragment:
        """The condition that finds one row."""
        return both(*(self._equal(column, cell) for column, cell in key))

    def _insert(self, row: Row, returning: bool) -> Fragment:
        grammar = self._grammar
        if not row.values:
            empty = Fragment(f"INSERT INTO {self.source} {grammar.empty_insert}")
            return join("", (empty, self._returning("INSERT", returning)))
        names = ", ".join(grammar.name(column.name) for column, _ in row.values)
        cells = join(", ", (grammar.assigned(column, cell) for column, cell in row.values))
        insert = wrap(f"INSERT INTO {self.source} ({names}) VALUES (", cells, ")")
        return join("", (insert, self._returning("INSERT", returning)))

    def _set(self, column: Column, cell: Cell) -> Fragment:
        return wrap(f"{self._grammar.name(column.name)} = ", self._grammar.assigned(column, cell))

    def _where(self, row: Row) -> Fragment:
        terms = [self.by_key(row.key)]
        if self._guarded:
            keys = {column.name for column in self._keys}
            terms += self._old(row, keys)
        return both(*terms)

    def _old(self, row: Row, keys: set[str]) -> Iterable[Fragment]:
        columns = {column.name: column for column, _ in row.values}
        for name, cell in row.base.items():
            column = columns.get(name)
            if name in keys or column is None or column.kind not in _COMPARABLE:
                continue
            if cell is None:
                yield Fragment(f"{self._grammar.name(name)} IS NULL")
            elif not isinstance(cell, float | Truncated | BadText):
                yield self._equal(column, cell)

    def _equal(self, column: Column, cell: Cell) -> Fragment:
        value = self._grammar.value(column, cell)
        return wrap(f"{self._grammar.operand(column)} = ", value)

    def _returning(self, statement: str, wanted: bool) -> Fragment:
        if not wanted or statement not in self._grammar.returning:
            return Fragment("")
        cells = join(", ", (self._grammar.cell(column, None) for column in self._keys))
        return wrap(" RETURNING ", cells)
