"""Parentheses of half-typed SQL, and after which words a table is named."""

from __future__ import annotations

from .reading import Reading

OPENS_TABLE = frozenset({"from", "join", "into", "update", "table", "using", "references"})
# At a statement's start these are followed by a table, elsewhere they mean something else.
_FIRST_OPENS = frozenset({"truncate", "describe", "desc", "copy", "analyze", "vacuum", "table"})
QUERY = frozenset({"select", "with", "values", "from", "(", "insert", "update", "delete", "table"})
# In parentheses behind these FROM is part of a function's own syntax.
_FROM_INSIDE = frozenset({"extract", "trim", "substring", "overlay", "position"})
CLAUSES = frozenset(
    {
        "select",
        "from",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "union",
        "set",
        "values",
        "returning",
        "join",
    }
    | {
        "on",
        "window",
        "qualify",
        "offset",
        "fetch",
        "using",
        "by",
        "into",
        "update",
        "delete",
        "insert",
        "when",
    }
    | {"with"}
)


class Structure:
    """Parentheses of a statement's words, and what they enclose."""

    def __init__(self, reading: Reading) -> None:
        self.words = reading.words
        self.at = reading.at
        self.count = len(self.words)
        self._close = self._matched()
        self._open = {closed: opened for opened, closed in self._close.items()}

    def low(self, number: int) -> str:
        """A word in lower case, "" beyond the ends."""
        return self.words[number].low if 0 <= number < self.count else ""

    def close(self, number: int) -> int:
        """Where the parenthesis that opens here closes."""
        return self._close[number]

    def after(self, number: int) -> int:
        """The next word on this level."""
        return self._close[number] + 1 if number in self._close else number + 1

    def before(self, number: int) -> int:
        """The word before on this level: a parenthesis as a whole counts as its opening; -1 at the start
        of the level."""
        number -= 1
        if number >= 0 and self.words[number].text == ")":
            return self._open.get(number, number)
        return -1 if number >= 0 and self.words[number].text == "(" else number

    def levels(self) -> list[tuple[int, int]]:
        """Ranges of words around the cursor, the innermost parentheses first, the statement last."""
        around = [(opened, closed) for opened, closed in self._close.items() if opened < self.at <= closed]
        around.sort(reverse=True)
        return [(opened + 1, closed) for opened, closed in around] + [(0, self.count)]

    def _matched(self) -> dict[int, int]:
        opened: list[int] = []
        found: dict[int, int] = {}
        for number, word in enumerate(self.words):
            if word.text == "(" and word.kind == "punct":
                opened.append(number)
            elif word.text == ")" and word.kind == "punct" and opened:
                found[opened.pop()] = number
        for number in reversed(opened):
            found[number] = self._end_of_open(number, found)
        return found

    def _end_of_open(self, opened: int, found: dict[int, int]) -> int:
        """An unclosed list of arguments ends before the clause that cannot stand in it."""
        if self.low(opened + 1) in QUERY or self.low(opened - 1) in _FROM_INSIDE:
            return self.count
        number = opened + 1
        while number < self.count:
            if self.words[number].low in ("from", "where", "group", "having", "limit") and number >= self.at:
                return number
            if self.words[number].low == "from" and self.low(opened - 1) not in ("(", ""):
                return number
            number = found[number] + 1 if number in found else number + 1
        return self.count


def opens_table(structure: Structure, number: int, begin: int) -> bool:
    """Whether a table's name follows this word."""
    low, before = structure.low(number), structure.low(number - 1)
    if before == ".":
        return False
    if low in _FIRST_OPENS and before in ("", "explain", ";"):
        return True
    if low == "on" and structure.low(0) == "create" and _creates(structure, number):
        return True
    if low not in OPENS_TABLE or structure.words[number].kind != "word":
        return False
    if low == "from" and (
        before in ("distinct", "trailing", "leading", "both") or _in_function(structure, begin)
    ):
        return before == "distinct" and structure.low(number - 2) != "is"
    if low == "using" and structure.low(number + 1) == "(":
        return structure.low(number + 2) in QUERY
    return not (low == "update" and before in ("for", "key", "on", "do", "before", "after", "or"))


def _in_function(structure: Structure, begin: int) -> bool:
    return begin > 0 and structure.low(begin - 1) == "(" and structure.low(begin - 2) in _FROM_INSIDE


def _creates(structure: Structure, number: int) -> bool:
    """CREATE INDEX, TRIGGER, POLICY or RULE ... ON table."""
    return any(
        structure.low(one) in ("index", "trigger", "policy", "rule") for one in range(1, min(number, 8))
    )
