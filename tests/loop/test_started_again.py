"""The window is closed and started again while an application runs: its next request is captured."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.context import Launch
from desktop.shell.app import Shell
from desktop.shell.options import Options
from tests.loop.applications import Application, make
from tests.loop.person import Person
from tests.loop.running import get, served


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """An application nobody saw before."""
    folder = tmp_path / "application"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = make(folder, f"sqlite:///{tmp_path / 'application.db'}", 1)
    monkeypatch.setenv("APP_DATABASE", made.url)
    return made


@pytest.fixture
def window(qapp, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Start a window with its own server on one workspace; the one before must be closed."""
    monkeypatch.setenv("BACKLIGHT_NO_KEYRING", "1")
    shells: list[Shell] = []

    def start(url: str) -> Shell:
        shell = Shell(qapp, Options(tmp_path / "profile", tmp_path / "workspace", Launch(url)))
        shells.append(shell)
        shell.start()
        return shell

    yield start
    for shell in shells:
        shell.window.hide()
        shell.stop()
        shell.window.deleteLater()
        shell.deleteLater()


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_next_request_is_captured(qtbot, window, application: Application, tmp_path: Path) -> None:
    made, person = application, Person(qtbot.waitUntil)
    first = window(made.url)
    person.wait_for(r"^server .* ms$")
    with served(made, tmp_path / "workspace") as base:
        person.click("^Requests page$")
        before = get(f"{base}{made.target}&seen=before")
        person.wait_for("seen=before")
        first.window.close()
        person.until(lambda: not first.server.pid, "the server to end")
        assert get(f"{base}{made.target}&seen=between")[:2] == before[:2], "the application does not notice"

        second = window(made.url)
        person.wait_for(r"^server .* ms$")
        assert second.server.pid
        assert get(f"{base}{made.target}&seen=after")[:2] == before[:2]
        person.click("^Requests page$")
        person.wait_for("seen=after")
        person.wait_for("seen=between")
        person.wait_for("seen=before")
