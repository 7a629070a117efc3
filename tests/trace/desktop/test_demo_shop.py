"""The demo shop under the probe: what it does is seen in the window, and it leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from desktop.demo.served import DemoServer
from desktop.demo.visits import Visitor
from desktop.kit.flow import Flow
from embedded_server.wire.child_env import child_env
from embedded_server.wire.trace import TraceSummary
from tests.runner.changes import ROOT


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    words = ["demo-app", "generate", "--url", f"sqlite:///{path}", "--orders", "1500", "--seed", "7"]
    subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words], check=True, env=child_env(), capture_output=True
    )
    return path


@pytest.fixture
def shop(shell, workspace, database):
    made = DemoServer(workspace, shell)
    yield made
    made.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_pages_that_are_visited_stand_in_the_list_with_what_they_did(shell, shop, database, named, until):
    shop.start(str(database))
    until(lambda: shop.url)
    pid = shop._process.processId()
    visited: dict[str, int] = {}

    async def visit() -> None:
        visited.update(
            await Visitor(shop.url, shell).visit(("/", "/orders/recent?status=open", "/no/such/page"))
        )

    Flow(shell, visit(), pytest.fail)
    until(lambda: len(visited) >= 4)
    assert visited["/"] == 200 and visited["/no/such/page"] == 404 and 500 in visited.values()
    live = shell.window.bench
    live.show_page("requests")
    slow = "/orders/recent?status=open"

    def listed() -> dict[str, TraceSummary]:
        model = named("Requests").model()
        return {model.request(row).target: model.request(row) for row in range(model.rowCount())}

    until(lambda: slow in listed())
    found = listed()
    assert found[slow].statements >= 21 and "N+1" in found[slow].marks
    assert found[slow].app == "shop"
    shop.stop()
    assert not alive(pid) and not shop.running


def test_a_shop_without_its_tables_says_why(shop, tmp_path, until):
    told = []
    shop.failed.connect(told.append)
    shop.start(str(tmp_path / "empty.db"))
    until(lambda: told)
    assert told[0].code == "demo.failed" and "empty" in told[0].detail and not shop.running
