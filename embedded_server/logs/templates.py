"""What messages share: values are masked first, then messages that differ in few words fall together.

Bounded whatever comes in: words and bytes of a message, groups (the least used goes), remembered messages.
"""

from __future__ import annotations

import re
from collections import OrderedDict

MASK = "<*>"
MOST_BYTES, MOST_WORDS = 512, 40
MOST_GROUPS, MOST_KNOWN = 1000, 20_000
# Of two messages with as many words so many have to be equal.
ALIKE = 0.6
# Quoted text, ids and addresses, and every run of digits with what belongs to it.
_VALUES = re.compile(
    r"'[^']{0,200}'|\"[^\"]{0,200}\""
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b|\b0x[0-9a-fA-F]+\b"
    r"|(?<![A-Za-z])[-+]?\d+(?:[.,:\-]\d+)*(?![A-Za-z])|\d+"
)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$#&~-]")


def masked(message: str) -> str:
    """A message with its values taken out."""
    return _VALUES.sub(MASK, message[:MOST_BYTES])


class Template:
    """One group's words; those that differ are masked as messages come in."""

    __slots__ = ("number", "used", "words")

    def __init__(self, number: int, words: list[str]) -> None:
        self.number = number
        self.words = words
        self.used = 0

    def alike(self, words: list[str]) -> float:
        """The share of equal words; masked ones count as half."""
        pairs = zip(self.words, words, strict=True)
        same = sum(0.5 if mine == MASK else 1.0 for mine, other in pairs if mine == other)
        full = sum(0.5 if mine == MASK else 1.0 for mine in self.words)
        return same / full if full else 1.0

    def take(self, words: list[str]) -> None:
        """Mask what differs."""
        self.words = [mine if mine == other else MASK for mine, other in zip(self.words, words, strict=True)]

    @property
    def text(self) -> str:
        """The template as it is shown."""
        return " ".join(self.words)

    def pattern(self) -> str:
        """A regular expression that finds its messages; a value is anything without blanks, or quoted."""
        value = r"""(?:'[^']*'|"[^"]*"|\S*)"""
        return r"\s+".join(value.join(map(_literal, word.split(MASK))) for word in self.words)


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


class Templates:
    """Groups messages one by one; a number stays a group's own, also when others went."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Template] = OrderedDict()
        self._shelves: dict[tuple[int, str], list[Template]] = {}
        self._groups: dict[int, Template] = {}
        self._next = 0
        # Groups that made way for others.
        self.dropped: list[int] = []

    def of(self, message: str) -> Template:
        """The group of a message."""
        text = masked(message)
        found = self._known.get(text)
        if found is not None and found.number in self._groups:
            found.used += 1
            return found
        words = text.split()[:MOST_WORDS] or [""]
        found = self._nearest(words) or self._made(words)
        found.used += 1
        self._known[text] = found
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    def _shelf(self, words: list[str]) -> list[Template]:
        first = words[0] if MASK not in words[0] else MASK
        return self._shelves.setdefault((len(words), first), [])

    def _nearest(self, words: list[str]) -> Template | None:
        best, share = None, ALIKE
        for one in self._shelf(words):
            alike = one.alike(words)
            if alike >= share and (best is None or alike > share):
                best, share = one, alike
        if best is not None and best.words != words:
            best.take(words)
        return best

    def _made(self, words: list[str]) -> Template:
        if len(self._groups) >= MOST_GROUPS:
            self._drop()
        made = Template(self._next, words)
        self._next += 1
        self._groups[made.number] = made
        self._shelf(words).append(made)
        return made

    def _drop(self) -> None:
        least = min(self._groups.values(), key=lambda one: one.used)
        del self._groups[least.number]
        for shelf in self._shelves.values():
            if least in shelf:
                shelf.remove(least)
        self.dropped.append(least.number)
