"""How a cell reads: its exact text, and the one line the grid shows of it.

What would be invisible is made visible by marks in another colour: `·` for blanks at the ends, `↵` for
a line break, `→` for a tab, escapes such as `\\0`, `\\r`, `\\u200b` for the rest.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from enum import IntEnum
from typing import NamedTuple

from desktop.kit.rows import Preset
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

SHOWN_LENGTH = 300
THIN_SPACE = "\u2009"

NULL_TEXT = "NULL"
EMPTY_TEXT = "empty"
ELLIPSIS = "…"

_NUMERIC = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?\Z|[+-]?(nan|inf|infinity)\Z", re.I)

# Everything that has no glyph of its own. Joiners (200c, 200d) shape scripts and emoji: left alone.
# The surrogates stand for undecodable bytes.
_INVISIBLE = (
    "\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\udc80-\udcff"
)
_ODD = re.compile(f"[{_INVISIBLE}]|\\A +| +\\Z")
_HIDDEN = re.compile(f"(?![ \t\n])[{_INVISIBLE}]")
_SPLIT_END = re.compile("[\udc80-\udcff]{1,3}\\Z")
_NAMED = {"\n": "↵", "\t": "→", "\0": "\\0", "\r": "\\r", "\x1b": "\\e"}


class Style(IntEnum):
    """What a cell's text is, hence its colour and slope."""

    TEXT = 0
    NUMBER = 1
    NULL = 2
    EMPTY = 3
    BINARY = 4
    MARK = 5
    SIZE = 6


class Piece(NamedTuple):
    """A run of text in one style; marks stand for something invisible."""

    text: str
    style: Style


class Shown(NamedTuple):
    """A cell in the grid: `pieces` only if it needs more than one; `suffix` is the size of a cut value."""

    text: str
    style: Style
    suffix: str = ""
    pieces: tuple[Piece, ...] = ()


_NULL = Shown(NULL_TEXT, Style.NULL)
_EMPTY = Shown(EMPTY_TEXT, Style.EMPTY)


def exact_text(cell: Cell | Preset) -> str:
    """The cell as text without any loss, the text that copying gives.

    NULL is the empty text (where that matters the formats say so in their own way), bytes are `0x` and
    hexadecimal digits, undecodable bytes of a text escapes such as `\\xff`. Of a cut value: its beginning.
    """
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _float_text(cell)
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, bytes):
        return "0x" + cell.hex()
    if isinstance(cell, BadText):
        return cell.shown()
    return exact_text(cell.prefix) if isinstance(cell, Truncated) else ""


def _float_text(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def show(cell: Cell | Preset, column: Column) -> Shown:
    """The one line of a cell; never looks at more than its first few hundred characters."""
    if isinstance(cell, str):
        return show_text(cell, column)
    if cell is None:
        return _NULL
    if isinstance(cell, int | float):
        return Shown(exact_text(cell), Style.TEXT if isinstance(cell, bool) else Style.NUMBER)
    if isinstance(cell, bytes):
        return _show_bytes(cell, len(cell), cut=False)
    if isinstance(cell, BadText):
        return _show_bad(cell.raw)
    if isinstance(cell, Truncated):
        return _show_cut(cell, column)
    return Shown(cell.text, Style.EMPTY)


def _show_bad(raw: bytes) -> Shown:
    text = raw[:SHOWN_LENGTH].decode("utf-8", "surrogateescape")
    if len(raw) > SHOWN_LENGTH:
        # The cut may have split a character: its first bytes are not what is wrong with this text.
        text = _SPLIT_END.sub("", text) + ELLIPSIS
    return _marked(text, Style.TEXT)


def show_text(text: str, column: Column) -> Shown:
    """The one line of a text."""
    if text == "":
        return _EMPTY
    cut = len(text) > SHOWN_LENGTH
    if cut:
        text = text[:SHOWN_LENGTH] + ELLIPSIS
    style = Style.NUMBER if column.kind == "number" and _NUMERIC.match(text) else Style.TEXT
    if _ODD.search(text) is None:
        return Shown(text, style)
    return _marked(text, style)


def _marked(text: str, style: Style) -> Shown:
    pieces: list[Piece] = []
    at = 0
    for odd in _ODD.finditer(text):
        if odd.start() > at:
            pieces.append(Piece(text[at : odd.start()], style))
        mark = "".join(map(_mark, odd[0]))
        if pieces and pieces[-1].style is Style.MARK:
            mark = pieces.pop().text + mark
        pieces.append(Piece(mark, Style.MARK))
        at = odd.end()
    if at < len(text):
        pieces.append(Piece(text[at:], style))
    return Shown("".join(piece.text for piece in pieces), style, "", tuple(pieces))


def _mark(character: str) -> str:
    if character == " ":
        return "·"
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _show_bytes(raw: bytes, size: int, *, cut: bool) -> Shown:
    digits = SHOWN_LENGTH // 2
    text = "0x" + raw[:digits].hex()
    if cut or len(raw) > digits:
        text += ELLIPSIS
    return Shown(text, Style.BINARY, size_text(size))


def _show_cut(cell: Truncated, column: Column) -> Shown:
    if isinstance(cell.prefix, bytes):
        return _show_bytes(cell.prefix, cell.size, cut=True)
    text = cell.prefix[:SHOWN_LENGTH] + ELLIPSIS
    shown = show_text(text, column)
    return shown._replace(suffix=size_text(cell.size, cell.unit))


def size_text(size: int, unit: str = "bytes") -> str:
    """A size for people: `5 B`, `1.2 kB`, `104.9 MB`, `12,000 chars`."""
    if unit != "bytes":
        return f"{size:,}{THIN_SPACE}chars"
    if size < 1000:
        return f"{size}{THIN_SPACE}B"
    return _scaled(size, ("kB", "MB", "GB", "TB", "PB"))


def count_text(count: int, exact: bool) -> str:
    """A number of rows: grouped digits if it was counted, `~104 k` if it is an estimate."""
    if exact:
        return f"{count:,}"
    if count < 10_000:
        return f"~{count:,}"
    return "~" + _scaled(count, ("k", "M", "G", "T", "P"), decimals=0 if count < 1_000_000 else 1)


def _scaled(number: int, units: tuple[str, ...], decimals: int = 1) -> str:
    value = float(number)
    for unit in units:
        value /= 1000
        if value < 999.95 or unit == units[-1]:
            break
    return f"{value:.{decimals}f}".removesuffix(".0") + THIN_SPACE + unit


def number_text(row: int, exact: bool) -> str:
    """A row's number as people count, from 1."""
    return f"{row + 1:,}" if exact else f"~{row + 1:,}"


def invisible(text: str) -> list[str]:
    """What a plain display of a text hides, besides blanks and line breaks: `\\0 2 times`, `\\ufeff`."""
    found = Counter(odd for odd in _HIDDEN.findall(text))
    return [_mark(odd) + (f" {count:,} times" if count > 1 else "") for odd, count in found.items()]
