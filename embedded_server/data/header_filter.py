"""The language of the filter box above a column. Pure text: knows neither columns nor SQL.

    >5  >=5  <5  <=5     compare                 null  !null      is (not) NULL
    =x  !=x              equal, not equal        ~re   !~re       matches a regular expression
    a..b  a..  ..b       between, both included  "exact text"     equal, every character counts
    x                    contains (numbers: equal)    !x          does not contain
    a, b, !=c            any of the positive ones, and none of the negative ones

A backslash before one of  \\ , . " ! < > = ~  makes it an ordinary character. Inside quotes only `""`
is special: it stands for one quote. A regular expression runs to the end of the text, commas included.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from embedded_server.wire.problem import ProblemError, problem

EXAMPLES = 'Examples: >5   a..b   ~^re   null   !=x   "exact"   open, paid'
_ESCAPABLE = frozenset('\\,."!<>=~')
_COMPARISONS = ("<>", "<=", ">=", "==", "<", ">", "=")

ConditionKind = Literal["plain", "=", "<", "<=", ">", ">=", "between", "regex", "null"]


class Word(msgspec.Struct, frozen=True):
    """A value as typed: `text` without quotes and escapes; `start` its place in the box."""

    text: str
    quoted: bool = False
    start: int = msgspec.field(default=0)


class Condition(msgspec.Struct, frozen=True):
    """One item of the list. `value` is the operand or lower bound, `high` the upper bound."""

    kind: ConditionKind
    negated: bool = False
    value: Word | None = None
    high: Word | None = None


def mistake(position: int, what: str) -> ProblemError:
    """The problem of a box that cannot be understood; `position` is a character offset in it."""
    return problem("data.bad_filter", detail=what, hint=EXAMPLES, position=position)


def parse(text: str) -> list[Condition]:
    """The conditions of a box in order, none for a blank one. Raises data.bad_filter."""
    if not text.strip():
        return []
    return _Parser(text).conditions()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def conditions(self) -> list[Condition]:
        found = [self._condition()]
        while self.at < len(self.text):
            self.at += 1  # the comma
            found.append(self._condition())
        return found

    def _condition(self) -> Condition:
        negated = self._negation()
        self._blanks()
        if self._take("~"):
            return Condition("regex", negated, self._pattern())
        operator = next((op for op in _COMPARISONS if self._take(op)), "")
        if operator:
            return self._comparison(operator, negated)
        return self._plain_or_range(negated)

    def _negation(self) -> bool:
        self._blanks()
        return self._take("!")

    def _comparison(self, operator: str, negated: bool) -> Condition:
        self._blanks()
        start = self.at
        word = self._word()
        if word is None:
            raise mistake(start, f"A value is missing after {operator}.")
        self._end_of_item()
        if operator == "<>":
            operator, negated = "=", not negated
        kind: ConditionKind = "=" if operator == "==" else operator  # type: ignore[assignment]
        if not word.quoted and word.text.lower() == "null" and self._untouched(word):
            if kind != "=":
                raise mistake(word.start, "NULL is neither smaller nor greater than anything.")
            return Condition("null", negated)
        return Condition(kind, negated, word)

    def _plain_or_range(self, negated: bool) -> Condition:
        start = self.at
        word = self._word()
        if self._take(".."):
            self._blanks()
            high = self._word()
            if word is None and high is None:
                raise mistake(start, "A range needs a value on at least one side of the dots.")
            self._end_of_item()
            return Condition("between", negated, word, high)
        if word is None:
            raise mistake(start, "A value is missing.")
        self._end_of_item()
        if word.quoted:
            return Condition("=", negated, word)
        if self._untouched(word):
            if word.text.lower() == "null":
                return Condition("null", negated)
            if word.text.lower() == "not null":
                return Condition("null", not negated)
        return Condition("plain", negated, word)

    def _untouched(self, word: Word) -> bool:
        return self.text.startswith(word.text, word.start)

    def _pattern(self) -> Word:
        start = self.at
        self.at = len(self.text)
        if start == self.at:
            raise mistake(start, "A regular expression is missing after ~.")
        return Word(self.text[start:], False, start)

    def _word(self) -> Word | None:
        if self.text.startswith('"', self.at):
            return self._quoted()
        return self._bare()

    def _quoted(self) -> Word:
        start = self.at
        parts: list[str] = []
        at = start + 1
        while True:
            end = self.text.find('"', at)
            if end < 0:
                raise mistake(start, "The closing quote is missing.")
            parts.append(self.text[at:end])
            at = end + 1
            if not self.text.startswith('"', at):
                break
            parts.append('"')
            at += 1
        self.at = at
        self._blanks()
        return Word("".join(parts), True, start)

    def _bare(self) -> Word | None:
        start = self.at
        characters: list[str] = []
        kept = 0  # length up to the last character that is not a trailing blank
        while self.at < len(self.text):
            character = self.text[self.at]
            escaped = character == "\\" and self.text[self.at + 1 : self.at + 2] in _ESCAPABLE
            if escaped:
                self.at += 1
                character = self.text[self.at]
            elif character == "," or self.text.startswith("..", self.at):
                break
            characters.append(character)
            self.at += 1
            if not character.isspace():
                kept = len(characters)
        return Word("".join(characters[:kept]), False, start) if kept else None

    def _end_of_item(self) -> None:
        if self.at >= len(self.text) or self.text[self.at] == ",":
            return
        if self.text.startswith("..", self.at):
            raise mistake(self.at, "A range has one pair of dots and no operator. Write \\.\\. for dots.")
        raise mistake(self.at, "Text follows the closing quote. Write a quote inside quotes twice.")

    def _take(self, what: str) -> bool:
        if self.text.startswith(what, self.at):
            self.at += len(what)
            return True
        return False

    def _blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
