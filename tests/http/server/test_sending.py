"""Sending once: in an environment, with cookies, logins and fresh tokens, and what is refused."""

from __future__ import annotations

import json
import threading

import pytest

from embedded_server.wire.http import (
    DELETE,
    ENVIRONMENTS,
    GET,
    LIST,
    SAVE,
    SAVE_ENVIRONMENT,
    SEND,
    DeleteRequest,
    Draft,
    Environment,
    EnvironmentsRequest,
    GetRequest,
    ListRequest,
    SaveEnvironmentRequest,
    SaveRequest,
    SendRequest,
    TokenRule,
)
from tests.http.conftest import Desk, Shop, serving
from tests.http.recorder import Recorder, fixed, said
from tests.waiting import wait_until


def test_a_request_to_the_shop_is_answered_and_kept_as_a_trace(desk: Desk, shop: Shop):
    draft = Draft(method="GET", url=f"{shop.url}/api/orders?limit=2", headers=[("Accept", "*/*")])
    found = desk.call(SEND, SendRequest(request=draft))
    assert found.answer.status == 200 and found.class_ == "local"
    assert len(json.loads(found.answer.message.body)["orders"]) == 2
    first = "GET /api/orders?limit=2 HTTP/1.1\r\n"
    assert found.sent.text == f"{first}Host: {shop.url[7:]}\r\nAccept: */*\r\n\r\n"
    trace = desk.services.store.traces.get(found.run.trace)
    assert trace.summary.status == 200 and trace.summary.source == "run"
    assert trace.response.body == found.answer.message.body


def test_a_trace_is_sent_again_elsewhere(desk: Desk, shop: Shop, recorder: Recorder):
    first = desk.call(SEND, SendRequest(request=Draft(url=f"{shop.url}/api/orders?limit=2")))
    again = desk.call(SEND, SendRequest(trace=first.run.trace, base_url=recorder.url))
    assert recorder.requests[0].startswith(b"GET /api/orders?limit=2 HTTP/1.1\r\n")
    assert f"sent to {recorder.url} instead of {shop.url}" in again.sent.differences
    assert "Host follows the environment" in again.sent.differences


def test_a_dry_run_shows_and_sends_nothing(desk: Desk, recorder: Recorder):
    draft = Draft(method="POST", url=f"{recorder.url}/x", body="a=1")
    found = desk.call(SEND, SendRequest(request=draft, dry_run=True))
    assert found.sent.text.endswith("Content-Length: 3\r\n\r\na=1") and recorder.requests == []
    assert found.sent.differences == ["Content-Length added"]


def login_draft(shop: Shop, password: str = "{{secret:password}}") -> Draft:
    email = shop.user["email"].replace("@", "%40")
    return Draft(
        method="POST",
        url=f"{shop.url}/login",
        headers=[("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", "shop_session=stale")],
        body=f"csrf_token=stale&email={email}&password={password}&submit=Sign+in",
    )


def cancel_draft(shop: Shop, order: int) -> Draft:
    """A writing call of the API as a browser captured it: old session, old token."""
    headers = [("Cookie", "shop_session=stale"), ("X-CSRFToken", "stale"), ("Referer", f"{shop.url}/cart")]
    return Draft(method="POST", url=f"{shop.url}/api/orders/{order}/cancel", headers=headers, body="")


def keep(desk: Desk, environment: Environment, **secrets: str):
    return desk.call(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=environment, secrets=secrets))


def open_order(desk: Desk, shop: Shop) -> int:
    found = desk.call(SEND, SendRequest(request=Draft(url=f"{shop.url}/api/orders?status=open&limit=1")))
    return int(json.loads(found.answer.message.body)["orders"][0]["id"])


