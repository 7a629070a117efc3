"""Suggestions for a place: groups in the order the place wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embedded_server.wire.completion import Suggestion, SuggestionKind
from embedded_server.wire.data import CatalogTable
from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.keywords import SYNTAX

from . import joins, words
from .columns import Columns
from .names import Memory, SchemaNames
from .place import Place
from .reading import Reading
from .scope import Scope, Source

Groups = list[Sequence[Suggestion]]
_MOST_ROUTINES = 2000
_ROW_NAMES = frozenset({"excluded", "new", "old", "inserted", "deleted"})


class Suggester:
    """Makes suggestions for one request; `memory` is null without a connection."""

    def __init__(
        self,
        reading: Reading,
        scope: Scope,
        spoken: Dialect,
        columns: Columns,
        memory: Memory | None,
        schema: str,
        limit: int,
    ) -> None:
        self._reading, self._scope, self._spoken = reading, scope, spoken
        self._columns, self._memory = columns, memory
        self._schema, self._limit = schema, limit
        self._upper = _upper(reading)
        self._near = [source for source in scope.sources if not source.outer]

    def groups(self, place: Place) -> Groups:
        """Suggestions in groups, the most wanted first."""
        if self._reading.path:
            return self._behind_dot(place)
        wanted = place.wanted
        if wanted == "statement":
            begun = self._words(words.statements(self._spoken))
            return [begun, self._words(words.continuing(place.before))]
        if wanted in ("table", "join"):
            return self._tables(place)
        if wanted in ("insert columns", "columns of", "set", "using"):
            return self._list(place)
        if wanted == "on":
            found = joins.conditions(self._scope.sources, self._columns.described, self._columns.quoted)
            return [found, *self._values(place)]
        return self._values(place) if wanted == "value" else self._rest(place)

    def _rest(self, place: Place) -> Groups:
        wanted = place.wanted
        continuing = self._words(words.continuing(place.before))
        if wanted == "type":
            return [[Suggestion(name, "type") for name in self._cased(words.types(self._spoken))]]
        if wanted == "routine":
            return [self._routines(), self._schemas()]
        if wanted == "word":
            return [continuing or self._words(words.keywords(self._spoken, "defining"))]
        if wanted == "after insert":
            source = self._target()
            values = "VALUES" if self._upper else "values"
            listed = self._columns.insertable(source, values) if source is not None else []
            return [listed, self._words(words.keywords(self._spoken, wanted))]
        if wanted in ("after table", "after value"):
            first = {"update": ("SET",), "join": ("ON", "USING")}.get(place.clause, ())
            begun = first if wanted == "after table" else ()
            return [continuing, self._words(begun), self._words(words.keywords(self._spoken, wanted))]
        return []

    def _values(self, place: Place) -> Groups:
        groups: Groups = [self._columns.among(self._near)]
        groups.append(self._columns.among([source for source in self._scope.sources if source.outer]))
        if place.clause in ("by", "having", "order", "group"):
            names = [Suggestion(name, "alias", self._quoted(name)) for name in self._scope.outputs]
            groups.insert(0, names)
        groups.append(self._aliases())
        keywords = self._words(words.keywords(self._spoken, "value"))
        functions = self._functions()
        groups += [keywords, functions] if place.before == "(" else [functions, keywords]
        groups.append(self._routines())
        if place.before in ("select", ",") and place.clause == "select":
            groups.append(self._columns.everything(self._near))
        groups.append(self._words(words.continuing(place.before)))
        if not self._scope.sources:
            groups.append(self._table_names(self._schema))
        return groups

    # --- tables --------------------------------------------------------------------------------------

    def _tables(self, place: Place) -> Groups:
        groups: Groups = []
        if place.wanted == "join":
            found = joins.joined(
                self._scope.sources, self._columns.described, self._quoted, self._default_schema()
            )
            groups.append(found)
        queries = [
            Suggestion(one.alias, "query", self._quoted(one.alias), "WITH")
            for one in self._scope.queries.values()
        ]
        groups += [queries, self._table_names(self._schema), self._schemas()]
        groups.append(self._words(words.keywords(self._spoken, "table")))
        return groups

    def _table_names(self, schema: str) -> list[Suggestion]:
        names = self._memory.schema(schema) if self._memory is not None else None
        return [self._table(table) for table in self._found(names)] if names is not None else []

    def _found(self, names: SchemaNames) -> Iterable[CatalogTable]:
        """The best of many: the index knows them without looking at each."""
        typed = self._reading.prefix
        if not typed:
            return names.ordered[: self._limit + 1]
        return [table for _, table in names.index.find(typed, self._limit + 1)]

    def _table(self, table: CatalogTable) -> Suggestion:
        kind: SuggestionKind = "view" if "view" in table.kind else "table"
        rows = f"~{table.rows:,} rows" if table.rows is not None else ""
        detail = rows or ("" if table.kind in ("table", "view") else table.kind)
        return Suggestion(table.name, kind, self._quoted(table.name), detail)

    def _schemas(self) -> list[Suggestion]:
        overview = self._memory.overview() if self._memory is not None else None
        if overview is None:
            return []
        shown = sorted(overview.schemas, key=lambda name: (overview.schemas[name], name))
        return [Suggestion(name, "schema", self._quoted(name)) for name in shown]

    def _default_schema(self) -> str:
        overview = self._memory.overview() if self._memory is not None else None
        return overview.filled.name if overview is not None else ""

    # --- values --------------------------------------------------------------------------------------

    def _routines(self) -> list[Suggestion]:
        names = self._memory.schema(self._schema) if self._memory is not None else None
        if names is None:
            return []
        called = [one for one in names.routines if one.kind in ("function", "procedure", "aggregate")]
        return [
            Suggestion(one.name, "function", f"{self._quoted(one.name)}()", one.signature, back=1)
            for one in called[:_MOST_ROUTINES]
        ]

    def _functions(self) -> list[Suggestion]:
        if self._reading.quote:
            return []
        names: Sequence[str] = words.functions(self._spoken)
        prefix = self._reading.prefix
        if len(prefix) > 1 and prefix.isupper():
            names = [name.upper() for name in names]
        return [Suggestion(name, "function", f"{name}()", back=1) for name in names]

    def _aliases(self) -> list[Suggestion]:
        found = []
        for source in self._scope.sources:
            what = (".".join(source.path) or "query") if source.alias else ""
            found.append(Suggestion(source.name, "alias", self._quoted(source.name), what))
        return found

    # --- lists of columns ----------------------------------------------------------------------------

    def _list(self, place: Place) -> Groups:
        if place.wanted == "using":
            names = joins.common(self._scope.sources, self._columns.plain)
            return [[Suggestion(name, "column", self._quoted(name)) for name in names]]
        source = Source(place.target) if place.target else self._target()
        if source is None:
            return []
        if place.wanted == "set":
            return [_assigned(self._columns.of(source))]
        columns = [one for one in self._columns.of(source) if one.text.lower() not in place.taken]
        whole = place.wanted == "insert columns" and not place.taken
        return [columns, self._columns.settable(source) if whole else []]

    def _target(self) -> Source | None:
        """The table that the statement changes."""
        return next((source for source in self._scope.sources if source.path), None)

    # --- behind a dot --------------------------------------------------------------------------------

    def _behind_dot(self, place: Place) -> Groups:
        path = self._reading.path
        source = self._source_named(path[0]) if len(path) == 1 else None
        if source is not None:
            found = self._columns.of(source)
            return [_assigned(found) if place.wanted == "set" else found]
        if len(path) < 3 and self._is_schema(path[-1]):
            return [self._table_names(path[-1])]
        return [self._columns.of(Source(path))]

    def _source_named(self, name: str) -> Source | None:
        low = name.lower()
        if low in _ROW_NAMES:
            return self._target()
        return next((source for source in self._scope.sources if source.name.lower() == low), None)

    def _is_schema(self, name: str) -> bool:
        overview = self._memory.overview() if self._memory is not None else None
        return overview is not None and any(one.lower() == name.lower() for one in overview.schemas)

    # --- spelling ------------------------------------------------------------------------------------

    def _quoted(self, name: str) -> str:
        return self._columns.quoted(name)

    def _words(self, names: Sequence[str]) -> list[Suggestion]:
        return [] if self._reading.quote else [Suggestion(name, "keyword") for name in self._cased(names)]

    def _cased(self, names: Sequence[str]) -> Sequence[str]:
        return names if self._upper else [name.lower() for name in names]


def _assigned(columns: list[Suggestion]) -> list[Suggestion]:
    return [Suggestion(one.text, "column", f"{one.insert} = ", one.detail) for one in columns]


def _upper(reading: Reading) -> bool:
    """Keywords as they are typed here: in the case of what is typed, else of the last one before it."""
    letters = [sign for sign in reading.prefix if sign.isalpha()]
    if letters:
        return letters[0].isupper()
    for word in reversed(reading.words[: reading.at]):
        if word.kind == "word" and word.low in SYNTAX:
            return word.text.isupper()
    return True
