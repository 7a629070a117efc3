"""Where each line of a script stands: the scan's state at its start, what begins or ends in it.

Kept in step with the document: an edit scans on from its line until the states agree again. What takes
longer than a few milliseconds goes on in slices while the event loop is idle.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextDocument

from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.scan import START, Event, Scanner, State

# How long one round may take, in seconds: at once after an edit, and in the background.
AT_ONCE = 0.002
SLICE = 0.004
# Milliseconds of rest after an edit before the background goes on: typing comes first.
REST = 60
# Lines before and behind a place that count as near it.
NEAR = 500


class Spot(NamedTuple):
    """A place: line number and character in it, both from 0."""

    line: int
    column: int


class Span(NamedTuple):
    """A statement from its first character (or the comment before it) to behind its last; `stop` is behind
    its separator."""

    start: Spot
    end: Spot
    stop: Spot


class ScriptIndex(QObject):
    """Lines' states. `settled(first, last)`: the states of these lines are known or others than before."""

    settled = Signal(int, int)

    def __init__(self, document: QTextDocument, spoken: Dialect, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._scanner = Scanner(spoken)
        self._ids: dict[State, int] = {START: 0}
        self._states_by_id: list[State] = [START]
        # Of each line: the number of the state at its start (one more than lines), and its events.
        self._starts: list[int] = [0, 0]
        self._events: list[tuple[Event, ...]] = [()]
        # Lines below `front` are right; from there to `known` right unless the last edits changed the state
        # below `edited`.
        self._front = self._known = self._edited = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._slice)
        document.contentsChange.connect(self._changed)
        self._reset()

    @property
    def dialect(self) -> Dialect:
        """Whose rules are used."""
        return self._scanner.dialect

    def set_dialect(self, spoken: Dialect) -> None:
        """Use other rules; everything is scanned anew."""
        if spoken is not self._scanner.dialect:
            self._scanner = Scanner(spoken)
            self._reset()

    def ready(self, line: int) -> bool:
        """Whether the line's state is known."""
        return line < self._front or (line == self._front and line <= self._known)

    def complete(self) -> bool:
        """Whether all lines are."""
        return self._front >= len(self._events)

    def state_id(self, line: int) -> int:
        """A number for the state at the line's start: equal numbers, equal states."""
        return self._starts[line] if line < len(self._starts) else 0

    def state(self, line: int) -> State:
        """The state at the line's start."""
        return self._states_by_id[self.state_id(line)]

    def events(self, line: int) -> tuple[Event, ...]:
        """What begins, ends or is skipped in the line."""
        return self._events[line] if line < len(self._events) else ()

    # --- following the document --------------------------------------------------------------------

    def _reset(self) -> None:
        count = self._document.blockCount()
        self._starts = [0] * (count + 1)
        self._events = [()] * count
        self._front = self._known = self._edited = 0
        self._go(AT_ONCE, 0)

    def _changed(self, position: int, _: int, added: int) -> None:
        document = self._document
        count = document.blockCount()
        first = max(0, document.findBlock(position).blockNumber())
        last_block = document.findBlock(position + added)
        last = last_block.blockNumber() if last_block.isValid() else count - 1
        grown = count - len(self._events)
        behind = last + 1 - grown
        self._events[first:behind] = [()] * (last + 1 - first)
        # The state at the first line's start stays; the ones behind the edit are kept to compare with.
        self._starts[first + 1 : behind] = [0] * (last - first)
        known = max(self._known, self._front)
        if first < self._front < known:
            # A scan was under way: what it has done does not fit yet to what lies behind it.
            self._edited = max(self._edited, self._front)
        if known >= behind:
            known += grown
        else:
            known = min(known, first)
        self._known = known
        self._edited = max(last, self._edited + (grown if self._edited >= behind else 0))
        if self._front > first:
            self._front = first
        if self._front == first:
            self._go(AT_ONCE, REST)

    def _go(self, budget: float, rest: int) -> None:
        first = self._front
        last = self._scan(time.perf_counter() + budget)
        if self.complete():
            self._timer.stop()
            self._edited = 0
        else:
            self._timer.start(rest)
        self.settled.emit(first, last)

    def _slice(self) -> None:
        self._go(SLICE, 0)

    def _scan(self, deadline: float) -> int:
        """Go on from the front; answers the line behind the last one that was looked at."""
        line, count = self._front, len(self._events)
        last = line
        starts, events, scanner = self._starts, self._events, self._scanner
        block = self._document.findBlockByNumber(line)
        scanner.feed("", self._states_by_id[starts[line]])
        while line < count and block.isValid():
            events[line] = tuple(scanner.feed(block.text() + "\n"))
            number = self._number(scanner.state)
            line += 1
            last = line
            agreed = starts[line] == number and self._edited < line <= self._known
            starts[line] = number
            if agreed and self._known > line:
                line = self._known
                block = self._document.findBlockByNumber(line)
                scanner.feed("", self._states_by_id[starts[line]])
                continue
            if line % 32 == 0 and time.perf_counter() > deadline:
                break
            block = block.next()
        self._front = line
        self._known = max(self._known, line)
        return last

    def _number(self, state: State) -> int:
        number = self._ids.get(state)
        if number is None:
            number = self._ids[state] = len(self._states_by_id)
            self._states_by_id.append(state)
        return number

    # --- statements --------------------------------------------------------------------------------

    def statement_at(self, spot: Spot) -> Span | None:
        """The statement at a place: the one it is in, else the one that begins behind it on the same line,
        else the one that ended on this line or the one before."""
        if not self.ready(spot.line):
            return None
        start = self._begin_before(spot)
        found = self._to_end(start) if start is not None else None
        if found is not None and spot <= found.stop:
            return found
        behind = next(
            (e for e in self.events(spot.line) if e.what == "begin" and e.start > spot.column), None
        )
        if behind is not None and (found is None or found.stop.line < spot.line):
            return self._to_end(Spot(spot.line, behind.start))
        return found if found is not None and spot.line - found.stop.line <= 1 else None

    def around(self, spot: Spot) -> tuple[Spot, Spot]:
        """From the end of the statement before a place to the end of the one it is in; of very long ones
        only the lines near it."""
        first = Spot(max(0, spot.line - NEAR), 0)
        for line in range(min(spot.line, len(self._events) - 1), first.line - 1, -1):
            ends = [event.stop for event in self._events[line] if event.what == "end"]
            ends = [stop for stop in ends if line < spot.line or stop <= spot.column]
            if ends:
                first = Spot(line, ends[-1])
                break
        stop = min(self._document.blockCount() - 1, spot.line + NEAR)
        for line in range(spot.line, min(stop + 1, len(self._events))):
            for event in self._events[line]:
                if event.what == "end" and (line > spot.line or event.start >= spot.column):
                    return first, Spot(line, event.stop)
        return first, Spot(stop, len(self._document.findBlockByNumber(stop).text()))

    def _begin_before(self, spot: Spot) -> Spot | None:
        for line in range(spot.line, -1, -1):
            for event in reversed(self._events[line]):
                if event.what == "begin" and (line < spot.line or event.start <= spot.column):
                    return Spot(line, event.start)
        return None

    def _to_end(self, start: Spot) -> Span | None:
        """The statement that begins there; null if it holds only comments, or its end is not known yet."""
        for line in range(start.line, self._front):
            for event in self._events[line]:
                if event.what == "end" and (line > start.line or event.start >= start.column):
                    if event.why == "empty":
                        return None
                    return Span(start, Spot(line, event.start), Spot(line, event.stop))
        if not self.complete() or not self._states_by_id[self._starts[-1]].content:
            return None
        last = self._document.lastBlock()
        end = Spot(last.blockNumber(), len(last.text()))
        return Span(start, end, end)
