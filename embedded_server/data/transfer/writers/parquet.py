"""Parquet, written by DuckDB in its worker from a file of texts beside the target: a column gets a type only
when every value of it is exactly what that type gives back, else it stays text.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import threading
from dataclasses import dataclass
from typing import IO

from embedded_server.data.transfer import staging
from embedded_server.data.transfer.cell_texts import NOT_TEXT, affinity
from embedded_server.data.transfer.output import TEXTS, disk_problem, translated
from embedded_server.data.transfer.readers.parquet import aside
from embedded_server.engines.base import Session
from embedded_server.engines.support.duckdb.grammar import DuckdbGrammar
from embedded_server.wire.data import Column
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import BadText, Cell, RowBlock

from .base import Making, Writer
from .json_rows import unique

MIXED = "A column of a Parquet file has one type; this value comes back as a text."
_WAIT = 0.05
_grammar = DuckdbGrammar()
# DuckDB prints these otherwise than they were written, and reads them exactly.
_READ_EXACTLY = ("DOUBLE", "FLOAT", "BOOLEAN", "BLOB", "TIMESTAMP WITH TIME ZONE")
_WORDS = {
    "smallint": "SMALLINT", "int2": "SMALLINT", "tinyint": "TINYINT", "mediumint": "INTEGER",
    "int": "INTEGER",
    "integer": "INTEGER", "int4": "INTEGER", "bigint": "BIGINT", "int8": "BIGINT", "double": "DOUBLE",
    "double precision": "DOUBLE", "float8": "DOUBLE", "real": "FLOAT", "float": "FLOAT", "float4": "FLOAT",
    "boolean": "BOOLEAN", "bool": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP", "uuid": "UUID",
    "timestamp": "TIMESTAMP", "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE", "timestamptz": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
# DuckDB writes these as something else, or not at all.
_NOT_IN_PARQUET = re.compile(
    r"HUGEINT|INTERVAL|BIT|UNION|BIGNUM|TIME WITH|TIME_NS|TIMESTAMP_S|TIMESTAMP_MS|ENUM|JSON|VARIANT|GEOMETRY"
)
_UNSIGNED = {"TINYINT": "UTINYINT", "SMALLINT": "USMALLINT", "INTEGER": "UINTEGER", "BIGINT": "UBIGINT"}
_BY_VALUE = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", bytes: "BLOB"}


@dataclass
class _Seen:
    """Values of a column so far: `alike` while all are of one kind, `count` of those a text would lose."""

    kind: type | None = None
    alike: bool = True
    count: int = 0
    row: int = 0
    cell: Cell = None


class ParquetWriter(Writer):
    """Collects the rows as texts, then has them converted at once."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._kinds: list[set[type]] = [set() for _ in making.columns]
        self._seen = [_Seen() for _ in making.columns]
        self._longest = 0
        self._rows = 0
        self._path = f"{making.path}{TEXTS}" if making.path else ""
        self._file: IO[str] | None = None
        self._session: Session | None = None

    def begin(self) -> None:
        if self._path:
            try:
                self._file = open(self._path, "x", encoding="utf-8", newline="")  # noqa: SIM115
            except OSError as error:
                raise disk_problem(error, self._path) from error

    def block(self, block: RowBlock) -> None:
        losses = self.making.losses
        for place, column in enumerate(block.columns):
            kinds = set(map(type, column))
            self._kinds[place] |= kinds
            if BadText in kinds:
                for row, cell in enumerate(column):
                    if isinstance(cell, BadText):
                        losses.add(place, row, NOT_TEXT, cell)
            if self.making.grammar.dynamic_types:
                self._mixed(place, block)
        self._rows += len(block)
        if self._file is not None:
            try:
                self._longest = max(self._longest, staging.write_rows(self._file, block))
            except OSError as error:
                raise disk_problem(error, self._path) from error

    def _mixed(self, place: int, block: RowBlock) -> None:
        """Where any column may hold anything: what is lost when values of several kinds become texts."""
        losses, seen = self.making.losses, self._seen[place]
        for row, cell in enumerate(block.columns[place]):
            if cell is None:
                continue
            kind = str if isinstance(cell, BadText) else type(cell)
            lost = self._is_lost(place, cell)
            seen.kind = seen.kind or kind
            if seen.alike and kind is seen.kind:
                if lost and not seen.count:
                    seen.row, seen.cell = losses.first + row, cell
                seen.count += lost
                continue
            seen.alike = False
            if seen.count:
                losses.add(place, seen.row - losses.first, MIXED, seen.cell, seen.count)
                seen.count = 0
            if lost:
                losses.add(place, row, MIXED, cell)

    def _is_lost(self, place: int, cell: Cell) -> bool:
        """Whether a value of this kind, written as a text, comes back as a text."""
        kept = affinity(self.making.columns[place].type)
        number = isinstance(cell, int | float)
        endless = isinstance(cell, float) and not math.isfinite(cell)
        return isinstance(cell, bytes) or endless or (number and kept == "none" and self.making.stored)

    # --- types -----------------------------------------------------------------------------------

    def end(self) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            raise disk_problem(error, self._path) from error
        self._session = aside(self._path)
        types = self._types()
        names = unique([column.name for column in self.making.columns])
        source = staging.read(self._path, len(types), self._longest)
        terms = ", ".join(
            f"{staging.cast(place, type_name)} AS {_grammar.name(name)}"
            for place, (type_name, name) in enumerate(zip(types, names, strict=True))
        )
        target = _grammar.literal(None, self.making.path)
        self._run(f"COPY (SELECT {terms} FROM {source}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
        self.making.wrote(os.path.getsize(self.making.path))

    def _types(self) -> list[str]:
        wished = [self._wish(place, column) for place, column in enumerate(self.making.columns)]
        checks = [_check(place, type_name) for place, type_name in enumerate(wished)]
        if any(checks) and self._rows:
            source = staging.read(self._path, len(wished), self._longest)
            terms = ", ".join(check or "0" for check in checks)
            (row,) = self._run(f"SELECT {terms} FROM {source}")
            for place, found in enumerate(row):
                if found:
                    name = self.making.columns[place].name
                    self.notes.append(f"{name} is text in the file: {found} values are no {wished[place]}.")
                    wished[place] = "VARCHAR"
        return wished

    def _wish(self, place: int, column: Column) -> str:
        kinds = self._kinds[place] - {type(None)}
        if kinds == {int, float} and affinity(column.type) in ("numeric", "real", "integer"):
            return "DOUBLE"
        if self.making.grammar.dynamic_types or not column.type:
            return _BY_VALUE.get(next(iter(kinds)), "VARCHAR") if len(kinds) == 1 else "VARCHAR"
        if self.making.grammar.sqlglot_dialect == "duckdb":
            return "VARCHAR" if _NOT_IN_PARQUET.search(column.type) else column.type
        return "BLOB" if kinds == {bytes} else type_of(column.type) if bytes not in kinds else "VARCHAR"

    # --- DuckDB ----------------------------------------------------------------------------------

    def _run(self, sql: str) -> list[tuple[object, ...]]:
        """Run it where giving up still reaches it."""
        session = self._session
        assert session is not None
        found: list[list[tuple[object, ...]]] = []
        failed: list[BaseException] = []

        def work() -> None:
            try:
                with session.execute(sql, cell_bytes=None) as reading:
                    found.append(list(reading.block(10).rows()))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=work, name="parquet", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_WAIT)
                self.making.heed()
        except BaseException:
            session.cancel()
            thread.join()
            raise
        if failed:
            error = failed[0]
            raise translated(error, self.making.path) if isinstance(error, ProblemError) else error
        return found[0]

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)


