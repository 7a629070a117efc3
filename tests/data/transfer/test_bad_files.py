"""Files as people have them: each is read right, or told line by line what is wrong with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.data.transfer.readers.delimited import DelimitedSource
from embedded_server.wire.loading import IMPORT, PREVIEW, ImportRequest, Mapping, PreviewRequest, ReadOptions
from tests.data.transfer.conftest import House

MADE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, size INTEGER CHECK (size < 1000))"


@pytest.fixture
def database(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(MADE)
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


def rows(database: str, sql: str = "SELECT * FROM t ORDER BY id") -> list[tuple[Any, ...]]:
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def written(tmp_path: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


GOOD = {
    "byte order mark": ("\ufeffid,name\n1,é\n2,\n", [(1, "é", None), (2, None, None)]),
    "utf-16": ("id,name\n1,é\n2,x\n".encode("utf-16"), [(1, "é", None), (2, "x", None)]),
    "utf-16 without a mark": (
        "id,name\n1,abc\n2,x\n".encode("utf-16-le"),
        [(1, "abc", None), (2, "x", None)],
    ),
    "windows-1252": (
        "id,name\n1,Müller\n2,caf\xe9\n".encode("cp1252"),
        [(1, "Müller", None), (2, "café", None)],
    ),
    "semicolons": ("id;name\n1;a,b\n2;c\n", [(1, "a,b", None), (2, "c", None)]),
    "tabs": ("id\tname\n1\ta\n", [(1, "a", None)]),
    "carriage returns": ("id,name\r\n1,a\r\n2,b\r\n", [(1, "a", None), (2, "b", None)]),
    "old carriage returns": ("id,name\r1,a\r2,b\r", [(1, "a", None), (2, "b", None)]),
    "line ends in a field": ('id,name\n1,"a\nb\r\nc"\n2,d\n', [(1, "a\nb\r\nc", None), (2, "d", None)]),
    "quotes in a field": (
        'id,name\n1,"a ""b"" c"\n2,5" pipe\n',
        [(1, 'a "b" c', None), (2, '5" pipe', None)],
    ),
    "empty and NULL": ('id,name\n1,""\n2,\n', [(1, "", None), (2, None, None)]),
    "no line end at the end": ("id,name\n1,a", [(1, "a", None)]),
    "empty lines": ("id,name\n\n1,a\n\n2,b\n\n", [(1, "a", None), (2, "b", None)]),
    "NUL in a text": ("id,name\n1,a\0b\n", [(1, "a\0b", None)]),
    "names in another case": ("ID,Name\n1,a\n", [(1, "a", None)]),
    "only names": ("id,name\n", []),
}


@pytest.mark.parametrize("what", GOOD)
def test_odd_files_are_read_right(house: House, database: str, tmp_path: Path, what: str) -> None:
    content, expected = GOOD[what]
    done = house.load(database, written(tmp_path, content), table="t")
    assert rows(database) == expected and done.rows == len(expected)


BAD = {
    "short row": ("id,name\n1,a\n2\n3,c\n", 3, "1 field instead of 2"),
    "long row": ("id,name\n1,a\n2,b,c\n3,c\n", 3, "3 fields instead of 2"),
    "behind a long field": ('id,name\n1,"a\nb\nc"\n2,b,c\n3,c\n', 5, "3 fields instead of 2"),
    "quote never closed": ('id,name\n1,a\n2,"b\n3,c\n', 3, "never closed"),
    "text behind a quote": ('id,name\n1,a\n2,"b"c\n3,c\n', 3, "behind a closing quote"),
    "bytes that are not UTF-8": (
        b"id,name\n1,\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n2,b\xff\n3,c\n",
        3,
        "not UTF-8",
    ),
    "twice": ("id,name\n1,a\n1,b\n3,c\n", 3, "UNIQUE constraint failed"),
    "too large": ("id,name,size\n1,a,5\n2,b,5000\n3,c,1\n", 3, "CHECK constraint failed"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_row_is_named_and_can_be_left_out(
    house: House, database: str, tmp_path: Path, what: str
) -> None:
    content, line, reason = BAD[what]
    path = written(tmp_path, content)
    tried = house.load(database, path, table="t", dry_run=True)
    (bad,) = house.bad_rows()
    assert bad.line == line and reason in bad.reason and tried.bad == 1
    assert rows(database) == []
    refused = house.refused(IMPORT, ImportRequest(connection=database, path=str(path), table="t"))
    assert refused.code == "transfer.row" and f"Line {line}" in refused.detail and rows(database) == []
    done = house.load(database, path, table="t", on_error="skip")
    assert done.bad == 1 and done.rows == tried.rows and len(rows(database)) == done.rows


def test_batches_are_kept_and_a_later_run_goes_on(house: House, database: str, tmp_path: Path) -> None:
    lines = [f"{n},name {n}" for n in range(1, 101)]
    lines[56] = "57"
    path = written(tmp_path, "id,name\n" + "\n".join(lines) + "\n")
    request = ImportRequest(connection=database, path=str(path), table="t", transaction="batches", batch=10)
    refused = house.refused(IMPORT, request)
    assert refused.code == "transfer.row" and "Line 58" in refused.detail
    kept = house.events[-1].kept
    assert kept == 56 and f"after={kept}" in refused.hint and len(rows(database)) == 56
    path.write_text(path.read_text().replace("\n57\n", "\n57,mended\n"))
    done = house.load(database, path, table="t", transaction="batches", after=kept)
    assert done.rows == 44 and [row[0] for row in rows(database)] == list(range(1, 101))


def test_a_row_without_an_end_is_refused(house: House, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,")
        for _ in range(80):
            file.write(b"x" * (1 << 20))
    found = house.refused(PREVIEW, PreviewRequest(path=str(path)))
    assert found.code == "transfer.file" and "line 2" in found.detail and "64 MB" in found.detail


def test_the_preview_tells_what_it_found(house: House, database: str, tmp_path: Path) -> None:
    text = (
        "name;born;price;big;code;flag\nAda;1990-02-03;1.50;12345678901;007;true\nDeniz;;20.25;1;123;false\n"
    )
    path = written(tmp_path, text, "people list.csv")
    found = house.call(PREVIEW, PreviewRequest(path=str(path), connection=database))
    assert (found.options.delimiter, found.options.header, found.table) == (";", True, "people_list")
    assert [column.kind for column in found.columns] == ["text", "date", "decimal", "bigint", "text", "truth"]
    assert found.rows[1] == ["Deniz", None, "20.25", "1", "123", "false"]
    done = house.load(database, path, table="people", create=found.ddl.replace("people_list", "people"))
    assert done.rows == 2
    assert rows(database, "SELECT name, code FROM people") == [("Ada", "007"), ("Deniz", "123")]


def test_a_table_made_by_a_dry_run_is_gone(house: House, database: str, tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    create = "CREATE TABLE fresh (a INTEGER, b INTEGER)"
    assert house.load(database, path, table="fresh", create=create, dry_run=True).rows == 1
    assert rows(database, "SELECT name FROM sqlite_schema WHERE name = 'fresh'") == []


MAPPINGS = [
    ([{"source": "nothing", "target": "id"}], "no column 'nothing'"),
    ([{"source": "id", "target": "nothing"}], "no column 'nothing'"),
    ([{"source": "id", "target": "id"}, {"source": "name", "target": "id"}], "Two columns"),
    ([], "No column of the file"),
]


@pytest.mark.parametrize(("mapping", "words"), MAPPINGS)
def test_a_mapping_that_does_not_fit(
    house: House, database: str, tmp_path: Path, mapping: list[Any], words: str
) -> None:

    path = written(tmp_path, "id,name\n1,a\n")
    chosen = [Mapping(**one) for one in mapping]
    request = ImportRequest(connection=database, path=str(path), table="t", mapping=chosen)
    found = house.refused(IMPORT, request)
    assert found.code == "transfer.mapping" and words in found.detail


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(TEXTS, st.none() | TEXTS, TEXTS), min_size=1, max_size=8))
def test_what_is_written_by_the_rules_is_read_the_same(
    tmp_path: Path, table: list[tuple[str | None, ...]]
) -> None:
    def field(text: str | None) -> str:
        return "" if text is None else '"' + text.replace('"', '""') + '"'

    text = "".join(",".join(map(field, row)) + "\n" for row in [("a", "b", "c"), *table])
    path = written(tmp_path, text)
    source = DelimitedSource(str(path), ReadOptions(header=True, delimiter=",", encoding="utf-8"))
    found = [row for batch in source.batches() for row in zip(*batch.columns, strict=True)]
    assert found == table
