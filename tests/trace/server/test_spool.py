"""The spool folder: what was written while no server ran comes in, nothing twice, nothing foreign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedded_server.http_caller import HttpCaller
from embedded_server.trace.spool import look
from tests.waiting import wait_until

from .conftest import Desk, request


def batch(*requests: dict) -> str:
    return json.dumps({"application": {"name": "away"}, "requests": list(requests)}) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def taken(desk: Desk, folder: Path) -> int:
    return look(folder, desk.services) + look(folder, desk.services)


def test_files_are_taken_in_and_removed(desk: Desk, folder: Path) -> None:
    (folder / "1-1-0.jsonl").write_text(
        batch(request(target="/a"), request(target="/b")) + batch(request(target="/c"))
    )
    (folder / "2-1-0.jsonl").write_text(batch(request(target="/d")))
    assert taken(desk, folder) == 3
    assert desk.targets("app:away") == ["/d", "/c", "/b", "/a"] and list(folder.iterdir()) == []


def test_a_file_left_by_a_crash_is_read_again_and_doubles_nothing(desk: Desk, folder: Path) -> None:
    one = request(target="/once")
    desk.ingest(one)
    (folder / "1-1-0.taken").write_text(batch(one, request(target="/new")))
    taken(desk, folder)
    assert desk.targets() == ["/new", "/once"]


def test_broken_lines_links_and_foreign_files(desk: Desk, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(batch(request(target="/secret")))
    (folder / "link.jsonl").symlink_to(secret)
    (folder / "folder.jsonl").mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "1-1-0.jsonl").write_bytes(
        b"{broken\n\xff\xfe\n" + batch(request(target="/good")).encode() + b'{"cut'
    )
    taken(desk, folder)
    assert desk.targets() == ["/good"] and secret.exists()
    assert (folder / "notes.txt").exists()


@pytest.mark.process
def test_a_server_takes_in_what_waits_when_it_starts(folder: Path, tmp_path: Path) -> None:
    (folder / "1-1-0.jsonl").write_text(batch(request(target="/waited")))
    caller = HttpCaller(tmp_path)

    def listed() -> list[str]:
        answer = json.loads(next(caller.call("trace.list", b"{}", "list")))
        return [one["target"] for one in answer["requests"]]

    try:
        wait_until(lambda: listed() == ["/waited"], "the spooled request", 10)
    finally:
        caller.close()
