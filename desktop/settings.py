"""Every setting of the window, declared once: its type, default and text.

Stored as TOML in the profile folder, written atomically. The settings page is made from `DECLARED`.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from PySide6.QtCore import QObject, QTimeZone, Signal

from embedded_server.wire.problem import problem

T = TypeVar("T", bound=bool | int | str | dict[str, Any])


class Setting(msgspec.Struct, Generic[T], frozen=True):
    """One setting: `choices` limits a text, `low`/`high` a number; `section` groups the page.

    `unit` stands behind a number, `hint` in an empty field.
    `check` answers why a value cannot be used, "" if it can.
    """

    key: str
    default: T
    title: str
    help: str = ""
    section: str = "General"
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 1_000_000
    shown: bool = True
    unit: str = ""
    hint: str = ""
    check: Callable[[Any], str] | None = None

    def why_not(self, value: object) -> str:
        """Why this value is refused, "" if it is fine."""
        if type(value) is not type(self.default):
            return f"{self.title} is a {_KINDS[type(self.default)]}"
        if self.choices and value not in self.choices:
            return f"{self.title} is one of {', '.join(self.choices)}"
        if isinstance(value, int) and not self.low <= value <= self.high:
            return f"{self.title} lies between {self.low} and {self.high}"
        return self.check(value) if self.check is not None else ""


_KINDS: dict[type, str] = {bool: "yes or no", int: "whole number", str: "text", dict: "table"}


def check_zone(name: str) -> str:
    """Whether timestamps can be explained in this zone."""
    if name in ("as stored", "local", "UTC") or QTimeZone.isTimeZoneIdAvailable(name.encode()):
        return ""
    return "A zone is 'as stored', 'local', 'UTC' or a name like Europe/Berlin"


THEME = Setting(
    "appearance.theme",
    "system",
    "Theme",
    "System follows the desktop where it tells.",
    "Appearance",
    ("system", "light", "dark", "contrast"),
)
FONT_SIZE = Setting(
    "appearance.font_size", 13, "Font size", "In pixels, 10 to 24.", "Appearance", low=10, high=24, unit="px"
)
ZONE = Setting(
    "data.zone",
    "as stored",
    "Time zone of timestamps",
    "Only the hover and the inspector convert; cells always show what the server sent.",
    "Data",
    check=check_zone,
)
ROW_LIMIT = Setting(
    "console.row_limit",
    1000,
    "Rows fetched per result",
    "More are fetched on demand.",
    "SQL",
    low=1,
    high=100_000,
    unit="rows",
)
COMPLETION = Setting(
    "console.completion",
    True,
    "Suggest while typing SQL",
    "After two letters or a dot. Ctrl+Space suggests in any case.",
    "SQL",
)
SLOW_REQUEST = Setting(
    "requests.slow_ms",
    200,
    "Slow requests",
    "Requests that take longer are marked in the list and in the activity strip.",
    "Requests",
    low=1,
    high=600_000,
    unit="ms",
)
SHOW_STRIP = Setting(
    "requests.strip",
    True,
    "Activity strip",
    "The last minute of requests over the status bar, once something was captured.",
    "Requests",
)
EDITOR = Setting(
    "requests.editor",
    "",
    "Command that opens a source file",
    "{file} and {line} are put in when a line of source is opened.",
    "Requests",
    hint="code -g {file}:{line}",
)
EXPORT = Setting[dict[str, Any]]("data.export", {}, "How rows were exported last", shown=False)
CHARTS = Setting[dict[str, Any]]("charts.chosen", {}, "How rows were drawn last", shown=False)
KEYMAP = Setting(
    "keymap",
    "Backlight",
    "Keymap",
    "Keys as another tool has them; keys of your own stay.",
    "Keyboard",
    ("Backlight", "DBeaver", "DataGrip"),
)
KEYS = Setting[dict[str, Any]]("keys", {}, "Keyboard shortcuts", shown=False)

DECLARED: tuple[Setting[Any], ...] = (
    THEME,
    FONT_SIZE,
    ZONE,
    ROW_LIMIT,
    COMPLETION,
    SLOW_REQUEST,
    SHOW_STRIP,
    EDITOR,
    EXPORT,
    CHARTS,
    KEYMAP,
    KEYS,
)


class Settings(QObject):
    """The values; reading an undeclared key is impossible, a damaged file falls back to defaults."""

    changed = Signal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.problem = ""
        self._values: dict[str, Any] = self._read()

    def get(self, setting: Setting[T]) -> T:
        """The value, or the default when it is unset or not as declared (the file can be edited by hand)."""
        value = self._values.get(setting.key, setting.default)
        return setting.default if setting.why_not(value) else value

    def set(self, setting: Setting[T], value: T) -> None:
        """Use a value from now on, tell everyone and store it.

        Raises ValueError with the reason for a value outside the declaration, ProblemError(file.disk) when
        it cannot be stored; it is in use all the same.
        """
        reason = setting.why_not(value)
        if reason:
            raise ValueError(reason)
        if self.get(setting) == value:
            return
        self._values[setting.key] = value
        if value == setting.default:
            del self._values[setting.key]
        self.changed.emit(setting.key)
        try:
            self._write()
        except OSError as error:
            raise problem("file.disk", "The setting cannot be stored", f"{self._path}: {error}") from error

    def is_default(self, setting: Setting[Any]) -> bool:
        """Whether the user left a setting alone."""
        return bool(self.get(setting) == setting.default)

    def _read(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                return tomllib.load(file)
        except FileNotFoundError:
            return {}
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.problem = f"{self._path.name}: {error}"
            self._put_aside()
            return {}

    def _put_aside(self) -> None:
        """Keep a damaged file: the next change would overwrite it."""
        with suppress(OSError):
            os.replace(self._path, self._path.with_name(self._path.name + ".damaged"))

    def _write(self) -> None:
        lines = [f"{_toml(key)} = {_toml(value)}\n" for key, value in sorted(self._values.items())]
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        temporary.write_text("".join(lines), encoding="utf-8")
        os.replace(temporary, self._path)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are valid in TOML; only the raw DEL character is not.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items() if v is not None) + "}"
        )
    return "[" + ", ".join(_toml(item) for item in value) + "]"
