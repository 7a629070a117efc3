"""The whole way by mouse and keys, found through accessible names alone; checked outside of the window.

Imports the application, no view, no verb and no model of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.context import Launch
from desktop.shell.app import Shell
from desktop.shell.options import Options
from tests.loop.applications import Application, indexes, make, version
from tests.loop.person import Person
from tests.loop.running import get, served

# Both find their migrations by the folder they are started in.
APPLICATIONS = [("sqlite", 1), ("postgresql", 3)]


@pytest.fixture(params=APPLICATIONS, ids=lambda pair: f"{pair[0]}-seed{pair[1]}")
def application(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Application:
    """An application nobody saw before; the window is started in its folder."""
    engine, seed = request.param
    url = f"sqlite:///{tmp_path / 'application.db'}"
    folder = tmp_path / "application"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = make(folder, url if engine == "sqlite" else request.getfixturevalue("pg_database"), seed)
    monkeypatch.setenv("APP_DATABASE", made.url)
    return made


@pytest.fixture
def start(qapp, tmp_path: Path) -> Callable[[str], Path]:
    """Start the window on a database, in a workspace of its own; the workspace."""
    shells = []

    def act(url: str) -> Path:
        workspace = tmp_path / "workspace"
        shell = Shell(qapp, Options(tmp_path / "profile", workspace, Launch(url)))
        shells.append(shell)
        shell.start()
        shell.window.resize(1440, 900)
        return workspace

    yield act
    for shell in shells:
        shell.window.hide()
        shell.stop()
        shell.window.deleteLater()
        shell.deleteLater()


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_from_slow_to_proven(qtbot, start, application: Application) -> None:
    made, person = application, Person(qtbot.waitUntil)
    files = {path.name for path in (made.folder / "migrations" / "versions").glob("*.py")}
    workspace = start(made.url)
    person.wait_for(r"^server .* ms$")
    with served(made, workspace) as base:
        person.click("^Requests page$")
        before = get(base + made.target)[1]
        slow_request = f"GET {made.route}"
        person.click_item("^Requests$", slow_request)
        person.wait_for("^Why it is slow$")

        person.press("Ctrl+Shift+E")
        person.wait_for("rows of .* are thrown away")
        person.wait_for(f"{made.filtered}")

        person.click_item("^Requests$", slow_request)
        person.press("Ctrl+Shift+R")
        person.wait_for("^run 1 . .* ?ms")

        person.click_item("^Requests$", slow_request)
        person.wait_for("^Statement 1 of")
        person.press("Ctrl+I")
        person.wait_for(f"{made.table} \\({made.filtered}, {made.ordered}\\)")
        person.click("^Try it")
        person.wait_for("measured . faster")
        assert not indexes(made), "a trial leaves nothing"

        person.press("Ctrl+M")
        person.click("^Write revision")
        person.until(lambda: len(written(made, files)) == 1, "the revision's file")
        person.click("^Rehearse")
        person.wait_for("rehearsal went through")
        assert not indexes(made) and version(made) == ["0a1b2c3d4e5f"], "a rehearsal leaves nothing"

        person.click("^Apply")
        person.wait_for("1 revision applied")
        assert list(indexes(made).values()) == [[made.filtered, made.ordered]]
        (file,) = written(made, files)
        assert version(made)[0] in file.read_text(encoding="utf-8")

        person.click_item("^Requests$", slow_request)
        person.press("Ctrl+Shift+R")
        person.wait_for("^Faster: .*response unchanged")
        person.click_item("^Requests$", slow_request)
        person.wait_for("^Before and after")
        person.wait_for("^Faster: .*response unchanged")
        assert get(base + made.target)[1] == before, "the answer is the same, byte for byte"


def written(made: Application, before: set[str]) -> list[Path]:
    """The revision files that were not there before."""
    return [
        path for path in (made.folder / "migrations" / "versions").glob("*.py") if path.name not in before
    ]
