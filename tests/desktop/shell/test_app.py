"""The whole window with its real server: start, status, a killed server, restart, a second start."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from desktop.kit.theme import theme
from desktop.settings import THEME, Settings
from desktop.shell import app as module
from desktop.shell.app import Shell
from desktop.shell.capabilities import Capability
from desktop.shell.options import Options, parse

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shell(qapp: QApplication, tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("BACKLIGHT_NO_KEYRING", "1")
    shell = Shell(qapp, Options(tmp_path / "p", tmp_path / "w"))
    qtbot.addWidget(shell.window)
    yield shell
    shell.stop()
    shell.window.hide()
    shell.deleteLater()


def test_the_window_starts_its_server_and_says_how_fast_it_answers(shell, qtbot):
    shell.start()
    assert shell.window.isVisible(), "the window does not wait for the server"
    qtbot.waitUntil(lambda: shell.window.frame.status.server.text().endswith(" ms"), timeout=90_000)
    assert "measured: fastest of the last 5 round trips" in shell.window.frame.status.server.toolTip()
    assert (shell.options.workspace / "workspace.db").exists()
    server = shell.server.pid
    shell.window.close()
    qtbot.waitUntil(lambda: not psutil.pid_exists(server), timeout=15_000)
    assert (shell.options.workspace / "window" / "session.journal").exists()


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_killed_server_is_started_again_and_the_user_told(shell, qtbot):
    shell.start()
    with qtbot.waitSignal(shell.watch.answered, timeout=90_000):
        pass
    first = shell.server.pid
    with qtbot.waitSignal(shell.server.lost, timeout=60_000):
        os.kill(first, signal.SIGKILL)
    assert shell.window.frame.status.server.text() == "server restarting"
    assert shell.window.frame.messages.messages[0].problem.code == "server.lost"
    with qtbot.waitSignal(shell.watch.answered, timeout=90_000):
        pass
    assert shell.server.pid not in (0, first)
    qtbot.waitUntil(lambda: shell.window.frame.status.server.text().endswith(" ms"), timeout=60_000)


def test_a_damaged_settings_file_is_told(qapp, tmp_path, monkeypatch, qtbot):
    profile = tmp_path / "p"
    profile.mkdir()
    (profile / "settings.toml").write_text("= = =")
    shell = Shell(qapp, Options(profile, tmp_path / "w"))
    qtbot.addWidget(shell.window)
    monkeypatch.setattr(shell.server, "start", lambda: None)
    shell.start()
    assert shell.window.frame.messages.messages[0].problem.code == "file.unreadable"
    shell.stop()
    shell.deleteLater()


def test_a_broken_capability_takes_nobody_with_it(shell, monkeypatch, qtbot):
    registered = []

    def breaks(context):
        raise RuntimeError("bad part")

    parts = [Capability("bad", 0, breaks), Capability("good", 1, registered.append)]
    monkeypatch.setattr(module, "find_capabilities", lambda: parts)
    monkeypatch.setattr(shell.server, "start", lambda: None)
    shell.start()
    assert registered == [shell.context]
    assert "bad part" in shell.crash.dialog.report
    with qtbot.waitSignal(shell.crash.dialog.destroyed):
        shell.crash.dialog.close()


def test_settings_are_used_at_the_start(qapp, tmp_path, qtbot):
    Settings(tmp_path / "p" / "settings.toml").set(THEME, "light")
    shell = Shell(qapp, Options(tmp_path / "p", tmp_path / "w"))
    qtbot.addWidget(shell.window)
    assert theme().name == "light"
    shell.deleteLater()


def window_process(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "BACKLIGHT_NO_KEYRING": "1"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "tests.desktop.shell.run_window", *words, "--profile", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_killed_window_leaves_no_orphan_and_a_second_start_hands_over(tmp_path):
    database = tmp_path / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table orders (id integer primary key)")
    first = window_process(tmp_path / "p")
    assert first.stdout is not None
    assert first.stdout.readline().startswith(b"answered ")
    second = window_process(tmp_path / "p", str(database), "-t", "orders")
    assert second.wait(30) == 0
    assert first.stdout.readline().strip().endswith(b"shop.db orders")
    children = psutil.Process(first.pid).children(recursive=True)
    assert children
    first.kill()
    first.wait()
    gone, alive = psutil.wait_procs(children, timeout=15)
    assert alive == [] and len(gone) == len(children)
    first.stdout.close()
    if second.stdout is not None:
        second.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_restart_closes_and_starts_the_same_command_again(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKLIGHT_TEST_RESTART", str(tmp_path / "once"))
    first = window_process(tmp_path / "p")
    assert first.stdout is not None
    pids = [int(first.stdout.readline().split()[1]), int(first.stdout.readline().split()[1])]
    assert pids[0] != pids[1]
    assert first.wait(20) == 0
    second = psutil.Process(pids[1])
    children = second.children(recursive=True)
    second.kill()
    gone, alive = psutil.wait_procs([second, *children], timeout=15)
    assert alive == []
    first.stdout.close()


START = """
import builtins, sys
own = builtins.__import__
import desktop.shell.app
assert builtins.__import__ is own, "PySide's import hook reads the source of every module"
from PySide6.QtWidgets import QApplication
from pathlib import Path
app = QApplication([])
shell = desktop.shell.app.Shell(app, desktop.shell.app.Options(Path(sys.argv[1]), Path(sys.argv[1])))
shell.window.session.load()
shell.window.show()
app.processEvents()
print(*sorted(sys.modules))
"""


def test_the_first_frame_loads_no_more_than_it_needs(tmp_path):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", START, str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    loaded = set(said.stdout.split())
    later = {"palette", "menus", "settings_page", "keys_page", "crash_dialog", "tour", "picture_check"}
    assert {name for name in loaded if name.startswith("desktop.shell.")} & {
        f"desktop.shell.{name}" for name in later
    } == set()
    foreign = (
        "flask",
        "sqlalchemy",
        "alembic",
        "numpy",
        "pyqtgraph",
        "psycopg",
        "duckdb",
        "sqlparse",
        "sqlglot",
    )
    assert loaded & set(foreign) == set()


def test_options_without_words_are_the_users_own_folders(monkeypatch):
    monkeypatch.delenv("BACKLIGHT_WORKSPACE", raising=False)
    options = parse([])
    assert options.profile != options.workspace and options.launch is None
