"""Keymaps of other tools: no conflict, nothing out of reach, real keys run their verbs, own keys stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.kit.grid.actions import register as register_grid_actions
from desktop.settings import KEYMAP, KEYS
from desktop.shell.app import Shell
from desktop.shell.capabilities import find_capabilities
from desktop.shell.keymaps import FOLDER, OWN, keymaps
from desktop.shell.keys_page import KeysPage
from desktop.shell.options import Options
from desktop.shell.shortcuts import is_bare, normal

OTHERS = [title for title in keymaps() if title != OWN]


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path) -> Iterator[Shell]:
    """A whole window with all its verbs. Its server is not started."""
    folder = tmp_path
    made = Shell(qapp, Options(folder / "profile", folder / "workspace"))
    register_grid_actions(made.verbs)
    for capability in find_capabilities():
        capability.register(made.context)
    yield made
    made.stop()
    made.window.deleteLater()
    made.deleteLater()


@pytest.fixture
def use(shell: Shell) -> Iterator[Any]:
    settings = shell.context.settings
    yield lambda title: settings.set(KEYMAP, title)
    settings.set(KEYMAP, OWN)
    settings.set(KEYS, {})
    shell.window.shortcuts.load()


def sharing(shell: Shell) -> dict[str, set[str]]:
    """Verbs by key, where there are several."""
    found: dict[str, set[str]] = {}
    for verb in shell.verbs:
        for key in map(normal, shell.verbs.keys(verb.id)):
            found.setdefault(key, set()).add(verb.id)
    return {key: verbs for key, verbs in found.items() if key and len(verbs) > 1}


def test_the_setting_knows_the_files() -> None:
    assert tuple(keymaps()) == KEYMAP.choices or set(keymaps()) == set(KEYMAP.choices)
    assert {"DBeaver", "DataGrip"} <= set(keymaps()) and len(list(FOLDER.glob("*.toml"))) == len(OTHERS)


@pytest.mark.parametrize("title", OTHERS)
def test_a_keymap_has_no_conflict_and_nothing_is_out_of_reach(shell: Shell, use: Any, title: str) -> None:
    before = {frozenset(verbs) for verbs in sharing(shell).values()}
    found = keymaps()[title]
    entries = found.keys | found.moved
    assert not set(entries) - {verb.id for verb in shell.verbs}, "verbs that there are not"
    assert not set(found.keys) & set(found.moved)
    use(title)
    for key, verbs in sharing(shell).items():
        assert any(verbs <= group for group in before), f"{key}: {', '.join(sorted(verbs))}"
    for verb in shell.verbs:
        assert not verb.keys or shell.verbs.keys(verb.id), f"{verb.id} has no key any more"
    for name, keys in entries.items():
        assert keys and all(normal(key) for key in keys), name
        assert shell.window.shortcuts.differs(name), name
        assert all(not is_bare(key) or key in ("Esc",) for key in keys), name


@pytest.mark.parametrize("title", OTHERS)
def test_chords_stay_reachable(shell: Shell, use: Any, title: str) -> None:
    use(title)
    keys = {normal(key) for verb in shell.verbs for key in shell.verbs.keys(verb.id)}
    firsts = {key.partition(", ")[0] for key in keys if ", " in key}
    assert not firsts & keys


@pytest.mark.parametrize("title", OTHERS)
def test_a_real_key_reaches_its_verb(
    shell: Shell, use: Any, title: str, qtbot: Any, monkeypatch: Any
) -> None:
    """Each key is pressed in the window: its verb runs, or says why it cannot."""
    if not shell.window.isVisible():
        with qtbot.waitExposed(shell.window):
            shell.window.show()
    use(title)
    reached: list[str] = []
    monkeypatch.setattr(shell.verbs, "run", lambda verb, arguments=None: reached.append(verb) or "")
    found = keymaps()[title]
    for name, keys in (found.keys | found.moved).items():
        for key in keys:
            if is_bare(key):
                continue
            reached.clear()
            combination = QKeySequence(key)[0]
            QTest.keyClick(shell.window, combination.key(), combination.keyboardModifiers())
            assert reached, f"{key} does nothing"
            group = next((verbs for at, verbs in sharing(shell).items() if at == normal(key)), {name})
            assert name in group and set(reached) <= group, f"{key} runs {reached}"


def test_own_keys_stay_on_top_and_the_page_tells(shell: Shell, use: Any, qtbot: Any) -> None:
    shortcuts = shell.window.shortcuts
    shortcuts.bind("go.command", ("Ctrl+Alt+1",))
    use("DataGrip")
    assert shell.verbs.keys("go.command") == ("Ctrl+Alt+1",)
    assert shell.verbs.keys("settings.open") == ("Ctrl+Alt+S",)
    assert shell.window.frame.top.search.key() == "Ctrl+N"
    assert shell.window.frame.status.commands.text() == "Ctrl+Alt+1 commands"
    page = KeysPage(shell.verbs, shortcuts, shell.context.settings)
    qtbot.addWidget(page)
    assert page.keymap.currentText() == "DataGrip"
    assert "As in DataGrip; Backlight's own: Ctrl+," in page.lines["settings.open"].row.remark.text()
    assert "Made room" in page.lines["data.changes"].row.remark.text()
    page.lines["go.command"]._reset()
    assert shell.verbs.keys("go.command") == ("Ctrl+Shift+A",) and not shortcuts.changed("go.command")
    page.keymap.textActivated.emit(OWN)
    assert shell.verbs.keys("go.command") == ("Ctrl+Shift+P", "F1")
    assert page.lines["settings.open"].row.remark.text() == ""
    settings_file = shell.context.settings._path
    assert not settings_file.exists() or "keymap" not in settings_file.read_text()
