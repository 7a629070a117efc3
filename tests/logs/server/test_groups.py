"""Similar lines as groups: templates, counts, first and last; patterns that find their lines; bounds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.logs import templates
from embedded_server.logs.templates import MASK, Templates, masked
from embedded_server.wire.log_groups import GROUPS, GroupsRequest, GroupsResponse
from embedded_server.wire.logs import FIND, SEARCH, SearchRequest

from .corpus import record

LINES = [
    record(n, "ERROR" if n % 10 == 0 else "INFO", text)
    for n in range(3000)
    for text in [
        f"user {n} of 'team {n % 7}' logged in from 10.0.{n % 256}.{n % 9}"
        if n % 3
        else f"slow listing {n} ms"
    ]
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("\n".join(LINES) + "\n" + record(1, "WARNING", "only once") + "\nTraceback: goes on\n")
    return path


def groups(desk, path: Path, **fields) -> GroupsResponse:
    desk.open(path)
    desk.state(path)
    return desk.call(GROUPS, GroupsRequest(source=str(path), **fields))


def test_similar_lines_are_counted_with_their_first_and_last(desk, path) -> None:
    answer = groups(desk, path)
    assert [(one.template, one.count) for one in answer.groups] == [
        (f"user {MASK} of {MASK} logged in from {MASK}", 2000),
        (f"slow listing {MASK} ms", 1000),
        ("only once", 1),
    ]
    assert (answer.looked_at, answer.total, answer.sampled, answer.others) == (3001, 3002, False, 0)
    logins, slow, once = answer.groups
    assert (slow.first, slow.last, slow.sample) == (1, 2998, "slow listing 0 ms")
    assert slow.first_time == LINES[0][:23] and slow.last_time == LINES[2997][:23]
    assert once.first == once.last == 3001 and once.levels == {"warning": 1}
    assert logins.levels == {"info": 1800, "error": 200} and logins.first == 2


def test_the_pattern_of_a_group_finds_exactly_its_lines(desk, path) -> None:
    for one in groups(desk, path).groups:
        found = desk.call(SEARCH, SearchRequest(source=str(path), pattern=one.pattern, limit=0))
        assert found[-1].count == one.count, one.pattern


def test_only_what_a_search_found_is_grouped(desk, path) -> None:
    desk.open(path)
    desk.state(path)
    desk.call(FIND, SearchRequest(source=str(path), pattern="slow", view="main"))
    answer = desk.call(GROUPS, GroupsRequest(source=str(path), view="main"))
    assert [one.count for one in answer.groups] == [1000] and answer.total == 1000
    assert answer.groups[0].first == 1


def test_lines_across_pieces_are_counted_once(desk, path) -> None:
    wide = path.with_name("wide.log")
    line = record(1, "INFO", "x")
    padded = line + "y" * (63 - len(line))  # 64 bytes with its feed: lines begin exactly where pieces do
    wide.write_text("".join(f"{padded}\n" for _ in range(4096)))
    answer = groups(desk, wide)
    assert [(one.count, one.first, one.last) for one in answer.groups] == [(4096, 1, 4096)]


def test_many_lines_are_sampled_and_it_says_so(desk, path) -> None:
    large = path.with_name("large.log")
    large.write_text("\n".join(LINES * 4) + "\n")
    answer = groups(desk, large, lines=2000)
    assert answer.sampled and answer.total == 12_000 and answer.looked_at < 4000
    first, second = answer.groups[:2]
    assert 1.5 < first.count / second.count < 2.5, "the sample has the shares of the whole"
    assert groups(desk, path, limit=1).others == 2


def test_what_it_refuses(desk, path) -> None:
    assert desk.refused(GROUPS, GroupsRequest(source=str(path), view="none")).code == "logs.view"
    assert desk.refused(GROUPS, GroupsRequest(source="command:99")).code == "logs.closed"
    assert desk.refused(GROUPS, GroupsRequest(source=str(path.with_name("no.log")))).code == "file.missing"


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("took 12.5 ms, 3 rows", f"took {MASK} ms, {MASK} rows"),
        ("id=7c1e6a0c-9d3e-4f71-a2b3-c4d5e6f70877 ok", f"id={MASK} ok"),
        ("commit 4be1da2f9c00 by 'Ann B'", f"commit {MASK} by {MASK}"),
        ("at 0x7f9a41497540 10.0.0.1:80", f"at {MASK} {MASK}"),
        ("deadbeef is a word without digits", "deadbeef is a word without digits"),
    ],
)
def test_values_are_masked(message: str, template: str) -> None:
    assert masked(message) == template


def test_messages_that_differ_in_a_word_fall_together() -> None:
    known = Templates()
    first = known.of("connection to alpha was lost again")
    assert known.of("connection to beta was lost again") is first
    assert first.text == f"connection to {MASK} was lost again"
    assert known.of("all quiet on the western front") is not first


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST_GROUPS", 50)
    monkeypatch.setattr(templates, "MOST_KNOWN", 80)
    known = Templates()
    for number in range(2000):
        known.of("".join(chr(97 + int(digit)) for digit in str(number)) * 3)
    assert len(known._groups) <= 50 and len(known._known) <= 80
    assert sum(map(len, known._shelves.values())) <= 50 and len(known.dropped) >= 1900


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n"), max_size=60)))
def test_a_pattern_finds_every_message_of_its_group(messages: list[str]) -> None:
    known = Templates()
    found = [(message, known.of(message)) for message in messages]
    for message, template in found:
        assert re.search(template.pattern(), message), (message, template.pattern())
