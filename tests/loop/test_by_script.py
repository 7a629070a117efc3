"""The whole way by script lines: slow request, trace, plan, index, revision, apply, replay, verdict.

On applications made from a seed. What is asserted at the end is read from the database, the project's folder
and the application's own answers, not from what the tool says of itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.loop.applications import Application, indexes, make, version
from tests.loop.running import Script, get, script, served
from tests.waiting import wait_until

COUNT = 20


# Seeds are names of applications: even ones use Flask-Migrate, those on PostgreSQL a schema besides public.
APPLICATIONS = [("sqlite", 1), ("postgresql", 2), ("postgresql", 3)]


@pytest.fixture(params=APPLICATIONS, ids=lambda pair: f"{pair[0]}-seed{pair[1]}")
def application(request: pytest.FixtureRequest, tmp_path: Path) -> Application:
    """An application nobody saw before, filled, without the index."""
    engine, seed = request.param
    url = f"sqlite:///{tmp_path / 'application.db'}"
    folder = tmp_path / "application"
    folder.mkdir()
    return make(folder, url if engine == "sqlite" else request.getfixturevalue("pg_database"), seed)


def captured(way: Script, made: Application) -> dict[str, Any]:
    """The newest trace of the slow request."""
    wait_until(lambda: way.call("trace.list", filter="source:capture")["requests"], "the request's trace")
    newest = way.call("trace.list", filter="source:capture")["requests"][0]
    assert newest["target"] == made.target and newest["status"] == 200
    return way.call("trace.get", id=newest["id"])


def slowest(trace: dict[str, Any], made: Application) -> dict[str, Any]:
    """The statement that reads the big table, with the value that was asked for."""
    found = max(trace["statements"], key=lambda one: one["duration_ms"])
    assert made.table in found["sql"] and made.state in str(found["params"])
    assert found["connection"] == "application"
    assert any(made.package in frame["file"] for frame in found["callers"])
    return found


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_slow_to_proven(application: Application, tmp_path: Path) -> None:
    made, workspace = application, tmp_path / "workspace"
    files = {path.name for path in (made.folder / "migrations" / "versions").glob("*.py")}
    with script(workspace) as way, served(made, workspace) as base:
        way.call("connections.save", connection={"name": "application", "url": made.url, "class": "local"})
        status, before, headers = get(base + made.target)
        assert status == 200 and headers.get("X-Backlight-Id")
        trace = captured(way, made)
        key = trace["summary"]["id"]
        assert key == headers["X-Backlight-Id"]
        assert [one["message"] for one in trace["logs"] if one["logger"] == made.package]
        statement = slowest(trace, made)
        asked = {
            "connection": statement["connection"],
            "sql": statement["sql"],
            "params": statement["params"],
        }

        explained = way.call("explain.statement", **asked, analyze=True, origin=key)
        primary = next(one for one in explained["findings"] if one.get("primary"))
        assert made.table in str(explained["plan"]) and primary["advice"]

        advice = way.call("explain.advise", **asked, origin=key)
        best = next(one for one in advice["suggestions"] if one.get("recommended"))
        assert best["columns"] == [made.filtered, made.ordered] and best["table"] == made.table
        assert best["stage"] == "planner" and best["uses"]
        index = {"table": best["table"], "columns": best["columns"], "schema": best.get("schema", "")}
        tried = way.call("explain.trial", **asked, **index, origin=key)["suggestion"]
        assert tried["stage"] == "measured" and tried["verdict"] == "faster"
        assert not indexes(made), "a trial leaves nothing"

        baseline = way.call("http.replay", trace=key, count=COUNT, origin=key)
        assert [run["status"] for run in baseline["runs"]] == [200] * COUNT
        assert all(run["trace"] for run in baseline["runs"]), "every replay has a trace"

        project = str(made.folder)
        settings = {"app": f"{made.package}:create_app"} if made.flask_migrate else {}
        settings |= {"root": str(made.folder), "url_variable": "APP_DATABASE"}
        way.call("migrations.settings", project=project, settings=settings)
        asked_for = {"project": project, "connection": "application", "origin": key}
        written = way.call(
            "migrations.generate", **asked_for, message="find by state", operations=[tried["operation"]]
        )
        now = {path.name for path in (made.folder / "migrations" / "versions").glob("*.py")}
        assert [Path(written["file"]).name] == sorted(now - files)
        rehearsed = way.call("migrations.preview", **asked_for, depth="rehearse")
        assert rehearsed["pending"] == [written["revision"]] and rehearsed["rehearsal"]["ok"]
        assert not indexes(made) and version(made) == ["0a1b2c3d4e5f"], "a rehearsal leaves nothing"

        events = way.stream("migrations.apply", ("done", "failed", "cancelled"), **asked_for)
        assert events[-1]["kind"] == "done", events[-3:]
        assert version(made) == [written["revision"]]
        assert list(indexes(made).values()) == [[made.filtered, made.ordered]]

        replayed = way.call("http.replay", trace=key, count=COUNT, before_run=baseline["run"], origin=key)
        verdict = replayed["comparison"]["verdict"]
        assert verdict["timing"] == "faster" and verdict["p"] < 0.001, verdict
        assert not [one for one in replayed["comparison"].get("differences", []) if not one.get("noise")]
        assert get(base + made.target)[1] == before, "the answer is the same, byte for byte"

        steps = [step["kind"] for step in way.call("trace.get", id=key)["steps"]]
        for kind in ("explained", "index", "migration", "rehearsed", "applied", "replayed", "verdict"):
            assert kind in steps, steps
        case = way.call("trace.export", trace=key)
        assert made.table in case["text"] and "curl" in case["text"]
    assert_another_workspace_replays(case["text"], made, tmp_path)


def assert_another_workspace_replays(case: str, made: Application, tmp_path: Path) -> None:
    """A colleague who has only the file, and the application somewhere else."""
    workspace = tmp_path / "colleague"
    with script(workspace) as way, served(made, workspace) as base:
        arrived = way.call("trace.import", text=case)
        assert arrived["title"] == f"GET {made.target}"
        replayed = way.call("http.replay", trace=arrived["trace"], base_url=base, count=3)
        assert [run["status"] for run in replayed["runs"]] == [200] * 3
