"""From what stands in the form to operations: only what differs, each once, in an order that works."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.schema.draft import ColumnRow, Draft, PartRow, draft_of, names, restored, saved, shown
from embedded_server.wire.ddl import CheckSpec, ColumnSpec, ForeignSpec, IndexSpec, KeySpec, TableSpec

SPEC = TableSpec(
    "t",
    columns=[ColumnSpec("id", "integer", False), ColumnSpec("a", "text"), ColumnSpec("b, c", "text")],
    primary_key=KeySpec(["id"], "t_pkey"),
    uniques=[KeySpec(["a", "b, c"], "uq")],
    checks=[CheckSpec("a <> ', ('", "ck")],
    foreign_keys=[ForeignSpec(["a"], "r", ["id"], "fk", on_delete="SET NULL")],
    indexes=[IndexSpec(["lower(a)", "id DESC"], "ix", True, "a > 'where'", "gin", ["id"])],
)


def ops(draft: Draft) -> list[str]:
    return [msgspec.to_builtins(one)["op"] for one in draft.operations()]


def test_what_is_as_it_was_is_no_change() -> None:
    draft = draft_of(SPEC)
    assert draft.operations() == [] and not draft.changed()
    assert [row.state() for row in draft.parts] == [""] * 5


def test_each_change_is_one_operation_and_what_goes_goes_first() -> None:
    draft = draft_of(SPEC)
    draft.columns[1].spec = ColumnSpec("a2", "varchar(9)", default="'x'")
    draft.columns[2].gone = True
    draft.columns.append(ColumnRow(ColumnSpec("n", "integer")))
    draft.parts[1].gone = True
    draft.parts[4].rest = "where a > 1"
    draft.parts.append(PartRow("check", "", "n > 0"))
    draft.parts.append(PartRow("foreign key", "", "n", "r (id) on delete cascade on update restrict"))
    draft.name = "t2"
    assert ops(draft) == [
        "drop_unique",
        "drop_index",
        "alter_column",
        "add_column",
        "drop_column",
        "create_index",
        "add_check",
        "add_foreign_key",
        "rename_table",
    ]
    foreign = draft.operations()[-2].foreign
    assert (foreign.target, foreign.target_columns) == ("r", ["id"])
    assert (foreign.on_delete, foreign.on_update) == ("CASCADE", "RESTRICT")
    index = draft.operations()[5]
    assert index.columns == ["lower(a)", "id DESC"] and (index.where, index.method) == ("a > 1", "")


def test_the_primary_key_is_one_operation() -> None:
    draft = draft_of(SPEC)
    draft.parts[0].columns = "id, a"
    (one,) = draft.operations()
    assert one.key == KeySpec(["id", "a"], "t_pkey")
    draft.parts[0].gone = True
    (one,) = draft.operations()
    assert one.key is None


def test_a_new_table_is_one_operation() -> None:
    rows = [ColumnRow(ColumnSpec("id", "integer")), ColumnRow(ColumnSpec("x", "text"), gone=True)]
    parts = [PartRow("primary key", "", "id"), PartRow("index", "", "id", "using hash")]
    draft = Draft(None, "new", columns=rows, parts=parts)
    (one,) = draft.operations()
    assert one.spec.columns == [rows[0].spec] and one.spec.primary_key == KeySpec(["id"])
    assert one.spec.indexes == [IndexSpec(["id"], method="hash")]


def test_an_expression_is_one_part() -> None:
    assert names('coalesce(a, b), c DESC, "d,e"') == ["coalesce(a, b)", "c DESC", "d,e"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("ab \"(),'", min_size=1, max_size=6), max_size=4))
def test_names_are_read_as_they_are_shown(given_names: list[str]) -> None:
    fit = [name for name in given_names if name.strip() == name and not set(name) & set("\"'()")]
    assert names(shown(fit)) == fit


def test_a_draft_survives_the_restart_of_the_window() -> None:
    draft = draft_of(SPEC)
    draft.columns[1].gone = True
    draft.columns.append(ColumnRow(ColumnSpec("half", "")))
    draft.parts[2].rest = "r (id"
    again = restored(json.loads(json.dumps(saved(draft))))
    assert again == draft and again.operations() == draft.operations()
    assert restored({"base": 5}) is None and restored({}) is None
