"""Which tables, subqueries and WITH queries can be named at the cursor."""

from __future__ import annotations

from dataclasses import dataclass, field

from .reading import bare
from .structure import CLAUSES, QUERY, Structure, opens_table

_SKIPPED = frozenset(
    {"only", "lateral", "ignore", "low_priority", "if", "not", "exists", "table", "concurrently"}
)
SET_OPERATORS = frozenset({"union", "intersect", "except", "minus"})
_NOT_AN_ALIAS = """
    all and any as asc between case cross desc do else end except exists for force full ignore in index inner
    intersect is left like lateral minus natural not null outer partition references right sample tablesample
    then unique use where add alter drop rename default skip nowait of conflict duplicate key ilike or
    """
_NO_ALIAS = CLAUSES | frozenset(_NOT_AN_ALIAS.split())


@dataclass
class Source:
    """What FROM, JOIN, INTO or UPDATE names: a table by `path`, or a query or function without one.

    `columns` are known where the text tells them (null: ask the database, or nobody knows); `stars` are
    sources whose columns stand among them. `outer`: it belongs to a query around this one.
    """

    path: tuple[str, ...]
    alias: str = ""
    columns: list[str] | None = None
    stars: list[Source] = field(default_factory=list)
    start: int = 0
    outer: bool = False
    written: bool = False

    @property
    def name(self) -> str:
        """How its columns are qualified."""
        return self.alias or (self.path[-1] if self.path else "")


@dataclass
class Scope:
    """Sources of the query at the cursor, then of those around it; WITH queries by name in lower case;
    names that the select list gives its columns."""

    sources: list[Source]
    queries: dict[str, Source]
    outputs: list[str]


def scope(structure: Structure) -> Scope:
    """What can be named at the cursor."""
    sources: list[Source] = []
    queries: dict[str, Source] = {}
    outputs: list[str] = []
    levels = structure.levels()
    for begin, end in reversed(levels):
        queries |= _with_queries(structure, begin, end, queries)
    for depth, (begin, end) in enumerate(levels):
        first, last = _arm(structure, begin, end)
        found = _sources(structure, first, last, queries)
        for source in found:
            source.outer = depth > 0 and bool(sources)
        sources += found
        if not depth:
            outputs = _names(structure, first, last)
    return Scope(sources, queries, outputs)


def _arm(structure: Structure, begin: int, end: int) -> tuple[int, int]:
    """The part between set operators in which the cursor stands."""
    first, last, number = begin, end, begin
    while number < end:
        if structure.low(number) in SET_OPERATORS:
            if number >= structure.at:
                last = number
                break
            first = number + 1
        number = structure.after(number)
    return first, last


def _with_queries(structure: Structure, begin: int, end: int, known: dict[str, Source]) -> dict[str, Source]:
    number = begin
    while number < end and structure.low(number) in (
        "explain",
        "analyze",
        "(",
        "verbose",
        "create",
        "view",
        "as",
    ):
        number += 1
    if structure.low(number) != "with":
        return {}
    number += 1 + (structure.low(number + 1) == "recursive")
    found: dict[str, Source] = {}
    while number < end and structure.words[number].kind in ("word", "name"):
        name = bare(structure.words[number])
        number += 1
        listed = None
        if structure.low(number) == "(":
            listed = [
                bare(word)
                for word in structure.words[number + 1 : structure.close(number)]
                if word.kind in ("word", "name")
            ]
            number = structure.after(number)
        while structure.low(number) in ("as", "not", "materialized"):
            number += 1
        if structure.low(number) != "(":
            break
        body = structure.close(number)
        found[name.lower()] = Source((), name, listed)
        if not number < structure.at <= body:
            query = _query(structure, number + 1, body, known | found)
            found[name.lower()] = Source((), name, listed or query.columns, query.stars)
        number = structure.after(number)
        if structure.low(number) != ",":
            break
        number += 1
    return found


def _query(structure: Structure, begin: int, end: int, queries: dict[str, Source]) -> Source:
    """A subquery as a source: the names of its columns."""
    inner = _with_queries(structure, begin, end, queries)
    number = begin
    while number < end and structure.low(number) != "select":
        number = structure.after(number)
    last = number
    while last < end and structure.low(last) not in SET_OPERATORS:
        last = structure.after(last)
    sources = _sources(structure, number, last, queries | inner)
    columns, stars = _outputs(structure, number, last, sources)
    return Source((), "", columns, stars)


