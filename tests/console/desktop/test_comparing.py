"""Results that stay, and two results compared: by key on a real server, and as a pure function."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.console.comparison import ADDED, CHANGED, EQUAL, REMOVED, Rows, candidates, compare
from desktop.kit.grid.selection import Spot
from embedded_server.wire.data import Column
from embedded_server.wire.values import Truncated

from .conftest import PATIENCE, write


def rows(names: str, *records: tuple) -> Rows:
    columns = [Column(name) for name in names.split()]
    return Rows(columns, [list(column) for column in zip(*records, strict=True)] or [[] for _ in columns])


def differing(before: Rows, after: Rows, *key: str) -> list[tuple]:
    return [tuple(row) for row in compare(before, after, key).rows]


# --- the comparison ----------------------------------------------------------------------------------


def test_by_key_rows_are_changed_added_and_removed() -> None:
    before = rows("id v", (1, "a"), (2, "b"), (3, "c"))
    after = rows("id v", (3, "c"), (2, "B"), (4, "d"))
    assert differing(before, after, "id") == [(CHANGED, 2, "b → B"), (ADDED, 4, "d"), (REMOVED, 1, "a")]
    assert compare(before, after, ["id"]).text() == "1 changed · 1 added · 1 removed · 1 equal"
    assert [row[0] for row in compare(before, after, ["id"], equal_rows=True).rows].count(EQUAL) == 1


def test_values_are_equal_only_as_they_are_stored() -> None:
    before = rows("id v", (1, 1), (2, "1.10"), (3, None), (4, float("nan")), (5, 0.0), (6, Truncated("a", 9)))
    after = rows("id v", (1, 1.0), (2, "1.1"), (3, ""), (4, float("nan")), (5, -0.0), (6, Truncated("a", 9)))
    found = differing(before, after, "id")
    assert [row[1] for row in found] == [1, 2, 3, 5]
    assert found[2][2] == 'NULL → ""'


def test_keys_that_fit_are_found() -> None:
    before, after = rows("a b c", (1, 1, "x"), (1, 2, "x")), rows("a b c", (1, 1, "x"))
    assert candidates(before, after) == [["b"]]
    before = rows("a b c", (1, 1, "x"), (1, 2, "x"), (2, 1, None))
    assert candidates(before, before) == [["a", "b"]]
    assert candidates(rows("a", (1,), (1,)), rows("a", (1,))) == []


def test_other_columns_other_order_and_repeated_keys() -> None:
    before = rows("id old v", (1, 0, "a"), (1, 0, "b"))
    after = rows("v id new", ("a", 1, 5), ("c", 1, 5))
    found = compare(before, after, ["id"])
    assert [column.name for column in found.columns] == ["difference", "v", "id"]
    assert (found.only_before, found.only_after, found.repeated) == (["old"], ["new"], 2)
    assert [tuple(row) for row in found.rows] == [(CHANGED, "b → c", 1)]


def test_empty_results() -> None:
    empty = rows("id v")
    assert differing(empty, rows("id v", (1, "a")), "id") == [(ADDED, 1, "a")]
    assert compare(empty, empty, []).text() == "0 changed · 0 added · 0 removed · 0 equal"
    assert compare(rows(""), rows(""), []).rows == []


CELLS = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["", "a", "1"]), st.floats(0, 1))
RECORDS = st.lists(st.tuples(st.integers(0, 30), CELLS), max_size=12, unique_by=lambda row: row[0])


@given(RECORDS, RECORDS)
def test_every_row_is_counted_once_and_what_differs_differs(left: list, right: list) -> None:
    before, after = rows("id v", *left), rows("id v", *right)
    found = compare(before, after, ["id"], equal_rows=True)
    counts = found.counts
    assert counts[EQUAL] + counts[CHANGED] + counts[ADDED] == len(right)
    assert counts[EQUAL] + counts[CHANGED] + counts[REMOVED] == len(left)
    older, newer = dict(left), dict(right)
    for word, key, _ in found.rows:
        assert (key in older, key in newer) == (word != ADDED, word != REMOVED)
    back = compare(after, before, ["id"]).counts
    assert (back[ADDED], back[REMOVED], back[CHANGED]) == (counts[REMOVED], counts[ADDED], counts[CHANGED])


# --- in the window -----------------------------------------------------------------------------------


def segments(tab) -> list[str]:
    return [tab.results.parts.tabText(number) for number in range(tab.results.parts.count())]


def run(shell, qtbot, tab, text: str) -> None:
    write(tab, text)
    assert shell.verbs.run("console.run_all") == ""
    qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)


def test_a_pinned_result_stays_and_is_compared_with_a_later_one(live_shell, qtbot, tab):
    live_shell.window.show()
    assert live_shell.verbs.get("console.compare").when() == "Show a result first"
    run(live_shell, qtbot, tab, "select id, v from t where id < 6 order by id")
    assert live_shell.verbs.get("console.compare").when() == "Pin another result first"
    assert live_shell.verbs.run("console.pin") == ""
    assert segments(tab) == ["Pinned 1 · 5", "Messages"]
    run(live_shell, qtbot, tab, "update t set v = 'new' where id = 2; delete from t where id = 1")
    assert segments(tab) == ["Pinned 1 · 5", "Messages"]
    run(live_shell, qtbot, tab, "select id, v from t where id < 7 order by id")
    assert segments(tab) == ["Pinned 1 · 5", "Result · 5", "Messages"]
    assert tab.results.parts.currentIndex() == 1
    assert live_shell.verbs.run("console.compare") == ""
    shown = tab.results.comparison()
    assert shown.summary.text() == "1 changed · 1 added · 1 removed · 3 equal"
    assert shown.key.itemText(0) == "by id"
    source = shown.grid.source
    assert [[source.cell(row, place) for place in range(3)] for row in range(3)] == [
        ["changed", 2, "v2 → new"],
        ["added", 6, "v6"],
        ["removed", 1, "v1"],
    ]
    shown.equal.setChecked(True)
    assert shown.grid.source.row_count() == 6
    tab.results.parts.setCurrentIndex(0)
    assert tab.results.comparison() is None
    assert [tab.results.source().cell(row, 1) for row in (0, 1)] == ["v1", "v2"]
    assert live_shell.verbs.run("console.pin") == ""
    assert segments(tab) == ["Result · 5", "Messages"]


def fields(tab) -> list[tuple[str, str]]:
    return [(row.key, row.value) for row in tab.results.panel.fields.rows()]


def test_the_inspector_follows_the_comparison_while_it_hides_the_results(live_shell, qtbot, tab):
    live_shell.window.show()
    run(live_shell, qtbot, tab, "select id, v from t where id < 4 order by id")
    live_shell.verbs.run("console.pin")
    run(live_shell, qtbot, tab, "update t set v = 'new' where id = 3")
    run(live_shell, qtbot, tab, "select id, v from t where id < 5 order by id")
    assert fields(tab) == [("id", "1"), ("v", "v1")]
    assert live_shell.verbs.run("console.compare") == ""
    assert fields(tab) == [("difference", "changed"), ("id", "3"), ("v", "v3 → new")]
    shown = tab.results.comparison()
    shown.grid.move_to(Spot(1, 0))
    assert fields(tab) == [("difference", "added"), ("id", "4"), ("v", "v4")]
    assert tab.results.panel.heading.text() == "ROW 2"
    shown.equal.setChecked(True)
    assert tab.results.panel.heading.text() == "ROW 1"
    assert fields(tab)[0] == ("difference", shown.grid.source.cell(0, 0))
    shown.closed.emit()
    assert fields(tab) == [("id", "1"), ("v", "v1")]


def test_rows_that_were_not_fetched_are_told(live_shell, qtbot, tab):
    run(live_shell, qtbot, tab, "select id, v from t order by id")
    live_shell.verbs.run("console.pin")
    run(live_shell, qtbot, tab, "select id, upper(v) as v from t order by id")
    assert live_shell.verbs.run("console.compare") == ""
    assert tab.results.comparison().summary.text() == (
        "1,000 changed · 0 added · 0 removed · 0 equal · not all rows were fetched"
    )
