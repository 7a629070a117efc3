"""Settings: typed, checked, stored atomically; the page is made from the declarations."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Check, Choice, NumberField, TextField
from desktop.settings import DECLARED, FONT_SIZE, KEYS, ROW_LIMIT, THEME, ZONE, Setting, Settings
from desktop.shell.settings_page import SettingsPage
from embedded_server.wire.problem import ProblemError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "profile" / "settings.toml"


def test_values_come_back_after_a_restart(path):
    settings = Settings(path)
    assert settings.get(FONT_SIZE) == 13 and settings.is_default(FONT_SIZE)
    settings.set(FONT_SIZE, 17)
    settings.set(ZONE, "Europe/Berlin")
    settings.set(KEYS, {"go.open": ['Ctrl+"\\', ""], "x": []})
    again = Settings(path)
    assert (again.get(FONT_SIZE), again.get(ZONE)) == (17, "Europe/Berlin")
    assert again.get(KEYS) == {"go.open": ['Ctrl+"\\', ""], "x": []}
    again.set(FONT_SIZE, 13)
    assert "font" not in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        (FONT_SIZE, 9, "lies between 10 and 24"),
        (FONT_SIZE, "13", "is a whole number"),
        (FONT_SIZE, True, "is a whole number"),
        (THEME, "pink", "is one of system, light"),
        (ZONE, "Mars/Olympus", "A zone is"),
        (ROW_LIMIT, 0, "lies between"),
        (KEYS, [], "is a table"),
    ],
)
def test_values_outside_the_declaration_are_refused(path, setting, value, reason):
    settings = Settings(path)
    with pytest.raises(ValueError, match=reason):
        settings.set(setting, value)
    assert settings.get(setting) == setting.default


def test_a_file_edited_by_hand_cannot_bring_bad_values_in(path):
    path.parent.mkdir()
    path.write_text('"appearance.font_size" = 900\n"appearance.theme" = "light"\n"data.zone" = 7\n')
    settings = Settings(path)
    assert (settings.get(FONT_SIZE), settings.get(THEME), settings.get(ZONE)) == (13, "light", "as stored")


@pytest.mark.parametrize("content", [b"= = =", b"\xff\xfe", b'"a" = '])
def test_a_damaged_file_is_put_aside_and_kept(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.problem.startswith("settings.toml: ") and settings.get(FONT_SIZE) == 13
    settings.set(FONT_SIZE, 14)
    assert path.with_name("settings.toml.damaged").read_bytes() == content


def test_everyone_is_told_once(path, qtbot):
    settings = Settings(path)
    with qtbot.waitSignal(settings.changed) as told:
        settings.set(THEME, "light")
    assert told.args == [THEME.key]
    with qtbot.assertNotEmitted(settings.changed):
        settings.set(THEME, "light")


def test_a_disk_that_refuses_is_a_problem_but_the_value_is_used(path, tmp_path):
    (tmp_path / "profile").write_text("a file where the folder should be")
    settings = Settings(path)
    with pytest.raises(ProblemError, match=r"file\.disk"):
        settings.set(FONT_SIZE, 15)
    assert settings.get(FONT_SIZE) == 15


def test_a_crash_while_writing_leaves_the_old_file(path, monkeypatch):
    settings = Settings(path)
    settings.set(FONT_SIZE, 15)

    def crash(*_: object) -> None:
        raise OSError("power")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(ProblemError):
        settings.set(FONT_SIZE, 16)
    assert Settings(path).get(FONT_SIZE) == 15


def test_every_setting_says_what_it_is():
    keys = [setting.key for setting in DECLARED]
    assert len(keys) == len(set(keys))
    for setting in DECLARED:
        assert setting.title and setting.why_not(setting.default) == "", setting.key
        assert not setting.shown or setting.section


# The page


@pytest.fixture
def page(shown) -> SettingsPage:
    shown.verbs.run("settings.open")
    return shown.bench.current()


def test_every_shown_setting_has_a_control_of_its_kind(page):
    assert set(page.lines) == {setting.key for setting in DECLARED if setting.shown}
    kinds = {THEME.key: Choice, FONT_SIZE.key: NumberField, ZONE.key: TextField}
    for key, kind in kinds.items():
        assert isinstance(page.lines[key].control, kind)
    assert all(line.control.accessibleName() for line in page.lines.values())


def test_a_yes_or_no_setting_is_a_box_to_tick(tmp_path, qtbot, monkeypatch):
    flag = Setting("test.flag", False, "A flag")
    monkeypatch.setattr("desktop.shell.settings_page.DECLARED", (flag,))
    settings = Settings(tmp_path / "s.toml")
    page = SettingsPage(settings)
    qtbot.addWidget(page)
    control = page.lines["test.flag"].control
    assert isinstance(control, Check)
    control.click()
    assert settings.get(flag) is True
    page.lines["test.flag"].reset.click()
    assert settings.get(flag) is False and not control.isChecked()


def test_changing_the_theme_repaints_everything(page, shown):
    choice = page.lines[THEME.key].control
    choice.setCurrentText("light")
    choice.textActivated.emit("light")
    assert theme().name == "light"
    assert not page.lines[THEME.key].reset.isHidden()
    page.lines[THEME.key].reset.click()
    assert theme().name == "dark" and choice.currentText() == "system"


def test_larger_and_smaller_text(page, shown):
    shown.verbs.run("view.larger")
    assert theme().font_size == 14 and page.lines[FONT_SIZE.key].control.value() == 14
    for _ in range(10):
        shown.verbs.run("view.smaller")
    assert theme().font_size == 10


def test_a_refused_value_stays_with_the_reason_below(qtbot, page, shown):
    line = page.lines[ZONE.key]
    line.control.setText("Mars/Olympus")
    qtbot.keyClick(line.control, Qt.Key.Key_Return)
    assert line.row.reason.text().startswith("A zone is") and not line.row.reason.isHidden()
    assert line.control.text() == "Mars/Olympus" and shown.settings.get(ZONE) == "as stored"
    line.control.setText("UTC")
    qtbot.keyClick(line.control, Qt.Key.Key_Return)
    assert shown.settings.get(ZONE) == "UTC" and line.row.reason.isHidden()
    assert shown.frame.status.zone.text() == "zone: UTC"


def test_the_filter_finds_by_words(page):
    page.filter.setText("font pixels")
    visible = [row.words for row in page.rows if not row.widget.isHidden()]
    assert len(visible) == 1 and "font size" in visible[0]
    assert page.hidden.text() == f"{len(page.rows) - 1} hidden by the filter"
    page.filter.clear()
    assert page.hidden.text() == ""


def test_the_zone_in_the_status_bar_leads_to_its_setting(shown):
    shown.frame.status.zone.click()
    page = shown.bench.current()
    assert isinstance(page, SettingsPage) and page.filter.text() == "zone"


def test_controls_are_reached_by_tab(qtbot, page):
    page.filter.setFocus()
    reached: list[QWidget] = []
    for _ in range(12):
        widget = page.window().focusWidget()
        reached.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    for key in (THEME.key, FONT_SIZE.key, ZONE.key, ROW_LIMIT.key):
        assert page.lines[key].control in reached
