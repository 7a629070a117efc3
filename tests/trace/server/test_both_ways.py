"""List, request, comparison, routes, pinning and removing: equal answers in one process and over HTTP."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.server.test_call import run

from .conftest import request, statement


def filled(folder: Path) -> list[str]:
    """A workspace with two requests in it, taken in from the command line; their ids."""
    loop = [
        statement("SELECT * FROM price WHERE product = ?", [n], database="sqlite:////x/s.db")
        for n in range(6)
    ]
    sent = [request(target="/a", route="/a", statements=loop), request(target="/b", status=500, route="/a")]
    batch = {
        "application": {"name": "shop"},
        "requests": sent,
        "routes": [{"rule": "/a", "methods": ["GET"]}],
    }
    line = json.dumps({"id": "in", "name": "probe.ingest", "request": batch})
    _, (answer,) = run("--script", "-", workspace=folder, stdin=line)
    assert answer["response"] == {"accepted": 2, "dropped": 0, "problem": ""}
    return [one["id"] for one in sent]


def script(ids: list[str]) -> list[tuple[str, dict[str, Any]]]:
    row = {"connection": "sqlite:////x/s.db", "table": "price", "key": [3]}
    return [
        ("trace.list", {"filter": "mark:N+1"}),
        ("trace.list", {"filter": "nonsense:1"}),
        ("trace.get", {"id": ids[0]}),
        ("trace.get", {"id": "nobody"}),
        ("trace.compare", {"before": ids[0], "after": ids[1]}),
        ("trace.routes", {}),
        ("trace.seen", row),
        ("trace.pin", {"id": ids[0]}),
        ("trace.delete", {"all": True}),
        ("trace.list", {}),
    ]


def test_answers_are_equal(tmp_path: Path) -> None:
    here = tmp_path / "here"
    calls = script(filled(here))
    shutil.copytree(here, tmp_path / "there")
    lines = "\n".join(
        json.dumps({"id": str(n), "name": name, "request": r}) for n, (name, r) in enumerate(calls)
    )
    _, one = run("--script", "-", workspace=here, stdin=lines)
    _, other = run("--script", "-", "--server", workspace=tmp_path / "there", stdin=lines)
    assert len(one) == len(calls)
    for (name, _), mine, theirs in zip(calls, one, other, strict=True):
        assert mine == theirs, name
    listed, bad, got, unknown, compared, routes, seen, pinned, deleted, left = one
    assert [r["target"] for r in listed["response"]["requests"]] == ["/a"] and got["response"]["groups"][0][
        "count"
    ] == 6
    assert (bad["problem"]["code"], unknown["problem"]["code"]) == ("trace.bad_filter", "trace.unknown")
    assert compared["response"]["text"].startswith("6 → 0 statements")
    assert routes["response"]["rows"][0]["calls"] == 2 and seen["response"]["requests"][0]["number"] == 4
    assert pinned["response"]["ok"] and deleted["response"]["count"] == 1
    assert [r["target"] for r in left["response"]["requests"]] == ["/a"]
