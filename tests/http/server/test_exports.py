"""What is exported does again what was captured: by curl, by an import, by pytest; and carries no secret."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_server.http.redact import Cutter
from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import (
    EXPORT,
    IMPORT,
    SAVE,
    SEND,
    Draft,
    ExportRequest,
    ImportRequest,
    SaveRequest,
    SendRequest,
)
from embedded_server.wire.trace import Message, Trace, TracedStatement, TraceSummary
from tests.http.conftest import DEMO, Desk, Shop
from tests.http.recorder import Recorder

HEADERS = [
    ("Host", "h"),
    ("User-Agent", "own/1"),
    ("X-Odd", 'it\'s "quoted" $HOME `x` \\ é'),
    ("X-Empty", ""),
]
BODIES = [None, "", "a=1&b='x'", '{"a": "$HOME `id`"}\n', "ümläut", "tab\tand\r\nlines", "nul\0inside"]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_the_curl_command_sends_the_same(desk: Desk, recorder: Recorder, body):
    headers = [("Host", recorder.url[7:]), *HEADERS[1:]]
    if body is not None:
        headers.append(("Content-Length", str(len(body.encode()))))
    draft = Draft(method="PUT", url=f"{recorder.url}/a/../b?x=%7e&y='z'", headers=headers, body=body)
    kept = desk.call(SAVE, SaveRequest(draft)).request
    desk.call(SEND, SendRequest(draft=kept.id))
    command = desk.call(EXPORT, ExportRequest(format="curl", draft=kept.id)).text
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, env=child_env(), timeout=20)
    ours, theirs = recorder.requests
    heads = [sorted(raw.partition(b"\r\n\r\n")[0].split(b"\r\n")) for raw in recorder.requests]
    assert heads[0] == heads[1]
    assert theirs.partition(b"\r\n\r\n")[2] == ours.partition(b"\r\n\r\n")[2]


def a_trace(desk: Desk, **fields) -> Trace:
    request = Message(
        headers=[("Host", "shop.local"), ("Cookie", "session=s3cret; theme=dark"),
                 ("Authorization", "Bearer T0P"),
                 ("Content-Type", "application/json")],
        body='{"name": "x", "password": "hunter2", "n": 1}', content_type="application/json",
    )  # fmt: skip
    response = Message(
        headers=[("Content-Type", "application/json"), ("Set-Cookie", "session=n3w; Path=/")],
        body='{"id": 1, "access_token": "eyJhbGciOi.eyJzdWIiOi.c2ln"}', content_type="application/json",
    )  # fmt: skip
    summary = {"id": "e1", "at": "2026-01-01T00:00:00.000000+00:00", "source": "capture", "method": "POST",
               "target": "/users?token=q1&page=2", "status": 201, "duration_ms": 12.5} | fields  # fmt: skip
    trace = Trace(summary=TraceSummary(**summary), request=request, response=response, ttfb_ms=10.0)
    desk.services.store.traces.add([trace])
    return trace


SECRETS = ("s3cret", "dark", "T0P", "hunter2", "n3w", "eyJ", "q1")


@pytest.mark.parametrize("form", ["curl", "har", "pytest"])
def test_exports_carry_no_secret_unless_asked(desk: Desk, form):
    a_trace(desk)
    found = desk.call(EXPORT, ExportRequest(format=form, trace="e1"))
    assert not [one for one in SECRETS if one in found.text], found.text
    assert {"header Authorization", "cookie session", "parameter token", "value password"} <= set(
        found.redacted
    )
    whole = desk.call(EXPORT, ExportRequest(format=form, trace="e1", secrets=True))
    assert "hunter2" in whole.text and "T0P" in whole.text and whole.redacted == []


def test_a_har_comes_back_as_the_request_it_was(desk: Desk):
    a_trace(desk)
    text = desk.call(EXPORT, ExportRequest(format="har", trace="e1", secrets=True)).text
    (entry,) = json.loads(text)["log"]["entries"]
    assert entry["response"]["status"] == 201 and entry["timings"] == {
        "send": 0,
        "wait": 10.0,
        "receive": 2.5,
    }
    (draft,) = desk.call(IMPORT, ImportRequest(text=text)).requests
    assert draft.url == "http://shop.local/users?token=q1&page=2" and draft.method == "POST"
    assert draft.body == '{"name": "x", "password": "hunter2", "n": 1}'
    assert ("Cookie", "session=s3cret; theme=dark") in draft.headers


def test_bad_exports_are_problems(desk: Desk):
    assert desk.refused(EXPORT, ExportRequest(trace="x")).code == "trace.unknown"
    assert desk.refused(EXPORT, ExportRequest(draft="x")).code == "http.unknown_request"
    kept = desk.call(SAVE, SaveRequest(Draft(url="http://a/"))).request
    assert desk.refused(EXPORT, ExportRequest(format="pytest", draft=kept.id)).code == "request.invalid"


def test_multipart_fields_and_looks():
    cutter = Cutter()
    body = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b--\r\n'
    assert "hunter2" not in cutter.body(body, "multipart/form-data; boundary=b")
    assert cutter.url("http://u:p@h/?a=1") == "http://[redacted]@h/?a=1"
    assert (
        cutter.body("a=1&my_token=x&b=", "application/x-www-form-urlencoded")
        == "a=1&my_token=%5Bredacted%5D&b="
    )


# --- pytest ------------------------------------------------------------------------------------------

EAGER = ".options(selectinload(Order.customer)).limit(limit)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shop's source, with the N+1 of its listing cured."""
    folder = tmp_path / "project"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("instance", "__pycache__"))
    orders = folder / "shop" / "orders.py"
    text = orders.read_text()
    assert text.count(".limit(limit)") == 1
    text = text.replace(".limit(limit)", EAGER)
    imports = "from sqlalchemy.orm import selectinload\nfrom sqlalchemy import"
    orders.write_text(text.replace("from sqlalchemy import", imports, 1))
    return folder


