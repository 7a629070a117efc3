"""Levels of every kind of log on one scale, as small numbers for arrays and as words for people."""

from __future__ import annotations

# Codes of the index: 0 is a line that begins no record, 1 a record without a level.
CONTINUES, PLAIN = 0, 1
NAMES = ("", "", "debug", "info", "warning", "error", "critical")
CODES = {name: code for code, name in enumerate(NAMES) if name} | {"": PLAIN}

_WORDS = {
    "debug": "DEBUG TRACE NOTSET DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 DBG VERBOSE FINE",
    "info": "INFO NOTICE LOG INFORMATION INF SUCCESS",
    "warning": "WARNING WARN WRN",
    "error": "ERROR ERR EXCEPTION SEVERE",
    "critical": "CRITICAL FATAL PANIC CRIT EMERGENCY ALERT EMERG",
}
OF_WORD = {word: CODES[name] for name, words in _WORDS.items() for word in words.split()}


def code_of(word: str) -> int:
    """The code of a level as some logger writes it; a record without a level for other words."""
    return OF_WORD.get(word.strip().upper(), PLAIN)


def code_of_number(value: float) -> int:
    """Python's numbers (10 debug, 20 info ...) or pino's, which are the same."""
    if value <= 0:
        return PLAIN
    return CODES[("debug", "info", "warning", "error", "critical")[min(4, max(0, int(value // 10) - 1))]]


def code_of_status(status: int) -> int:
    """The code of an access log line by its HTTP status."""
    return CODES["error" if status >= 500 else "warning" if status >= 400 else "info"]
