"""Foreign applications under the probe, unchanged: every request is a trace with its SQL and log lines."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.wild.application import Application
from tests.wild.applications import (
    IHATEMONEY,
    MLFLOW,
    Wild,
    ihatemoney_bill,
    ihatemoney_session,
    mlflow_search,
    mlflow_session,
)
from tests.wild.conftest import Capture
from tests.wild.environments import packages
from tests.wild.viewer import Found, Viewer
from tests.wild.visitor import Answer, Visitor

BOTH = pytest.mark.parametrize("wild", [MLFLOW, IHATEMONEY], ids=lambda wild: wild.name)
PARALLEL, EACH = 8, 8
MARKER = re.compile(r"mark-\d+-\d+-x")


def session(wild: Wild, visitor: Visitor, name: str = "trees") -> None:
    if wild is MLFLOW:
        mlflow_session(visitor, name)
    else:
        ihatemoney_session(visitor, name)


def everything(viewer: Viewer, visitor: Visitor) -> list[Found]:
    """The trace of every answer, in order; each is its own and tells the answer's status."""
    found = [viewer.trace(answer.id) for answer in visitor.answers]
    assert len({answer.id for answer in visitor.answers}) == len(found)
    told = [trace["summary"]["status"] for trace in found]
    assert told == [answer.status for answer in visitor.answers]
    return found


@BOTH
def test_every_request_is_a_trace(capture: Capture, viewer: Viewer, wild: Wild, database: str) -> None:
    application = capture(wild, database)
    visitor = application.visitor()
    session(wild, visitor)
    found = everything(viewer, visitor)
    statements = [one for trace in found for one in trace.get("statements", [])]
    assert len(statements) > 20, application.log
    engine = "postgresql" if database else "sqlite"
    assert {one["dialect"] for one in statements} == {engine}
    own = str(packages(wild.name) / wild.name)
    for one in statements:
        if one.get("kind", "statement") != "statement":
            continue
        callers = one.get("callers", [])
        assert callers and callers[0]["file"].startswith(own), (one["sql"], callers)
        assert callers[0]["line"] > 0 and callers[0]["source"]
        if re.search(r"= \?|%\(\w+\)s", one["sql"]):
            assert one["params"], one["sql"]
    posted = [trace for trace in found if trace["summary"]["method"] == "POST"]
    assert all(trace["request"]["body"] for trace in posted)
    assert any("trees" in str(one.get("params")) for one in statements)
    assert all(trace["summary"].get("route") for trace in found)


@BOTH
def test_log_lines_belong_to_their_request(capture: Capture, viewer: Viewer, wild: Wild) -> None:
    application = capture(wild, echo=True)
    visitor = application.visitor()
    session(wild, visitor)
    lines = [line for trace in everything(viewer, visitor) for line in trace.get("logs", [])]
    assert any(
        line["logger"].startswith("sqlalchemy.engine") and "trees" in line["message"] for line in lines
    )


def marked(wild: Wild, visitor: Visitor, experiment: str, marker: str) -> Answer:
    """A request whose SQL binds the marker."""
    if wild is MLFLOW:
        return mlflow_search(visitor, experiment, f"tags.kind = '{marker}'")
    return visitor.get(f"/{marker}/")


SERVERS = ("threaded", "debug", "gunicorn")


def server(wild: Wild, kind: str) -> list[object]:
    return {"threaded": wild.flask(), "debug": wild.flask("--debug"), "gunicorn": wild.gunicorn(2)}[kind]


