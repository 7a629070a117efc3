"""No secret leaves the process, by whatever way it came in; what is no secret stays byte for byte."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import PROBE, Bench

sys.path.append(str(PROBE))
from backlight_probe.redact import Cutter, Redactor

RULES = Redactor(b"salt")
S = "s3cr3t-value"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123"


def cutter() -> Cutter:
    return Cutter(RULES)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", f"Bearer {S}", "Bearer "),
        ("authorization", "Basic dXNlcjpzM2NyM3QtdmFsdWU=", "Basic "),
        ("Cookie", f"session={S}; theme={S}x", "theme="),
        ("Set-Cookie", f"sid={S}; Path=/; HttpOnly", "; Path=/; HttpOnly"),
        ("X-API-Key", S, ""),
        ("X-CSRF-Token", S, ""),
        ("Proxy-Authorization", S, ""),
        ("X-Amz-Security-Token", S, ""),
    ],
)
def test_headers(name: str, value: str, kept: str) -> None:
    one = cutter()
    ((_, shown),) = one.headers([(name, value)])
    assert S not in shown and "dXNlcjpz" not in shown and "[redacted:" in shown and kept in shown
    assert S in one.secrets or f"user:{S}" in one.secrets or "X-API" in name


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/json", '{"user": "bob",  "password":"%s"}', '{"user": "bob",  "password":"#"}'),
        ("application/json", '[{"a": {"access_token": "%s"}}]', '[{"a": {"access_token": "#"}}]'),
        ("application/json", '{"otp": 123456, "n": 1}', '{"otp": "#", "n": 1}'),
        ("application/json", '{"tokens": ["%s"]}', '{"tokens": ["#"]}'),
        ("application/json", '{"password": "%s', '{"password": "#"'),
        ("application/x-www-form-urlencoded", "a=1&password=%s&b=%%2F", "a=1&password=#&b=%2F"),
        ("text/html", '<input name="csrf" value="%s"><p>', '<input name="csrf" value="#"><p>'),
        ("text/plain", f"see {JWT} there", "see # there"),
        ("text/plain", "postgresql://bob:hunter22@db/x", "postgresql://#@db/x"),
        ("text/plain", "card 4111 1111 1111 1111.", "card #."),
        ("text/plain", "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "#"),
        ("text/plain", "order 1234567890123 at 2026-01-01", "order 1234567890123 at 2026-01-01"),
        ("application/json", '{"state": "open", "code": "A1"}', '{"state": "open", "code": "A1"}'),
    ],
)  # fmt: skip
def test_bodies(kind: str, body: str, expected: str) -> None:
    import re  # noqa: PLC0415  # lazy: one line of this test

    shown = cutter().body(body.replace("%s", S).replace("%%", "%"), kind)
    assert re.sub(r"\[redacted:[0-9a-f]{8}\]", "#", shown) == expected


def test_multipart_and_oauth() -> None:
    part = f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{S}\r\n--b--\r\n'
    assert S not in cutter().body(part, "multipart/form-data; boundary=b")
    shown = cutter().target(f"/callback?code={S}&state=xyzzy&x=1")
    assert S not in shown and "xyzzy" not in shown and shown.endswith("&x=1")
    assert cutter().target("/orders?state=open&code=5") != "" and "open" in cutter().target(
        "/orders?state=open"
    )


def test_the_placeholder_is_the_same_for_the_same_value_and_salt() -> None:
    assert RULES.placeholder("a") == RULES.placeholder("a") != RULES.placeholder("b")
    assert Redactor(b"other").placeholder("a") != RULES.placeholder("a")


def test_what_the_user_keeps_is_kept() -> None:
    keeping = Cutter(Redactor(b"", frozenset({"cookie", "session"})))
    assert keeping.headers([("Cookie", "session=abc")]) == [("Cookie", "session=abc")]


@settings(max_examples=100, deadline=None, database=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**11), 10**11) | st.text('ab"\\ü:{}', max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
        max_leaves=8,
    ),
    st.text('abc"\\üß{}[]:, ', min_size=6, max_size=20),
)
def test_a_json_body_never_shows_its_password_and_keeps_the_rest(rest: object, secret: str) -> None:
    import json  # noqa: PLC0415  # lazy: one line of this test

    secret = "QQ" + secret + "ZZ"
    for ascii_only in (True, False):
        body = json.dumps(
            {"rest": rest, "password": secret, "more": [{"api_key": secret}]}, ensure_ascii=ascii_only
        )
        shown = cutter().body(body, "application/json")
        assert secret not in shown and json.dumps(secret)[1:-1] not in shown
        assert json.loads(shown)["rest"] == rest


def test_a_card_number_written_as_a_number_leaves_json_behind() -> None:
    import json  # noqa: PLC0415  # lazy: one line of this test

    shown = json.loads(
        cutter().body('{"n": 4111111111111111, "s": "4111 1111 1111 1111"}', "application/json")
    )
    assert shown["n"].startswith("[redacted") and shown["s"].startswith("[redacted")


LOGIN = """
engine = create_engine("sqlite:///a.db")
with engine.begin() as c: c.execute(text("create table u (name text, password_hash text, note text)"))
flushed()
app.secret_key = "k"
from flask import session
@app.post("/login")
def login():
    secret = request.form["password"]
    with engine.begin() as c:
        c.execute(text("insert into u values (:name, :password_hash, :note)"),
                  {"name": "bob", "password_hash": "pbkdf2:0123456789", "note": secret})
        c.exec_driver_sql("select * from u where note = '%s'" % secret)
    app.logger.warning("password %s of bob", secret)
    session["user"] = 5
    if "fail" in request.args: raise ValueError("bad " + secret)
    return {"access_token": "abcdef-token", "echo": secret}
bearer = {"Authorization": "Bearer sesame-open"}
client.post("/login?fail", data={"password": "hunter22", "user": "bob"}, headers=bearer)
client.post("/login", json=None, data={"password": "hunter22"})
flushed()
"""


def test_nothing_secret_on_the_wire(bench: Bench) -> None:
    bench.run(LOGIN, BACKLIGHT_LOCALS="1")
    sent = b"".join(bench.recorder.raw)
    for secret in (b"hunter22", b"sesame-open", b"abcdef-token", b"pbkdf2:0123456789"):
        assert secret not in sent
    first, second = bench.recorder.requests
    insert = first["statements"][0]
    assert insert["params"][0] == "bob" and insert["params"][2].startswith("[redacted:")
    assert insert["params"][2] == second["statements"][0]["params"][2], (
        "the same value has the same placeholder"
    )
    assert "bob" in first["logs"][0]["message"] and first["exception"]["message"].startswith("bad [redacted:")
    cookie = dict(second["response"]["headers"])["Set-Cookie"]
    assert cookie.startswith("session=[redacted:") and "HttpOnly" in cookie


def test_packed_answers_are_read_before_they_are_sent(bench: Bench) -> None:
    bench.run("""
import gzip
@app.get("/")
def index():
    body = gzip.compress(b'{"token": "s3cr3t-value"}')
    return Response(body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})
@app.get("/br")
def other(): return Response(b"s3cr3t-value", headers={"Content-Encoding": "br"})
client.get("/"); client.get("/br")
flushed()
""")
    packed, unknown = bench.recorder.requests
    assert packed["response"]["body"].startswith('{"token": "[redacted:') and packed["response"]["truncated"]
    assert "body" not in unknown["response"] and unknown["response"]["body_bytes"] == 12
