"""What is refused, and that nothing is left behind then."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.connections import Profile
from embedded_server.wire.endpoint import Scope
from embedded_server.wire.loading import IMPORT, PREVIEW, ImportRequest, PreviewRequest
from embedded_server.wire.transfer import EXPORT, ExportRequest, TextOptions
from tests.data.transfer.conftest import House


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, f"name {n}") for n in range(1, 6)])
    connection.close()
    return f"sqlite:///{path}"


def left(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("shop.db"))


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("out.csv", "transfer.path", "no absolute path"),
        ("", "transfer.path", "no absolute path"),
        ("{folder}", "transfer.path", "is a folder"),
        ("{folder}/no/such/out.csv", "transfer.path", "There is no folder"),
        ("/dev/null", "transfer.path", "no ordinary file"),
        ("{folder}/shop.db", "transfer.exists", "shop.db"),
    ],
)
def test_a_place_where_no_file_can_be(
    house: House, database: str, tmp_path: Path, path: str, code: str, words: str
) -> None:
    target = path.format(folder=tmp_path)
    # Before anything is read: there is no such table.
    found = house.refused(EXPORT, ExportRequest(connection=database, table="nothing", path=target))
    assert found.code == code and words in found.detail
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({}, "request.invalid", "one of table, sql and given"),
        ({"table": "t", "sql": "select 1"}, "request.invalid", "one of table, sql and given"),
        ({"table": "nothing"}, "data.unknown_table", ""),
        ({"table": "t", "columns": ["nothing"]}, "data.unknown_column", ""),
        ({"sql": "delete from t"}, "sql.read_only", ""),
        ({"table": "t", "options": TextOptions(delimiter=";;")}, "transfer.options", "one character"),
        ({"table": "t", "options": TextOptions(encoding="martian")}, "transfer.options", "no encoding"),
        ({"table": "t", "options": TextOptions(null='"')}, "transfer.options", "text for NULL"),
        (
            {"table": "t", "format": "json", "options": TextOptions(encoding="latin-1")},
            "transfer.options",
            "UTF-8",
        ),
    ],
)
def test_an_export_that_makes_no_sense(
    house: House, database: str, tmp_path: Path, fields: dict[str, object], code: str, words: str
) -> None:
    request = ExportRequest(connection=database, path=str(tmp_path / "out.csv"), **fields)  # type: ignore[arg-type]
    found = house.refused(EXPORT, request)
    assert found.code == code and words in found.detail
    assert left(tmp_path) == []


def test_import_into_a_connection_that_only_reads(house: House, database: str, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,name\n9,new\n")
    house.services.store.profiles.save(Profile("reading", database, read_only=True))
    found = house.refused(IMPORT, ImportRequest(connection="reading", path=str(file), table="t"))
    assert found.code == "sql.read_only"
    assert house.export("reading", table="t", path=str(tmp_path / "out.csv")).rows == 5


def test_import_into_production_is_confirmed_by_its_name(house: House, database: str, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,name\n9,new\n")
    house.services.store.profiles.save(Profile("live", database, "production"))
    request = ImportRequest(connection="live", path=str(file), table="t")
    assert house.refused(IMPORT, request).code == "transfer.confirm"
    assert house.load("live", file, table="t", confirm="live").rows == 1


def test_files_that_cannot_be_read(house: House, tmp_path: Path) -> None:
    nothing = house.refused(PREVIEW, PreviewRequest(path=str(tmp_path / "no.csv")))
    assert nothing.code == "file.missing"
    assert house.refused(PREVIEW, PreviewRequest(path="no.csv")).code == "transfer.path"
    odd = tmp_path / "file.odd"
    odd.write_text("x")
    assert house.refused(PREVIEW, PreviewRequest(path=str(odd))).code == "transfer.format"
    for ending in ("xlsx", "parquet"):
        false = tmp_path / f"false.{ending}"
        false.write_text("x")
        assert house.refused(PREVIEW, PreviewRequest(path=str(false))).code == "transfer.file"


def test_a_reading_token_exports_and_imports_nothing(house: House, database: str, tmp_path: Path) -> None:
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE}, port=4711)
    client = create_app(Dispatcher(house.services), guard).test_client()
    file = tmp_path / "in.csv"
    file.write_text("id,name\n9,new\n")

    def send(token: str, route: str, /, **request: object) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(route, json=request, base_url="http://127.0.0.1:4711", headers=headers)
        return answer.status_code, answer.get_data(as_text=True)

    target = str(tmp_path / "out.csv")
    status, text = send("reader", EXPORT.path, connection=database, table="t", path=target)
    assert status == 200 and '"state":"done"' in text and Path(target).exists()
    assert send("reader", PREVIEW.path, path=str(file))[0] == 200
    refused = send("reader", IMPORT.path, connection=database, table="t", path=str(file))
    assert refused[0] == 403 and "guard.scope" in refused[1]
    status, text = send("writer", IMPORT.path, connection=database, table="t", path=str(file))
    assert status == 200 and '"rows":1' in text
