"""The demo shop under the probe: its slow listing captured, replayed, cured, replayed again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from embedded_server.http_caller import HttpCaller
from embedded_server.trace.launch import environment
from tests.http.server.test_exports import EAGER, project, run_pytest
from tests.waiting import wait_until

__all__ = ["project"]
pytestmark = [pytest.mark.process, pytest.mark.slow]
TARGET = "/orders/recent?status=open"


class Server:
    """A Backlight server that takes in what probes report."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.caller = HttpCaller(workspace)

    def call(self, name: str, **request: Any) -> Any:
        (answer,) = self.caller.call(name, json.dumps(request).encode(), "")
        return json.loads(answer)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "workspace")
    yield made
    made.caller.close()


@contextmanager
def probed(server: Server, folder: Path, database: Path, port: int = 0) -> Iterator[str]:
    """The shop of this source under the probe."""
    given = environment(server.workspace, app="shop") | {"PATH": os.environ["PATH"]}
    command = [sys.executable, str(folder / "run_demo.py"), "serve", "--url", f"sqlite:///{database}"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=given,
        cwd=folder,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.stdin.close()
        process.wait(15)
        process.stdout.close()


def captured(server: Server) -> list[dict[str, Any]]:
    return server.call("trace.list", filter="source:capture /orders/recent")["requests"]


def test_an_n_plus_1_is_captured_replayed_cured_and_proven(
    server: Server, project: Path, shop_database: Path
):
    orders = project / "shop" / "orders.py"
    cured = orders.read_text()
    orders.write_text(cured.replace(EAGER, ".limit(limit)"))
    with probed(server, project, shop_database) as url:
        with urllib.request.urlopen(url + TARGET) as answer:
            assert answer.status == 200
        wait_until(lambda: captured(server), "the captured request")
        trace = captured(server)[0]
        assert "N+1" in trace["marks"]
        before = server.call("http.replay", trace=trace["id"], count=6, warm_up=1)
        assert all(run["statements"] == 11 and run["trace"] for run in before["runs"])
        real = [one for one in before["comparison"]["diff"] if not one.get("noise")]
        assert real == [], real
        port = int(url.rsplit(":", 1)[1])
    orders.write_text(cured)
    with probed(server, project, shop_database, port):
        after = server.call("http.replay", trace=trace["id"], count=6, warm_up=1, before_run=before["run"])
    comparison = after["comparison"]
    rows = {row["label"]: row for row in comparison["verdict"]["rows"]}
    assert (rows["statements"]["before"], rows["statements"]["after"]) == ("11", "2")
    assert [one for one in comparison["diff"] if not one.get("noise")] == []
    assert comparison["verdict"]["text"].endswith("response unchanged")
    changes = [(one.get("before", 0), one.get("after", 0)) for one in comparison["statements"]]
    assert (10, 0) in changes and (1, 1) in changes and (0, 1) in changes
    shown = server.call("trace.get", id=trace["id"])
    assert [step["kind"] for step in shown["steps"]] == ["replayed", "replayed", "verdict"]
    export = server.call(
        "http.export", format="pytest", trace=after["runs"][0]["trace"], app="shop:create_app"
    )
    (project / "test_it.py").write_text(export["text"])
    passed = run_pytest(project, shop_database)
    assert passed.returncode == 0, passed.stdout
    orders.write_text(cured.replace(EAGER, ".limit(limit)"))
    failed = run_pytest(project, shop_database)
    assert failed.returncode == 1 and "11 statements" in failed.stdout


def test_a_captured_login_is_replayed_after_a_restart(server: Server, project: Path, shop_database, tmp_path):
    """Its password was cut out by the probe: the environment has it as a secret of the field's name."""
    copy = tmp_path / "shop.db"
    copy.write_bytes(shop_database.read_bytes())
    with probed(server, project, copy) as url:
        draft = {
            "method": "POST",
            "url": f"{url}/login",
            "headers": [["Content-Type", "application/x-www-form-urlencoded"]],
            "body": "csrf_token=x&email=demo%40example.org&password=demo&submit=1",
        }
        first = server.call("http.send", request=draft)
        assert first["answer"]["status"] == 302
        wait_until(lambda: server.call("trace.list", filter="method:POST /login")["requests"], "the login")
        login = server.call("trace.list", filter="method:POST /login")["requests"][0]["id"]
        port = int(url.rsplit(":", 1)[1])
    request = server.call("http.get", trace=login)["request"]
    assert "demo%40example.org" in request["body"] and "password=demo" not in request["body"]
    made = {"name": "shop", "login": [request]}
    server.call("http.save_environment", environment=made, secrets={"password": "demo"})
    with probed(server, project, copy, port):
        page = server.call("http.send", request={"url": f"{url}/admin/report"}, environment="shop")
        # Signed in as a customer: known, and not allowed. Without the login it is a redirect to the form.
        assert page["answer"]["status"] in (200, 403)
        assert server.call("http.send", request={"url": f"{url}/admin/report"})["answer"]["status"] == 302
