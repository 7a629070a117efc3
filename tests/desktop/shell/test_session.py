"""What was open comes back: after closing, after a crash, after damage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.kit.journal import Journal
from desktop.kit.widgets import InlineProblem
from desktop.shell.broken_tab import BrokenTab
from desktop.shell.session import COMPACT_BYTES, SessionStore
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.refs import TableRef

from .conftest import table

ROOT = Path(__file__).resolve().parents[3]


def titles(window) -> list[str]:
    return [slot.title for slot in window.bench.tab_set.slots]


def test_tabs_order_state_front_page_and_panes_come_back(make_window):
    window = make_window()
    for name in ("orders", "customers", "reviews"):
        window.bench.open(table(name), keep=True)
    window.bench.tabs()[1].field.setText("half a sentence")
    window.bench.pin(2, True)
    window.frame.bar.moveTab(2, 0)
    window.bench.open(table("customers"))
    window.bench.show_page("logs")
    window.bench.use_connection("team")
    window.verbs.run("view.inspector")
    window.close()

    again = make_window()
    assert titles(again) == ["reviews", "orders", "customers"]
    assert again.bench.current().ref == table("customers")
    assert again.bench.current().field.text() == "half a sentence"
    assert again.bench.tab_set.slots[0].pinned
    assert again.frame.page() == "logs"
    assert not again.frame.inspector_wanted


def test_only_the_tab_in_front_is_made_at_once(make_window):
    window = make_window()
    for name in ("a", "b", "c"):
        window.bench.open(table(name), keep=True)
    window.close()
    again = make_window()
    assert [tab.ref for tab in again.bench.tabs()] == [table("c")]
    again.verbs.run("tab.previous")
    assert [tab.ref.table for tab in again.bench.tabs()] == ["b", "c"]


def test_the_connections_of_tabs_are_known_before_the_tabs_are_made(make_window):
    window = make_window()
    for name in ("shop", "team", "shop"):
        window.bench.open(table(f"of_{name}", name), keep=True)
    window.close()
    again = make_window()
    assert len(again.bench.tabs()) == 1 and again.bench.connections() == ["shop", "team"]
    assert again.bench.bring("team") and again.bench.current().ref.connection == "team"
    assert not again.bench.bring("prod")


def test_recent_things_commands_and_connection_come_back(make_window):
    window = make_window()
    window.bench.open(table("orders"))
    window.verb_items.items("theme")[0].run(False)
    window.bench.use_connection("prod")
    window.close()
    again = make_window()
    assert [found.title for found in again.bench.recent] == ["main.orders"]
    assert len(again.commands) == 1
    assert again.bench.connection() in ("shop", "prod")


def test_a_change_is_stored_soon_without_closing(make_window, qtbot, tmp_path):
    window = make_window()
    window.bench.open(table("orders"))
    path = tmp_path / "window" / "session.journal"
    qtbot.waitUntil(lambda: path.exists() and bool(SessionStore(path).load().get("tabs")), timeout=3000)


def test_an_unchanged_state_is_not_written_again(tmp_path):
    path = tmp_path / "s.journal"
    store = SessionStore(path)
    store.save({"tabs": []})
    size = path.stat().st_size
    store.save({"tabs": []})
    assert path.stat().st_size == size


def test_the_file_is_compacted(tmp_path):
    store = SessionStore(tmp_path / "s.journal")
    for number in range(40):
        store.save({"blob": "x" * (COMPACT_BYTES // 10), "number": number})
    assert (tmp_path / "s.journal").stat().st_size < 2 * COMPACT_BYTES
    assert SessionStore(tmp_path / "s.journal").load()["number"] == 39


def test_a_torn_newest_state_leaves_the_one_before(tmp_path):
    path = tmp_path / "s.journal"
    store = SessionStore(path)
    store.save({"number": 1})
    store.save({"number": 2})
    path.write_bytes(path.read_bytes()[:-5])
    assert SessionStore(path).load() == {"number": 1}


@pytest.mark.parametrize(
    "state",
    [
        {"tabs": [{"ref": {"type": "unheard-of"}, "title": "?"}, 7, None, {}]},
        {"tabs": [{"ref": {"type": "table", "connection": 5, "table": "x"}, "title": "x"}]},
        {"layout": {"sizes": "wide"}, "page": "gone", "geometry": "!!", "recent": [1, {}], "commands": 3},
        {"layout": 4, "current": "first", "connection": 9, "geometry": 1},
    ],
)
def test_a_session_of_another_build_is_taken_as_far_as_it_makes_sense(make_window, tmp_path, state):
    state.setdefault("tabs", [])
    state["tabs"].append(
        {"ref": {"type": "table", "connection": "shop", "table": "orders"}, "title": "orders"}
    )
    Journal(tmp_path / "window" / "session.journal").append(state)
    window = make_window()
    assert titles(window) == ["orders"]
    assert window.bench.current().ref == TableRef("shop", "orders")


@pytest.mark.parametrize("broken", [RuntimeError("wires crossed"), problem("data.unknown_table")])
def test_a_tab_that_cannot_be_made_again_keeps_nobody_from_starting(make_window, broken):
    window = make_window()
    window.bench.open(table("orders"), keep=True).field.setText("half a sentence")
    window.bench.open(table("customers"), keep=True)
    window.verbs.run("tab.previous")
    window.close()

    def fails(ref, origin):
        raise broken

    again = make_window(opener=fails)
    tab = again.bench.current()
    assert isinstance(tab, BrokenTab) and titles(again) == ["orders", "customers"]
    shown = tab.findChild(InlineProblem).problem
    assert "wires crossed" in shown.detail or shown.code == "data.unknown_table"
    again.close()
    assert make_window().bench.current().field.text() == "half a sentence"


def test_a_disk_that_refuses_is_told_once(make_window, monkeypatch):
    window = make_window()
    window.bench.open(table("orders"))

    def refuse(*_: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr("desktop.kit.journal.os.write", refuse)
    window.session.save()
    window.bench.open(table("reviews"))
    window.session.save()
    assert len(window.frame.messages.messages) == 1
    monkeypatch.undo()
    window.session.save()
    with pytest.raises(ProblemError):
        monkeypatch.setattr("desktop.kit.journal.os.write", refuse)
        SessionStore(window.session._store._journal.path).save({"other": 1})


CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
sys.path.insert(0, sys.argv[2])
from desktop.api.client import Client
from desktop.kit.theme import theme
from desktop.kit.verb import Verbs
from desktop.settings import Settings
from desktop.shell.window import Window
from embedded_server.wire.refs import TableRef
from tests.desktop.shell.conftest import NoteTab
app = QApplication(["x"])
theme().apply(app, "dark", 13)
folder = Path(sys.argv[1])
window = Window(Settings(folder / "settings.toml"), Verbs(), Client(), folder / "window")
window.bench.add_opener("table", NoteTab)
window.session.load()
window.session.watch()
window.show()
number = 0
def more():
    global number
    number += 1
    window.bench.open(TableRef("shop", f"t{number}"), keep=True)
    window.session.save()
    print(number, flush=True)
timer = QTimer()
timer.timeout.connect(more)
timer.start(1)
app.exec()
"""


def test_kill_9_loses_no_tab_that_was_stored(make_window, tmp_path):
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(ROOT)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        said = 0
        while said < 12:
            said = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
    window = make_window()
    assert [slot.ref.table for slot in window.bench.tab_set.slots][:said] == [
        f"t{n}" for n in range(1, said + 1)
    ]
