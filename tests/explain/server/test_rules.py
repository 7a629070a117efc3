"""Every rule speaks on its bad examples and is silent on its good ones, on real databases."""

from __future__ import annotations

import pytest

from embedded_server.explain.case import Case, Example
from embedded_server.explain.rules import Rule, findings, rules
from embedded_server.explain.syntax import Parsed
from embedded_server.wire.explain import Plan
from tests.explain.server.conftest import Copied, Desk

WANTED = {
    "filtered_scan",
    "inner_scan",
    "missing_foreign_key_index",
    "function_on_column",
    "leading_wildcard",
    "sort_spill",
    "stale_statistics",
    "n_plus_one",
    "deep_offset",
    "sort_for_limit",
    "automatic_index",
    "literal_from_request",
    "repeated_statement",
}


def examples(*, database: bool) -> list:
    found = []
    for rule in rules():
        for speaks, listed in ((True, rule.BAD), (False, rule.GOOD)):
            for number, example in enumerate(listed):
                if bool(example.engine) == database:
                    name = f"{rule.ID}-{'bad' if speaks else 'good'}{number}-{example.engine or 'trace'}"
                    found.append(pytest.param(rule, example, speaks, id=name))
    return found


def test_all_rules_are_there_with_both_kinds_of_example() -> None:
    assert {rule.ID for rule in rules()} == WANTED
    assert all(rule.BAD and rule.GOOD and rule.DOC.startswith("https://") for rule in rules())
    known = {other for rule in rules() for other in rule.SUPPRESSES}
    assert {rule.ID for rule in rules()} & known


@pytest.mark.parametrize(("rule", "example", "speaks"), examples(database=False))
def test_a_rule_on_a_request(rule: Rule, example: Example, speaks: bool) -> None:
    plan = Plan(engine="sqlite", format="sqlite rows")
    case = Case("sqlite", plan, Parsed(None), example.sql, trace=example.trace, number=example.number)
    found = [one for one in findings(case) if one.rule == rule.ID]
    assert bool(found) == speaks, found
    assert all(one.place.endswith((":41", ":12")) and one.advice for one in found)


@pytest.mark.parametrize(("rule", "example", "speaks"), examples(database=True))
def test_a_rule_on_a_database(rule: Rule, example: Example, speaks: bool, copied: Copied) -> None:
    filled = _filled(example.setup)
    desk = copied(example.engine, *example.setup[:filled])
    settings = [sql for sql in example.setup if sql.startswith("SET ")]
    desk.run("SELECT 1", *[sql for sql in example.setup[filled:] if sql not in settings])
    for sql in settings:
        desk.run(f"ALTER DATABASE {_name(desk)} {sql}")
    answer = desk.explain(example.sql, example.params, analyze=example.analyze)
    found = [one for one in answer.findings if one.rule == rule.ID]
    assert bool(found) == speaks, (answer.plan, answer.findings)
    for one in found:
        assert one.title and one.text and one.advice and one.doc
        assert one.confidence != "high" or one.measured


def _filled(setup: tuple[str, ...]) -> int:
    """How many statements it takes to have all rows, and to know about them.

    None where the knowing is out of date: what came after it is counted, and a copy has no such counts.
    """
    words = [sql.partition(" ")[0] for sql in setup]
    count = max((at for at, word in enumerate(words, 1) if word == "INSERT"), default=0)
    if "ANALYZE" in words[:count]:
        return 0
    while words[count : count + 1] == ["ANALYZE"]:
        count += 1
    return count


def _name(desk: Desk) -> str:
    return desk.url.split("?")[0].rsplit("/", 1)[-1]
