"""Filters on a real database: which rows they find, and that the SQL shown finds the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.wire.data import Filter
from embedded_server.wire.problem import ProblemError

pytestmark = pytest.mark.engine("sqlite")

ROWS = """
create table t(n integer primary key, number numeric, word text, flag boolean, day date, raw blob, any_);
insert into t values
 (1, 5, 'open', 1, '2024-01-31', x'00ff', 5),
 (2, 9007199254740993, 'Reopened', 0, '2024-02-01', x'', '5'),
 (3, 0.1, '', null, '2024-02-29', null, 5.0),
 (4, null, null, 1, null, 'text', null),
 (5, -3, 'a, b', 0, '0001-01-01', x'41', x'35'),
 (6, 'n/a', '50%_off', null, '9999-12-31', x'42', 'five'),
 (7, 9007199254740992, 'ÄRGER', 1, '2024-02-01 10:00', null, 9007199254740993);
"""


@pytest.fixture(scope="module")
def rows(sqlite_file) -> str:
    return sqlite_file(ROWS)


def found(house, rows, **options) -> list[int]:
    page = house.page(rows, "t", columns=["n"], **options)
    numbers = list(page.rows.columns[0])
    shown = house.rows_of_sql(rows, page.shown_sql)
    assert [row[0] for row in shown] == numbers, page.shown_sql
    return numbers


HEADER = [
    ("number", "5", [1]),
    ("number", "=5.0", [1]),
    ("number", "9007199254740993", [2]),
    ("number", "9007199254740992", [7]),
    ("number", "0.1", [3]),
    ("number", ".1", [3]),
    ("number", "!=5", [2, 3, 5, 6, 7]),
    ("number", "!=5, null", [2, 3, 4, 5, 6, 7]),
    ("number", "-5..1", [3, 5]),
    ("number", "..0", [5]),
    ("number", "5, -3", [1, 5]),
    ("number", "5, null", [1, 4]),
    ("number", "n/", [6]),
    ("number", '"n/a"', [6]),
    ("number", "null", [4]),
    ("number", "!null", [1, 2, 3, 5, 6, 7]),
    ("word", "open", [1, 2]),
    ("word", "OPEN", [1, 2]),
    ("word", '"open"', [1]),
    ("word", '""', [3]),
    ("word", "!open", [3, 5, 6, 7]),
    ("word", "open, off", [1, 2, 6]),
    ("word", '!open, !""', [5, 6, 7]),
    ("word", r"a\, b", [5]),
    ("word", "%_", [6]),
    ("word", "~^[Ro]", [1, 2]),
    ("word", "!~e", [3, 5, 6, 7]),
    ("word", "ärger", [7]),
    ("word", "a..c", [5]),
    ("flag", "true", [1, 4, 7]),
    ("flag", "no", [2, 5]),
    ("day", "2024-02", [2, 3, 7]),
    ("day", "2024-01-31..2024-02-01", [1, 2]),
    ("day", ">9000-01-01", [6]),
    ("raw", "x'00ff'", [1]),
    ("raw", r"\x41", [5]),
    ("raw", '"text"', [4]),
    ("any_", "=5", [1, 2, 3]),
    ("any_", '"5"', [1, 2, 3]),
    ("any_", "9007199254740993", [7]),
    ("any_", "!=5", [5, 6, 7]),
    ("any_", "x'35'", [5]),
]


@pytest.mark.parametrize(("column", "text", "wanted"), HEADER)
def test_header_boxes(house, rows, column, text, wanted):
    assert found(house, rows, filters=[Filter(column, "expr", text)]) == wanted


TYPED = [
    (Filter("any_", "=", 5), [1, 3]),
    (Filter("any_", "=", "5"), [2]),
    (Filter("any_", "=", {"$bytes": "NQ=="}), [5]),
    (Filter("any_", "=", {"$int": "9007199254740993"}), [7]),
    (Filter("number", "!=", 5), [2, 3, 5, 6, 7]),
    (Filter("number", "=", None), [4]),
    (Filter("number", "!=", None), [1, 2, 3, 5, 6, 7]),
    (Filter("number", "between", values=[0, 5]), [1, 3]),
    (Filter("number", "between", values=[None, 0]), [5]),
    (Filter("number", "in", values=[5, -3]), [1, 5]),
    (Filter("number", "in", values=[5, None]), [1, 4]),
    (Filter("number", "in", values=[]), []),
    (Filter("number", "not in", values=[5, None]), [2, 3, 5, 6, 7]),
    (Filter("number", "not in", values=[]), [1, 2, 3, 4, 5, 6, 7]),
    (Filter("number", "<", 0), [5]),
    (Filter("number", "<=", -3), [5]),
    (Filter("word", "contains", "%"), [6]),
    (Filter("word", "starts", "re"), [2]),
    (Filter("word", "ends", "OFF"), [6]),
    (Filter("word", "like", "%pen%"), [1, 2]),
    (Filter("word", "regex", "^$"), [3]),
    (Filter("word", "null"), [4]),
    (Filter("word", "not null"), [1, 2, 3, 5, 6, 7]),
]


@pytest.mark.parametrize(("item", "wanted"), TYPED, ids=lambda value: str(value)[:40])
def test_operators(house, rows, item, wanted):
    assert found(house, rows, filters=[item]) == wanted


def test_filters_and_a_raw_condition_all_hold(house, rows):
    filters = [Filter("word", "expr", "open"), Filter("number", "expr", ">5")]
    assert found(house, rows, filters=filters) == [2]
    assert found(house, rows, filters=filters, where="flag or n = 1 -- not `and`") == []
    assert found(house, rows, filters=filters[:1], where="flag or n = 2 -- `or` stays inside") == [1, 2]


WRONG = [
    (Filter("word", "expr", "> "), "data.bad_filter"),
    (Filter("word", "expr", 5), "data.bad_filter"),
    (Filter("word", "<", None), "data.bad_filter"),
    (Filter("word", "between", values=[1]), "data.bad_filter"),
    (Filter("word", "contains", 5), "data.bad_filter"),
    (Filter("word", "=", {"$what": 1}), "data.bad_filter"),
    (Filter("word", "=", {"$cut": {"prefix": "a", "size": 9}}), "data.bad_filter"),
    (Filter("wrod", "=", 1), "data.unknown_column"),
]


@pytest.mark.parametrize(("item", "code"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_filters_are_refused(house, rows, item, code):
    with pytest.raises(ProblemError) as caught:
        house.page(rows, "t", filters=[item])
    assert caught.value.problem.code == code


TEXTS = st.text(st.sampled_from(list("ab%_\\'\"`?*\0é\n,.~!=<>-/;()")), max_size=6)


@settings(max_examples=80, deadline=None)
@given(text=TEXTS, op=st.sampled_from(["=", "contains", "starts", "ends", "!=", ">=", "like"]))
def test_shown_sql_finds_what_the_filter_finds(house, rows, text, op):
    found(house, rows, filters=[Filter("word", op, text)])


@settings(max_examples=40, deadline=None)
@given(number=st.one_of(st.integers(-(2**64), 2**64), st.floats(allow_nan=False)))
def test_shown_numbers_are_exact(house, rows, number):
    value = number if isinstance(number, float) or abs(number) < 2**53 else {"$int": str(number)}
    if value in (float("inf"), float("-inf")):
        value = {"$float": repr(number)}
    for op in ("<", "=", ">="):
        found(house, rows, filters=[Filter("number", op, value)])
