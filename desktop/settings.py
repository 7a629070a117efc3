"""Every setting of the window, declared once: its type, default and text.

Stored as TOML in the profile folder, written atomically. The settings page is made from `DECLARED`.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

T = TypeVar("T", bound=bool | int | str | dict[str, Any])


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting: `choices` limits a text, `low`/`high` a number; `section` groups the page."""

    key: str
    default: T
    title: str
    help: str = ""
    section: str = "General"
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 1_000_000
    shown: bool = True


THEME = Setting(
    "appearance.theme",
    "system",
    "Theme",
    "System follows the desktop where it tells.",
    "Appearance",
    ("system", "light", "dark", "contrast"),
)
FONT_SIZE = Setting(
    "appearance.font_size", 13, "Font size", "In pixels, 10 to 24.", "Appearance", low=10, high=24
)
ZONE = Setting(
    "data.zone",
    "as stored",
    "Time zone of timestamps",
    "Only the hover and the inspector convert; cells always show what the server sent.",
    "Data",
)
ROW_LIMIT = Setting(
    "console.row_limit",
    1000,
    "Rows fetched per result",
    "More are fetched on demand.",
    "SQL",
    low=1,
    high=100_000,
)
KEYS = Setting[dict[str, Any]]("keys", {}, "Keyboard shortcuts", shown=False)
SESSION = Setting[dict[str, Any]]("session", {}, "Open tabs", shown=False)

DECLARED: tuple[Setting[Any], ...] = (THEME, FONT_SIZE, ZONE, ROW_LIMIT, KEYS, SESSION)


class Settings(QObject):
    """The values; reading an undeclared key is impossible, a damaged file falls back to defaults."""

    changed = Signal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.problem = ""
        self._values: dict[str, Any] = self._read()

    def get(self, setting: Setting[T]) -> T:
        """The value, or the default when it is unset or of the wrong type."""
        value = self._values.get(setting.key, setting.default)
        return value if type(value) is type(setting.default) else setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Store a value and tell everyone; values outside the declared range are refused (ValueError)."""
        if setting.choices and value not in setting.choices:
            raise ValueError(f"{setting.key} is one of {', '.join(setting.choices)}")
        if isinstance(value, int) and not setting.low <= int(value) <= setting.high:
            raise ValueError(f"{setting.key} lies between {setting.low} and {setting.high}")
        if self.get(setting) == value:
            return
        self._values[setting.key] = value
        self._write()
        self.changed.emit(setting.key)

    def _read(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                return tomllib.load(file)
        except FileNotFoundError:
            return {}
        except (OSError, tomllib.TOMLDecodeError) as error:
            self.problem = f"{self._path.name}: {error}"
            return {}

    def _write(self) -> None:
        lines = [f"{_toml(key)} = {_toml(value)}\n" for key, value in sorted(self._values.items())]
        self._path.parent.mkdir(parents=True, exist_ok=True)
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