@BOTH
@pytest.mark.parametrize("kind", SERVERS)
def test_parallel_requests_are_kept_apart(capture: Capture, viewer: Viewer, wild: Wild, kind: str) -> None:
    application = capture(wild, command=server(wild, kind), echo=True)
    experiment = mlflow_session(application.visitor()).id if wild is MLFLOW else ""

    def many(thread: int) -> list[tuple[str, Answer]]:
        visitor = application.visitor()
        markers = [f"mark-{thread}-{number}-x" for number in range(EACH)]
        return [(marker, marked(wild, visitor, experiment, marker)) for marker in markers]

    with ThreadPoolExecutor(PARALLEL) as pool:
        sent = [pair for pairs in pool.map(many, range(PARALLEL)) for pair in pairs]
    assert len({answer.id for _, answer in sent}) == PARALLEL * EACH
    for marker, answer in sent:
        trace = viewer.trace(answer.id)
        bound = found_in(trace, "statements")
        assert bound == {marker}, (marker, bound)
        assert found_in(trace, "logs") == {marker}, [line["message"] for line in trace.get("logs", [])]
    whose = {answer.id for _, answer in sent}
    strangers = [trace for trace in viewer.traces() if trace["summary"]["id"] not in whose]
    assert not [trace for trace in strangers if found_in(trace, "statements") | found_in(trace, "logs")]


def found_in(trace: Found, part: str) -> set[str]:
    """The markers among a trace's statements (their bound values) or log lines."""
    lines = trace.get(part, [])
    texts = [str(line.get("params")) if part == "statements" else line["message"] for line in lines]
    return {marker for text in texts for marker in MARKER.findall(text)}


@BOTH
def test_the_reloader_keeps_capturing(capture: Capture, viewer: Viewer, wild: Wild) -> None:
    application = capture(wild, command=wild.flask("--debug"))
    assert len(application.family()) >= 2, "the reloader runs the application in a child"
    visitor = application.visitor()
    session(wild, visitor)
    assert everything(viewer, visitor)


@BOTH
@pytest.mark.parametrize("kind", ["threaded", "gunicorn"])
def test_a_new_server_sees_the_next_request(capture: Capture, viewer: Viewer, wild: Wild, kind: str) -> None:
    application = capture(wild, command=server(wild, kind))
    visitor = application.visitor()
    session(wild, visitor)
    viewer.trace(visitor.answers[-1].id)
    viewer.down()
    viewer.up()
    answer = visitor.get("/")
    assert viewer.trace(answer.id)["summary"]["target"] == "/"


def busy(wild: Wild, application: Application, name: str, rounds: int = 40) -> list[int]:
    """The status of many requests from four visitors at once."""
    visitors = [application.visitor() for _ in range(4)]
    for number, visitor in enumerate(visitors):
        # One after the other: SQLite has one writer.
        session(wild, visitor, f"{name}{number}")

    def look(number: int) -> None:
        for _ in range(rounds):
            if wild is MLFLOW:
                mlflow_search(visitors[number], str(number + 1))
            else:
                visitors[number].get(f"/{name}{number}/")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(4)))
    return [answer.status for visitor in visitors for answer in visitor.answers]


@BOTH
def test_no_request_suffers(capture: Capture, viewer: Viewer, wild: Wild) -> None:
    """With the viewer up, refusing, deaf and frozen: no failed request, and no growth after the first."""
    application = capture(wild)
    statuses = busy(wild, application, "up")
    sizes = [application.rss()]
    viewer.down()
    statuses += busy(wild, application, "down")
    sizes.append(application.rss())
    with viewer.hung() as deaf:
        statuses += busy(wild, application, "hung")
        assert deaf.accepted, "the probe never tried"
    sizes.append(application.rss())
    viewer.up()
    with viewer.frozen():
        statuses += busy(wild, application, "frozen")
    sizes.append(application.rss())
    print(f"{wild.name}: {len(statuses)} requests, RSS in MB {[size // 1_000_000 for size in sizes]}")
    assert not [status for status in statuses if status >= 400]
    assert sizes[-1] - sizes[0] < 64 << 20
    answer = application.visitor().get("/")
    assert viewer.trace(answer.id)["summary"]["status"] == 200


def test_a_login_is_not_stored_readable(capture: Capture, viewer: Viewer) -> None:
    application = capture(IHATEMONEY)
    visitor = application.visitor()
    name = ihatemoney_session(visitor)
    ihatemoney_bill(visitor, name, "a last one")
    for trace in everything(viewer, visitor):
        assert "sand" not in str(trace.get("request")), trace["summary"]["target"]
        assert visitor.cookies["session"] not in str(trace["request"]["headers"])
