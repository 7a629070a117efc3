"""A text as lines of a width: broken at spaces and joints, within a word only where there are none."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

# Behind these a name, a path or a time may go on in the next line.
_JOINT = re.compile(r"(?<=[/_,;=&?@)\]}-])(?=[^\s/])|(?<=\w[.:])(?=\w)")
_SPACE = re.compile(r"(?<=\s)(?=\S)")
# A line that would be emptier than this is filled up, whatever the word is.
_LEAST = 0.4


def wrapped(text: str, metrics: QFontMetrics, room: int, most: int) -> list[str]:
    """At most so many lines; the last one ends, or a path has in its middle, what stands for the rest."""
    lines: list[str] = []
    rest, wide = text, metrics.horizontalAdvance
    while len(lines) < most - 1 and room > 0 and wide(rest) > room:
        at = _last_that_fits(rest, room, wide)
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    path = "/" in rest and " " not in rest
    mode = Qt.TextElideMode.ElideMiddle if path else Qt.TextElideMode.ElideRight
    return [*lines, rest if wide(rest) <= room else metrics.elidedText(rest, mode, max(room, 0))]


def _last_that_fits(text: str, room: int, wide: Callable[[str], int]) -> int:
    # Letters are about equally wide: from there it is not far.
    low = max(1, min(len(text), len(text) * room // max(wide(text), 1)))
    while low > 1 and wide(text[:low]) > room:
        low -= 1
    while low < len(text) and wide(text[: low + 1]) <= room:
        low += 1
    for places in (_SPACE, _JOINT):
        found = [place.start() for place in places.finditer(text, 0, low + 2)]
        found = [at for at in found if _LEAST * low <= at and not text[low:at].strip()]
        if found:
            return found[-1]
    return low
