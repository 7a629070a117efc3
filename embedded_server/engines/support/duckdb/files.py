"""Files that DuckDB writes although a session only reads, and whether its own is still the same."""

from __future__ import annotations

import os
import re

_LOGGING = re.compile(r"\benable_logging\W*\(.*\bstorage", re.I | re.S)
_SETTINGS = r"\b(?:log_query_path|profil(?:e|ing)_output|http_logging_output|logging_storage)\b"
# By what DuckDB says the statement is; the kinds that write anyway are refused for that.
_FOUND = {
    "SET": re.compile(_SETTINGS, re.I),
    "CALL": _LOGGING,
    "SELECT": _LOGGING,
    "LOAD": re.compile(r"\binstall\b", re.I),
    "EXPLAIN": re.compile(r"\b(?:copy|export)\b", re.I),
}


def writes_files(kind: str, sql: str) -> bool:
    """Whether a statement of this kind would."""
    return kind in _FOUND and _FOUND[kind].search(sql) is not None


def identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another one at its place; None without a file."""
    if not path:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