def shop_trace(desk: Desk, shop: Shop, target: str, statements: int) -> str:
    sent = desk.call(SEND, SendRequest(request=Draft(url=shop.url + target)))
    trace = desk.services.store.traces.get(sent.run.trace)
    seen = [
        TracedStatement(number=n, start_ms=0, duration_ms=1, sql=f"SELECT {n}", fingerprint=str(n))
        for n in range(statements)
    ]
    summary = TraceSummary(
        id="p1", at="2026-01-01", source="capture", method="GET", target=target, status=200
    )
    desk.services.store.traces.add(
        [Trace(summary=summary, request=trace.request, response=trace.response, statements=seen)]
    )
    return "p1"


def run_pytest(folder: Path, database: Path) -> subprocess.CompletedProcess[str]:
    environment = child_env() | {"DATABASE_URL": f"sqlite:///{database}", "PYTHONPATH": str(folder)}
    environment["PATH"] = os.environ["PATH"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    command.append("test_it.py")
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=90)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["/api/orders?limit=20", "/orders/recent"])
def test_the_pytest_fails_when_the_n_plus_1_is_put_back(desk: Desk, shop: Shop, project: Path, target):
    key = shop_trace(desk, shop, target, 2)
    export = desk.call(EXPORT, ExportRequest(format="pytest", trace=key, app="shop:create_app"))
    assert export.file.startswith("test_get_") and export.redacted == []
    (project / "test_it.py").write_text(export.text)
    passed = run_pytest(project, shop.database)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    orders = project / "shop" / "orders.py"
    orders.write_text(orders.read_text().replace(EAGER, ".limit(limit)"))
    failed = run_pytest(project, shop.database)
    assert failed.returncode == 1 and "11 statements" in failed.stdout, failed.stdout


@pytest.mark.parametrize("form", ["curl", "har", "pytest"])
def test_every_place_is_told_and_more_can_be_struck_out(desk: Desk, form: str):
    trace = a_trace(desk)
    told = desk.call(EXPORT, ExportRequest(format=form, trace=trace.summary.id))
    reasons = {one.place: one.reason for one in told.cuts}
    assert "cookie" in reasons["cookie session"] and "name" in reasons["header Authorization"]
    stays = {one.place: one.value for one in told.stays}
    assert stays["request header Host"] == "shop.local" and "s3cret" not in str(told.stays)
    assert "eyJ" not in str(told.stays), "the same key was cut in request and response"
    struck = desk.call(EXPORT, ExportRequest(format=form, trace=trace.summary.id, strike=["users", "x"]))
    assert "users" in told.text and "users" not in struck.text
    assert any(one.place == "users" and "by hand" in one.reason for one in struck.cuts)


def test_a_key_that_was_cut_once_is_cut_again():
    cutter, body = Cutter(), '{"password": "s3cret"}'
    for _ in range(2):
        assert cutter.body(body, "application/json") == '{"password":"[redacted]"}'
