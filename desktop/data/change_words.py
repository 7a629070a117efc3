"""Staged edits in words: what changed in which row, why it cannot be written. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.kit.grid.formats import exact_text
from embedded_server.wire.edits import ApplyResponse, Conflict
from embedded_server.wire.values import Cell, Truncated, from_json

from .staged import Staged, StagedRow

LONGEST = 60
_DONE = (("updated", "updated"), ("inserted", "new"), ("deleted", "deleted"))


def cell_words(cell: Cell) -> str:
    """A cell in a sentence: NULL and the empty text by their names, long ones cut."""
    if cell is None:
        return "NULL"
    if cell == "":
        return "empty"
    if isinstance(cell, Truncated):
        return f"{exact_text(cell.prefix)[:LONGEST]}… ({cell.size:,} {cell.unit})"
    text = exact_text(cell).replace("\n", "↵")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def row_name(row: StagedRow, keys: Sequence[str]) -> str:
    """`id 5`, or `new row`."""
    if row.kind == "insert":
        return "new row"
    return ", ".join(
        f"{name} {cell_words(from_json(value))}" for name, value in zip(keys, row.key, strict=False)
    )


def row_words(row: StagedRow) -> str:
    """`status open → paid, note NULL → ring twice`."""
    if row.kind == "delete":
        return "delete"
    parts = []
    for name, value in row.values.items():
        new = cell_words(from_json(value))
        if row.kind == "insert":
            parts.append(f"{name} {new}")
        else:
            old = cell_words(from_json(row.base[name])) if name in row.base else "…"
            parts.append(f"{name} {old} → {new}")
    parts += [f"{name} {bad.text!r} does not fit" for name, bad in row.bad.items()]
    return ", ".join(parts) or "nothing but defaults"


def objection(staged: Staged, row: StagedRow) -> str:
    """Why this row cannot be written, "" if nothing is known to speak against it."""
    if row.bad:
        return next(iter(row.bad.values())).reason
    conflict = staged.conflicts.get(row.id)
    if conflict is not None:
        return conflict_words(conflict)
    refused = staged.refused.get(row.id)
    if refused:
        found = refused[0].problem
        return f"{found.title} {found.detail}".strip()
    return ""


def against_word(staged: Staged, row: StagedRow) -> str:
    """In a word what speaks against a row."""
    if row.bad:
        return "does not fit"
    return "conflict" if row.id in staged.conflicts else "refused"


def conflict_words(conflict: Conflict) -> str:
    """One sentence on a conflict."""
    if conflict.kind == "gone":
        return "Somebody else deleted this row, or changed its key."
    if conflict.kind == "columns":
        return f"The table has no column {', '.join(conflict.missing)} any more."
    names = ", ".join(difference.column for difference in conflict.differences)
    if already_stored(conflict):
        return "The row has these values already."
    return f"Somebody else changed {names} since you saw the row."


def already_stored(conflict: Conflict) -> bool:
    """Whether what was wanted is there: an apply may have been stored although its answer was lost."""
    edited = [one for one in conflict.differences if one.edited]
    return bool(edited) and all(one.theirs == one.mine for one in conflict.differences)


def staged_words(staged: Staged) -> str:
    """`3 staged edits`, for a button and the status bar."""
    count = len(staged)
    return "1 staged edit" if count == 1 else f"{count:,} staged edits"


def done_words(answer: ApplyResponse) -> str:
    """`Applied: 2 updated, 1 new`."""
    parts = [f"{getattr(answer, field):,} {word}" for field, word in _DONE if getattr(answer, field)]
    return "Applied: " + ", ".join(parts)


def otherwise_words(answer: ApplyResponse) -> str:
    """What is stored otherwise than it was typed, "" if nothing is."""
    rows = [stored for stored in answer.stored if stored.otherwise]
    if not rows:
        return ""
    names = sorted({name for stored in rows for name in stored.otherwise})
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    return f"{', '.join(names)} of {count}: a trigger or default of the database stored another value."
