"""Qt counts UTF-16 units, Python characters: they differ behind every character beyond U+FFFF."""

from __future__ import annotations

import re

_WIDE = re.compile("[\U00010000-\U0010ffff]")


def to_units(text: str, index: int) -> int:
    """From a character offset to Qt's."""
    if text.isascii():
        return index
    return index + len(_WIDE.findall(text, 0, index))


def to_characters(text: str, units: int) -> int:
    """From Qt's offset to a character offset; inside a pair it is the character's beginning."""
    if text.isascii():
        return units
    before = 0
    for found in _WIDE.finditer(text):
        if found.start() + before >= units:
            break
        before += 1
    index = units - before
    return index if to_units(text, index) == units else max(0, index)
