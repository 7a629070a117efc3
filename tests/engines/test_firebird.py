"""A real stranger: Firebird in this process, reached only through its SQLAlchemy dialect.

No file of the product names it. Needs the dialect (sqlalchemy-firebird, firebird-driver) and Firebird's
embedded library (Debian: firebird3.0-server-core, libfbclient2).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.data import Column, Order
from embedded_server.wire.values import PAGE_CELL_BYTES, Cell, Truncated
from tests.engines.subject import problem_of, rows

pytestmark = pytest.mark.engine("generic")
BOTH = (True, False)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if (
        importlib.util.find_spec("firebird") is None
        or importlib.util.find_spec("sqlalchemy_firebird") is None
    ):
        pytest.skip("the Firebird dialect is not installed")
    folder = tmp_path_factory.mktemp("firebird")
    os.environ |= {"FIREBIRD_LOCK": str(folder), "FIREBIRD_TMP": str(folder)}
    driver = importlib.import_module("firebird.driver")
    path = folder / "stranger.fdb"
    try:
        driver.create_database(str(path), user="SYSDBA", charset="UTF8").close()
    except Exception as error:  # the library is loaded only here
        pytest.skip(f"Firebird's embedded library does not work here: {error}")
    yield f"firebird+firebird://SYSDBA@/{path}?charset=UTF8"


@pytest.fixture(params=BOTH, ids=["reader", "writer"])
def any_session(database: str, request: pytest.FixtureRequest) -> Iterator[Session]:
    yield from opened(database, read_only=request.param)


@pytest.fixture
def writer(database: str) -> Iterator[Session]:
    yield from opened(database, read_only=False)


@pytest.fixture
def reader(database: str) -> Iterator[Session]:
    yield from opened(database, read_only=True)


def opened(url: str, *, read_only: bool) -> Iterator[Session]:
    session = engine_for(url).open(Target(url, read_only=read_only))
    yield session
    session.close()


@pytest.fixture
def orders(writer: Session) -> Iterator[str]:
    """A table whose unquoted names the database folds to capitals, and quoted twins in lower case."""
    for sql in (
        "CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL UNIQUE)",
        'CREATE TABLE "customers" ("id" INTEGER NOT NULL PRIMARY KEY)',
        "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER REFERENCES customers (id), "
        "amount NUMERIC(12, 2), big BIGINT, ratio DOUBLE PRECISION, day_ DATE, at_ TIMESTAMP, "
        "note VARCHAR(80), "
        "doc BLOB SUB_TYPE TEXT, raw BLOB, CHECK (amount >= 0))",
        "INSERT INTO customers VALUES (7, 'Ada')",
        "INSERT INTO orders VALUES (1, 7, 1.10, 9007199254740993, 0.1, '0001-01-01', "
        "'9999-12-31 23:59:59.9999', 'it''s 🦆 100%', 'short', x'00ff')",
        "INSERT INTO orders (id, amount) VALUES (2, 12345678.05)",
    ):
        writer.execute(sql).close()
    yield "ORDERS"
    for name in ("orders", '"customers"', "customers"):
        writer.execute(f"DROP TABLE {name}").close()


def read(session: Session, table: str) -> tuple[list[Column], list[tuple[Cell, ...]]]:
    grammar = session.grammar
    assert grammar is not None
    columns = session.columns("", table).columns
    names = ", ".join(grammar.cell(column, PAGE_CELL_BYTES).sql for column in columns)
    order = grammar.order(columns[0], Order(columns[0].name))
    sql = f"SELECT {names} FROM {grammar.table('', table)} ORDER BY {order}"
    return columns, rows(session.execute(sql, ()))


def test_info_says_what_is_missing(any_session: Session) -> None:
    info = any_session.info()
    assert info.server_version.startswith(("3.", "4.", "5.")) and "firebird" in info.notes[0]
    assert info.read_only == (len(info.notes) == 2)


def test_catalog_has_the_databases_own_names(reader: Session, orders: str) -> None:
    catalog = reader.catalog(None, columns=True)
    found = {table.name: table.columns for table in catalog.schemas[0].tables}
    assert found["CUSTOMERS"] == ["ID", "NAME"] and found["customers"] == ["id"] and orders in found


def test_structure_of_a_table(reader: Session, orders: str) -> None:
    found = reader.table("", orders)
    assert (found.primary_key, found.row_key) == (["ID"], ["ID"])
    assert [(key.columns, key.target, key.target_columns) for key in found.foreign_keys] == [
        (["CUSTOMER"], "CUSTOMERS", ["ID"])
    ]
    kinds = {column.name: column.kind for column in found.columns}
    assert (kinds["AMOUNT"], kinds["AT_"], kinds["NOTE"], kinds["RAW"]) == (
        "number",
        "time",
        "text",
        "binary",
    )
    assert "CREATE TABLE" in found.ddl and "amount" in found.ddl.lower()
    parent = reader.table("", "CUSTOMERS")
    assert [(ref.table, ref.columns) for ref in parent.references] == [("ORDERS", ["CUSTOMER"])]
    assert problem_of(lambda: reader.table("", "Orders")).code == "data.unknown_table"


def test_cells_are_exact_and_find_their_row(reader: Session, orders: str) -> None:
    columns, found = read(reader, orders)
    assert found[0] == (
        1,
        7,
        "1.10",
        9007199254740993,
        0.1,
        "0001-01-01",
        "9999-12-31 23:59:59.999900",
        "it's 🦆 100%",
        "short",
        b"\x00\xff",
    )
    assert found[1][2] == "12345678.05" and found[1][3:] == (None,) * 7
    grammar = reader.grammar
    assert grammar is not None
    for column, cell in zip(columns, found[0], strict=True):
        if column.type.startswith("BLOB"):
            continue  # Firebird compares only short blobs
        value = grammar.value(column, cell)
        sql = f"SELECT ID FROM ORDERS WHERE {grammar.operand(column)} = {value.sql}"
        assert rows(reader.execute(sql, value.params)) == [(1,)], column.name


def test_limits_in_the_dialects_own_words(reader: Session, orders: str) -> None:
    grammar = reader.grammar
    assert grammar is not None
    sql = "SELECT ID FROM ORDERS ORDER BY ID"
    assert rows(reader.execute(sql + grammar.limit(1), ())) == [(1,)]
    assert rows(reader.execute(sql + grammar.limit(5, 1), ())) == [(2,)]


def test_searching_and_null_order(reader: Session, orders: str) -> None:
    grammar = reader.grammar
    assert grammar is not None
    columns = {column.name: column for column in reader.columns("", orders).columns}
    condition = grammar.contains(columns["NOTE"], "IT'S 🦆 100%")
    assert rows(reader.execute(f"SELECT ID FROM ORDERS WHERE {condition.sql}", condition.params)) == [(1,)]
    for nulls, expected in (("first", [2, 1]), ("last", [1, 2])):
        term = grammar.order(columns["NOTE"], Order("NOTE", nulls=nulls))  # type: ignore[arg-type]
        assert [row[0] for row in rows(reader.execute(f"SELECT ID FROM ORDERS ORDER BY {term}"))] == expected


def test_long_values_are_cut_and_ranged(reader: Session, writer: Session, orders: str) -> None:
    assert writer.grammar is not None
    for column, value in (("DOC", "ä" * 200_000), ("RAW", b"x" * 300_000)):
        sql = f"UPDATE ORDERS SET {column} = {writer.grammar.value(Column(column), value).sql} WHERE ID = 1"
        writer.execute(sql, (value,)).close()
    columns, found = read(reader, orders)
    doc, raw = found[0][8], found[0][9]
    assert isinstance(doc, Truncated) and len(str(doc.prefix).encode()) <= PAGE_CELL_BYTES
    assert isinstance(raw, Truncated) and (raw.size, raw.unit) == (300_000, "bytes")
    assert reader.grammar is not None
    piece = reader.piece(reader.grammar, "", orders, columns[8], [(columns[0], 1)], 199_990, 50)
    assert piece is not None and (piece.value, piece.size) == ("ä" * 10, 200_000)


def test_read_only_is_kept_and_said(reader: Session, orders: str) -> None:
    for sql in (
        "DELETE FROM orders",
        "DROP TABLE orders",
        "WITH x AS (SELECT 1 a FROM rdb$database) DELETE FROM orders",
    ):
        told = problem_of(lambda: reader.execute(sql))  # noqa: B023
        assert told.code == "sql.read_only" and "Backlight" in told.detail
    assert rows(reader.execute("SELECT count(*) FROM orders")) == [(2,)]


def test_transactions(writer: Session, reader: Session, orders: str) -> None:
    writer.begin()
    writer.execute("UPDATE orders SET note = 'new' WHERE id = 2").close()
    assert rows(reader.execute("SELECT note FROM orders WHERE id = 2")) == [(None,)]
    writer.rollback()
    writer.begin()
    writer.execute("UPDATE orders SET note = 'kept' WHERE id = 2").close()
    writer.commit()
    assert rows(reader.execute("SELECT note FROM orders WHERE id = 2")) == [("kept",)]


def test_errors_in_the_databases_words(any_session: Session) -> None:
    told = problem_of(lambda: any_session.execute("SELECT nothing FROM nowhere"))
    assert told.code == "sql.error" and "NOWHERE" in told.detail
    assert any_session.alive()


def test_a_missing_file_is_a_problem(database: str) -> None:
    url = database.replace("stranger.fdb", "missing.fdb")
    told = problem_of(lambda: engine_for(url).open(Target(url)))
    assert told.code in ("connection.failed", "connection.refused") and "missing.fdb" in told.detail
