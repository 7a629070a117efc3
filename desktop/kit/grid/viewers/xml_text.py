"""XML laid out line by line. Entities stay as they are written: nothing is expanded and nothing fetched."""

from __future__ import annotations

import re
from array import array
from collections.abc import Generator

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE(?:[^\[<>]|\[.*?\]\s*(?=>))*>"
    r"|<(?P<close>/)?(?P<name>[A-Za-z_:][^\s/>\x00-\x1f]*)(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*?(?P<empty>/)?>|[^<]+",
    re.DOTALL,
)
_INDENT = "  "
_DEEPEST = 60
# Tokens between two breaths.
SLICE = 4000

Steps = Generator[float, None, str]


class NotXml(ValueError):
    """Where the text is no well-formed XML."""


class _Parts:
    """Tags, texts and comments in their order, in arrays: millions of objects would hold the window up.

    `ends[i]` is where part i ends, `closes[i]` the part that closes an opening tag (else itself),
    `verbatim[i]` whether text stands in the element, whose blanks mean something.
    """

    def __init__(self) -> None:
        self.starts, self.ends, self.closes = array("q"), array("q"), array("q")
        self.verbatim = bytearray()
        self._open: list[tuple[str, int]] = []

    def take(self, token: re.Match[str], text: str) -> None:
        """The next one."""
        start, end = token.span()
        name, number = token["name"], len(self.starts)
        plain = text[start] != "<"
        if plain and text[start:end].isspace():
            return
        if token["close"]:
            self._close(name, number, text, start)
        elif self._open and (plain or text.startswith("<![CDATA[", start)):
            self.verbatim[self._open[-1][1]] = 1
        self.starts.append(start)
        self.ends.append(end)
        self.closes.append(number)
        self.verbatim.append(0)
        if name and not token["close"] and not token["empty"]:
            self._open.append((name, number))
            if 'xml:space="preserve"' in token[0]:
                self.verbatim[number] = 1

    def _close(self, name: str, number: int, text: str, at: int) -> None:
        if not self._open or self._open[-1][0] != name:
            wanted = f", expected </{self._open[-1][0]}>" if self._open else ""
            raise NotXml(f"</{name}> closes nothing{wanted}: {_place(text, at)}")
        self.closes[self._open.pop()[1]] = number

    def check(self, text: str) -> None:
        """Whether everything is closed. Raises NotXml."""
        if self._open:
            name, number = self._open[-1]
            raise NotXml(f"<{name}> is not closed: {_place(text, self.starts[number])}")


def pretty(text: str) -> Steps:
    """The text with one element a line; each yield is a share of the work. Raises NotXml.

    Elements that hold text are left as they are.
    """
    parts = _Parts()
    at = count = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotXml(f"something is not closed: {_place(text, at)}")
        parts.take(token, text)
        at, count = token.end(), count + 1
        if count % SLICE == 0:
            yield at / len(text) / 2
    parts.check(text)
    return (yield from _laid_out(text, parts))


def _laid_out(text: str, parts: _Parts) -> Steps:
    lines: list[str] = []
    # The parts that close what is open.
    around: list[int] = []
    number, count = 0, len(parts.starts)
    while number < count:
        if around and around[-1] == number:
            around.pop()
        margin = _INDENT * min(len(around), _DEEPEST)
        start, close = parts.starts[number], parts.closes[number]
        if close > number and (parts.verbatim[number] or close == number + 1):
            lines.append(margin + text[start : parts.ends[close]])
            number = close
        else:
            lines.append(margin + text[start : parts.ends[number]])
            if close > number:
                around.append(close)
        number += 1
        if len(lines) % SLICE == 0:
            yield 0.5 + number / count / 2
    return "\n".join(lines)


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line:,}, column {at - text.rfind(chr(10), 0, at):,}"