def type_of(name: str) -> str:
    """DuckDB's type for one of another database, VARCHAR where none is sure to be the same."""
    lower = name.lower()
    sized = re.fullmatch(r"(?:numeric|decimal)\((\d+),(\d+)\)(?: unsigned)?", lower)
    if sized:
        fits = int(sized[2]) <= int(sized[1]) <= 38
        return f"DECIMAL({sized[1]},{sized[2]})" if fits else "VARCHAR"
    word = re.sub(r"\(\d+\)", "", lower).strip()
    if word.endswith(" unsigned"):
        found = _WORDS.get(word.removesuffix(" unsigned"), "VARCHAR")
        return _UNSIGNED.get(found, found)
    return _WORDS.get(" ".join(word.split()), "VARCHAR")


def _check(place: int, type_name: str) -> str:
    """How many values the type would not give back, empty for one that keeps all."""
    if type_name in ("VARCHAR", "BLOB"):
        return ""
    text, cast = f"c{place}", f"TRY_CAST(c{place} AS {type_name})"
    bad = f"{cast} IS NULL"
    if type_name not in _READ_EXACTLY:
        bad = f"CAST({cast} AS VARCHAR) IS DISTINCT FROM {text}"
    elif type_name == "DOUBLE":
        # Whole numbers beyond 2^53, written without a point, would be rounded.
        bad += f" OR (regexp_full_match({text}, '[+-]?[0-9]+') AND abs({cast}) > 9007199254740992)"
    return f"count(*) FILTER (WHERE {text} IS NOT NULL AND {bad})"
