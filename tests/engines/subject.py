"""What the shared suite must know of an engine to test it.

A file of `tests/engines/subjects/` defines `SUBJECT`; the suite finds it by scanning. Tests get a `Bench`:
one database per engine and run, with a name of its own for every table.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import strategies as st

import tests.engines.subjects as package
from embedded_server.engines.base import Engine, Grammar, Reading, Session, Target
from embedded_server.engines.registry import engines
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import PAGE_CELL_BYTES, Cell, RowBlock, encode_msgpack, msgpack_decoder

_numbers = itertools.count(1)


@dataclass(frozen=True)
class ZooType:
    """A column type and values for it, as SQL text in the engine's own spelling.

    `values` are the nasty ones by hand; `more` makes others. `equality` false: the type has no `=` that
    finds the value again (NaN where it differs from itself, floats written by a rounding client...).
    """

    name: str
    ddl: str
    values: Sequence[str]
    more: st.SearchStrategy[str] | None = None
    equality: bool = True

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Spelling:
    """SQL that differs between engines. `{table}` is a quoted table, `{name}` a fresh quoted name.

    An empty text means that the engine cannot do it; the test is then skipped as not applicable.
    """

    integer: str = "INTEGER"
    text: str = "TEXT"
    key_text: str = "VARCHAR(60)"
    binary: str = "BLOB"
    # expressions: `{size}` bytes 0x78, or characters x, made inside the database
    make_binary: str = ""
    make_text: str = ""
    # the size of the "100 MB" value where the engine or its configuration allows less
    huge: int = 100_000_000
    # a query of integers 1..{count} in one column
    numbers: str = ""
    # a statement that runs for a minute if nobody stops it
    endless: str = ""
    # each must be refused in a read-only session; the table has the columns id, v
    writes: Sequence[str] = (
        "INSERT INTO {table} VALUES (2, 'new')",
        "UPDATE {table} SET v = 'changed'",
        "DELETE FROM {table}",
        "DROP TABLE {table}",
        "CREATE TABLE {name} (x INTEGER)",
    )
    generated: str = "g INTEGER GENERATED ALWAYS AS (id * 2) STORED"
    # makes a view whose table is gone
    broken_view: Sequence[str] = ()
    most_columns: int = 1600
    longest_name: int = 64
    case_twins: bool = False
    unique_not_null_is_key: bool = True
    partial_index: str = "CREATE INDEX {name} ON {table} (a) WHERE a > 5"
    expression_index: str = "CREATE INDEX {name} ON {table} (lower(b))"
    trigger: Sequence[str] = ()
    routine: Sequence[str] = ()
    analyze: str = "ANALYZE {table}"
    checks: bool = True
    keeps_constraint_names: bool = True
    foreign_keys: bool = True
    folds_unicode: bool = True
    refuses_unknown_names: bool = True
    tells_positions: bool = True
    # whether the driver can read a part of a long value
    reads_in_part: bool = True


class Subject(ABC):
    """An engine under test."""

    id: str
    zoo: Sequence[ZooType]
    spelling: Spelling
    schema: str = ""
    # whether a program that writes keeps every other one out
    one_program_writes: bool = False

    @property
    def engine(self) -> Engine:
        return engines()[self.id]

    @abstractmethod
    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        """Make an empty database, yield its URL, remove it."""

    @abstractmethod
    def cli(self, url: str, sql: str) -> list[list[Any]]:
        """What the engine's own command line prints for a query, cell by cell."""

    def printed(self, column: str) -> str:
        """The term of a `cli` query for a quoted column, where printing it plainly would lose something."""
        return column

    def shown(self, column: Column, cell: Cell) -> Any:
        """Our cell in the form that `cli` gives."""
        return cell

    def secret(self) -> str | None:
        """The password of the database's user."""
        return None

    def allows(self, name: str) -> bool:
        """Whether the engine accepts the identifier at all."""
        return len(name.encode()) <= self.spelling.longest_name


