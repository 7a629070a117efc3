"""Over HTTP: the intake token opens the intake and nothing else, and is the same after a restart."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from embedded_server.http_caller import HttpCaller
from embedded_server.wire.endpoint import declared
from tests.server.conftest import Raw

from .conftest import request


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("intake"))


@pytest.fixture(scope="module")
def raw(workspace: Path):
    caller = HttpCaller(workspace)
    yield Raw(caller)
    caller.close()


def address(workspace: Path) -> dict[str, str]:
    return json.loads((workspace / "ingest.json").read_text())


def test_the_address_is_private_and_leads_to_the_intake(raw: Raw, workspace: Path) -> None:
    found = address(workspace)
    assert stat.S_IMODE((workspace / "ingest.json").stat().st_mode) == 0o600
    assert found["url"] == f"http://127.0.0.1:{raw.port}"
    one = request()
    answer = raw.call("probe.ingest", {"requests": [one]}, Authorization=f"Bearer {found['token']}")
    assert answer.json == {"accepted": 1, "dropped": 0, "problem": ""}
    assert raw.call("trace.get", {"id": one["id"]}).json["summary"]["id"] == one["id"]


@pytest.mark.parametrize("name", sorted(set(declared()) - {"probe.ingest"}))
def test_a_leaked_intake_token_opens_nothing_else(raw: Raw, workspace: Path, name: str) -> None:
    endpoint = declared()[name]
    body = b"{}" if endpoint.method == "POST" else None
    answer = raw.send(
        endpoint.method, endpoint.path, body, Authorization=f"Bearer {address(workspace)['token']}"
    )
    assert (answer.status, answer.json["code"]) == (403, "guard.scope")


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_nor_the_documents(raw: Raw, workspace: Path, path: str) -> None:
    answer = raw.send("GET", path, Authorization=f"Bearer {address(workspace)['token']}")
    assert answer.status in (401, 403)


def test_the_windows_token_does_not_ingest(raw: Raw) -> None:
    answer = raw.call("probe.ingest", {"requests": []})
    assert (answer.status, answer.json["code"]) == (403, "guard.scope")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"requests":5}', b"\xff\xfe", b"[" * 100_000])
def test_broken_batches(raw: Raw, workspace: Path, body: bytes) -> None:
    token = f"Bearer {address(workspace)['token']}"
    answer = raw.send("POST", "/api/probe/ingest", body, Authorization=token)
    assert (answer.status, answer.json["code"]) == (400, "request.invalid")


def test_a_batch_beyond_the_limit_is_refused_unread(raw: Raw, workspace: Path) -> None:
    token = f"Bearer {address(workspace)['token']}"
    answer = raw.send("POST", "/api/probe/ingest", b"{}", Authorization=token, Content_Length=str(100 << 20))
    assert answer.status == 413


def test_invalid_text_spoils_one_request_only(raw: Raw, workspace: Path) -> None:
    good, bad = request(), request(id="bad1", target="/@@")
    body = json.dumps({"requests": [good, bad]}).encode().replace(b"@@", b"\xff\xfe")
    answer = raw.send(
        "POST", "/api/probe/ingest", body, Authorization=f"Bearer {address(workspace)['token']}"
    )
    assert answer.status == 400 or answer.json["accepted"] == 1


@pytest.mark.process
def test_a_restart_keeps_the_token_and_writes_the_new_port(tmp_path: Path) -> None:
    tokens, urls = set(), set()
    for _ in range(2):
        caller = HttpCaller(tmp_path)
        tokens.add(address(tmp_path)["token"])
        urls.add(address(tmp_path)["url"])
        caller.close()
        assert address(tmp_path)["url"] == "", "nobody may take the port of a server that is gone"
    assert len(tokens) == 1 and len(urls) >= 1
    (tmp_path / "ingest.json").chmod(0o644)
    caller = HttpCaller(tmp_path)
    tokens.add(address(tmp_path)["token"])
    caller.close()
    assert len(tokens) == 2, "a token that others could read is not used again"


@pytest.mark.parametrize("name", ["trace.pin", "trace.delete"])
def test_changes_need_a_token_that_may_write(name: str) -> None:
    assert declared()[name].scope == "write"
