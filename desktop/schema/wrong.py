"""Which cells of a form a refusal speaks of. Without Qt."""

from __future__ import annotations

from embedded_server.wire.problem import Problem

from .draft import ColumnRow, Draft, PartRow, names

NAME, TYPE = 0, 1
COLUMNS, BEHIND = 2, 3

Cells = list[tuple[ColumnRow | PartRow, int]]


def wrong_cells(problem: Problem, draft: Draft) -> Cells:
    """Each as its row and the number of its cell; none where it speaks of something else."""
    columns = [row for row in draft.columns if not row.gone]
    parts = [row for row in draft.parts if not row.gone]
    if problem.code == "schema.type":
        return [(row, TYPE) for row in columns if _has_no_type(row, problem)]
    if problem.code == "data.unknown_column":
        known = {row.spec.name for row in columns}
        return [(row, cell) for row in parts if (cell := _unknown(row, problem.title, known))]
    found: Cells = [(row, NAME) for row in columns if _misnamed(row, problem.title, columns)]
    return found + [(row, cell) for row in parts if (cell := _misses(row, problem))]


def _has_no_type(row: ColumnRow, problem: Problem) -> bool:
    if problem.detail:
        return problem.detail == f"column {row.spec.name}"
    return not row.spec.type.strip()


def _misnamed(row: ColumnRow, title: str, columns: list[ColumnRow]) -> bool:
    """Without a name, or with that of another one."""
    name = row.spec.name
    if not name.strip():
        return title == "A column needs a name."
    return name in title and sum(one.spec.name == name for one in columns) > 1


def _unknown(row: PartRow, title: str, known: set[str]) -> int:
    """Where the name stands that no column has: here, or behind the table referred to; 0 for neither."""
    name = title.rpartition(" has no column ")[2].removesuffix(".")
    here = names(row.columns)
    if row.kind == "check":
        return 0
    if name in here and name not in known:
        return COLUMNS
    return BEHIND if row.kind == "foreign key" and known.issuperset(here) and name in row.rest else 0


def _misses(row: PartRow, problem: Problem) -> int:
    """What a key or index lacks, 0 for nothing."""
    if not row.columns.strip():
        return COLUMNS if problem.title.endswith((" has no columns.", " has no condition.")) else 0
    if row.kind == "foreign key" and problem.detail == f"foreign key ({', '.join(names(row.columns))})":
        return BEHIND
    taken = row.kind.endswith("index") and problem.title.endswith(f" has an index {row.name} already.")
    return 1 if row.name and taken else 0
