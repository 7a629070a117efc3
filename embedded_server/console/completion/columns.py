"""Columns of what a query names, and names as they must be written."""

from __future__ import annotations

from embedded_server.engines.base import Grammar
from embedded_server.wire.completion import Suggestion
from embedded_server.wire.data import Column, TableResponse
from embedded_server.wire.sql.dialect import Dialect

from .names import Memory
from .reading import CLOSED_BY
from .scope import Source
from .words import needs_quotes

# A list of all columns longer than this is no help.
MOST_LISTED = 60
_DEEP = 8


class Columns:
    """Finds and writes columns for one request; `memory` is null without a connection."""

    def __init__(
        self, spoken: Dialect, grammar: Grammar | None, memory: Memory | None, schema: str, quote: str
    ) -> None:
        self._spoken, self._grammar, self._memory = spoken, grammar, memory
        self._schema, self._quote = schema, quote

    def quoted(self, name: str) -> str:
        """A name as it must be written: with quotes where it is none without, or where some were typed."""
        if self._quote:
            closing = CLOSED_BY[self._quote]
            return f"{self._quote}{name.replace(closing, closing * 2)}{closing}"
        if not needs_quotes(name, self._spoken):
            return name
        if self._grammar is not None:
            return self._grammar.name(name)
        sign = "`" if self._spoken.name == "mysql" else '"'
        return f"{sign}{name.replace(sign, sign * 2)}{sign}"

    def described(self, source: Source) -> TableResponse | None:
        """What the database says of a source that is a table, null while that is unknown."""
        if self._memory is None or not source.path:
            return None
        schema = source.path[-2] if len(source.path) > 1 else self._schema
        return self._memory.table(schema, source.path[-1])

    def of(self, source: Source, depth: int = 0) -> list[Suggestion]:
        """Columns of a source: from the text, or from the database."""
        found: list[Suggestion] = []
        if source.path:
            found = [self._column(column) for column in _visible(self.described(source))]
        elif source.columns is not None:
            found = [Suggestion(name, "column", self.quoted(name)) for name in source.columns]
        for star in source.stars if depth < _DEEP else ():
            found += self.of(star, depth + 1)
        return found

    def plain(self, source: Source) -> list[str]:
        """Names of the columns of a source."""
        return [one.text for one in self.of(source)]

    def among(self, sources: list[Source]) -> list[Suggestion]:
        """Columns of several sources; a name that several have is written with its source."""
        listed = [(source, one) for source in sources for one in self.of(source)]
        often: dict[str, int] = {}
        for _, one in listed:
            often[one.text.lower()] = often.get(one.text.lower(), 0) + 1
        found = []
        for source, one in listed:
            insert, detail = one.insert, one.detail
            if len(sources) > 1:
                detail = " · ".join(part for part in (detail, source.name) if part)
            if often[one.text.lower()] > 1:
                insert = f"{self.quoted(source.name)}.{insert}"
            found.append(Suggestion(one.text, "column", insert, detail))
        return found

    def everything(self, sources: list[Source]) -> list[Suggestion]:
        """Every column written out, for those who do not want a star."""
        listed = [
            (f"{self.quoted(source.name)}." if len(sources) > 1 else "") + one.insert
            for source in sources
            for one in self.of(source)
        ]
        return _listed(listed, ", ".join(listed)) if len(listed) > 1 else []

    def settable(self, source: Source) -> list[Suggestion]:
        """Every column that can be set, as a list."""
        names = self._settable(source)
        return _listed(names, ", ".join(names))

    def insertable(self, source: Source, values: str) -> list[Suggestion]:
        """The list of columns with VALUES behind it, the cursor between the parentheses."""
        names = self._settable(source)
        return _listed(names, f"({', '.join(names)}) {values} ()", back=1)

    def _settable(self, source: Source) -> list[str]:
        columns = _visible(self.described(source))
        return [self.quoted(column.name) for column in columns if not column.generated]

    def _column(self, column: Column) -> Suggestion:
        key = "key" if column.key else ""
        if not key and column.references is not None:
            key = f"→ {column.references.table}"
        detail = " · ".join(part for part in (column.type, key) if part)
        return Suggestion(column.name, "column", self.quoted(column.name), detail)


def _listed(names: list[str], insert: str, back: int = 0) -> list[Suggestion]:
    if not 0 < len(names) <= MOST_LISTED:
        return []
    count = "1 column" if len(names) == 1 else f"{len(names)} columns"
    return [Suggestion("all columns", "columns", insert, count, back)]


def _visible(table: TableResponse | None) -> list[Column]:
    return [column for column in table.columns if not column.hidden] if table is not None else []
