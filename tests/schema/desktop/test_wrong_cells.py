"""The form finds the cell that a refusal is about: the server's own words are what it goes by."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.schema.draft import ColumnRow, Draft, PartRow
from desktop.schema.wrong import wrong_cells
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.ddl import ColumnSpec
from embedded_server.wire.problem import Problem
from embedded_server.wire.schema import COMPOSE, ComposeRequest
from tests.schema.server.conftest import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    services = Services(Workspace(tmp_path_factory.mktemp("workspace")))
    yield Desk(services)
    services.close()


def column(name: str, kind: str = "integer") -> ColumnRow:
    return ColumnRow(ColumnSpec(name, kind))


ID = column("id")
TWICE = [column("a"), column("b"), column("a")]
NAMELESS, TYPELESS, ODD = column(""), column("c", " "), column("o'dd, \"name", "rael")
KEY, UNIQUE = PartRow("primary key", "", "idd"), PartRow("unique", "u", " ")
NOWHERE, AWRY = PartRow("foreign key", "", "id"), PartRow("foreign key", "", "id", "other (idd)")
MISSING, CHECK = PartRow("foreign key", "", "id", "none_such (id)"), PartRow("check", "c")

CASES: dict[str, tuple[list[ColumnRow], list[PartRow], list[tuple[ColumnRow | PartRow, int]]]] = {
    "no such type": ([ID, ODD], [], [(ODD, 1)]),
    "no type": ([ID, TYPELESS], [], [(TYPELESS, 1)]),
    "no name": ([ID, NAMELESS], [], [(NAMELESS, 0)]),
    "a name twice": (TWICE, [], [(TWICE[0], 0), (TWICE[2], 0)]),
    "a key of no column": ([ID], [KEY], [(KEY, 2)]),
    "a key without columns": ([ID], [UNIQUE], [(UNIQUE, 2)]),
    "nothing referred to": ([ID], [NOWHERE], [(NOWHERE, 3)]),
    "a column that is not there": ([ID], [PartRow("index", "", "id"), AWRY], [(AWRY, 3)]),
    "a table that is not there": ([ID], [MISSING], [(MISSING, 3)]),
    "no condition": ([ID], [CHECK], [(CHECK, 2)]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cell_that_is_refused_is_found(case: str, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
    connection.close()
    columns, parts, expected = CASES[case]
    draft = Draft(None, "t", columns=columns, parts=parts)
    refused = desk.refused(COMPOSE, ComposeRequest(str(path), draft.operations()))
    found = wrong_cells(refused, draft)
    assert len(found) == len(expected), refused
    assert all(one is row and at == cell for (one, at), (row, cell) in zip(found, expected, strict=True))


def test_what_is_about_something_else_marks_nothing() -> None:
    gone = ColumnRow(ColumnSpec("a", "rael"), ColumnSpec("a", "rael"), gone=True)
    draft = Draft(None, "t", columns=[gone, ID], parts=[PartRow("check", "c", "id > 0")])
    for told in (
        Problem("schema.type", "There is no type rael", "column a"),
        Problem("connection.refused", "The database does not answer"),
        Problem("data.unknown_column", "t has no column id > 0."),
    ):
        assert wrong_cells(told, draft) == []
