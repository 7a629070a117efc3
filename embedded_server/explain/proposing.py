"""Which index a statement asks for, from its text: equality columns, then one range, then the order."""

from __future__ import annotations

from collections.abc import Sequence

from embedded_server.wire.explain import IndexColumns

from .case import TableFacts
from .syntax import Parsed, Predicate

MOST_COLUMNS = 4


def equal_columns(predicates: Sequence[Predicate]) -> list[str]:
    """Columns that are compared with one value."""
    return _columns(predicates, ("=", "null"))


def range_columns(predicates: Sequence[Predicate]) -> list[str]:
    """Columns that are compared with a range or several values."""
    return _columns(predicates, ("range", "in"))


def joined_columns(parsed: Parsed, alias: str) -> list[str]:
    """Columns of the table that are compared with another table's."""
    mine = parsed.table(alias)
    found: list[str] = []
    for one in parsed.predicates:
        if one.op != "join" or not one.top or one.other is None:
            continue
        for side, column in ((one.table, one.column), one.other):
            if mine is not None and parsed.table(side) == mine:
                found.append(column)
    return list(dict.fromkeys(found))


def order_columns(parsed: Parsed, alias: str) -> list[str]:
    """The order's columns when all are of this table and go one way."""
    mine = parsed.table(alias)
    columns = [column for side, column, _ in parsed.order if parsed.table(side) == mine]
    one_way = len({descending for _, _, descending in parsed.order}) <= 1
    return columns if mine is not None and one_way and len(columns) == len(parsed.order) else []


def index_for(
    parsed: Parsed, alias: str, facts: TableFacts | None, *, joins: bool = False
) -> IndexColumns | None:
    """The index this table is missing most, null where the text names none or it is there already."""
    table = parsed.table(alias)
    if table is None:
        return None
    predicates = [one for one in parsed.of(alias) if one.top and not one.function]
    columns = equal_columns(predicates)
    if joins:
        columns += [column for column in joined_columns(parsed, alias) if column not in columns]
    ranges = [column for column in range_columns(predicates) if column not in columns]
    order = [column for column in order_columns(parsed, alias) if column not in columns]
    # An order that is fetched only in part is worth more than the range behind it.
    columns += order if order and (parsed.limit is not None or not ranges) else ranges[:1]
    wanted = [column for column in columns if _exists(facts, column)][:MOST_COLUMNS]
    if not wanted or (facts is not None and is_there(facts, wanted)):
        return None
    if facts is None:
        return IndexColumns(table.name, wanted, table.schema)
    return IndexColumns(facts.table.table, wanted, facts.schema)


def _columns(predicates: Sequence[Predicate], ops: tuple[str, ...]) -> list[str]:
    return list(
        dict.fromkeys(one.column for one in predicates if one.op in ops and one.top and not one.function)
    )


def _exists(facts: TableFacts | None, column: str) -> bool:
    return facts is None or any(one.name == column for one in facts.table.columns)


def is_there(facts: TableFacts, columns: list[str]) -> bool:
    """Whether an index begins with exactly these columns."""
    keys = [one.columns for one in facts.table.indexes if one.valid and not one.where]
    return any(list(key[: len(columns)]) == columns for key in [*keys, facts.table.primary_key])
