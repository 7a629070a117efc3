"""Staged edits without a window: undo, the journal, blocks of the clipboard."""

from __future__ import annotations

import csv
import io
import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.data.change_words import already_stored, objection, row_words
from desktop.data.staged import Bad, Staged, StagedRow, Step, Swap
from desktop.kit.grid.copy_as import Table, tsv
from desktop.kit.grid.paste import block
from embedded_server.wire.data import Column
from embedded_server.wire.edits import Conflict, Difference, Refused
from embedded_server.wire.problem import Problem

ACT = st.sampled_from(["set", "set", "unset", "delete", "insert", "undo", "undo", "redo"])


def act(staged: Staged, word: str, key: int, value: int) -> dict[str, object] | None:
    """Do one thing; its record for the journal."""
    if word in ("undo", "redo"):
        done = staged.undo() if word == "undo" else staged.redo()
        return {word: True} if done is not None else None
    before = staged.by_key([key])
    after: StagedRow | None
    if word == "insert":
        identity, order = staged.fresh()
        before, after = None, StagedRow(identity, order, "insert", values={"a": value})
    elif word == "unset":
        after = msgspec.structs.replace(before, values={}) if before is not None else None
    else:
        identity, order = staged.fresh()
        after = before or StagedRow(identity, order, "update", [key], {"a": 0})
        after = msgspec.structs.replace(
            after, kind="delete" if word == "delete" else "update", values={"a": value}
        )
    step = staged.do(word, [Swap(before, after)])
    return {"do": msgspec.to_builtins(step)} if step is not None else None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ACT, st.integers(1, 3), st.integers(1, 9)), max_size=20))
def test_undo_and_the_journal_bring_back_every_state(acts: list[tuple[str, int, int]]) -> None:
    staged, records, states = Staged(), [], []
    for word, key, value in acts:
        states.append(dict(staged.rows))
        assert staged.inserted() is staged.inserted(), (
            "sorted once for each version, not for each row painted"
        )
        record = act(staged, word, key, value)
        if record is not None:
            records.append(json.loads(json.dumps(record)))
    again = Staged()
    again.replay(records)
    assert again.rows == staged.rows and again.undo_title() == staged.undo_title()
    assert list(staged.inserted()) == [row for row in staged.ordered() if row.kind == "insert"]
    assert {tuple(row.key) for row in staged.rows.values() if row.kind != "insert"} == {
        (key,) for key in (1, 2, 3) if staged.by_key([key]) is not None
    }
    last = dict(staged.rows)
    steps = 0
    while staged.undo() is not None:
        steps += 1
    assert not staged.rows, "undo ends where it began"
    for _ in range(steps):
        staged.redo()
    assert staged.rows == last


def test_records_that_make_no_sense_are_left_out() -> None:
    staged = Staged()
    good = Step("Set", [Swap(None, StagedRow("r1", 1, "update", [1], {}, values={"a": 2}))])
    staged.replay([{"do": {"title": 5}}, {"x": 1}, {"do": msgspec.to_builtins(good)}, {"undo": True}])
    assert not staged.rows and staged.redo_title() == "Set"


def test_applied_edits_cannot_be_undone() -> None:
    staged = Staged()
    staged.do("Set", [Swap(None, StagedRow("r1", 1, "insert", values={"a": 2}))])
    staged.clear()
    assert staged.undo() is None and staged.redo() is None and not staged.rows


def test_an_apply_that_never_answered_leaves_a_doubt() -> None:
    staged = Staged()
    staged.replay([{"applying": True}])
    assert staged.uncertain
    staged.replay([{"applying": False}])
    assert not staged.uncertain


def test_words() -> None:
    row = StagedRow("r1", 1, "update", [5], {"a": None, "b": 1}, values={"a": "x", "b": None})
    assert row_words(row) == "a NULL → x, b 1 → NULL"
    staged = Staged()
    staged.do("Set", [Swap(None, row)])
    assert objection(staged, row) == ""
    staged.object_to([], [Refused("r1", Problem("sql.error", "No.", "too long"))])
    assert objection(staged, row) == "No. too long"
    staged.object_to([Conflict("r1", "changed", [Difference("a", None, "y", "x", True)])], [])
    assert "Somebody else changed a" in objection(staged, row)
    bad = msgspec.structs.replace(row, bad={"a": Bad("zz", "is not a number")})
    assert objection(staged, bad) == "is not a number"
    assert already_stored(Conflict("r1", "changed", [Difference("a", None, "x", "x", True)]))


# --- the clipboard -----------------------------------------------------------------------------------

CELL = st.one_of(st.none(), st.text(st.sampled_from('ab\t\n\r" ,'), max_size=6))


@given(
    st.integers(2, 3).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=4)
    )
)
def test_what_was_copied_here_is_pasted_as_it_was(rows: list[list[str | None]]) -> None:
    columns = [Column(f"c{n}") for n in range(len(rows[0]))]
    assert block(tsv(Table(columns, rows))) == rows


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab\t\n" '), max_size=5), min_size=2, max_size=2),
        min_size=1,
        max_size=3,
    )
)
def test_what_a_spreadsheet_copies_is_read(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter="\t", lineterminator="\r\n").writerows(rows)
    assert [[cell or "" for cell in row] for row in block(file.getvalue())] == rows


def test_marks_inside_a_field_are_nothing_special() -> None:
    assert block('5" tape\tx\n"half\ty') == [['5" tape', "x"], ['"half', "y"]]