def test_login_and_csrf_after_a_restart_with_no_script(desk: Desk, shop_database, tmp_path):
    copy = tmp_path / "shop.db"
    copy.write_bytes(shop_database.read_bytes())
    with serving(copy, SECRET_KEY="first") as shop:
        order = open_order(desk, shop)
        local = Environment(name="shop", base_url=shop.url, login=[login_draft(shop)])
        keep(desk, local, password=shop.user["password"])
        stale = desk.call(SEND, SendRequest(request=cancel_draft(shop, order)))
        # Without the login the fresh token alone is not enough.
        assert stale.answer.status == 401 and "login" in stale.hint
        port = int(shop.url.rsplit(":", 1)[1])
    # Another key: every session and token of before is void.
    with serving(copy, port, SECRET_KEY="second") as shop:
        found = desk.call(SEND, SendRequest(request=cancel_draft(shop, order), environment="shop"))
        assert (found.answer.status, found.answer.message.body) == (
            200,
            f'{{"id":{order},"status":"cancelled"}}\n',
        )
        assert "header X-CSRFToken is fresh" in found.sent.differences
        assert "cookies are fresh: shop_session" in found.sent.differences
        shown = desk.call(SEND, SendRequest(request=Draft(url=f"{shop.url}/api/orders/{order}")))
        assert json.loads(shown.answer.message.body)["status"] == "cancelled"


def test_a_stale_token_is_named(desk: Desk, shop: Shop):
    environment = Environment(name="no rules", rules=[TokenRule(find="header", name="X", put="header")])
    keep(desk, environment)
    found = desk.call(SEND, SendRequest(request=login_draft(shop, "demo"), environment="no rules"))
    assert found.answer.status == 400 and "CSRF" in found.hint


def test_a_failing_login_says_so(desk: Desk, shop: Shop):
    keep(desk, Environment(name="wrong", login=[login_draft(shop, "wrong")]))
    refused = desk.refused(SEND, SendRequest(request=Draft(url=shop.url), environment="wrong"))
    assert refused.code == "http.login" and "/login: 401" in refused.detail


RULES = [
    (TokenRule(find="json", name="/a/token", put="header", as_name="Authorization", template="Bearer {}",
               add=True, fetch="/t"), said(b'{"a": {"token": "T1"}}'), b"\r\nAuthorization: Bearer T1\r\n"),
    (TokenRule(find="header", name="X-Token", put="field", as_name="t", fetch="/t"),
     said(b"", headers="X-Token: T 2\r\n"), b"\r\n\r\nt=T+2&o=1"),
    (TokenRule(find="html", name="csrf-token", put="cookie", as_name="c", fetch="/t"),
     said(b'<meta name="csrf-token" content="T3">'), b"\r\nCookie: c=T3\r\n"),
    (TokenRule(find="cookie", name="k", put="header", as_name="X-Copy", add=True, fetch="/t"),
     said(b"", headers="Set-Cookie: k=T4; Path=/\r\n"), b"\r\nX-Copy: T4\r\n"),
    (TokenRule(find="html", name="nope", put="field", as_name="t", fetch="/t"), said(b"<p>"),
     b"\r\n\r\nt=0&o=1"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "answer", "expected"), RULES, ids=range(len(RULES)))
def test_tokens_are_found_and_put(desk: Desk, recorder: Recorder, rule, answer, expected):
    recorder.answer = fixed(answer)
    keep(desk, Environment(name="rules", rules=[rule]))
    headers = [("Content-Type", "application/x-www-form-urlencoded")]
    draft = Draft(method="POST", url=f"{recorder.url}/x", headers=headers, body="t=0&o=1")
    desk.call(SEND, SendRequest(request=draft, environment="rules"))
    fetched, sent = recorder.requests
    assert (
        fetched.startswith(b"GET /t HTTP/1.1\r\n") and expected in sent + b"\r\n" or sent.endswith(expected)
    )


def test_credentials_do_not_travel_to_another_host(desk: Desk, recorder: Recorder):
    headers = [("Cookie", "s=1"), ("Authorization", "Basic x"), ("X-Kept", "1")]
    draft = Draft(url="https://shop.example/x", headers=headers)
    found = desk.call(SEND, SendRequest(request=draft, base_url=recorder.url))
    assert b"X-Kept: 1" in recorder.requests[0] and b"s=1" not in recorder.requests[0]
    assert {"Cookie not sent to another host", "Authorization not sent to another host"} <= set(
        found.sent.differences
    )


