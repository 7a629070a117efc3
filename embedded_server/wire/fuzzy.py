"""Finding names while typing: 30,000 of them within a frame.

All names stand, shortest first, in one string, so that the interpreter's own search does the work and the
first hits of a tier are its best. Tiers: equal, beginning, beginning of a word, initials, anywhere,
letters in order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

# Everything that parts words counts as `_`, in names and in what is typed.
_PARTS = ".- /:"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REST = re.compile(r"(?<=[^_\n])[^_\n]+")
_SCATTERED = 400


class Names(Generic[T]):
    """An index of names with what they stand for; built once per list, asked at every keystroke."""

    def __init__(self, items: Iterable[tuple[str, T]]) -> None:
        pairs = list(items)
        names = [name for name, _ in pairs]
        # Two sorts on plain keys take half the time of one on pairs.
        order = sorted(range(len(pairs)), key=names.__getitem__)
        order.sort(key=[len(name) for name in names].__getitem__)
        self._names = [names[number] for number in order]
        self._items = [pairs[number][1] for number in order]
        lines = "\0".join(self._names).replace("\n", " ").replace("\0", "\n")
        self._text = f"\n{_plain(lines)}\n"
        self._starts = _starts(self._text)
        self._initials = f"\n{_initials(lines)}\n"
        self._initial_starts = _starts(self._initials)

    def __len__(self) -> int:
        return len(self._items)

    def find(self, text: str, limit: int) -> list[tuple[str, T]]:
        """The best names for a text; words apart by blanks must all occur. "" answers nothing."""
        words = _words(text)
        if not words:
            return []
        found: dict[int, None] = {}
        for number in self._ranked(words):
            found.setdefault(number)
            if len(found) >= limit:
                break
        return [(self._names[number], self._items[number]) for number in found]

    def _ranked(self, words: list[str]) -> Iterator[int]:
        if len(words) > 1:
            rarest = min(words, key=self._text.count)
            for number in self._substring(rarest):
                line = self._line(number)
                if all(word in line for word in words):
                    yield number
            return
        word = words[0]
        inside = word in self._text
        if inside:
            for needle in (f"\n{word}\n", f"\n{word}", f"_{word}"):
                yield from self._at(self._text, self._starts, needle)
        if len(word) > 1:
            yield from self._at(self._initials, self._initial_starts, f"\n{word}")
        if inside:
            yield from self._substring(word)
        if len(word) > 1:
            yield from self._scattered(word)

    def _substring(self, word: str) -> Iterator[int]:
        return self._at(self._text, self._starts, word)

    def _scattered(self, word: str) -> Iterator[int]:
        """Names that hold the letters in order, the most compact first."""
        # Possessive: a letter that is missing ends the attempt at this name at once.
        steps = "".join(f"[^\n{re.escape(letter)}]*+{re.escape(letter)}" for letter in word)
        best: list[tuple[int, int]] = []
        for match in re.finditer(f"\n{steps}", self._text):
            number = self._number(self._starts, match.start() + 1)
            best.append((_span(word, self._line(number)), number))
            if len(best) >= _SCATTERED:
                break
        for _, number in sorted(best):
            yield number

    def _at(self, text: str, starts: list[int], needle: str) -> Iterator[int]:
        """Numbers of the lines in which the needle occurs, in order."""
        at = text.find(needle)
        while at >= 0:
            number = self._number(starts, at + 1 if needle[0] == "\n" else at)
            yield number
            # On to the next line: one hit per name is enough.
            at = text.find(needle, starts[number + 1] - 1) if number + 1 < len(starts) else -1

    @staticmethod
    def _number(starts: list[int], at: int) -> int:
        return bisect_right(starts, at) - 1

    def _line(self, number: int) -> str:
        start = self._starts[number]
        return self._text[start : self._text.index("\n", start)]


def _plain(text: str) -> str:
    """Lower case, with one sign for everything that parts words; keeps line ends."""
    text = text.lower()
    for sign in _PARTS:
        text = text.replace(sign, "_")
    return text


def _line(name: str) -> str:
    return _plain(name.replace("\n", " "))


def _words(text: str) -> list[str]:
    return [_plain(word) for word in text.split()]


def _starts(text: str) -> list[int]:
    """Where each line of a text that begins and ends with a line end starts."""
    starts, at = [], 1
    for line in text[1:-1].split("\n"):
        starts.append(at)
        at += len(line) + 1
    return starts


def _initials(names: str) -> str:
    """First letters of the words of each line: `line_items` and `LineItems` give `li`."""
    if not names.islower():
        names = _HUMP.sub("_", names)
    return _REST.sub("", _plain(names)).replace("_", "")


def _span(word: str, line: str) -> int:
    """How far apart the letters lie, counted from the last letter back: small is good."""
    end = at = len(line)
    for number, letter in enumerate(reversed(word)):
        at = line.rfind(letter, 0, at)
        if number == 0:
            end = at
    return end - at


def score(text: str, name: str) -> tuple[int, int, int] | None:
    """How well a text fits one name (smaller is better), None if it does not."""
    low, words = _line(name), _words(text)
    if not words:
        return (0, 0, len(low))
    if len(words) > 1:
        return (4, low.find(words[0]), len(low)) if all(word in low for word in words) else None
    word = words[0]
    if low == word:
        return (0, 0, 0)
    if low.startswith(word):
        return (1, 0, len(low))
    if f"_{word}" in low:
        return (2, 0, len(low))
    if len(word) > 1 and _initials(name.replace("\n", " ")).startswith(word):
        return (3, 0, len(low))
    if word in low:
        return (4, low.find(word), len(low))
    at = -1
    for letter in word:
        at = low.find(letter, at + 1)
        if at < 0:
            return None
    return (5, _span(word, low), len(low))


def positions(text: str, name: str) -> list[int]:
    """Which characters of a name to mark as found; [] if the text is not in it."""
    low = _line(name)
    if len(low) != len(name):
        return []
    marked: list[int] = []
    for word in _words(text):
        at = f"_{low}".find(f"_{word}")
        at = low.find(word) if at < 0 else at
        if at >= 0:
            marked += range(at, at + len(word))
        else:
            marked += _letters(word, low)
    return sorted(set(marked))


def _letters(word: str, low: str) -> list[int]:
    found, at = [], len(low)
    for letter in reversed(word):
        at = low.rfind(letter, 0, at)
        if at < 0:
            return []
        found.append(at)
    return found
