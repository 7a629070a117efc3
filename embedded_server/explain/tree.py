"""Statements read by sqlglot's tree; imported when the first one is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .syntax import Parsed, Predicate, Table

# It warns of every statement that it does not know; here such a one only gets no advice.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

LONGEST = 50_000
_DIALECTS = {"postgresql": "postgres", "sqlite": "sqlite", "mysql": "mysql", "duckdb": "duckdb"}
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


def parse(sql: str, engine: str) -> Parsed:
    """As `syntax.parse`."""
    if len(sql) > LONGEST:
        return Parsed(None, why=f"the statement has {len(sql):,} characters, more than {LONGEST:,}")
    read = _DIALECTS.get(engine, "")
    try:
        trees = sqlglot.parse(sql, read=read)
    except (SqlglotError, RecursionError, ValueError) as error:
        return Parsed(None, why=f"its text cannot be parsed ({str(error).splitlines()[0][:120]})")
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1 or isinstance(found[0], exp.Command):
        return Parsed(None, why="its text cannot be parsed as one statement")
    try:
        return _read(found[0], read)
    except RecursionError:
        return Parsed(None, why="its text is nested too deeply")


def _read(tree: Any, read: str) -> Parsed:
    outer = tree
    while isinstance(outer, exp.Subquery):
        outer = outer.this
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = tuple(
        Table(one.alias_or_name, one.name, one.db)
        for one in tree.find_all(exp.Table)
        if one.name and not (one.name.lower() in ctes and not one.db)
    )
    return Parsed(
        tree,
        tables,
        tuple(_predicates(tree, read)),
        tuple(_order(outer)),
        tuple(_group(outer)),
        _number(outer.args.get("limit")),
        _number(outer.args.get("offset")),
        any(isinstance(one, exp.Star) for one in getattr(outer, "expressions", [])),
    )


def _number(clause: Any) -> int | None:
    value = clause.args.get("expression") if clause is not None else None
    if isinstance(value, exp.Cast):
        value = value.this
    if isinstance(value, exp.Literal) and str(value.this).isdigit():
        return int(value.this)
    return None


def _order(select: Any) -> Iterator[tuple[str, str, bool]]:
    order = select.args.get("order")
    names = {
        one.alias.lower(): one.this
        for one in getattr(select, "expressions", [])
        if isinstance(one, exp.Alias)
    }
    for one in order.expressions if order is not None else []:
        column = names.get(one.this.name.lower(), one.this) if isinstance(one.this, exp.Column) else one.this
        if not isinstance(column, exp.Column):
            return
        yield column.table, column.name, bool(one.args.get("desc"))


def _group(select: Any) -> Iterator[tuple[str, str]]:
    group = select.args.get("group")
    for one in group.expressions if group is not None else []:
        if not isinstance(one, exp.Column):
            return
        yield one.table, one.name


# --- conditions ---------------------------------------------------------------------------------------


def _predicates(tree: Any, read: str) -> Iterator[Predicate]:
    for where in tree.find_all(exp.Where, exp.Join):
        condition = where.args.get("on") if isinstance(where, exp.Join) else where.this
        if condition is None:
            continue
        for term, top in _terms(condition):
            found = _predicate(term, top, term.sql(read))
            if found is not None:
                yield found


def _terms(condition: Any) -> Iterator[tuple[Any, bool]]:
    """The ANDed terms, and those below OR and NOT (which are not `top`)."""
    waiting = [(condition, True)]
    while waiting:
        term, top = waiting.pop(0)
        if isinstance(term, exp.Paren):
            waiting.insert(0, (term.this, top))
        elif isinstance(term, exp.And):
            waiting[:0] = [(term.left, top), (term.right, top)]
        elif isinstance(term, exp.Or):
            waiting[:0] = [(term.left, False), (term.right, False)]
        elif isinstance(term, exp.Not) and not isinstance(term.this, exp.In | exp.Is | exp.Like | exp.ILike):
            waiting.insert(0, (term.this, False))
        else:
            yield term, top


def _predicate(term: Any, top: bool, sql: str) -> Predicate | None:
    negated = isinstance(term, exp.Not)
    inner = term.this if negated else term
    op = _op(inner, negated)
    if not op:
        return None
    left, right = inner.this, inner.args.get("expression")
    column, function = _column(left)
    if column is None and right is not None:
        (column, function), left, right = _column(right), right, left
    if column is None:
        return None
    alone = _is_alone(term)
    own = alone and term.find(exp.Placeholder, exp.Parameter) is None
    other, _ = _column(right) if right is not None else (None, "")
    if other is not None and op in ("=", "range") and not function:
        if op != "=":
            return None
        return Predicate(
            column.table, column.name, "join", "", None, (other.table, other.name), sql, top, own
        )
    if not alone and op in ("=", "range", "in", "like"):
        # The other side is an expression of another table's columns: as good as a join, yet none by name.
        op = "other" if right is None or right.find(exp.Select) is None else op
    return Predicate(column.table, column.name, op, function, _value(right), None, sql, top, own)


def _is_alone(term: Any) -> bool:
    """Whether it speaks of one table only, without a subquery."""
    sides = {column.table.lower() for column in term.find_all(exp.Column)}
    return len(sides) == 1 and term.find(exp.Select) is None


def _op(term: Any, negated: bool) -> str:
    if isinstance(term, exp.EQ | exp.NullSafeEQ):
        return "other" if negated else "="
    if isinstance(term, exp.In):
        return "other" if negated else "in"
    if isinstance(term, _RANGES):
        return "range"
    if isinstance(term, exp.Like | exp.ILike):
        return "other" if negated else "like"
    if isinstance(term, exp.Is):
        return "null"
    return "other" if isinstance(term, exp.NEQ) else ""


def _column(term: Any) -> tuple[Any, str]:
    """The column behind casts of constants and parentheses, and the function around it."""
    function = ""
    while term is not None and not isinstance(term, exp.Column):
        if isinstance(term, exp.Paren):
            term = term.this
        elif isinstance(term, exp.Func) and not isinstance(term, exp.Cast | exp.AggFunc):
            columns = [one for one in term.find_all(exp.Column)]
            if len(columns) != 1 or term.find(exp.Select) is not None:
                return None, ""
            return columns[0], function or term.sql_name().lower()
        elif isinstance(term, exp.Cast) and isinstance(term.this, exp.Column):
            return term.this, function or "cast"
        else:
            return None, ""
    return term, function


def _value(term: Any) -> str | None:
    while isinstance(term, exp.Cast | exp.Paren):
        term = term.this
    return str(term.this) if isinstance(term, exp.Literal) else None
