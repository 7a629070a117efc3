"""Staged changes against the table as it is now: which columns, which key, values that fit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_server.wire.data import Column
from embedded_server.wire.edits import Change, Conflict, Refused
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.typed import Unfit, fit
from embedded_server.wire.values import Cell, Truncated, from_json

from .structures import Table

Pairs = list[tuple[Column, Cell]]


@dataclass
class Row:
    """One change, resolved: `key` finds the row, `base` is what the caller saw, `values` what it wants."""

    change: Change
    key: Pairs = field(default_factory=list)
    base: dict[str, Cell] = field(default_factory=dict)
    values: Pairs = field(default_factory=list)

    @property
    def id(self) -> str:
        """The caller's name for the change."""
        return self.change.id


@dataclass
class Resolved:
    """All changes of a batch, and what already speaks against it."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def key_columns(table: Table, asked: Sequence[str]) -> list[Column]:
    """The columns that identify a row. Raises data.not_editable, data.no_key."""
    described = table.described
    if described.kind in ("view", "materialized view"):
        raise problem(
            "data.not_editable",
            f"{described.table} is a {described.kind}",
            hint="Edit the rows of the tables it reads from.",
        )
    if not table.row_key:
        raise problem(
            "data.no_key",
            detail=f"{described.table} has no primary key and no unique key without NULLs, so an edit could "
            "change other rows than the one meant.",
            hint="Add a primary key first.",
        )
    if asked and sorted(asked) != sorted(table.row_key):
        raise problem(
            "data.no_key",
            "The table's key is another one now",
            f"It was {', '.join(asked)}; now it is {', '.join(table.row_key)}.",
            "Refresh the rows and stage the edits again.",
        )
    return [table.columns[name] for name in asked or table.row_key]


def resolve(table: Table, changes: Sequence[Change], keys: Sequence[Column], dialect: str) -> Resolved:
    """Every change with its columns and checked values. Raises request.invalid for what is no change."""
    found = Resolved()
    for change in changes:
        missing = [name for name in change.values if name not in table.columns]
        if missing:
            found.conflicts.append(Conflict(change.id, "columns", missing=missing))
            continue
        row = Row(change, _key(change, keys), _base(table, change))
        row.values = _values(table, change, row.base, dialect, found.refused)
        found.rows.append(row)
    return found


def _key(change: Change, keys: Sequence[Column]) -> Pairs:
    if change.kind == "insert":
        return []
    if len(change.key) != len(keys):
        names = ", ".join(column.name for column in keys)
        raise problem(
            "request.invalid", detail=f"Change {change.id}: the key has {len(keys)} cells: {names}."
        )
    pairs = [(column, cell_of(value)) for column, value in zip(keys, change.key, strict=True)]
    if any(isinstance(cell, Truncated) for _, cell in pairs):
        raise problem("request.invalid", detail=f"Change {change.id}: a key cell was cut to fit a page.")
    return pairs


def _base(table: Table, change: Change) -> dict[str, Cell]:
    return {name: cell_of(value) for name, value in change.base.items() if name in table.columns}


def _values(
    table: Table, change: Change, base: dict[str, Cell], dialect: str, refused: list[Refused]
) -> Pairs:
    if change.kind == "delete" or (change.kind == "update" and not change.values):
        if change.kind == "update":
            raise problem("request.invalid", detail=f"Change {change.id}: nothing is to be updated.")
        return []
    pairs: Pairs = []
    for name, value in change.values.items():
        column = table.columns[name]
        try:
            pairs.append((column, fit(column, cell_of(value), dialect, base.get(name))))
        except Unfit as error:
            refused.append(Refused(change.id, Problem("data.unfit", f"{name}: {error}"), name))
    return pairs


def cell_of(value: Any) -> Cell:
    """A cell from its JSON form. Raises request.invalid."""
    try:
        return from_json(value)
    except ValueError as error:
        raise problem("request.invalid", detail=str(error)) from error
