"""The engine for any dialect, on SQLite under a name that no file knows; Firebird has tests of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.dialects import UnheardDialect
from tests.engines.subject import Spelling, ZooType
from tests.engines.subjects.sqlite import BLOBS, INTEGERS, REALS, TEXTS, SqliteSubject, blobs, integers, texts


class GenericSubject(SqliteSubject):
    id = "generic"
    zoo = (
        ZooType("integer", "INTEGER", INTEGERS, integers),
        ZooType("real", "REAL", [real for real in REALS if "999" not in real]),
        ZooType("text", "TEXT", [text for text in TEXTS if "char(0)" not in text], texts),
        ZooType("blob", "BLOB", BLOBS, blobs),
        ZooType("numeric", "NUMERIC(12,2)", ["1.10", "7", "-0.05"]),
    )
    spelling = Spelling(
        **{
            name: getattr(SqliteSubject.spelling, name)
            for name in ("make_binary", "make_text", "numbers", "endless", "broken_view")
        },
        folds_unicode=False,
        refuses_unknown_names=False,
        tells_positions=False,
        reads_in_part=False,
        partial_index="",
        expression_index="",
    )

    def database(self, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
        path = folder / "bench.db"
        sqlite3.connect(path).close()
        yield f"{UnheardDialect.name}:///{path}"


SUBJECT = GenericSubject()
