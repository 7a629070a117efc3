"""Replaying against wrk at one connection: the bare engine, and a stored replay; large comparisons."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from embedded_server.http.bodies import message
from embedded_server.http.diff import diff_messages
from embedded_server.http.engine import Engine, Prepared
from embedded_server.http.replay import replay
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import Draft, ReplayRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Work
from tests.servers.base import free_port
from tests.waiting import wait_until

REQUESTS = 3000
OBJECTS = 10_000
# A web server as applications have it in front: what is measured is the client.
CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 10000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{{"id": 1, "name": "a lamp"}}'; }}
  }}
}}
"""


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    program = shutil.which("nginx")
    if program is None:
        raise RuntimeError("nginx is not installed")
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port))
    process = subprocess.Popen([program, "-c", str(config), "-p", str(folder)], env=child_env())
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url), "nginx")
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wrk(url: str) -> Work:
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed")
    done = subprocess.run(
        [program, "-t1", "-c1", "-d2s", url], capture_output=True, text=True, check=True, env=child_env()
    )
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    rate = float(found[1])
    return Work(REQUESTS, seconds=REQUESTS / rate, figures={"requests/s": rate})


def _engine(url: str) -> Work:
    with Engine(timeout_ms=10_000, max_bytes=1 << 20) as engine:
        engine.prepare(Prepared("GET", url, b"/", [(b"Host", url[7:].encode())]))
        begin = time.perf_counter()
        for _ in range(REQUESTS):
            assert engine.run().status == 200
        elapsed = time.perf_counter() - begin
    return Work(REQUESTS, seconds=elapsed, figures={"requests/s": REQUESTS / elapsed})


def _replay(services: Services, url: str) -> Work:
    call = Call(uuid4().hex, "http.replay", services)
    request = ReplayRequest(request=Draft(url=f"{url}/"), count=REQUESTS, warm_up=0)
    begin = time.perf_counter()
    with services.jobs.running(call):
        done = replay(request, call)
    elapsed = time.perf_counter() - begin
    assert len(done.runs) == REQUESTS and all(run.status == 200 for run in done.runs)
    return Work(REQUESTS, seconds=elapsed, figures={"requests/s": REQUESTS / elapsed})


def one_connection(setting: Setting) -> Iterator[Case]:
    """The same requests by wrk, by the engine alone, and as a replay."""
    with tempfile.TemporaryDirectory(prefix="blt-bench-") as folder, _server(Path(folder)) as url:
        services = Services(Workspace(Path(folder)))
        sides = {
            "wrk": lambda: _wrk(url),
            "engine": lambda: _engine(url),
            "replay": lambda: _replay(services, url),
        }
        bars = [Bar("engine", "wrk", ratio=2.0), Bar("replay", "wrk", ratio=4.0)]
        yield Case("one request again and again", sides, rows=REQUESTS, bars=bars)
        services.close()


def comparing(setting: Setting) -> Iterator[Case]:
    """10,000 objects in another order, one value changed."""
    rows = [
        {
            "id": n,
            "name": f"Customer {n}",
            "email": f"c{n}@example.org",
            "amount": n * 1.25,
            "tags": ["a", "b"],
        }
        for n in range(OBJECTS)
    ]
    shuffled = [dict(row) for row in rows]
    random.Random(1).shuffle(shuffled)
    shuffled[77]["amount"] = -1
    headers = [("Content-Type", "application/json")]
    before, after = (message(headers, json.dumps(one).encode()) for one in (rows, shuffled))

    def side() -> Work:
        found = diff_messages(before, after)
        assert [one.kind for one in found] == ["changed", "order"]
        return Work(OBJECTS, bytes=before.body_bytes)

    limits = [Bar("keyed", limit=150.0)]
    yield Case("comparing 1 MB of shuffled objects", {"keyed": side}, OBJECTS, limits, least_bytes=1_000_000)


CASES: list[CaseMaker] = [one_connection, comparing]
