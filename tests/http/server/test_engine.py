"""What is sent is what was asked for, byte by byte; what comes back is taken as it is, within limits."""

from __future__ import annotations

import socket
import subprocess
import threading

import pytest

from embedded_server.http.engine import Engine, Exchange, Prepared
from embedded_server.http.prepare import Given, prepare, split_url
from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import Draft, Environment
from embedded_server.wire.problem import ProblemError
from tests.http.recorder import Recorder, fixed, recording, said


def exchange(recorder: Recorder, method="GET", target=b"/", headers=(), body=None, **options) -> Exchange:
    options = {"timeout_ms": 5000, "max_bytes": 1 << 20} | options
    with Engine(**options) as engine:
        host = (b"Host", f"127.0.0.1:{recorder.port}".encode())
        engine.prepare(Prepared(method, recorder.url, target, [host, *headers], body))
        return engine.run(record=True)


CASES = [
    ("GET", b"/", [], None),
    ("GET", b"/a/../b/./c?x=%2F%7e%zz[1]|{}", [], None),
    ("GET", b"/x?", [], None),
    ("FooBar", b"/", [], None),
    ("get", b"/", [], None),
    ("GET", b"/", [(b"x-odd", b"1"), (b"X-ODD", b"2"), (b"x-odd", b"3")], None),
    ("GET", b"/", [(b"X-Latin", b"\xe9\xff"), (b"X-Utf", "ü".encode())], None),
    ("GET", b"/", [(b"Content-Length", b"3")], b"a\0b"),
    ("POST", b"/", [(b"Content-Length", b"0")], b""),
    ("POST", b"/", [], None),
    ("PUT", b"/", [(b"Content-Type", b"x/y"), (b"Content-Length", b"5")], b"\xff\xfe\x00\r\n"),
    ("DELETE", b"*", [(b"Accept", b"*/*"), (b"User-Agent", b"own/1")], None),
    ("POST", b"/", [(b"Transfer-Encoding", b"chunked")], b"hello"),
    ("POST", b"/", [(b"Content-Length", b"200000")], b"x" * 200_000),
    ("GET", b"/", [(b"Accept-Encoding", b"gzip, br"), (b"Connection", b"close")], None),
]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_bytes_on_the_wire(recorder, case):
    method, target, headers, body = case
    exchange(recorder, method, target, headers, body)
    lines = [method.encode() + b" " + target + b" HTTP/1.1", f"Host: 127.0.0.1:{recorder.port}".encode()]
    lines += [name + b": " + value for name, value in headers]
    sent = body or b""
    if (b"Transfer-Encoding", b"chunked") in headers:
        sent = b"5\r\nhello\r\n0\r\n\r\n"
    assert recorder.requests == [b"\r\n".join(lines) + b"\r\n\r\n" + sent]


def test_the_record_is_what_went_out(recorder):
    done = exchange(recorder, "POST", b"/x", [(b"Content-Length", b"4")], b"\0\1\2\3")
    assert done.sent == recorder.requests[0] and done.sent_bytes == len(done.sent)


# Every usual option of curl that shapes a request.
CURL = [
    [],
    ["-X", "PATCH", "-d", "a=1&b=%20"],
    ["-H", "X-One: 1", "-H", "x-two:2", "-H", "X-Empty;", "-H", "Accept:"],
    ["--data-raw", "@not-a-file", "-H", "Content-Type: application/json"],
    ["--data-binary", '{"a": "ü"}', "-H", "Content-Type: application/json"],
    ["--data-urlencode", "q=a b&c", "-G"],
    ["-F", "field=value", "-F", "other=x;type=text/plain"],
    ["-u", "me:secret", "-A", "agent/1", "-e", "http://from/"],
    ["-b", "a=1; b=2", "--compressed"],
    ["-I"],
    ["-r", "0-99"],
    ["--path-as-is", "-H", "Host: other.example"],
    ["-T", "-", "-H", "Expect:"],
    ["--http1.0"],
]


