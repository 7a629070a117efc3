"""Snapshots that are there: their files, their age, and how many of them."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import psutil

from embedded_server.data.ladder import FRESH_SECONDS
from embedded_server.data.shape import Shape
from embedded_server.engines.base import Grammar
from embedded_server.lanes import Lease
from embedded_server.wire.data import Column
from embedded_server.wire.snapshot_state import Snapshot
from embedded_server.wire.values import Cell

from .packing import WHOLE, Form, form_of

if TYPE_CHECKING:
    from embedded_server.services import Services

MOST_ALIVE = 2
MOST_ROWS = 20_000_000
# Their keys may take so much room on the disk.
MOST_BYTES = 640 << 20
# Older than this it is of no use to anybody.
LASTS_SECONDS = 900.0
# So often the database is asked whether it was written to.
_ASK_SECONDS = 1.0
_EACH = 8
# A key of more columns is none that anybody sorts millions of rows beside.
_MOST_COLUMNS = 4
# Where a row lies: in which table (rows of those that inherit are among the others), on which page, as which.
_PLACE = ("tableoid", "ctid")
_PLACE_NUMBERS = 3
_ON_PAGES = frozenset({"table", "materialized view"})


class Key(NamedTuple):
    """What a row is found again by: columns of whole numbers, UUIDs or short texts; without any, the place
    where it lies."""

    columns: tuple[Column, ...]
    forms: tuple[Form, ...]

    @property
    def width(self) -> int:
        """How many numbers it takes."""
        return sum(form.numbers for form in self.forms)

    @property
    def whole(self) -> bool:
        """Whether it is of whole numbers alone, or a place."""
        return all(form is WHOLE for form in self.forms)

    @property
    def most(self) -> int:
        """So many rows an order may have."""
        return min(MOST_ROWS, MOST_BYTES // (_EACH * self.width))

    def packed(self, columns: Sequence[Sequence[Cell]]) -> array[int]:
        """The keys of a block, one after the other."""
        if len(columns) == 1:
            return self.forms[0].pack(columns[0])
        found = array("q", bytes(_EACH * self.width * len(columns[0])))
        place = 0
        for form, cells in zip(self.forms, columns, strict=True):
            numbers = form.pack(cells)
            for part in range(form.numbers):
                found[place :: self.width] = numbers[part :: form.numbers]
                place += 1
        return found

    def known(self, cells: Sequence[Cell]) -> tuple[object, ...]:
        """The key of a row that was read since, as `values` would give it."""
        return tuple(form.known(cell) for form, cell in zip(self.forms, cells, strict=True))

    def values(self, packed: array[int]) -> list[tuple[Cell, ...]]:
        """What was packed."""
        columns: list[list[Cell]] = []
        place = 0
        for form in self.forms:
            ends = range(place + form.numbers, len(packed) + 1, self.width)
            columns.append([form.value(packed[end - form.numbers : end]) for end in ends])
            place += form.numbers
        return list(zip(*columns, strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """What is read of a row to know it again."""
        return tuple(column.name for column in self.columns) or _PLACE

    def sql(self, grammar: Grammar) -> str:
        """The same as a list of columns."""
        return ", ".join(grammar.name(name) for name in self.names)


class Kept:
    """The keys of one order in a file of 64-bit integers. Safe to use from several threads."""

    def __init__(self, path: Path, key: Key, mark: str, at: float) -> None:
        self.key, self._mark, self._at = key, mark, at
        self._each = _EACH * key.width
        self.rows = os.path.getsize(path) // self._each
        self._file: BinaryIO | None = path.open("rb")
        self._lock = threading.Lock()
        self._asked_at = time.monotonic()
        self.changed = False
        # Nobody else needs the name, so nothing is left behind however this ends.
        with contextlib.suppress(OSError):
            path.unlink()

    @property
    def age(self) -> float:
        """Seconds since its statement was sent."""
        return time.time() - self._at

    @property
    def alive(self) -> bool:
        """Whether it may be used."""
        if self._file is not None and self.age > LASTS_SECONDS:
            self.close()
        return self._file is not None

    def keys(self, first: int, end: int) -> Sequence[tuple[Cell, ...]]:
        """The keys of rows [first, end)."""
        found = array("q")
        with self._lock:
            if self._file is not None:
                self._file.seek(first * self._each)
                found.frombytes(self._file.read((end - first) * self._each))
        return self.key.values(found)

    def look(self, lease: Lease, shape: Shape) -> None:
        """Ask, if that was not just done, whether the table was written to."""
        now = time.monotonic()
        if self.changed or now - self._asked_at < _ASK_SECONDS:
            return
        self._asked_at = now
        described = shape.table.described
        self.changed = lease.session.change_mark(described.schema, described.table) != self._mark

    @property
    def exact(self) -> bool:
        """Whether its row numbers may be called exact."""
        return not self.changed and self.age < FRESH_SECONDS

    def state(self) -> Snapshot:
        """How it stands with it."""
        taken = datetime.fromtimestamp(self._at, UTC).isoformat(timespec="seconds")
        return Snapshot("changed" if self.changed else "ready", self.rows, taken, round(self.age, 1))

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                file.close()


class Snapshots:
    """All of a server process. Its room: closed with the server."""

    def __init__(self, services: Services) -> None:
        self._folder = services.store.folder / "orders"
        self._lock = threading.Lock()
        self._kept: list[Kept] = []
        self._names = 0
        # One is made at a time: two sorts of millions of rows would only be in each other's way.
        self.making = threading.Lock()
        self._sweep()

    def _sweep(self) -> None:
        """What a process left that was killed while it made one."""
        for path in self._folder.glob("*.keys"):
            owner = path.name.partition("-")[0]
            if not (owner.isdigit() and psutil.pid_exists(int(owner))):
                path.unlink(missing_ok=True)

    def path(self) -> Path:
        """A file that is not there yet."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock:
            self._names += 1
            return self._folder / f"{os.getpid()}-{self._names}.keys"

    def keep(self, one: Kept) -> None:
        """Use it from now on; the oldest goes if there are too many."""
        with self._lock:
            self._kept = [other for other in self._kept if other.alive] + [one]
            gone, self._kept = self._kept[:-MOST_ALIVE], self._kept[-MOST_ALIVE:]
        for other in gone:
            other.close()

    def close(self) -> None:
        """The server ends."""
        for one in self._kept:
            one.close()


