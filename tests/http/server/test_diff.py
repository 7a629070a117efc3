"""Every planted change is told, nothing else is; noise covers what was noise and no more."""

from __future__ import annotations

import copy
import json
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.http import paths
from embedded_server.http.bodies import message
from embedded_server.http.diff import diff_messages, learn, real
from embedded_server.wire.replays import Difference, Noise, Rule
from embedded_server.wire.trace import Message

HEADERS = [("Content-Type", "application/json"), ("X-Total", "3"), ("Vary", "Cookie")]
PAGE = [("Content-Type", "text/html; charset=utf-8")]


def answer(document: Any, headers: list[tuple[str, str]] = HEADERS) -> Message:
    return message(headers, json.dumps(document).encode())


def page(text: str) -> Message:
    return message(PAGE, text.encode())


def told(before: Message, after: Message, **options: Any) -> list[tuple[str, str, str]]:
    return [(one.part, one.kind, one.path) for one in real(diff_messages(before, after, **options))]


ROWS = [{"id": number, "name": f"n{number}", "tags": ["a", "b"]} for number in range(5)]


@pytest.mark.parametrize(
    ("change", "kind", "path"),
    [
        (lambda d: d["rows"][2].update(name="x"), "changed", "/rows/[id=2]/name"),
        (lambda d: d["rows"].pop(1), "removed", "/rows/[id=1]"),
        (lambda d: d["rows"].append({"id": 9, "name": "n9", "tags": []}), "added", "/rows/[id=9]"),
        (lambda d: d["rows"].reverse(), "order", "/rows"),
        (lambda d: d["rows"][0]["tags"].append("c"), "added", "/rows/[id=0]/tags/2"),
        (lambda d: d["rows"][0]["tags"].reverse(), "order", "/rows/[id=0]/tags"),
        (lambda d: d.update(total="5"), "type", "/total"),
        (lambda d: d.update(total=True), "type", "/total"),
        (lambda d: d.pop("total"), "removed", "/total"),
        (lambda d: d.update({"a/b~*": 1}), "added", "/a~1b~0*"),
        (lambda d: d.update(total=None), "type", "/total"),
        (lambda d: d["rows"][4].pop("tags"), "removed", "/rows/[id=4]/tags"),
    ],
)
def test_a_planted_change_is_told_at_its_path(change, kind, path):
    before = {"rows": ROWS, "total": 1}
    after = copy.deepcopy(before)
    change(after)
    assert told(answer(before), answer(after)) == [("body", kind, path)]


def test_true_is_not_one_and_large_numbers_are_not_rounded():
    before, after = b'{"a": [true, 12345678901234567890123]}', b'{"a": [1, 12345678901234567890124]}'
    found = told(message(HEADERS, before), message(HEADERS, after))
    assert found == [("body", "type", "/a/0"), ("body", "changed", "/a/1")]


def test_an_extra_row_with_a_known_key_is_told():
    assert ("body", "added", "/3") in told(answer(ROWS[:3]), answer([*ROWS[:3], ROWS[1]]))


def test_keys_that_all_changed_are_told_as_changes():
    before = [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]
    found = told(answer(before), answer([{"id": 7, "v": "a"}, {"id": 8, "v": "b"}]))
    assert found == [("body", "changed", "/[v=a]/id"), ("body", "changed", "/[v=b]/id")]


def test_a_lost_header_and_a_changed_status_are_told():
    before = answer({"a": 1})
    lost = told(before, answer({"a": 1}, HEADERS[:2]), statuses=(200, 500))
    assert lost == [("status", "changed", ""), ("header", "removed", "Vary")]
    assert told(before, answer({"a": 1}, [*HEADERS[:1], ("x-total", "4"), HEADERS[2]])) == [
        ("header", "changed", "x-total")
    ]


def test_headers_that_are_new_every_time_are_noise():
    one = answer({"a": 1}, [*HEADERS, ("Date", "Mon"), ("Set-Cookie", "s=1; Path=/; Expires=Mon")])
    other = answer({"a": 1}, [*HEADERS, ("Date", "Tue"), ("Set-Cookie", "s=2; Expires=Tue; Path=/")])
    assert told(one, other) == []
    assert {one.noise for one in diff_messages(one, other)} == {"clock", "token"}
    insecure = answer({"a": 1}, [*HEADERS, ("Date", "Mon"), ("Set-Cookie", "s=1; Path=/admin")])
    assert told(one, insecure) == [("header", "changed", "Set-Cookie: s")]
    assert told(one, answer({"a": 1}, HEADERS[:3])) == [
        ("header", "removed", "Date"),
        ("header", "removed", "Set-Cookie: s"),
    ]


def test_noise_is_what_differed_between_two_equal_requests_and_no_more():
    first = {"at": 1, "rows": [{"id": 1, "seen": 1}, {"id": 2, "seen": 5}]}
    second = {"at": 2, "rows": [{"id": 1, "seen": 2}, {"id": 2, "seen": 5}]}
    noise = learn(answer(first), answer(second))
    assert sorted(one.path for one in noise) == ["/at", "/rows/[id=1]/seen"]
    third = {"at": 3, "rows": [{"id": 1, "seen": 3}, {"id": 2, "seen": 6}]}
    assert told(answer(first), answer(third), noise=noise) == [("body", "changed", "/rows/[id=2]/seen")]
    # A value that flickers may not vanish unnoticed.
    del third["at"]
    assert ("body", "removed", "/at") in told(answer(first), answer(third), noise=noise)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(path="/rows/*/price", action="tolerance", value=0.5), ["/at", "/rows"]),
        (Rule(path="/rows", action="order"), ["/at", "/rows/[id=1]/price"]),
        (Rule(path="/rows"), ["/at"]),
        (Rule(path="/at", action="type", kind="timestamp"), ["/rows", "/rows/[id=1]/price"]),
        (Rule(path="/rows/[id=1]/price"), ["/at", "/rows"]),
    ],
)
def test_rules_overlook_what_they_name(rule, expected):
    before = {"at": "2026-01-01T00:00:00Z", "rows": [{"id": 1, "price": 1.0}, {"id": 2, "price": 2.0}]}
    after = {"at": "2026-01-02T00:00:00Z", "rows": [{"id": 2, "price": 2.0}, {"id": 1, "price": 1.25}]}
    found = diff_messages(answer(before), answer(after), rules=[rule])
    assert sorted(one.path for one in real(found)) == expected
    assert all(one.noise.startswith("rule: ") for one in found if one.noise)


