"""No way past token, Host, Origin, content type and size."""

from __future__ import annotations

import json

import msgspec
import pytest

from embedded_server.wire.endpoint import declared

INFO = "/api/server/info"


def test_the_token_opens(raw):
    assert raw.send("GET", INFO).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic {token}",
        "Bearer {token}x",
        "Bearer \xff\xfe",
        "{token}",
    ],
)
def test_a_wrong_token_does_not(raw, authorization):
    given = authorization and authorization.replace("{token}", raw.token)
    answer = raw.send("GET", INFO, Authorization=given)
    assert (answer.status, answer.json["code"]) == (401, "guard.token")


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org:{port}", ""]
)
def test_a_foreign_host_is_refused(raw, host):
    answer = raw.send("GET", INFO, Host=host.replace("{port}", str(raw.port)))
    assert (answer.status, answer.json["code"]) == (421, "guard.host")


@pytest.mark.parametrize("origin", ["http://example.org", "null", "http://127.0.0.1:{port}"])
def test_any_origin_is_refused(raw, origin):
    answer = raw.send("GET", INFO, Origin=origin.replace("{port}", str(raw.port)))
    assert (answer.status, answer.json["code"]) == (403, "guard.origin")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_only_json_bodies(raw, kind):
    answer = raw.send("POST", "/api/jobs/cancel", b'{"id":"x"}', Content_Type=kind)
    assert (answer.status, answer.json["code"]) == (415, "guard.content_type")


def test_a_large_body_is_refused_before_it_is_read(raw):
    answer = raw.send("POST", "/api/jobs/cancel", b'{"id":"' + b"x" * (1 << 20) + b'"}')
    assert (answer.status, answer.json["code"]) == (413, "request.too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id":5}', b"\xff\xfe", b"[" * 100_000, b'{"id":null}'])
def test_a_malformed_body_is_a_problem(raw, body):
    answer = raw.send("POST", "/api/jobs/cancel", body)
    assert (answer.status, answer.json["code"]) == (400, "request.invalid")


def test_every_route_asks_for_the_token(raw):
    for endpoint in declared().values():
        body = b"{}" if endpoint.method == "POST" else None
        answer = raw.send(endpoint.method, endpoint.path, body, Authorization=None)
        assert answer.json["code"] in ("guard.token", "request.not_found"), endpoint.name
    for path in ("/openapi.json", "/docs/ticket", "/docs"):
        assert raw.send("GET", path, Authorization=None).status == 401, path


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api", "/docs/assets/../../main.py", "/docs/assets/index.html"]
)
def test_unknown_paths_answer_a_problem(raw, path):
    answer = raw.send("GET", path)
    assert (answer.status, answer.json["code"]) in ((404, "request.not_found"), (422, "request.not_found"))


def test_other_methods_are_refused(raw):
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert raw.send(method, INFO).status in (404, 405), method


def test_the_docs_page_opens_once_per_ticket(raw):
    path = raw.send("GET", "/docs/ticket").json["path"]
    first = raw.send("GET", path, Authorization=None)
    assert first.status == 200 and b"supportedSubmitMethods: []" in first.body
    assert "Access-Control-Allow-Origin" not in first.headers
    assert raw.send("GET", path, Authorization=None).status == 401
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert raw.send("GET", f"/docs/assets/{asset}", Authorization=None).status == 200


def test_answers_are_not_cached_and_not_sniffed(raw):
    headers = raw.send("GET", INFO).headers
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"


def test_msgpack_and_json_carry_the_same(raw):
    packed = raw.send("GET", INFO, Accept="application/msgpack")
    assert msgspec.msgpack.decode(packed.body) == json.loads(raw.send("GET", INFO).body)