def put(shape: Shape, one: Kept) -> None:
    """Pages of this order find it here, as long as nothing makes the server forget what it knows of the
    table: a refresh, our own edits, another schema."""
    old = shape.table.facts.get(_fact(shape))
    shape.table.facts.put(_fact(shape), one)
    if isinstance(old, Kept):
        old.close()


def of(shape: Shape) -> Kept | None:
    """The snapshot of an order, if there is one."""
    found = shape.table.facts.get(_fact(shape))
    return found if isinstance(found, Kept) and found.alive else None


def _fact(shape: Shape) -> tuple[str, bytes]:
    return "order", shape.fingerprint


def key_of(shape: Shape, lease: Lease) -> Key | None:
    """What identifies a row: columns whose values have a form, or where nothing does, the place where it
    lies. Null if rows cannot be found again so."""
    columns = tuple(shape.table.columns[name] for name in shape.table.row_key)
    if columns:
        dynamic = lease.grammar.dynamic_types
        forms = tuple(form for column in columns if (form := form_of(column, dynamic=dynamic)) is not None)
        return Key(columns, forms) if len(columns) == len(forms) <= _MOST_COLUMNS else None
    lies = lease.engine.capabilities.heap_ranges and shape.table.described.kind in _ON_PAGES
    return Key((), (WHOLE,) * _PLACE_NUMBERS) if lies else None
