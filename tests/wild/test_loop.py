"""What follows a capture: statements of foreign applications explained, their requests sent again."""

from __future__ import annotations

import sqlite3

import pytest

from tests.wild.applications import (
    IHATEMONEY,
    MLFLOW,
    Wild,
    ihatemoney_bill,
    ihatemoney_session,
    ihatemoney_sign_in,
    mlflow_search,
    mlflow_session,
)
from tests.wild.conftest import Capture
from tests.wild.viewer import Found, Viewer
from tests.wild.visitor import Visitor

SLOWEST = 6


def captured(wild: Wild, viewer: Viewer, visitor: Visitor) -> list[Found]:
    """The session's traces."""
    if wild is MLFLOW:
        mlflow_session(visitor, runs=4)
    else:
        ihatemoney_session(visitor)
        visitor.get("/holiday/statistics")
    return [viewer.trace(answer.id) for answer in visitor.answers]


@pytest.mark.parametrize("wild", [MLFLOW, IHATEMONEY], ids=lambda wild: wild.name)
def test_the_slowest_statements_are_explained(
    capture: Capture, viewer: Viewer, wild: Wild, database: str
) -> None:
    traces = captured(wild, viewer, capture(wild, database).visitor())
    reading: dict[str, tuple[Found, Found]] = {}
    for trace in traces:
        for one in trace.get("statements", []):
            known = reading.get(one["fingerprint"]) if one.get("fingerprint") else None
            if one["sql"].startswith("SELECT") and (
                not known or known[1]["duration_ms"] < one["duration_ms"]
            ):
                reading[one["fingerprint"]] = trace, one
    slowest = sorted(reading.values(), key=lambda pair: -pair[1]["duration_ms"])[:SLOWEST]
    assert len(slowest) == SLOWEST
    for trace, one in slowest:
        place = one.get("connection") or one["database"]
        given = {"sql": one["sql"], "params": one.get("params"), "number": one["number"]}
        for analyze in (False, True):
            found = viewer.call(
                "explain.statement", connection=place, origin=trace["summary"]["id"], analyze=analyze, **given
            )
            assert found["plan"]["nodes"], one["sql"]
    steps = viewer.trace(slowest[0][0]["summary"]["id"])["steps"]
    assert "explained" in {step["kind"] for step in steps}


def test_a_search_equals_itself(capture: Capture, viewer: Viewer, database: str) -> None:
    visitor = capture(MLFLOW, database).visitor()
    made = mlflow_session(visitor, runs=6)
    searched = mlflow_search(visitor, made.id, "metrics.error >= 0.25")
    key = viewer.trace(searched.id)["summary"]["id"]
    asked = {"trace": key, "count": 10, "confirm": f"127.0.0.1:{visitor.port}"}
    verdicts = []
    before = viewer.call("http.replay", **asked)
    for _ in range(3):
        again = viewer.call("http.replay", **asked, before_run=before["run"])
        assert [run["status"] for run in again["runs"]] == [200] * 10
        assert all(run.get("trace") and run["statements"] for run in again["runs"])
        comparison, before = again["comparison"], again
        assert not [one for one in comparison.get("diff", []) if not one.get("noise")]
        assert all(one["before"] == one["after"] for one in comparison["statements"])
        verdicts.append(comparison["verdict"]["timing"])
    # A machine that is busy with other work now and then tells a difference that is there.
    assert verdicts.count("no difference shown") >= 2, verdicts


def test_login_and_token_after_a_restart_with_no_script(capture: Capture, viewer: Viewer) -> None:
    application = capture(IHATEMONEY)
    name = ihatemoney_session(application.visitor())
    member = application.visitor()
    signed_in = ihatemoney_sign_in(member, name)
    added = ihatemoney_bill(member, name, "once more")
    login = viewer.call("http.get", trace=viewer.trace(signed_in.id)["summary"]["id"])["request"]
    assert "sand" not in str(login)
    viewer.trace(added.id)
    settings = application.folder / "ihatemoney.cfg"
    settings.write_text(settings.read_text().replace("SECRET_KEY = ", "SECRET_KEY = 'another' + "))
    application.restart()
    place = f"127.0.0.1:{application.port}"
    viewer.call(
        "http.save_environment",
        environment={"name": "here", "login": [login]},
        secrets={"password": "sand"},
    )
    found = viewer.call("http.replay", trace=added.id, environment="here", count=1, warm_up=0, confirm=place)
    assert [run["status"] for run in found["runs"]] == [added.status], found
    with sqlite3.connect(application.folder / "wild.db") as file:
        (count,) = file.execute("select count(*) from bill where what = 'once more'").fetchone()
    assert count == 2