def test_secrets_are_kept_apart_and_never_shown(desk: Desk, recorder: Recorder):
    keep(desk, Environment(name="e", variables={"id": "7"}), key="s3cret")
    draft = Draft(url=f"{recorder.url}/{{{{id}}}}", headers=[("X-Key", "{{secret:key}}")])
    desk.call(SEND, SendRequest(request=draft, environment="e"))
    assert recorder.requests[0].startswith(b"GET /7 ") and b"X-Key: s3cret\r\n" in recorder.requests[0]
    (kept,) = desk.call(ENVIRONMENTS, EnvironmentsRequest()).environments
    assert kept.secrets == ["key"] and "s3cret" not in repr(kept)
    assert b"s3cret" not in (desk.services.store.path).read_bytes()
    desk.call(DELETE, DeleteRequest(environment="e"))
    assert desk.refused(ENVIRONMENTS, EnvironmentsRequest(name="e")).code == "http.unknown_environment"
    refused = desk.refused(SEND, SendRequest(request=draft))
    assert refused.code == "http.secret" and "key" in refused.title


@pytest.mark.parametrize(("kind", "method", "asks"), [
    ("shared", "GET", False), ("shared", "POST", True), ("production", "DELETE", True),
    ("local", "POST", False),
])  # fmt: skip
def test_what_may_write_asks_outside_this_machine(desk: Desk, recorder: Recorder, kind, method, asks):
    keep(desk, Environment(name="e", base_url=recorder.url, class_=kind))
    asked = SendRequest(request=Draft(method=method, url="http://x/"), environment="e")
    if not asks:
        assert desk.call(SEND, asked).answer.status == 200
        return
    refused = desk.refused(SEND, asked)
    assert refused.code == "http.confirm" and method in refused.detail and recorder.requests == []
    confirmed = SendRequest(
        request=Draft(method=method, url="http://x/"), environment="e", confirm="127.0.0.1"
    )
    assert desk.call(SEND, confirmed).answer.status == 200


def test_a_cancel_reaches_a_request_under_way(desk: Desk, recorder: Recorder):
    recorder.answer = lambda _request, _connection: not recorder.stopping.wait(30)

    def cancel() -> None:
        wait_until(lambda: recorder.requests, "the request")
        desk.services.jobs.cancel("slow")

    threading.Thread(target=cancel, daemon=True).start()
    refused = desk.refused(SEND, SendRequest(request=Draft(url=recorder.url)), "slow")
    assert refused.code == "job.cancelled"


def test_drafts_are_kept_found_and_removed(desk: Desk):
    first = desk.call(SAVE, SaveRequest(Draft(name="One", url="http://a/one", folder="f"))).request
    desk.call(SAVE, SaveRequest(Draft(name="Two", url="http://a/two")))
    changed = desk.call(SAVE, SaveRequest(Draft(id=first.id, name="Uno", url="http://a/one"))).request
    assert changed.id == first.id and changed.at
    names = [draft.name for draft in desk.call(LIST, ListRequest()).requests]
    assert names == ["Uno", "Two"]
    assert [d.name for d in desk.call(LIST, ListRequest(query="http two")).requests] == ["Two"]
    assert desk.call(GET, GetRequest(draft=first.id)).request == changed
    desk.call(DELETE, DeleteRequest(draft=first.id))
    for refused in (
        desk.refused(GET, GetRequest(draft=first.id)),
        desk.refused(DELETE, DeleteRequest(draft=first.id)),
        desk.refused(SEND, SendRequest(draft=first.id)),
    ):
        assert refused.code == "http.unknown_request"


@pytest.mark.parametrize(("request_", "code"), [
    (SendRequest(), "request.invalid"),
    (SendRequest(trace="nope"), "trace.unknown"),
    (SendRequest(environment="nope", request=Draft(url="http://x")), "http.unknown_environment"),
    (SendRequest(request=Draft(url="nope")), "http.invalid"),
    (SendRequest(request=Draft(url="http://127.0.0.1:1/")), "http.unreachable"),
])  # fmt: skip
def test_bad_requests_are_problems(desk: Desk, request_, code):
    assert desk.refused(SEND, request_).code == code


def test_an_environment_needs_a_name_and_a_usable_address(desk: Desk):
    for environment, code in (
        (Environment(), "request.invalid"),
        (Environment(name="a", base_url="x"), "http.invalid"),
    ):
        assert desk.refused(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=environment)).code == code
    keep(desk, Environment(name="a"))
    renamed = SaveEnvironmentRequest(environment=Environment(name="b"), previous="a")
    assert [one.name for one in desk.call(SAVE_ENVIRONMENT, renamed).environments] == ["b"]