def header_of(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    if not value or value.startswith(" "):
        return name, value.removeprefix(" ")
    return f"{name}:", value


def as_draft(raw: bytes, url: str) -> Draft:
    """A recorded request as a draft: what a capture of exactly these bytes would hold."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [header_of(line) for line in lines]
    if ("Transfer-Encoding", "chunked") in headers:
        body = b"piped"
    text = body.decode("latin-1")
    if body and not text.isascii():
        text = body.decode("utf-8")
    return Draft(method=method, url=url + target, headers=headers, body=text if body else None)


@pytest.mark.parametrize("options", CURL, ids=lambda options: " ".join(options) or "plain")
def test_what_curl_sent_is_sent_again(recorder, options):
    command = ["curl", "-sS", *options, f"{recorder.url}/a/b?x=1&y=%7e"]
    subprocess.run(command, input=b"piped", check=True, capture_output=True, env=child_env(), timeout=20)
    draft = as_draft(recorder.requests[0], recorder.url)
    request, notes = prepare(draft, Environment(), split_url(draft.url)[0], Given())
    with Engine(timeout_ms=5000, max_bytes=1 << 20) as engine:
        engine.prepare(request)
        engine.run()
    expected = recorder.requests[0].replace(b" HTTP/1.0\r\n", b" HTTP/1.1\r\n")
    assert recorder.requests[1] == expected and notes == []


def test_what_the_draft_does_not_say_is_named():
    headers = [("X-First", "1"), ("host", "other:80"), ("Content-Length", "99")]
    draft = Draft(method="POST", url="http://one:80/x", headers=headers, body="abc")
    request, notes = prepare(draft, Environment(), "http://127.0.0.1:5000", Given())
    assert request.headers == [(b"Host", b"127.0.0.1:5000"), (b"X-First", b"1"), (b"Content-Length", b"3")]
    assert notes == [
        "sent to http://127.0.0.1:5000 instead of http://one:80",
        "Host moved first",
        "Host follows the environment",
        "Content-Length follows the body",
    ]


def test_the_answer_is_taken_as_it_came():
    head = b"HTTP/1.1 299 Very Odd  Reason\r\nx-A: 1\r\nX-a:2\r\nB:\r\nX-Latin: \xe9\r\n"
    text = head + b"Content-Length: 3\r\n\r\na\0b"
    with recording(fixed(text)) as odd:
        done = exchange(odd)
    assert (done.status, done.reason, done.version) == (299, "Very Odd  Reason", "1.1")
    assert done.headers == [("x-A", "1"), ("X-a", "2"), ("B", ""), ("X-Latin", "é"), ("Content-Length", "3")]
    assert done.body == b"a\0b" and done.ms > 0 and done.phases.wait_ms > 0


def test_redirects_are_not_followed_and_compression_is_left(recorder):
    recorder.answer = fixed(said(b"", status="302 Found", headers="Location: /elsewhere\r\n"))
    assert exchange(recorder).header("location") == "/elsewhere" and len(recorder.requests) == 1


def test_an_endless_answer_is_cut_at_the_cap():
    def flood(_request: bytes, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with recording(flood) as endless:
        done = exchange(endless, max_bytes=100_000)
    assert len(done.body) == 100_000 and done.truncated and done.size == 1 << 30


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "http.broken"),
        (b"this is not HTTP at all\r\n\r\n", "http.broken"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", "http.broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "http.broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "http.broken"),
    ],
)
def test_broken_answers_are_problems(answer, code):
    with recording(fixed(answer)) as broken, pytest.raises(ProblemError) as caught:
        exchange(broken)
    assert caught.value.problem.code == code and broken.url in caught.value.problem.detail


def test_nobody_there_no_such_host_and_no_answer_in_time(recorder):
    with pytest.raises(ProblemError) as caught, Engine(timeout_ms=2000, max_bytes=1) as engine:
        engine.prepare(Prepared("GET", "http://127.0.0.1:1", b"/", []))
        engine.run()
    assert caught.value.problem.code == "http.unreachable" and caught.value.problem.hint

    def silent(_request: bytes, _connection: socket.socket) -> bool:
        return not recorder.stopping.wait(20)

    recorder.answer = silent
    with pytest.raises(ProblemError) as caught:
        exchange(recorder, timeout_ms=200)
    assert caught.value.problem.code == "http.timeout"


def test_a_cancel_ends_the_wait(recorder):
    asked, given_up = threading.Event(), threading.Event()

    def silent(_request: bytes, _connection: socket.socket) -> bool:
        asked.set()
        return not recorder.stopping.wait(20)

    recorder.answer = silent

    def cancel() -> None:
        asked.wait(10)
        given_up.set()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(ProblemError) as caught:
        exchange(recorder, timeout_ms=20_000, cancelled=given_up.is_set)
    assert caught.value.problem.code == "job.cancelled"


@pytest.mark.parametrize(
    "base", ["http://169.254.169.254", "http://[fe80::1]", "http://[::ffff:169.254.1.1]"]
)
def test_addresses_of_cloud_metadata_are_refused(base):
    with pytest.raises(ProblemError) as caught, Engine(timeout_ms=2000, max_bytes=1) as engine:
        engine.prepare(Prepared("GET", base, b"/", []))
        engine.run()
    assert caught.value.problem.code == "http.address"


def test_a_local_name_that_leads_elsewhere_is_refused():
    with pytest.raises(ProblemError) as caught, Engine(timeout_ms=2000, max_bytes=1) as engine:
        engine.prepare(Prepared("GET", "http://192.0.2.1", b"/", [], loopback=True))
        engine.run()
    assert caught.value.problem.code == "http.address" and "192.0.2.1" in caught.value.problem.detail


@pytest.mark.parametrize(
    "draft",
    [
        Draft(url="ftp://x/"),
        Draft(url="http://"),
        Draft(url="/only/a/path"),
        Draft(url="http://x:99999/"),
        Draft(url="http://x/a b"),
        Draft(url="http://x/\r\nInjected: 1"),
        Draft(url="http://x/", method="GET /"),
        Draft(url="http://x/", headers=[("A", "1\r\nB: 2")]),
        Draft(url="http://x/", headers=[("A b", "1")]),
        Draft(url="http://x/", headers=[("A", "\0")]),
        Draft(url="http://x/", body_base64="%%%"),
        Draft(url="http://x/", body="a", headers=[("Content-Length", "1"), ("Transfer-Encoding", "chunked")]),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(draft):
    with pytest.raises(ProblemError) as caught:
        prepare(draft, Environment(), split_url(draft.url)[0], Given())
    assert caught.value.problem.code == "http.invalid" and caught.value.problem.title
