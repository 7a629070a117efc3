"""Requests of other programs: what real curl would send is what is sent; what cannot be used says where."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.http import har
from embedded_server.http.curl_import import read as read_curl
from embedded_server.http.shell_words import words
from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import IMPORT, LIST, SEND, ImportRequest, ListRequest, SendRequest
from embedded_server.wire.problem import ProblemError
from tests.http.conftest import Desk
from tests.http.recorder import Recorder

# "URL" is the recorder.
COMMANDS = [
    "curl URL",
    "curl -XPATCH URL/x -d a=1 -d 'b=%20'",
    "curl 'URL/a/../b/./c?x=%7e&y=a' -H 'X-One: 1' -H 'x-two:2' -H 'X-Empty;' -H 'Accept:'",
    "curl URL --data-raw '@not-a-file' -H 'Content-Type: application/json'",
    'curl URL --data-binary $\'{"a": "\\u00fc\\\'\\x41"}\' -H "content-type: application/json"',
    "curl -G URL/s --data-urlencode 'q=a b&c' --data-urlencode '=x y' -d raw=1",
    "curl URL -F field=value -F 'other=x;type=text/plain' --form-string 'third=@y;z'",
    "curl -u me:s3cret -A agent/1 -e http://from/ URL/",
    "curl -b 'a=1; b=2' -b c=3 --compressed URL",
    "curl -I URL/head",
    "curl -sSLkvr 0-99 URL",
    "curl --path-as-is -H 'Host: other.example' URL/a/../b",
    "curl --json '{\"a\":1}' URL",
    "curl URL -H 'User-Agent: own' -H 'Accept: text/html' -X DELETE",
    "curl URL -H 'Content-Length: 3' -d abc",
    "curl --url URL/x --max-time 9 --request PUT -d ''",
    "curl URL \\\n  -H 'A: 1' \\\n  --data-raw 'line one\nline two'",
    "curl 'http://me:pw@HOST/x#fragment'",
    "curl URL --oauth2-bearer T0 -X FOO",
    "curl URL -H 'Authorization: Own x' -u a:b",
    "curl URL?q=1 -H 'X-Name: Zoë ü'",
    "curl -d x=1 -d y=2 URL -H 'Transfer-Encoding: chunked'",
]


def without_chance(raw: bytes) -> bytes:
    """The name of the program and the boundary of a form differ by their nature."""
    raw = re.sub(rb"User-Agent: curl/[\d.]+", b"User-Agent: curl", raw)
    return re.sub(rb"-{24}[0-9a-zA-Z]+", b"BOUNDARY", raw)


def unbounded(raw: bytes) -> bytes:
    """Newer curl has longer boundaries."""
    return re.sub(rb"Content-Length: \d+", b"Content-Length: N", raw) if b"BOUNDARY" in raw else raw


@pytest.mark.parametrize("command", COMMANDS)
def test_what_curl_would_send_is_sent(desk: Desk, recorder: Recorder, command):
    command = command.replace("URL", recorder.url).replace("HOST", recorder.url[7:])
    subprocess.run(
        ["bash", "-c", command.replace("curl", "curl -sS", 1)],
        check=True,
        capture_output=True,
        env=child_env(),
        timeout=20,
    )
    (draft,) = desk.call(IMPORT, ImportRequest(text=command)).requests
    desk.call(SEND, SendRequest(draft=draft.id))
    by_curl, by_us = map(without_chance, recorder.requests)
    assert unbounded(by_us) == unbounded(by_curl)


WINDOWS = (
    'curl ^"http://h/x?a=1^&b=2^" ^\r\n  -H ^"accept: */*^" ^\r\n'
    '  --data-raw ^"^{^\\^"a^\\^": 1, ^\\^"p^\\^": ^\\^"100^%^\\^"^}^" --compressed'
)


def test_a_command_for_the_windows_prompt():
    (draft,) = read_curl(WINDOWS).drafts
    assert draft.url == "http://h/x?a=1&b=2" and ("accept", "*/*") in draft.headers
    assert draft.body == '{"a": 1, "p": "100%"}'


@pytest.mark.parametrize(("command", "told"), [
    ("wget http://x", "does not begin with curl"),
    ("curl", "names no address"),
    ("curl http://a http://b", "second address"),
    ("curl http://a -d @/etc/passwd", "reads a file"),
    ("curl http://a -F f=@x", "reads a file"),
    ("curl http://a -F 'f=<x'", "reads a file"),
    ("curl http://a --data-urlencode n@x", "reads a file"),
    ("curl http://a -b cookies.txt", "reads cookies from a file"),
    ("curl http://a -H @headers", "reads a file"),
    ("curl -K x http://a", "options from a file"),
    ("curl --config x http://a", "options from a file"),
    ("curl http://a -o /tmp/x", "writes a file"),
    ("curl http://a -sSo x", "writes a file"),
    ("curl http://a -T x", "reads a file"),
    ("curl http://a --digest -u a:b", "single request"),
    ("curl http://a --resolve a:80:127.0.0.1", "another address"),
    ("curl http://a --frobnicate", "no option that is known"),
    ("curl http://a -H", "has no value"),
    ("curl http://a -H 'open", "not closed"),
    ("curl http://a -H \"$TOKEN\"", "only the shell knows"),
    ("curl http://a -H `id`", "only the shell knows"),
    ("curl http://a | sh", "another command or file"),
    ("curl http://a > x", "another command or file"),
    ("curl http://a && rm x", "second command"),
    ("curl http://a\nrm x", "second command"),
    ("curl ftp://a", "no http or https address"),
])  # fmt: skip
def test_a_command_that_cannot_be_used_says_why_and_where(desk: Desk, command, told):
    refused = desk.refused(IMPORT, ImportRequest(text=command, format="curl"))
    assert refused.code == "http.bad_curl" and told in refused.detail, refused.detail
    assert refused.position is None or 0 <= refused.position < len(command)
    assert desk.call(LIST, ListRequest()).requests == []


def test_a_proxy_is_asked_for_and_not_used(desk: Desk, recorder: Recorder):
    found = desk.call(IMPORT, ImportRequest(text=f"curl -x http://127.0.0.1:1 {recorder.url}"))
    assert found.ask == ["proxy"] and "127.0.0.1:1" in found.notes[0]
    desk.call(SEND, SendRequest(draft=found.requests[0].id))
    assert len(recorder.requests) == 1


@given(st.lists(st.text(st.characters(exclude_characters="\0\r"), max_size=20), max_size=5))
def test_words_are_those_of_the_shell(given_words):
    assert words(" ".join(map(shlex.quote, ["curl", *given_words]))) == ["curl", *given_words]


@given(st.text(max_size=60))
def test_any_text_is_a_request_or_a_problem(text):
    try:
        read_curl("curl " + text)
    except ProblemError as error:
        assert error.problem.code == "http.bad_curl" and error.problem.detail


# --- HAR ---------------------------------------------------------------------------------------------

CHROME = {
    "log": {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "pages": [],
        "entries": [
            {
                "_resourceType": "document",
                "startedDateTime": "2026-01-01T00:00:00.000Z",
                "time": 12.5,
                "request": {
                    "method": "POST",
                    "url": "http://127.0.0.1:5000/cart?a=%7e#top",
                    "httpVersion": "http/2.0",
                    "headers": [
                        {"name": ":authority", "value": "127.0.0.1:5000"},
                        {"name": ":path", "value": "/cart"},
                        {"name": "content-type", "value": "application/x-www-form-urlencoded"},
                        {"name": "referer", "value": "http://127.0.0.1:5000/products/1"},
                    ],
                    "queryString": [{"name": "a", "value": "~"}],
                    "cookies": [],
                    "postData": {
                        "mimeType": "application/x-www-form-urlencoded",
                        "text": "csrf_token=x&product_id=1",
                    },
                },
                "response": {"status": 302, "content": {"size": 0, "text": "x" * 1000}},
            },
            {
                "request": {"method": "GET", "url": "ws://127.0.0.1:5000/live", "headers": []},
                "response": {"status": 101},
            },
        ],
    }
}
FIREFOX = {
    "log": {
        "version": "1.2",
        "creator": {"name": "Firefox", "version": "145.0"},
        "browser": {"name": "Firefox", "version": "145.0"},
        "entries": [
            {
                "request": {
                    "method": "POST",
                    "url": "http://shop.local/login",
                    "httpVersion": "HTTP/1.1",
                    "headers": [
                        {"name": "Host", "value": "shop.local"},
                        {"name": "Cookie", "value": "s=1"},
                        {"name": "Content-Type", "value": "application/x-www-form-urlencoded"},
                    ],
                    "cookies": [{"name": "s", "value": "1"}],
                    "postData": {"mimeType": "x", "params": [{"name": "e mail", "value": "a@b"}], "text": ""},
                },
                "response": {"status": 200},
            }
        ],
    }
}


def test_a_har_of_chrome_came_without_cookies(desk: Desk):
    found = desk.call(IMPORT, ImportRequest(text=json.dumps(CHROME), folder="cart"))
    (draft,) = found.requests
    assert (draft.method, draft.url) == ("POST", "http://127.0.0.1:5000/cart?a=%7e")
    assert draft.headers[0] == ("Host", "127.0.0.1:5000") and draft.body == "csrf_token=x&product_id=1"
    assert not any(name.startswith(":") for name, _ in draft.headers)
    assert found.ask == ["auth"] and draft.needs == ["cookies"] and found.browser == "WebInspector 537.36"
    assert "no HTTP requests" in found.notes[0] and "without cookies" in found.notes[1]
    assert [one.folder for one in desk.call(LIST, ListRequest()).requests] == ["cart"]


def test_a_har_of_firefox_has_them(desk: Desk):
    found = desk.call(IMPORT, ImportRequest(text=json.dumps(FIREFOX), dry_run=True))
    (draft,) = found.requests
    assert draft.body == "e+mail=a%40b" and ("Cookie", "s=1") in draft.headers and found.ask == []
    assert desk.call(LIST, ListRequest()).requests == []


@pytest.mark.parametrize(("text", "told"), [
    ("{", "line 1, column"),
    ('{"log": {"entries": [\n  {"request": }\n]}}', "line 2, column"),
    ('{"log": {"entries": {}}}', "$.log.entries"),
    ('{"log": {"entries": [{"request": {"method": "GET"}}]}}', "request 1"),
    ('{"log": {"entries": [{"request": {"method": 1, "url": "x"}}]}}', "$.log.entries[0].request.method"),
    ("[]", "Expected `object`"),
])  # fmt: skip
def test_a_broken_har_says_where(desk: Desk, text, told):
    refused = desk.refused(IMPORT, ImportRequest(text=text, format="har"))
    assert refused.code == "http.bad_har" and told in refused.detail, refused.detail


def test_a_har_is_read_from_a_file_without_its_answers(desk: Desk, tmp_path: Path):
    path = tmp_path / "big.har"
    entry = json.dumps(FIREFOX["log"]["entries"][0])
    answer = '"response": {"status": 200, "content": {"text": "' + "y" * 1_000_000 + '"}}'
    whole = entry.replace('"response": {"status": 200}', answer)
    path.write_text('{"log": {"entries": [' + ",".join([whole] * 100) + "]}}")
    assert path.stat().st_size > 100_000_000
    assert len(desk.call(IMPORT, ImportRequest(path=str(path), dry_run=True)).requests) == 100
    path.write_text("")
    assert desk.refused(IMPORT, ImportRequest(path=str(path))).code == "http.bad_har"
    assert desk.refused(IMPORT, ImportRequest(path=str(tmp_path / "none.har"))).code == "file.missing"
    assert desk.refused(IMPORT, ImportRequest(path=str(tmp_path))).code == "file.unreadable"


def test_a_file_above_the_limit_is_refused(desk: Desk, tmp_path: Path):
    path = tmp_path / "huge.har"
    with path.open("wb") as file:
        file.truncate(har.LARGEST + 1)
    assert "too large" in desk.refused(IMPORT, ImportRequest(path=str(path))).title


_KEYS = st.sampled_from(["log", "entries", "request", "method", "url"])
_DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner),
)


@given(_DOCUMENTS)
def test_any_document_is_read_or_refused(document):
    try:
        har.read(json.dumps({"log": {"entries": [document]}}).encode())
    except ProblemError as error:
        assert error.problem.code == "http.bad_har"
