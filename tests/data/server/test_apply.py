"""Staged edits are written exactly as they are meant, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded_server.wire.edits import Change
from embedded_server.wire.problem import ProblemError

from .conftest import House
from .editing import ENGINES, Editing, editing

pytestmark = pytest.mark.database


@pytest.fixture(scope="module", params=ENGINES)
def db(request: pytest.FixtureRequest, house: House) -> Iterator[Editing]:
    with editing(request, house) as made:
        yield made


def insert(change: str, **values: object) -> Change:
    return Change(kind="insert", id=change, values=values)


def test_update_insert_and_delete_are_one_batch(db: Editing) -> None:
    table = db.make()
    answer = db.apply(
        table,
        db.update(table, 0, {"name": "Ann", "amount": "12.30"}),
        insert("n", name="dan", id=7),
        db.delete(table, 1),
    )
    assert (answer.applied, answer.updated, answer.inserted, answer.deleted) == (True, 1, 1, 1)
    assert [row[:2] for row in db.rows(table)] == [(1, "Ann"), (3, "cid"), (7, "dan")]
    assert float(db.rows(table, "amount")[0][0]) == 12.3
    assert db.rows(table, "note")[2] == ("none",), "what is left out gets its default"


def test_a_dry_run_runs_nothing(db: Editing) -> None:
    table = db.make()
    answer = db.apply(table, db.update(table, 0, {"name": "Ann"}), db.delete(table, 1), dry_run=True)
    assert not answer.applied
    assert [statement.sql.split()[0] for statement in answer.statements] == ["UPDATE", "DELETE"]
    assert "'Ann'" in answer.statements[0].shown_sql
    assert [row[1] for row in db.rows(table)] == ["ann", "bob", "cid"]


def test_what_somebody_else_changed_is_a_conflict_and_nothing_is_written(db: Editing) -> None:
    table = db.make()
    changes = [db.update(table, 0, {"name": "Ann"}), db.update(table, 1, {"name": "Bob", "note": "hi"})]
    db.other(f"update {table} set name = 'eve' where id = 2")
    answer = db.apply(table, *changes)
    assert not answer.applied
    (conflict,) = answer.conflicts
    assert (conflict.id, conflict.kind) == ("u1", "changed")
    (difference,) = conflict.differences
    assert (difference.column, difference.base, difference.theirs, difference.mine) == (
        "name", "bob", "eve", "Bob",
    )  # fmt: skip
    assert difference.edited
    assert [row[1] for row in db.rows(table)] == ["ann", "eve", "cid"]


def test_another_column_that_changed_is_told_too(db: Editing) -> None:
    table = db.make()
    change = db.update(table, 0, {"name": "Ann"})
    db.other(f"update {table} set note = 'changed' where id = 1")
    (conflict,) = db.apply(table, change).conflicts
    (difference,) = conflict.differences
    assert (difference.column, difference.edited) == ("note", False)
    assert conflict.theirs["note"] == "changed"


def test_a_row_that_is_gone_is_a_conflict(db: Editing) -> None:
    table = db.make()
    changes = [db.update(table, 0, {"name": "Ann"}), db.delete(table, 2)]
    db.other(f"delete from {table} where id = 3")
    answer = db.apply(table, *changes)
    assert [(one.id, one.kind) for one in answer.conflicts] == [("d2", "gone")]
    assert db.rows(table)[0][1] == "ann"


def test_a_refused_statement_rolls_the_batch_back_and_names_the_change(db: Editing) -> None:
    table = db.make()
    answer = db.apply(table, db.update(table, 0, {"name": "Ann"}), insert("twice", id=2, name="dup"))
    assert not answer.applied
    assert [one.id for one in answer.refused] == ["twice"]
    assert answer.refused[0].problem.code == "sql.error"
    assert [row[1] for row in db.rows(table)] == ["ann", "bob", "cid"]


@pytest.mark.parametrize(
    ("column", "typed", "words"),
    [
        ("amount", "12.345", "decimals"),
        ("amount", "1e99", "large"),
        ("big", "9223372036854775808", ""),
        ("big", "1.5", "whole number"),
        ("name", None, "NULL"),
        ("name", "x" * 21, "holds 20"),
        ("born", "2026-02-30 10:00:00", "does not exist"),
        ("born", "2026-01-30 10:00:00.1234567", "digits"),
        ("born", "2026-01-30 10:00:00+02", "zone"),
        ("raw", "hello", "binary"),
    ],
)
def test_what_does_not_fit_its_column_is_told_of_its_cell(
    db: Editing, column: str, typed: object, words: str
) -> None:
    table = db.make()
    answer = db.apply(table, db.update(table, 0, {column: typed, "note": "new"}))
    if db.engine in _KEPT.get((column, typed), ()):
        assert answer.applied, "this engine keeps such a value as it is"
        return
    (refused,) = answer.refused
    assert (refused.id, refused.column, refused.problem.code) == ("u0", column, "data.unfit")
    assert words in refused.problem.title
    assert db.rows(table, "note")[0] == ("first",)


# What an engine stores as it was typed, whatever the column's type says.
_KEPT = {
    ("amount", "12.345"): ("sqlite",),
    ("amount", "1e99"): ("sqlite",),
    ("name", "x" * 21): ("sqlite", "duckdb"),
    ("born", "2026-02-30 10:00:00"): ("sqlite",),
    ("born", "2026-01-30 10:00:00.1234567"): ("sqlite",),
    ("born", "2026-01-30 10:00:00+02"): ("sqlite",),
}


def test_values_are_stored_exactly(db: Editing) -> None:
    table = db.make()
    values = {
        "big": "9007199254740995",
        "amount": "99999999.99",
        "born": "2026-11-26 16:56:00.125",
        "note": "ü\n'quoted' \\ back % %s ? ",
        "raw": {"$bytes": "AAEC/w=="},
    }
    answer = db.apply(table, db.update(table, 0, values))
    assert answer.applied
    assert answer.stored[0].otherwise == []
    _, cells = db.seen(table, 0)
    assert {name: str(cells[name]) for name in ("big", "note")} == {
        "big": "{'$int': '9007199254740995'}" if db.engine in ("sqlite", "duckdb") else "9007199254740995",
        "note": values["note"],
    }
    assert cells["raw"] == values["raw"]
    assert str(cells["amount"]) in ("99999999.99",)
    assert cells["born"] == values["born"]


def test_null_empty_and_key_changes(db: Editing) -> None:
    table = db.make()
    answer = db.apply(
        table,
        db.update(table, 0, {"note": None, "id": 50}),
        db.update(table, 1, {"note": ""}),
    )
    assert answer.applied
    assert [stored.key for stored in answer.stored] == (
        [[50], [2]] if db.engine in ("sqlite", "duckdb") else [["50"], ["2"]]
    )
    assert [(row[0], row[5]) for row in db.rows(table)] == [(2, ""), (3, ""), (50, None)]


def test_a_row_of_defaults(db: Editing) -> None:
    table = db.make(
        {
            "sqlite": "id integer primary key, note text default 'x'",
            "postgresql": "id serial primary key, note text default 'x'",
            "mysql": "id integer primary key auto_increment, note varchar(9) default 'x'",
            "duckdb": "id integer primary key default 5, note varchar default 'x'",
        }[db.engine],
        rows=(),
    )
    answer = db.apply(table, insert("n"))
    assert answer.applied
    assert answer.stored[0].cells["note"] == "x"
    assert answer.stored[0].key == [answer.stored[0].cells["id"]]
    assert len(db.rows(table)) == 1


def test_a_table_without_a_key_is_refused(db: Editing) -> None:
    table = db.make("a integer, b integer", rows=((1, 2),))
    if db.engine == "sqlite":
        key, base = db.seen(table)
        change = Change(kind="update", id="u", key=key, base=base, values={"a": 5})
        assert db.apply(table, change).applied, "SQLite's rows have a rowid"
        assert db.rows(table, key="a") == [(5, 2)]
        return
    with pytest.raises(ProblemError) as caught:
        db.apply(table, Change(kind="update", id="u", key=[], values={"a": 5}))
    assert caught.value.problem.code == "data.no_key"
    assert "primary key" in caught.value.problem.hint


def test_a_view_is_refused(db: Editing) -> None:
    table = db.make()
    db.other(f"create view v_{table} as select * from {table}")
    with pytest.raises(ProblemError) as caught:
        db.apply(f"v_{table}", insert("n", name="x"))
    assert caught.value.problem.code == "data.not_editable"


def test_a_column_that_vanished_is_a_conflict(db: Editing) -> None:
    table = db.make()
    change = db.update(table, 0, {"note": "new", "name": "Ann"})
    db.other(f"alter table {table} drop column note")
    answer = db.apply(table, change)
    assert [(one.kind, one.missing) for one in answer.conflicts] == [("columns", ["note"])]
    assert db.rows(table)[0][1] == "ann"


def test_the_same_row_unchanged_is_no_refusal(db: Editing) -> None:
    """MySQL counts only rows that got other values."""
    table = db.make()
    answer = db.apply(table, db.update(table, 0, {"note": "first"}))
    assert answer.applied