def _names(structure: Structure, begin: int, end: int) -> list[str]:
    """Names given with AS in the select list."""
    found = []
    number = begin
    while number < end and structure.low(number) != "from":
        if (
            structure.low(number) == "as"
            and number + 1 < end
            and structure.words[number + 1].kind in ("word", "name")
        ):
            found.append(bare(structure.words[number + 1]))
        number = structure.after(number)
    return found


def _outputs(
    structure: Structure, select: int, end: int, sources: list[Source]
) -> tuple[list[str] | None, list[Source]]:
    """Columns of a select list by name, and the sources whose columns a star adds."""
    if structure.low(select) != "select":
        return None, []
    columns: list[str] = []
    stars: list[Source] = []
    item: list[int] = []
    number = select + 1
    while number <= end:
        low = structure.low(number) if number < end else ","
        if low in (",", "from", "where", "into", "limit", "order", "group"):
            _output(structure, item, sources, columns, stars)
            item = []
            if low != ",":
                break
        elif low not in ("distinct", "all"):
            item.append(number)
        number = structure.after(number) if number < end else number + 1
    return columns, stars


def _output(
    structure: Structure, item: list[int], sources: list[Source], columns: list[str], stars: list[Source]
) -> None:
    if not item:
        return
    last = structure.words[item[-1]]
    if last.text == "*" and len(item) == 1:
        stars += sources
    elif last.text == "*" and len(item) == 3:
        wanted = bare(structure.words[item[0]]).lower()
        stars += [source for source in sources if source.name.lower() == wanted]
    elif last.kind in ("word", "name") and last.low not in ("end", "null", "true", "false"):
        columns.append(bare(last))
    elif last.text == "(" and len(item) > 1:
        columns.append(bare(structure.words[item[-2]]))


def _sources(structure: Structure, begin: int, end: int, queries: dict[str, Source]) -> list[Source]:
    found: list[Source] = []
    number = begin
    while number < end:
        if opens_table(structure, number, begin):
            number = _refs(structure, number + 1, end, queries, found)
        else:
            number = structure.after(number)
    return found


def _refs(
    structure: Structure, number: int, end: int, queries: dict[str, Source], found: list[Source]
) -> int:
    while number < end:
        number = _ref(structure, number, end, queries, found)
        if structure.low(number) != "," or number == structure.at or number >= end:
            break
        number += 1
    return number


def _ref(structure: Structure, number: int, end: int, queries: dict[str, Source], found: list[Source]) -> int:
    """One table reference; answers the word behind it."""
    while number < end and structure.low(number) in _SKIPPED and number != structure.at:
        number += 1
    if number >= end or number == structure.at:
        return number
    word = structure.words[number]
    start = word.start
    if word.text == "(":
        closed = structure.close(number)
        if structure.low(number + 1) in QUERY:
            source = _query(structure, number + 1, closed, queries)
        else:
            _refs(structure, number + 1, closed, queries, found)
            found += _sources(structure, number + 2, closed, queries)
            return structure.after(number)
        number = structure.after(number)
    elif word.kind in ("word", "name") and word.low not in _NO_ALIAS:
        source, number = _named(structure, number, end, queries)
    else:
        return number
    source.start = start
    number = _alias(structure, source, number, end)
    if source.name:
        found.append(source)
    return number


def _named(structure: Structure, number: int, end: int, queries: dict[str, Source]) -> tuple[Source, int]:
    path = [bare(structure.words[number])]
    number += 1
    while structure.low(number) == "." and number + 1 < end and number + 1 != structure.at:
        path.append(bare(structure.words[number + 1]))
        number += 2
    known = queries.get(path[0].lower()) if len(path) == 1 else None
    if known is not None:
        return Source((), known.alias, known.columns, known.stars), number
    if structure.low(number) == "(" and structure.low(number - len(path) * 2) not in (
        "into",
        "table",
        "references",
        "on",
        "copy",
    ):
        return Source((), path[-1], [path[-1]]), structure.after(number)
    return Source(tuple(path)), number


def _alias(structure: Structure, source: Source, number: int, end: int) -> int:
    if structure.low(number) == "as" and number + 1 < end and number + 1 != structure.at:
        number += 1
    elif number == structure.at:
        return number
    if number < end:
        word = structure.words[number]
        if word.kind == "name" or (word.kind == "word" and word.low not in _NO_ALIAS):
            source.alias, source.written = bare(word), True
            number += 1
            if structure.low(number) == "(" and number < end and not source.path:
                closed = structure.close(number)
                inside = structure.words[number + 1 : closed]
                source.columns = [bare(one) for one in inside if one.kind in ("word", "name")]
                number = structure.after(number)
    return number
