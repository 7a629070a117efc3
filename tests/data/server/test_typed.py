"""What is typed for a column is its exact value, or a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.data.edit_check import as_seen, conflict, means, same
from embedded_server.data.edit_rows import Row
from embedded_server.wire.data import Column, Kind
from embedded_server.wire.edits import Change, Seen, digest_of
from embedded_server.wire.typed import Unfit, fit
from embedded_server.wire.values import BadText, Cell, Truncated

PG, MY, LITE, DUCK = "postgresql", "mysql", "sqlite", "duckdb"


def column(type_: str, kind: Kind, **more: bool) -> Column:
    return Column("c", type_, kind, **more)  # type: ignore[arg-type]


GOOD = [
    ("bigint", "number", "9223372036854775807", PG, "9223372036854775807"),
    ("BIGINT", "number", "9007199254740993", DUCK, 9007199254740993),
    ("INTEGER", "number", " 12 ", LITE, 12),
    ("numeric(10,2)", "number", "12.30", PG, "12.30"),
    ("numeric(10,2)", "number", "1.200", PG, "1.200"),
    ("numeric", "number", "NaN", PG, "NaN"),
    ("decimal(5,0)", "number", "99999", MY, "99999"),
    ("double precision", "number", "0.1", PG, "0.1"),
    ("DOUBLE", "number", "-inf", DUCK, float("-inf")),
    ("real", "number", "0.1", PG, "0.1"),
    ("NUMERIC(12, 2)", "number", "12.345", LITE, 12.345),
    ("tinyint(1)", "number", "true", MY, "1"),
    ("int(10) unsigned", "number", "4294967295", MY, "4294967295"),
    ("boolean", "bool", "yes", PG, "t"),
    ("BOOLEAN", "bool", "false", DUCK, False),
    ("BOOLEAN", "bool", "true", LITE, 1),
    ("timestamp(3) without time zone", "time", "2024-02-29 12:30:00.125", PG, "2024-02-29 12:30:00.125"),
    ("timestamp with time zone", "time", "2024-01-01 00:00:00+02", PG, "2024-01-01 00:00:00+02"),
    ("date", "time", "infinity", PG, "infinity"),
    ("date", "time", "0044-03-15 BC", PG, "0044-03-15 BC"),
    ("time without time zone", "time", "24:00:00", PG, "24:00:00"),
    ("time", "time", "-838:59:59", MY, "-838:59:59"),
    ("uuid", "uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", PG, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("jsonb", "json", '{"a": [1, 2.50]}', PG, '{"a": [1, 2.50]}'),
    ("STRUCT(a INTEGER)", "json", "{'a': 1}", DUCK, "{'a': 1}"),
    ("bytea", "binary", "x'00FF'", PG, b"\x00\xff"),
    ("enum('a','it''s')", "text", "it's", MY, "it's"),
    ("set('a','b')", "text", "a,b", MY, "a,b"),
    ("character varying(3)", "text", "äöü", PG, "äöü"),
    ("text", "text", "", PG, ""),
    ("text", "text", "NULL", PG, "NULL"),
    ("", "other", "12", LITE, "12"),
]
BAD = [
    ("integer", "number", "2147483648", PG, "-2147483648 to 2147483647"),
    ("int(10) unsigned", "number", "-1", MY, "0 to"),
    ("bigint", "number", "1.0", PG, "whole number"),
    ("bigint", "number", "1e3", PG, "whole number"),
    ("bigint", "number", "", PG, "whole number"),
    ("INTEGER", "number", "9223372036854775808", LITE, "64 bits"),
    ("numeric(10,2)", "number", "12.345", PG, "3 decimals"),
    ("numeric(4,2)", "number", "100", PG, "too large"),
    ("numeric(10,2)", "number", "abc", PG, "not a number"),
    ("double precision", "number", "0.12345678901234567890", PG, "exactly"),
    ("real", "number", "16777217", PG, "exactly"),
    ("double", "number", "nan", MY, "can hold"),
    ("NUMERIC", "number", "0.12345678901234567890", LITE, "exactly"),
    ("boolean", "bool", "maybe", PG, "neither"),
    ("timestamp(3) without time zone", "time", "2024-01-01 00:00:00.1234", PG, "3 digits"),
    ("datetime", "time", "2024-01-01 00:00:00.5", MY, "0 digits"),
    ("timestamp without time zone", "time", "2024-01-01 00:00:00+02", PG, "no zone"),
    ("date", "time", "2023-02-29", PG, "does not exist"),
    ("date", "time", "2024-01-01 10:00:00", PG, "time of day"),
    ("date", "time", "now", PG, "write it like"),
    ("timestamp without time zone", "time", "2024-01-01 25:00:00", PG, "does not exist"),
    ("uuid", "uuid", "a0eebc99", PG, "UUID"),
    ("json", "json", "{'a': 1}", PG, "valid JSON"),
    ("json", "json", "NaN", PG, "valid JSON"),
    ("bytea", "binary", "hello", PG, "binary"),
    ("varbinary(1)", "binary", "0x0102", MY, "2 bytes"),
    ("enum('a','b')", "text", "c", MY, "none of a, b"),
    ("character varying(3)", "text", "abcd", PG, "4 characters"),
    ("text", "text", "a\0b", PG, "NUL"),
]


@pytest.mark.parametrize(("type_", "kind", "text", "dialect", "cell"), GOOD)
def test_what_fits(type_: str, kind: Kind, text: str, dialect: str, cell: Cell) -> None:
    assert same(fit(column(type_, kind), text, dialect), cell)


@pytest.mark.parametrize(("type_", "kind", "text", "dialect", "words"), BAD)
def test_what_does_not_fit(type_: str, kind: Kind, text: str, dialect: str, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        fit(column(type_, kind), text, dialect)


def test_null_generated_and_cut() -> None:
    assert fit(column("text", "text", nullable=True), None, PG) is None
    with pytest.raises(Unfit, match="does not take NULL"):
        fit(column("text", "text", nullable=False), None, PG)
    with pytest.raises(Unfit, match="computed"):
        fit(column("text", "text", generated=True), "x", PG)
    with pytest.raises(Unfit, match="beginning"):
        fit(column("text", "text"), Truncated("x", 9), PG)


def test_a_column_of_any_type_takes_what_stands_there() -> None:
    anything = column("", "other")
    assert fit(anything, "12", LITE, 5) == 12
    assert fit(anything, "1.5", LITE, 5) == 1.5
    assert fit(anything, "12", LITE, "text") == "12"
    assert fit(anything, "x'00'", LITE) == b"\0"


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_is_itself(number: int) -> None:
    assert fit(column("bigint", "number"), str(number), PG) == str(number)
    assert fit(column("BIGINT", "number"), str(number), DUCK) == number
    assert fit(column("INTEGER", "number"), str(number), LITE) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_itself(number: float) -> None:
    assert fit(column("DOUBLE", "number"), repr(number), DUCK) == number
    assert float(str(fit(column("double precision", "number"), repr(number), PG))) == number


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_a_scale_keeps_or_refuses_never_rounds(digits: int, places: int) -> None:
    text = f"{digits / 1:.0f}e-{places}"
    try:
        kept = fit(column("numeric(12,2)", "number"), text, PG)
    except Unfit:
        assert digits % 10 ** max(0, places - 2) != 0
    else:
        assert kept == text and digits % 10 ** max(0, places - 2) == 0


# --- comparing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ("1", 1),
        ("a", "A"),
        (b"a", "a"),
        (None, ""),
        (BadText(b"\xff"), "ÿ"),
    ],
)
def test_bit_for_bit(one: Cell, other: Cell) -> None:
    assert not same(one, other) and same(one, one) and same(float("nan"), float("nan"))


def test_long_values_are_compared_by_digest() -> None:
    text = "ä" * 5000
    assert as_seen(text, Seen(digest_of(text), 5000, "characters"))
    assert as_seen(text, Seen(digest_of(text[:100]), 10000, "bytes", 100))
    assert not as_seen(text[:-1] + "b", Seen(digest_of(text), 5000, "characters"))
    assert not as_seen(text + "ä", Seen(digest_of(text[:100]), 5000, "characters", 100))
    assert not as_seen(None, Seen(digest_of(text), 5000))


def test_a_conflict_names_what_differs() -> None:
    row = Row(Change(kind="update", id="x"), base={"a": 1, "b": None}, values=[(column("", "other"), 5)])
    assert conflict(row, {"a": 1, "b": None}) is None
    found = conflict(row, {"a": 1, "b": ""})
    assert found is not None and [one.column for one in found.differences] == ["b"]
    assert conflict(row, None) is not None


def test_what_is_stored_may_be_spelled_otherwise() -> None:
    number, text = column("numeric(10,2)", "number"), column("character(5)", "text")
    assert means(number, "1.1", "1.10") and not means(number, "1.1", "1.11")
    assert means(text, "ab", "ab   ") and not means(column("text", "text"), "ab", "ab ")
    assert means(column("jsonb", "json"), '{"b":1,"a":2}', '{"a": 2, "b": 1}')