def test_pages_are_compared_as_trees():
    before = page("<html><body><ul class='a' id=u><li>one<li>two</ul>\n<p>Hi   there</p></body></html>")
    same = page('<html><body><ul id="u" class="a"> <li>one</li> <li>two</li></ul><p>Hi there</p>')
    assert told(before, same) == []
    extra = page("<html><body><ul class=a id=u><li>one<li>two<li>three</ul><p>Hi there</p></body></html>")
    assert told(before, extra) == [("body", "added", "/html/body/ul/li:3")]
    moved = page("<html><body><ul class=a id=u><li>two<li>one</ul><p>Hi there</p></body></html>")
    assert told(before, moved) == [("body", "order", "/html/body/ul")]
    text = page("<html><body><ul class=b id=u><li>one<li>two</ul><p>Hi you</p></body></html>")
    assert told(before, text) == [
        ("body", "changed", "/html/body/ul/@class"),
        ("body", "changed", "/html/body/p/text()"),
    ]


def test_a_csrf_token_is_noise_and_other_inputs_are_not():
    form = '<form><input name="csrf_token" value="{}"><input name="amount" value="{}"></form>'
    before = page(form.format("a1", 1))
    assert told(before, page(form.format("b2", 1))) == []
    assert told(before, page(form.format("b2", 2))) == [("body", "changed", "/form/input:2/@value")]


def test_text_by_lines_and_bytes_by_hash():
    kind = [("Content-Type", "text/plain")]
    assert told(message(kind, b"a\nb\nc"), message(kind, b"a\nx\nc\nd")) == [
        ("body", "changed", "line 2"),
        ("body", "added", "line 4"),
    ]
    assert told(message(kind, b"a\nb"), message(kind, b"a\r\nb")) == [("body", "changed", "")]
    found = diff_messages(message([], b"\xff\x00a"), message([], b"\xff\x00b"))
    assert [(one.kind, one.path) for one in found] == [("changed", "")] and "3 bytes" in str(found[0].before)


def test_what_is_no_json_after_all_is_compared_as_text():
    broken = message(HEADERS, b'{"a": 1')
    assert told(broken, message(HEADERS, b'{"a": 2')) == [("body", "changed", "line 1")]
    deep = b"[" * 5000 + b"]" * 5000
    assert told(message(HEADERS, deep), message(HEADERS, b"[1]")) == [("body", "changed", "line 1")]
    nested = "<div>" * 3000
    assert told(page(nested), page(nested + "x"))


def test_paths_and_patterns():
    assert paths.unescaped(paths.escaped("*")) == "*" and paths.unescaped(paths.escaped("[id=1]")) == "[id=1]"
    assert paths.matches("/a/*/c", "/a/[id=1]/c") and not paths.matches("/a/*", "/a/1/c")
    assert paths.covers("/a", "/a/1/c") and not paths.covers("/a/1", "/a")
    assert paths.keyed("k/1", "a/b") == "[k~11=a~1b]"


@given(st.text(max_size=6))
def test_a_key_comes_back_from_its_segment(key):
    assert paths.unescaped(paths.escaped(key)) == key and "/" not in paths.escaped(key)


_scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)
_documents = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab*[", max_size=2), inner)
)


@settings(max_examples=150, deadline=None)
@given(_documents, _documents)
def test_equal_documents_alone_have_no_difference(one, other):
    found = told(answer(one), answer(other))
    assert (not found) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)), found


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.data())
def test_one_change_in_shuffled_rows_is_one_finding_beside_the_order(count, data):
    rows = [{"id": n, "v": n * 2, "deep": {"x": [n, {"y": n}]}} for n in range(count)]
    after = copy.deepcopy(rows)
    at = data.draw(st.integers(0, count - 1))
    after[at]["deep"]["x"][1]["y"] = -1
    random.Random(count).shuffle(after)
    found = told(answer(rows), answer(after))
    assert [one for one in found if one[1] != "order"] == [("body", "changed", f"/[id={at}]/deep/x/1/y")]


def test_long_lists_without_a_key_stay_quick():
    before = [[n % 7, n] for n in range(6000)]
    after = before[:]
    random.Random(4).shuffle(after)
    begin = time.perf_counter()
    assert told(answer(before), answer(after)) == [("body", "order", "")]
    assert time.perf_counter() - begin < 5


def test_noise_messages_are_the_wires():
    found = diff_messages(
        answer({"a": 1}), answer({"a": 2}), noise=[Noise(part="body", kind="changed", path="/a")]
    )
    assert found == [
        Difference(
            part="body",
            kind="changed",
            path="/a",
            before="1",
            after="2",
            noise="differs between two equal requests",
        )
    ]
