"""What the text of a statement says: tables, conditions, order.

A text that does not parse gives no advice at all rather than a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table of the statement under the name it has there."""

    alias: str
    name: str
    schema: str = ""


@dataclass(frozen=True)
class Predicate:
    """A condition on one column. `op` is "=", "in", "range", "like", "null", "join" or "other".

    `table` is the alias, "" where the text leaves it open. `function` wraps the column. `value` is the
    literal beside it, `other` the (alias, column) of a join's other side. `own` conditions need nothing but a
    row of their table; `top` ones must all hold.
    """

    table: str
    column: str
    op: str
    function: str = ""
    value: str | None = None
    other: tuple[str, str] | None = None
    sql: str = ""
    top: bool = True
    own: bool = True


@dataclass(frozen=True)
class Parsed:
    """One statement. `order` pairs (alias, column, descending) of the outermost ORDER BY as far as plain."""

    tree: Any
    tables: tuple[Table, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    order: tuple[tuple[str, str, bool], ...] = ()
    group: tuple[tuple[str, str], ...] = ()
    limit: int | None = None
    offset: int | None = None
    star: bool = False
    why: str = ""

    def table(self, alias: str) -> Table | None:
        """The table of an alias or, where there is one only, of a column without one."""
        wanted = alias.lower()
        found = [one for one in self.tables if wanted in (one.alias.lower(), one.name.lower())]
        if found:
            return found[0]
        return self.tables[0] if not alias and len(self.tables) == 1 else None

    def qualified(self, columns: dict[str, set[str]]) -> Parsed:
        """With the table of each bare column filled in, where only one table of the statement has it.

        `columns` are the names of each table's columns by the table's name in lower case.
        """

        def side(alias: str, column: str) -> str:
            having = [one for one in self.tables if column in columns.get(one.name.lower(), ())]
            return having[0].alias if not alias and len(having) == 1 else alias

        def named(one: Predicate) -> Predicate:
            other = None if one.other is None else (side(*one.other), one.other[1])
            return replace(one, table=side(one.table, one.column), other=other)

        return replace(
            self,
            predicates=tuple(map(named, self.predicates)),
            order=tuple((side(alias, column), column, down) for alias, column, down in self.order),
            group=tuple((side(alias, column), column) for alias, column in self.group),
        )

    def of(self, alias: str) -> list[Predicate]:
        """The conditions on one table."""
        mine = self.table(alias)
        return [one for one in self.predicates if mine is not None and self.table(one.table) == mine]


def parse(sql: str, engine: str) -> Parsed:
    """The statement; `why` is set, and everything else empty, when it cannot be read."""
    from . import tree  # noqa: PLC0415  # lazy: sqlglot, a sixth of the server's start, needed for plans only

    return tree.parse(sql, engine)
