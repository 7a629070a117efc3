"""The settings page, made from the declarations: no setting has a line of code here."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Check, Choice, LinkButton, NumberField, TextField
from desktop.settings import DECLARED, Setting, Settings
from embedded_server.wire.problem import ProblemError

from .form_page import FormPage, FormRow
from .verbs import SETTINGS_REF


class SettingsPage(FormPage):
    """Every shown setting by section; a changed one can be reset; a refused value says why."""

    icon = "settings"

    def __init__(self, settings: Settings) -> None:
        super().__init__(SETTINGS_REF, "Filter settings")
        self.lines: dict[str, Line] = {}
        shown = [setting for setting in DECLARED if setting.shown]
        for section in dict.fromkeys(setting.section for setting in shown):
            self.add_section(section)
            for setting in (one for one in shown if one.section == section):
                line = Line(settings, setting, self)
                self.lines[setting.key] = line
                self.add_row(section, f"{setting.title} {setting.help} {setting.key}", line.row)
        settings.changed.connect(self._changed)

    def _changed(self, key: str) -> None:
        if key in self.lines:
            self.lines[key].show_value()


class Line(QObject):
    """One setting: its control, kept in step with the value."""

    def __init__(self, settings: Settings, setting: Setting[Any], parent: QObject) -> None:
        super().__init__(parent)
        self._settings, self._setting = settings, setting
        self.control = self._make()
        self.control.setMinimumWidth(theme().scaled(180) if not isinstance(self.control, Check) else 0)
        self.reset = LinkButton("Reset")
        self.reset.setAccessibleName(f"Reset {setting.title}")
        self.reset.clicked.connect(self._reset)
        # Keeps its place while it is not needed, so that nothing moves.
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.row = FormRow(setting.title, setting.help, self.control, (self.reset,))
        self.show_value()

    def show_value(self) -> None:
        """The value as it is now."""
        value = self._settings.get(self._setting)
        control = self.control
        if isinstance(control, Check):
            control.setChecked(value)
        elif isinstance(control, NumberField):
            control.setValue(value)
        elif isinstance(control, Choice):
            control.setCurrentText(value)
        elif isinstance(control, TextField):
            control.setText(value)
        self.reset.setVisible(not self._settings.is_default(self._setting))
        self.row.say("")

    def _make(self) -> QWidget:
        setting = self._setting
        if isinstance(setting.default, bool):
            check = Check("", setting.title)
            check.clicked.connect(self.change)
            return check
        if isinstance(setting.default, int):
            number = NumberField(setting.title, setting.low, setting.high)
            number.setGroupSeparatorShown(True)
            number.setSuffix(f" {setting.unit}" if setting.unit else "")
            number.setValue(self._settings.get(setting))
            number.valueChanged.connect(self.change)
            return number
        if setting.choices:
            choice = Choice(setting.title, setting.choices)
            choice.textActivated.connect(self.change)
            return choice
        field = TextField(setting.title, setting.hint)
        field.editingFinished.connect(self._edited)
        return field

    def _edited(self) -> None:
        if isinstance(self.control, TextField):
            self.change(self.control.text())

    def change(self, value: Any) -> None:
        """Take a value from the control; one that is refused stays in the field with the reason below."""
        try:
            self._settings.set(self._setting, value)
        except ValueError as error:
            self.row.say(str(error))
            return
        except ProblemError as error:
            self.show_value()
            self.row.say(f"{error.problem.title}: {error.problem.detail}")
            return
        self.show_value()

    def _reset(self) -> None:
        self.change(self._setting.default)