@dataclass
class Bench:
    """A database of one engine to work on."""

    subject: Subject
    url: str
    folder: Path
    opened: list[Session] = field(default_factory=list)
    _writer: list[Session] = field(default_factory=list)
    _reader: list[Session] = field(default_factory=list)

    @property
    def grammar(self) -> Grammar:
        return self.reader.grammar or self.subject.engine.grammar

    @property
    def spelling(self) -> Spelling:
        return self.subject.spelling

    @property
    def schema(self) -> str:
        return self.subject.schema

    def fresh(self, word: str = "t") -> str:
        """A name nothing else has."""
        return f"{word}_{next(_numbers)}"

    def open(self, *, read_only: bool = True, url: str = "") -> Session:
        """A new session, closed when the test ends."""
        target = Target(url or self.url, secret=self.subject.secret(), read_only=read_only)
        session = self.subject.engine.open(target)
        self.opened.append(session)
        return session

    @property
    def writer(self) -> Session:
        """The session that sets tables up."""
        if not self._writer:
            target = Target(self.url, secret=self.subject.secret(), read_only=False)
            self._writer.append(self.subject.engine.open(target))
        return self._writer[0]

    def run(self, *statements: str) -> None:
        """Run statements that set something up; a failure is the test's failure."""
        for sql in statements:
            self.writer.execute(sql).close()

    def quoted(self, table: str) -> str:
        return self.grammar.table(self.schema, table)

    @property
    def reader(self) -> Session:
        """A read-only session that stays open over the whole run."""
        if not self._reader:
            self._reader.append(self.subject.engine.open(Target(self.url, secret=self.subject.secret())))
        return self._reader[0]

    def let_others_read(self) -> None:
        """Let go of the database for writing, where that keeps the engine's command line out."""
        if self.subject.one_program_writes:
            self._stop_writing()

    def _stop_writing(self) -> None:
        while self._writer:
            self._writer.pop().close()

    def close_sessions(self) -> None:
        while self.opened:
            self.opened.pop().close()

    def close(self) -> None:
        self.close_sessions()
        self._stop_writing()
        while self._reader:
            self._reader.pop().close()

    def needs(self, spelling: object, what: str) -> None:
        """Skip the test on an engine that has no such thing."""
        if not spelling:
            pytest.skip(f"not applicable: {self.subject.id} has no {what}")

    def table(self, *columns: str, values: Sequence[str] = (), name: str = "") -> str:
        """Create a table; its name."""
        table = name or self.fresh()
        self.run(f"CREATE TABLE {self.quoted(table)} ({', '.join(columns)})")
        if values:
            self.run(f"INSERT INTO {self.quoted(table)} VALUES {', '.join(values)}")
        return table

    def spelled(self, text: str, table: str = "", name: str = "") -> str:
        """A text of `Spelling` with its names filled in."""
        return text.format(table=self.quoted(table), name=self.quoted(name or self.fresh()))


def database_name(folder: Path) -> str:
    """Its own for each folder of each worker: workers name their folders alike, and share the servers."""
    return f"zoo_{folder.parent.name}_{folder.name}".lower().replace("-", "_")[-60:]


def all_rows(
    bench: Bench, session: Session, table: str, *, order: str = "", size: int = 100_000
) -> list[tuple[Cell, ...]]:
    """A whole table as a stream brings it to the window, in blocks of `size` rows."""
    found = [c for c in session.columns(bench.schema, table).columns if not c.hidden]
    cells = [bench.grammar.cell(column, PAGE_CELL_BYTES) for column in found]
    sql = f"SELECT {', '.join(cell.sql for cell in cells)} FROM {bench.quoted(table)} {order}"
    params = [value for cell in cells for value in cell.params]
    brought: list[tuple[Cell, ...]] = []
    with session.execute_for_all(sql, params, found, cell_bytes=PAGE_CELL_BYTES) as reading:
        while len(block := bench.grammar.decode(found, reading.block(size))):
            brought += msgpack_decoder(RowBlock).decode(encode_msgpack(block)).rows()
    return brought


def select(
    bench: Bench,
    session: Session,
    table: str,
    *,
    order: str = "",
    columns: Sequence[str] | None = None,
    cell_bytes: int | None = PAGE_CELL_BYTES,
) -> tuple[list[Column], list[tuple[Cell, ...]]]:
    """A whole table as the page planner reads it: each column through `Grammar.cell`, then `decode`."""
    found = [c for c in session.columns(bench.schema, table).columns if not c.hidden]
    if columns is not None:
        found = [column for name in columns for column in found if column.name == name]
    cells = [bench.grammar.cell(column, cell_bytes) for column in found]
    sql = f"SELECT {', '.join(cell.sql for cell in cells)} FROM {bench.quoted(table)} {order}"
    params = [value for cell in cells for value in cell.params]
    with session.execute(sql, params, cell_bytes=cell_bytes) as reading:
        block = bench.grammar.decode(found, reading.block(100_000))
    return found, list(block.rows())


def problem_of(work: Callable[[], object]) -> Problem:
    """The problem that `work` must raise."""
    with pytest.raises(ProblemError) as caught:
        work()
    return caught.value.problem


def rows(reading: Reading, count: int = 1000) -> list[tuple[Cell, ...]]:
    """The next rows of a statement; closes it."""
    with reading:
        return list(reading.block(count).rows())


@cache
def subjects() -> dict[str, Subject]:
    """Every subject by the name of its engine in the tests."""
    found: dict[str, Subject] = {}
    for module_info in iter_modules(package.__path__):
        subject = import_module(f"{package.__name__}.{module_info.name}").SUBJECT
        found[module_info.name] = subject
    return found
