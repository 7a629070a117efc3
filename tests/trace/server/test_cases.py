"""Cases: what leaves the workspace, that no secret does, and what another workspace makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire import cases as wire
from embedded_server.wire.trace import GET, GetRequest, Trace

from .conftest import Desk, statement

SQL = "SELECT * FROM orders WHERE status = ?"
SECRET = "s3cr3t-value"


@pytest.fixture
def other(tmp_path: Path) -> Desk:
    """A colleague's workspace."""
    services = Services(Workspace(tmp_path / "other"))
    Dispatcher(services)
    yield Desk(services)
    services.close()


def a_trace(desk: Desk) -> Trace:
    """A request with statements, a secret in every place, and a step."""
    Dispatcher(desk.services)
    body = json.dumps({"user": "ann", "password": SECRET, "deep": [{"api_key": SECRET}]})
    taken = desk.taken(
        method="POST",
        target=f"/orders?token={SECRET}&page=2",
        statements=[statement(SQL, ["open"], start_ms=1.0), statement("SELECT 1", {"password": SECRET})],
        request={
            "headers": [["Cookie", f"sid={SECRET}"], ["Accept", "*/*"]],
            "body": body,
            "content_type": "application/json",
            "body_bytes": len(body),
        },
    )
    desk.services.step(
        taken.summary.id, "explained", "SCAN orders", None, {"lines": [{"text": "SCAN orders"}]}
    )
    return taken


def test_a_case_carries_the_trace_to_another_workspace(desk: Desk, other: Desk) -> None:
    taken = a_trace(desk)
    written = desk.call(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id))
    assert written.file == "post-orders-token-redacted-page-2.backlight-case"
    arrived = other.call(wire.IMPORT, wire.ImportRequest(text=written.text))
    assert (arrived.trace, arrived.steps) == (taken.summary.id, 1)
    found = other.call(GET, GetRequest(arrived.trace))
    assert found.summary.source == "import" and found.summary.pinned
    assert [one.sql for one in found.statements] == [SQL, "SELECT 1"]
    assert found.statements[0].params == ["open"]
    assert [(step.kind, step.text) for step in found.steps] == [("explained", "SCAN orders")]


def test_a_case_taken_in_twice_is_two_requests(desk: Desk, tmp_path: Path) -> None:
    taken = a_trace(desk)
    file = tmp_path / "one.backlight-case"
    file.write_text(desk.call(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id)).text)
    arrived = desk.call(wire.IMPORT, wire.ImportRequest(path=str(file)))
    assert arrived.trace != taken.summary.id
    assert desk.call(GET, GetRequest(arrived.trace)).summary.target.startswith("/orders")


@pytest.mark.parametrize("form", ["case", "html"])
def test_no_secret_leaves_and_what_was_cut_is_told(desk: Desk, form: str) -> None:
    taken = a_trace(desk)
    written = desk.call(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id, format=form))
    assert SECRET not in written.text
    told = "; ".join(written.redacted)
    for place in ("request header cookie", "query token", "body password", "body api_key", "value password"):
        assert place in told
    assert "ann" in written.text or form == "html"
    assert "SELECT * FROM orders" in written.text


def test_the_page_shows_hostile_text_as_text(desk: Desk) -> None:
    Dispatcher(desk.services)
    taken = desk.taken(target="/<script>alert(1)</script>", statements=[statement("SELECT '<img src=x>'")])
    text = desk.call(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id, format="html")).text
    assert "<script" not in text and "<img" not in text and "&lt;img src=x&gt;" in text


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("not json", "case.invalid", "malformed"),
        ("{}", "case.invalid", "backlight_case"),
        ('{"backlight_case": 99}', "case.newer", "version 99"),
        ('{"backlight_case": 1, "made": "", "backlight": "", "title": ""}', "case.invalid", "trace"),
        ("[" * 100_000, "case.invalid", ""),
    ],
)
def test_what_is_no_case_is_refused(desk: Desk, text: str, code: str, words: str) -> None:
    told = desk.refused(wire.IMPORT, wire.ImportRequest(text=text))
    assert told.code == code and words in told.detail
    assert desk.traces.count() == 0


def test_files_that_cannot_be_read_are_told(desk: Desk, tmp_path: Path) -> None:
    assert desk.refused(wire.IMPORT, wire.ImportRequest(path=str(tmp_path / "none"))).code == "file.missing"
    assert desk.refused(wire.IMPORT, wire.ImportRequest(path=str(tmp_path))).code == "file.unreadable"
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    told = desk.refused(wire.IMPORT, wire.ImportRequest(path=str(tmp_path / "binary")))
    assert told.code == "case.invalid" and "byte 0" in told.detail
    assert desk.refused(wire.EXPORT, wire.ExportRequest(trace="none")).code == "trace.unknown"


@pytest.mark.parametrize("form", ["case", "html"])
def test_every_place_is_told_before_it_leaves(desk: Desk, form: str) -> None:
    taken = a_trace(desk)
    written = desk.call(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id, format=form))
    cut = {one.place: one.reason for one in written.cuts}
    assert "cookie" in cut["request header cookie"] and "name" in cut["query token"]
    stays = {(one.place, one.value) for one in written.stays}
    assert {("query page", "2"), ("request body user", "ann"), ("statement value", "open")} <= stays
    assert not [value for _, value in stays if SECRET in value] and not written.more


@pytest.mark.parametrize("form", ["case", "html"])
def test_what_is_struck_out_by_hand_is_nowhere(desk: Desk, other: Desk, form: str) -> None:
    taken = a_trace(desk)
    asked = wire.ExportRequest(trace=taken.summary.id, format=form, strike=["ann", "open", "SCAN orders"])
    written = desk.call(wire.EXPORT, asked)
    for gone in ('"ann"', "'open'", '"open"', "SCAN orders"):
        assert gone not in written.text, gone
    by_hand = [one for one in written.cuts if "by hand" in one.reason]
    assert {one.place for one in by_hand} == {"ann", "open", "SCAN orders"}
    assert all(" 0 places" not in one.reason for one in by_hand)
    assert not [name for name in written.redacted if "SCAN" in name], "the file does not repeat it"
    if form == "case":
        arrived = other.call(wire.IMPORT, wire.ImportRequest(text=written.text))
        assert other.call(GET, GetRequest(arrived.trace)).statements[0].params == ["[redacted]"]


def test_what_the_file_itself_needs_cannot_be_struck_out(desk: Desk) -> None:
    taken = a_trace(desk)
    problem = desk.refused(wire.EXPORT, wire.ExportRequest(trace=taken.summary.id, strike=["capture"]))
    assert problem.title == "This cannot be struck out" and "longer part" in problem.hint
