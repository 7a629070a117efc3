"""The language of the header boxes: what each form means, and where mistakes are."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embedded_server.data.header_filter import Condition, parse
from embedded_server.wire.problem import ProblemError


def read(text: str) -> list[tuple]:
    return [
        (item.kind, item.negated, *(word.text for word in (item.value, item.high) if word is not None))
        for item in parse(text)
    ]


FORMS = {
    "": [],
    "   ": [],
    ">5": [(">", False, "5")],
    " >= 5 ": [(">=", False, "5")],
    "<5": [("<", False, "5")],
    "<=5": [("<=", False, "5")],
    "=5": [("=", False, "5")],
    "==5": [("=", False, "5")],
    "!=5": [("=", True, "5")],
    "<>5": [("=", True, "5")],
    "!>5": [(">", True, "5")],
    "5..10": [("between", False, "5", "10")],
    "-1 .. +2": [("between", False, "-1", "+2")],
    "1.5..2.5": [("between", False, "1.5", "2.5")],
    '"a".."b, c"': [("between", False, "a", "b, c")],
    "null": [("null", False)],
    "NULL": [("null", False)],
    "!null": [("null", True)],
    "not null": [("null", True)],
    "=null": [("null", False)],
    "!=null": [("null", True)],
    '"null"': [("=", False, "null")],
    "~^a,b$": [("regex", False, "^a,b$")],
    "!~x": [("regex", True, "x")],
    "open": [("plain", False, "open")],
    "!open": [("plain", True, "open")],
    '"exact "': [("=", False, "exact ")],
    '""': [("=", False, "")],
    '=""': [("=", False, "")],
    '"say ""hi"""': [("=", False, 'say "hi"')],
    'a "quoted" word': [("plain", False, 'a "quoted" word')],
    "a, b ,!=c": [("plain", False, "a"), ("plain", False, "b"), ("=", True, "c")],
    "a, ~b, c": [("plain", False, "a"), ("regex", False, "b, c")],
    r"a\, b": [("plain", False, "a, b")],
    r"\>5": [("plain", False, ">5")],
    r"\~x": [("plain", False, "~x")],
    r"etc\.\.": [("plain", False, "etc..")],
    r"C:\dir": [("plain", False, r"C:\dir")],
    "ends\\": [("plain", False, "ends\\")],
    "héllo wörld": [("plain", False, "héllo wörld")],
}


@pytest.mark.parametrize("text", FORMS)
def test_forms(text):
    assert read(text) == FORMS[text]


def test_open_ranges_keep_their_side():
    assert [(item.value and item.value.text, item.high and item.high.text) for item in parse("5.., ..9")] == [
        ("5", None),
        (None, "9"),
    ]


MISTAKES = {
    ">": 1,
    "=": 1,
    "a,": 2,
    ",a": 0,
    "a,,b": 2,
    "..": 0,
    "~": 1,
    ">=null": 2,
    '"open': 0,
    '"a" b': 4,
    "a..b..c": 4,
    ">5..6": 2,
    "!": 1,
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_say_where(text):
    with pytest.raises(ProblemError) as caught:
        parse(text)
    found = caught.value.problem
    assert (found.code, found.position) == ("data.bad_filter", MISTAKES[text])
    assert "a..b" in found.hint
    assert found.detail


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def escaped(text: str) -> str:
    return "".join("\\" + c if c in '\\,."!<>=~' else c for c in text)


@settings(max_examples=150)
@given(st.text())
def test_any_text_can_be_quoted(text):
    assert read(quoted(text)) == [("=", False, text)]
    assert read(f" {quoted(text)} , !={quoted(text)}") == [("=", False, text), ("=", True, text)]
    assert read(f"{quoted(text)}..{quoted(text)}") == [("between", False, text, text)]


@settings(max_examples=150)
@given(st.text(min_size=1).filter(lambda t: t.strip() == t and t.lower() not in ("null", "not null")))
@example("a..b, !=c")
def test_any_text_can_be_escaped(text):
    assert read(escaped(text)) == [("plain", False, text)]


PIECES = st.sampled_from(
    ["a", "5", '"', "\\", ",", "..", ".", "!", "~", ">", "<", "=", " ", "null", "é", "\n"]
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=10).map("".join))
def test_every_text_is_read_or_refused_with_a_place(text):
    try:
        found = parse(text)
    except ProblemError as error:
        position = error.problem.position
        assert error.problem.code == "data.bad_filter"
        assert position is not None and 0 <= position <= len(text)
    else:
        assert bool(found) == bool(text.strip())
        for item in found:
            check_words(item, text)


def check_words(item: Condition, text: str) -> None:
    for word in (item.value, item.high):
        assert word is None or 0 <= word.start <= len(text)
    if item.kind not in ("null", "between"):
        assert item.value is not None
