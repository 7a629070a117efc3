"""What verbs of requests write into files and the clipboard."""

from __future__ import annotations

import ast
import json

import pytest

from embedded_server.wire.http import DELETE, LIST, DeleteRequest, ListRequest
from tests.outside import answer, confirm

PATIENCE = 20_000


@pytest.fixture
def front(live_shell, captured):
    """A captured request in front, with a secret in it."""
    trace = captured(headers=[("Authorization", "Bearer s3cret-of-mine"), ("X-Kept", "stays")])
    live_shell.window.bench.open(trace, keep=True)
    return trace


def test_a_har_is_saved_and_imported_again(live_shell, front, until, tmp_path, ask, qtbot):
    path = tmp_path / "one.har"
    assert live_shell.verbs.run("http.save_har") == ""
    confirm(qtbot)
    until(lambda: not asked(path))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["log"]["entries"][0]["request"]["url"].endswith("/orders?limit=2")
    assert "s3cret-of-mine" not in path.read_text(encoding="utf-8")
    assert live_shell.verbs.run("http.import") == ""
    answer(path)
    until(lambda: ask(LIST, ListRequest(query="one.har")).requests)
    for draft in ask(LIST, ListRequest(query="one.har")).requests:
        ask(DELETE, DeleteRequest(draft=draft.id))


def test_a_pytest_is_saved(live_shell, front, until, tmp_path, qtbot):
    path = tmp_path / "test_one.py"
    assert live_shell.verbs.run("http.save_pytest") == ""
    confirm(qtbot)
    until(lambda: not asked(path))
    ast.parse(path.read_text(encoding="utf-8"))
    assert "/orders" in path.read_text(encoding="utf-8")
    assert "s3cret-of-mine" not in path.read_text(encoding="utf-8")


def asked(path) -> str:
    """Answer the dialog once it is there; why it is not."""
    try:
        answer(path)
    except AssertionError as error:
        return str(error)
    return ""
