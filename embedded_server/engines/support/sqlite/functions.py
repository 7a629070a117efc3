"""What every SQLite session is given: functions, and the guard of those that only read."""

from __future__ import annotations

import os
import re
import sqlite3
from functools import lru_cache
from typing import Any

_KEPT = frozenset({"query_only", "temp_store_directory", "data_store_directory"})


def add(connection: sqlite3.Connection) -> None:
    """Functions that filters use."""
    connection.create_function("regexp", 2, _regexp, deterministic=True)
    connection.create_function("casefold", 1, _casefold, deterministic=True)


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _regexp(pattern: Any, value: Any) -> bool | None:
    if pattern is None or value is None:
        return None
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return _pattern(str(pattern)).search(text) is not None


def _casefold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def keep_read_only(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Refuse the ways out of a read-only session: lifting query_only, saying where files of every session of
    this process go, and ATTACH that makes a file.

    VACUUM INTO attaches its target, so it is refused by the same rule.
    """
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _KEPT and second is not None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_ATTACH and first != ":memory:":
        path = re.sub(r"^file:", "", first or "").split("?", 1)[0]
        return sqlite3.SQLITE_OK if os.path.isfile(path) and os.path.getsize(path) else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
