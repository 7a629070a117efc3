"""What a request tells of itself: a value in the SQL text, the same question again, a loop; each once."""

from __future__ import annotations

import msgspec
import pytest

from embedded_server.explain.rules import literal_from_request, n_plus_one, repeated_statement
from embedded_server.explain.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.request_findings import ABOUT, AboutRequest, RequestFinding
from embedded_server.wire.trace import Trace


def told(services: Services, trace: Trace) -> list[RequestFinding]:
    services.store.traces.add([trace])
    call = Call("a1", ABOUT.name, services)
    with services.jobs.running(call):
        return HANDLERS[ABOUT](AboutRequest(trace.summary.id), call).findings


def test_a_value_in_the_text_is_told_with_the_line_that_ran_it(services: Services) -> None:
    trace = literal_from_request.BAD[0].trace
    (one,) = told(services, trace)
    assert (one.finding.rule, one.number) == ("literal_from_request", 0)
    assert one.caller is not None and (one.caller.file, one.caller.line) == ("app/search.py", 12)
    assert "q = 'red shoes'" in one.finding.text and "injection" in one.finding.text


def test_the_same_question_is_told_once_with_its_count(services: Services) -> None:
    (one,) = told(services, repeated_statement.BAD[0].trace)
    assert (one.finding.rule, one.finding.title) == (
        repeated_statement.ID,
        "The request asks the same 6 times",
    )
    assert one.number == 0 and one.caller is not None and one.caller.line == 41


def test_a_loop_is_told_once_and_an_injection_stands_first(services: Services) -> None:
    loop = n_plus_one.BAD[0].trace
    written = literal_from_request.BAD[0].trace
    statements = [
        *loop.statements,
        msgspec.structs.replace(written.statements[0], number=99, fingerprint="other"),
        # The same value in another text from the same line is the same thing.
        msgspec.structs.replace(
            written.statements[0], number=100, sql="SELECT count(*) FROM p WHERE name LIKE '%red shoes%'"
        ),
    ]
    summary = msgspec.structs.replace(loop.summary, target=written.summary.target)
    found = told(services, msgspec.structs.replace(loop, summary=summary, statements=statements))
    assert [(one.finding.rule, one.number) for one in found] == [
        ("literal_from_request", 99),
        ("n_plus_one", 0),
    ]


@pytest.mark.parametrize(
    "rule", [literal_from_request, repeated_statement, n_plus_one], ids=lambda rule: rule.ID
)
def test_where_nothing_is_wrong_nothing_is_told(services: Services, rule) -> None:
    for number, example in enumerate(rule.GOOD):
        summary = msgspec.structs.replace(example.trace.summary, id=f"g{number}")
        found = told(services, msgspec.structs.replace(example.trace, summary=summary))
        assert rule.ID not in [one.finding.rule for one in found]


def test_a_request_that_is_gone(services: Services) -> None:
    call = Call("a2", ABOUT.name, services)
    with services.jobs.running(call), pytest.raises(ProblemError) as caught:
        HANDLERS[ABOUT](AboutRequest("gone"), call)
    assert caught.value.problem.code == "trace.unknown" and caught.value.problem.detail == "gone"
