"""Where SQL statements begin and end: one linear scan with exact offsets.

The server splits what it runs with it, the editor outlines the statement under the cursor with it, so
both always mean the same piece of text. A scan can stop at any line end and go on later from its
`State`, which is how an editor rescans only the lines that changed.

A script is more than SQL: MySQL's DELIMITER lines, psql's backslash lines and COPY data, GO lines.
They are reported as skipped with the reason, never as statements.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .dialect import DOLLAR_TAG, Dialect, harmless, lexeme, ordinary, remark
from .heads import PLAIN, route


class State(NamedTuple):
    """All a scan must know to go on behind a line end.

    `open` is what the text stands in: a quote, "e'", "[", "/*", a dollar tag, "copy" data, or "".
    `begun`: a statement or the comment before it has started; `content`: it holds more than comments.
    `mode`, `words`, `level`, `last` follow routine bodies; `delimiter` is MySQL's current one.
    """

    open: str = ""
    depth: int = 0
    begun: bool = False
    content: bool = False
    mode: str = "head"
    words: tuple[str, ...] = ()
    level: int = 0
    last: str = ""
    delimiter: str = ";"


START = State()


class Event(NamedTuple):
    """What a scan met: "begin" at `start`; "end" with the separator [start, stop); "skip" with `why`.

    The `why` of an end is "empty" when only comments stood before it.
    """

    what: Literal["begin", "end", "skip"]
    start: int
    stop: int
    why: str = ""


_HEAD_WORDS = 14
# Between IS or AS and BEGIN stand declarations, each with a semicolon of its own.
_DECLARING = ("declare",)
_ESCAPED = {q: re.compile(rf"(?>(?:[^{q}\\]++|\\.|{q}{q})*)", re.S) for q in "'\""}
# Where comments do not nest, `/*` inside of one must not swallow the `*` of the end: `//*/`.
_COMMENT_MARKS, _COMMENT_END = re.compile(r"/\*|\*/"), re.compile(r"\*/")
_COPY_END = re.compile(r"^\\\.[^\S\n]*$", re.M)
_BLANKS = re.compile(r"\s*+")
_DELIMITER_LINE = re.compile(r"delimiter[^\S\n]+(\S+)[^\n]*+|delimiter[^\S\n]*+(?=\n|\Z)", re.I)
_GO_LINE = re.compile(r"[^\S\n]*+go(?:[^\S\n]+\d+)?[^\S\n]*+(?:--[^\n]*+)?(?=\n|\Z)", re.I)
_REST_OF_LINE = re.compile(r"[^\n]*+")


class Scanner:
    """Cuts text into statements. `feed` may be called line by line or with everything at once.

    `steps` counts the loop's rounds; it grows linearly with the text (tested).
    """

    def __init__(self, spoken: Dialect, state: State = START) -> None:
        self.dialect = spoken
        self.steps = 0
        self._lexeme = lexeme(spoken)
        self._ordinary = ordinary(spoken)
        self._remark = remark(spoken)
        self._text = ""
        self._at = 0
        self._events: list[Event] = []
        self._load(state)

    @property
    def state(self) -> State:
        """Where the scan stands."""
        if not self._begun and not self._open and self._delimiter == ";":
            return START
        return State(
            self._open,
            self._depth,
            self._begun,
            self._content,
            self._mode,
            self._words,
            self._level,
            self._last,
            self._delimiter,
        )

    @property
    def unsure(self) -> bool:
        """Whether the open statement swallowed semicolons waiting for a BEGIN that did not come."""
        return self._mode == "chunk" and self._words == _DECLARING

    def feed(self, text: str, state: State | None = None) -> list[Event]:
        """Scan a text that starts at a line start; positions in the events count within it."""
        if state is not None:
            self._load(state)
        self._text, self._at, self._events = text, 0, []
        size = len(text)
        while self._at < size:
            self.steps += 1
            if self._open:
                self._close()
            elif self.dialect.body == "tsql" and self._go_line():
                continue
            elif not self._begun:
                self._between()
            elif self._mode == PLAIN:
                self._plain()
            else:
                self._step()
        return self._events

    def leave(self, text: str) -> int:
        """Go to the end of the open construct, and no further."""
        self._text, self._at, self._events = text, 0, []
        while self._open and self._at < len(text):
            self._close()
        return self._at

    def _set_delimiter(self, delimiter: str) -> None:
        self._delimiter = delimiter
        # It matches anything, even nothing.
        self._harmless = harmless(self.dialect, delimiter)

    def _load(self, state: State) -> None:
        self._open, self._depth, self._begun, self._content, self._mode = state[:5]
        self._words, self._level, self._last = state[5:8]
        self._set_delimiter(state.delimiter)

    # --- between statements ----------------------------------------------------------------------

    def _between(self) -> None:
        text = self._text
        self._at = at = _matched(_BLANKS, text, self._at)
        if at == len(text):
            return
        if self._client_line():
            return
        if text.startswith(self._delimiter, at):
            self._skip(at + len(self._delimiter), "")
        elif self.dialect.body != "tsql" or not self._at_line_start() or not self._go_line():
            self._begun = True
            self._events.append(Event("begin", at, at))
            found = self._ordinary.match(text, at)
            if found is not None:
                self._content, self._mode, self._at = True, PLAIN, found.end()
                self._plain()

    def _client_line(self) -> bool:
        """A line for the client, between statements or behind a remark: DELIMITER, or a command of psql."""
        text, at, body = self._text, self._at, self.dialect.body
        found = _DELIMITER_LINE.match(text, at) if body == "mysql" else None
        if found is None and not (body == "psql" and text[at] == "\\"):
            return False
        if self._begun:
            # The remark before it belongs to nothing.
            self._events.append(Event("end", at, at, "empty"))
            self._begun, self._mode, self._words, self._level, self._last = False, "head", (), 0, ""
        if found is not None:
            self._set_delimiter(found[1] or ";")
        stop = found.end() if found is not None else _matched(_REST_OF_LINE, text, at)
        self._skip(stop, "psql command" if found is None else "DELIMITER")
        return True

    def _skip(self, stop: int, why: str) -> None:
        self._events.append(Event("skip", self._at, stop, why))
        self._at = stop

    def _at_line_start(self) -> bool:
        return self._at == 0 or self._text[self._at - 1] == "\n"

    def _go_line(self) -> bool:
        if not self._at_line_start():
            return False
        found = _GO_LINE.match(self._text, self._at)
        if found is None:
            return False
        if self._content:
            self._end(found.end())
        else:
            self._events.append(Event("skip", self._at, found.end(), "GO"))
            self._at = found.end()
        return True

    # --- inside a statement ----------------------------------------------------------------------

    def _plain(self) -> None:
        text = self._text
        self._at = at = self._harmless.match(text, self._at).end()  # type: ignore[union-attr]
        if at == len(text):
            return
        if text.startswith(self._delimiter, at):
            self._end(at + len(self._delimiter))
        elif not self._opens(at):
            if text.startswith("\\g", at):
                self._end(_matched(_REST_OF_LINE, text, at))
            else:
                self._at = at + 1

    def _opens(self, at: int) -> bool:
        """Step into whatever opens here: a quote, a comment, a dollar quote."""
        char, spoken = self._text[at], self.dialect
        width = 1
        if char in spoken.quotes:
            self._open = "e'" if char == "'" and spoken.e_strings and self._after_e(at) else char
        elif char == "[" and spoken.brackets:
            self._open = char
        elif self._text.startswith("/*", at):
            self._open, self._depth, width = "/*", 1, 2
            self._content = self._content or self._executable(at)
        elif char == "$" and spoken.dollars and self._not_in_word(at):
            found = DOLLAR_TAG.match(self._text, at)
            if found is None:
                return False
            self._open, width = found[0], len(found[0])
        else:
            return False
        if self._open != "/*":
            self._content = True
            if self._mode != PLAIN:
                self._last = char
        self._at = at + width
        return True

    def _executable(self, at: int) -> bool:
        """MySQL runs what stands in such comments."""
        return self.dialect.body == "mysql" and self._text.startswith(("/*!", "/*M!"), at)

    def _after_e(self, at: int) -> bool:
        return at > 0 and self._text[at - 1] in "eE" and self._not_in_word(at - 1)

    def _not_in_word(self, at: int) -> bool:
        before = self._text[at - 1] if at else ""
        return not (before.isalnum() or before in ("_", "$"))

    def _close(self) -> None:
        """Go to the end of the open construct, or of the text."""
        if self._open == "/*":
            self._close_comment()
            return
        if self._open == "copy":
            self._close_copy()
            return
        text, closing = self._text, {"e'": "'", "[": "]"}.get(self._open, self._open)
        at = self._at
        if self._open == "e'" or self._open in self.dialect.escapes:
            at = _matched(_ESCAPED[closing], text, at)
        at = text.find(closing, at)
        if at >= 0:
            self._open, self._at = "", at + len(closing)
        else:
            self._at = len(text)

    def _close_comment(self) -> None:
        marks = _COMMENT_MARKS if self.dialect.nested else _COMMENT_END
        for mark in marks.finditer(self._text, self._at):
            self.steps += 1
            self._depth += 1 if mark[0] == "/*" else -1
            if self._depth == 0:
                self._open, self._at = "", mark.end()
                return
        self._at = len(self._text)

    def _close_copy(self) -> None:
        if not self._at_line_start():
            self._at = min(_matched(_REST_OF_LINE, self._text, self._at) + 1, len(self._text))
            return
        found = _COPY_END.search(self._text, self._at)
        if found is not None:
            self._open = ""
        self._skip(found.end() if found else len(self._text), "COPY data")

    def _end(self, stop: int) -> None:
        self._events.append(Event("end", self._at, stop, "" if self._content else "empty"))
        copy = self._mode == "copy" and self._level == 1
        self._open = "copy" if copy else ""
        self._begun = self._content = False
        self._mode, self._words, self._level, self._last = "head", (), 0, ""
        # A remark behind the separator on the same line belongs to what ended, not to what follows.
        self._at = stop if copy else _matched(self._remark, self._text, stop)

    # --- where words matter ----------------------------------------------------------------------

    def _step(self) -> None:
        text, at = self._text, self._at
        if text.startswith(self._delimiter, at):
            self._semicolon(at)
            return
        found = self._lexeme.match(text, at)
        kind = found.lastgroup if found else None
        if not self._content and kind in ("word", "other") and self._client_line():
            return
        if found is None or kind in ("blank", "line"):
            self._at = found.end() if found else len(text)
        elif kind == "word":
            self._at = found.end()
            self._content = True
            self._word(found[0].lower())
        elif not self._opens(at):
            self._content = True
            self._other(found)

    def _other(self, found: re.Match[str]) -> None:
        char = found[0]
        if self.dialect.body == "psql" and self._text.startswith("\\g", self._at):
            self._end(_matched(_REST_OF_LINE, self._text, self._at))
            return
        if self._mode == "head" and not self._words:
            self._mode = PLAIN
        elif self._mode == "rule":
            self._level += (char == "(") - (char == ")")
        self._last = char
        self._at = found.end()

    def _semicolon(self, at: int) -> None:
        if self._mode == "trigger":
            inside = self._last != ";end"
        elif self._mode == "chunk" and self._words == _DECLARING:
            inside = True
        else:
            inside = self._mode in ("routine", "rule", "sql body", "chunk") and self._level > 0
        if inside:
            self._last = ";"
            self._at = at + len(self._delimiter)
        else:
            self._end(at + len(self._delimiter))

    def _word(self, word: str) -> None:
        if self._mode == "head":
            self._head(word)
        elif self._mode == "trigger" and word == "end" and self._last == ";":
            word = ";end"
        elif self._mode == "copy" and word == "stdin" and self._last == "from":
            self._level = 1
        elif self._mode in ("routine", "chunk", "sql body") and self._last != ".":
            self._nest(word)
        self._last = word

    def _head(self, word: str) -> None:
        words = self._words = (*self._words, word)
        mode = route(self.dialect.body, words, self._delimiter)
        if not mode and len(words) < _HEAD_WORDS:
            return
        self._mode = mode or PLAIN
        in_block = mode in ("routine", "chunk") and words[0] == "begin"
        # From here on the words only tell whether a BEGIN was seen.
        self._level, self._words = (1, ("begin",)) if in_block else (0, ())
        if mode == "chunk" and word == "declare":
            self._words = _DECLARING

    def _nest(self, word: str) -> None:
        """Count BEGIN and CASE against END; `END IF`, `END LOOP`... close nothing that was counted."""
        if self._mode == "chunk" and self._last in ("is", "as") and not self._words:
            self._words = _DECLARING
        if self._last == "end":
            self._level += word in ("if", "loop", "while", "repeat", "for")
            return
        if self._mode == "sql body":
            opens = (word == "atomic" and self._last == "begin") or (word == "case" and self._level > 0)
        else:
            opens = word in ("begin", "case")
        if opens:
            self._level, self._words = self._level + 1, ("begin",)
        elif word == "end" and self._level > 0:
            self._level -= 1


def closing(text: str, state: State, spoken: Dialect) -> int:
    """Where the construct that `state` stands in ends within a text; its length if it does not."""
    return Scanner(spoken, state).leave(text)


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
