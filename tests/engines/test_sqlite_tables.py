"""What only SQLite has: rowids and their shadows, collations of others, virtual tables, odd keys."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.sqlite import ENGINE
from embedded_server.wire.data import Column, Order
from embedded_server.wire.values import BadText, Truncated
from tests.engines.subject import problem_of, rows
from tests.servers.base import program

pytestmark = pytest.mark.engine("sqlite")
G = ENGINE.grammar
Made = Callable[..., Session]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Run statements with the plain driver, open the file read-only."""
    sessions: list[Session] = []

    def make(*statements: str, prepare: Callable[[sqlite3.Connection], object] | None = None) -> Session:
        path = tmp_path / f"{len(sessions)}.db"
        connection = sqlite3.connect(path, isolation_level=None)
        if prepare:
            prepare(connection)
        for sql in statements:
            connection.execute(sql)
        connection.close()
        sessions.append(ENGINE.open(Target(f"sqlite:///{path}")))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.mark.parametrize(
    ("table", "row_key"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", ["id"]),
        ("CREATE TABLE t (id INT PRIMARY KEY, v)", ["rowid"]),  # no alias of the rowid, so it may hold NULLs
        ("CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v)", ["rowid"]),
        ("CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, v)", ["id"]),
        ("CREATE TABLE t (id TEXT PRIMARY KEY, v) WITHOUT ROWID", ["id"]),
        ("CREATE TABLE t (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID", ["b", "a"]),
        ("CREATE TABLE t (v)", ["rowid"]),
        ("CREATE TABLE t (rowid TEXT, v)", ["_rowid_"]),
        ("CREATE TABLE t (RowId TEXT, _rowid_ TEXT, v)", ["oid"]),
        ("CREATE TABLE t (rowid TEXT, _rowid_ TEXT, oid TEXT)", []),
        ("CREATE TABLE t (rowid INTEGER PRIMARY KEY, v)", ["rowid"]),
        ("CREATE TABLE t (a NOT NULL, b, UNIQUE (a))", ["a"]),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY) STRICT", ["id"]),
    ],
)
def test_row_keys(made: Made, table: str, row_key: list[str]) -> None:
    session = made(table)
    found = session.columns("main", "t")
    assert found.row_key == row_key
    hidden = [column.name for column in found.columns if column.hidden]
    real = [column.name for column in found.columns if not column.hidden]
    assert hidden == [name for name in row_key if name not in real]


def test_a_partial_unique_index_is_no_row_key(made: Made) -> None:
    session = made("CREATE TABLE t (a NOT NULL, b)", "CREATE UNIQUE INDEX i ON t (a) WHERE b > 0")
    assert session.columns("main", "t").row_key == ["rowid"]


def test_a_column_named_rowid_is_itself(made: Made) -> None:
    session = made("CREATE TABLE t (rowid TEXT)", "INSERT INTO t VALUES ('mine')")
    found = session.columns("main", "t")
    names = ", ".join(G.cell(column, 100).sql for column in found.columns)
    assert rows(session.execute(f"SELECT {names} FROM t")) == [("mine", 1)]


def own_collation(connection: sqlite3.Connection) -> None:
    connection.create_collation("german", lambda a, b: (a > b) - (a < b))


def test_collations_of_the_application(made: Made) -> None:
    session = made(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT COLLATE german, w TEXT COLLATE NOCASE)",
        "CREATE INDEX i ON t (v)",
        "INSERT INTO t VALUES (1, 'b', 'x'), (2, 'a', 'X')",
        prepare=own_collation,
    )
    found = session.columns("main", "t")
    assert [column.collation for column in found.columns] == ["", "german", "NOCASE"]
    assert len(found.warnings) == 1 and "german" in found.warnings[0]
    v = found.columns[1]
    cells = ", ".join(G.cell(column, 100).sql for column in found.columns)
    sql = f"SELECT {cells} FROM t"
    assert rows(session.execute(sql)) == [(1, "b", "x"), (2, "a", "X")]
    assert rows(session.execute(f"{sql} WHERE {G.operand(v)} = {G.value(v, 'a').sql}", ("a",)))[0][0] == 2
    assert [row[0] for row in rows(session.execute(f"{sql} ORDER BY {G.order(v, Order('v'))}"))] == [2, 1]
    assert rows(session.execute(f"SELECT count(*) FROM {G.table('main', 't')}")) == [(2,)]
    condition = G.contains(v, "A")
    assert rows(session.execute(f"{sql} WHERE {condition.sql}", condition.params))[0][0] == 2
    told = problem_of(lambda: rows(session.execute(f"{sql} ORDER BY v")))
    assert told.code == "sql.error" and "COLLATE BINARY" in told.hint


def test_a_key_of_an_unknown_collation_fails_as_everywhere(made: Made) -> None:
    session = made(
        "CREATE TABLE t (v TEXT COLLATE german PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO t VALUES ('a')",
        prepare=own_collation,
    )
    told = problem_of(lambda: rows(session.execute("SELECT * FROM t")))
    assert told.code == "sql.error" and told.detail
    assert cli_fails(session.info().database, "SELECT * FROM t")
    assert session.table("main", "t").ddl.startswith("CREATE TABLE t")


def cli_fails(path: str, sql: str) -> bool:
    command = [program("sqlite3", package="sqlite3"), "-batch", path, sql]
    return subprocess.run(command, capture_output=True).returncode != 0


def test_generated_and_hidden_columns(made: Made) -> None:
    session = made(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a AS (id + 1), b AS (id + 2) STORED)",
        "INSERT INTO t (id) VALUES (1)",
        "CREATE VIRTUAL TABLE docs USING fts5 (title, body)",
        "INSERT INTO docs VALUES ('one', 'first text')",
    )
    columns = session.columns("main", "t").columns
    assert [(c.name, c.generated, c.hidden) for c in columns] == [
        ("id", False, False),
        ("a", True, False),
        ("b", True, False),
    ]
    docs = session.table("main", "docs")
    assert docs.kind == "virtual table" and docs.row_key == ["rowid"]
    assert [(c.name, c.hidden) for c in docs.columns[:3]] == [
        ("title", False),
        ("body", False),
        ("docs", True),
    ]
    tables = {table.name: table for table in session.catalog(None).schemas[0].tables}
    assert tables["docs"].kind == "virtual table"
    assert tables["docs_data"].comment == "part of a virtual table" and not tables["docs"].comment
    assert not any(name.startswith("sqlite_") for name in tables)
    assert session.table("main", "sqlite_schema").columns[0].name == "type"


def test_a_virtual_table_without_its_module(made: Made) -> None:
    session = made(
        "CREATE TABLE t (a)",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_schema VALUES "
        "('table', 'maps', 'maps', 0, 'CREATE VIRTUAL TABLE maps USING magic (x)')",
    )
    assert "maps" in [table.name for table in session.catalog(None, columns=True).schemas[0].tables]
    told = problem_of(lambda: rows(session.execute("SELECT * FROM maps")))
    assert told.code == "sql.error" and "magic" in told.detail and "extension" in told.hint
    found = session.table("main", "maps")
    assert found.warnings and "magic" in found.warnings[0] and "magic" in found.ddl


def test_references_without_named_columns_mean_the_key(made: Made) -> None:
    session = made(
        "CREATE TABLE p (a, b, PRIMARY KEY (a, b))",
        "CREATE TABLE c (x, y, FOREIGN KEY (x, y) REFERENCES p ON DELETE CASCADE)",
        "CREATE TABLE self (id INTEGER PRIMARY KEY, up REFERENCES self)",
    )
    key = session.table("main", "c").foreign_keys[0]
    assert (key.target, key.target_columns, key.on_delete, key.on_update) == ("p", ["a", "b"], "CASCADE", "")
    reference = session.table("main", "p").references[0]
    assert (reference.table, reference.columns, reference.target_columns) == ("c", ["x", "y"], ["a", "b"])
    column = session.columns("main", "self").columns[1]
    assert column.references and column.references.column == "id"
    assert session.table("main", "self").references[0].table == "self"


DDL = """CREATE TABLE [odd (one)] (
    "a,b" TEXT DEFAULT '(,' CHECK ("a,b" <> ')'), -- a comment, with ) and '
    `c``d` INT CONSTRAINT positive CHECK (`c``d` > 0 AND (1 = 1)) COLLATE rtrim,
    [e f] REFERENCES x (y), /* , */
    g INT CONSTRAINT to_x REFERENCES x (y),
    CONSTRAINT pair FOREIGN KEY ("a,b", g) REFERENCES x (y, z),
    CHECK (g IN (1, 2))
)"""


def test_facts_from_the_text_of_the_ddl(made: Made) -> None:
    found = made("CREATE TABLE x (y UNIQUE, z, UNIQUE (y, z))", DDL).table("main", "odd (one)")
    assert [column.name for column in found.columns if not column.hidden] == ["a,b", "c`d", "e f", "g"]
    assert [(check.name, check.sql) for check in found.checks] == [
        ("", "\"a,b\" <> ')'"),
        ("positive", "`c``d` > 0 AND (1 = 1)"),
        ("", "g IN (1, 2)"),
    ]
    assert {key.name: key.columns for key in found.foreign_keys} == {
        "": ["e f"],
        "to_x": ["g"],
        "pair": ["a,b", "g"],
    }
    assert found.columns[1].collation == "rtrim"


def test_estimates(made: Made) -> None:
    session = made(
        "CREATE TABLE dense (id INTEGER PRIMARY KEY)",
        "WITH RECURSIVE c(n) AS (SELECT 1001 UNION ALL SELECT n + 1 FROM c LIMIT 500) "
        "INSERT INTO dense SELECT n FROM c",
        "CREATE TABLE sparse (id INTEGER PRIMARY KEY)",
        "INSERT INTO sparse VALUES (1), (9223372036854775807)",
        "CREATE TABLE none (id INTEGER PRIMARY KEY)",
        "CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID",
    )
    assert session.estimate("main", "dense") == (500, "row numbers")
    assert session.estimate("main", "sparse")[0] is None
    assert session.estimate("main", "none") == (0, "row numbers")
    assert session.estimate("main", "keyed")[0] is None


def test_mixed_storage_classes_keep_their_identity(made: Made) -> None:
    """1, 1.0, '1' and x'31' are four values of one column; a filter made of one finds that one."""
    session = made("CREATE TABLE t (v)", "INSERT INTO t VALUES (1), ('1'), (x'31'), (1.5), ('1.5'), (NULL)")
    column = Column("v")
    cells = [row[0] for row in rows(session.execute("SELECT v FROM t"))]
    assert [(type(cell), cell) for cell in cells[:5]] == [
        (int, 1),
        (str, "1"),
        (bytes, b"1"),
        (float, 1.5),
        (str, "1.5"),
    ]
    for place, cell in enumerate(cells[:5], start=1):
        value = G.value(column, cell)
        assert rows(session.execute(f"SELECT rowid FROM t WHERE v = {value.sql}", value.params)) == [(place,)]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_encodings(made: Made, encoding: str) -> None:
    text = "ä🦆" * 40_000
    session = made(
        f"PRAGMA encoding = '{encoding}'",
        "CREATE TABLE t (v TEXT)",
        f"INSERT INTO t VALUES ('ä'), ('{text}')",
    )
    column = session.columns("main", "t").columns[0]
    short, long = (row[0] for row in rows(session.execute(f"SELECT {G.cell(column, 65536).sql} FROM t", ())))
    assert short == "ä" and isinstance(long, Truncated) and isinstance(long.prefix, str)
    assert text.startswith(long.prefix) and len(long.prefix) > 10_000
    piece = session.piece(G, "main", "t", column, [(Column("rowid"), 2)], 79_998, 10)
    assert piece is not None and (piece.value, piece.size) == ("ä🦆", 80_000)
    notes = " ".join(session.info().notes).replace("-", "").lower()
    assert (encoding.replace("-", "").lower() in notes) == (encoding != "UTF-8")


def test_long_text_that_is_not_utf8(made: Made) -> None:
    session = made("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES (CAST(zeroblob(70000) || x'ff' AS TEXT))")
    column = session.columns("main", "t").columns[0]
    for sql in ("SELECT v FROM t", f"SELECT {G.cell(column, 65536).sql} FROM t"):
        cell = rows(session.execute(sql, ()))[0][0]
        assert isinstance(cell, Truncated) and cell.size == 70001
    assert rows(session.execute("SELECT CAST(x'41ff' AS TEXT)")) == [(BadText(b"A\xff"),)]


def test_names_of_columns_survive_careful_reading(made: Made) -> None:
    session = made("CREATE TABLE t (`a``b` BLOB, v)", "INSERT INTO t VALUES (zeroblob(100000), 1)")
    cells = ", ".join(G.cell(column, 1000).sql for column in session.columns("main", "t").columns[:2])
    reading = session.execute(f"SELECT {cells} FROM t", (), cell_bytes=1000)
    assert [column.name for column in reading.columns] == ["a`b", "v"]
    assert rows(reading) == [(Truncated(b"\0" * 1000, 100_000), 1)]


def test_a_long_value_in_the_middle_of_a_stream_loses_no_row(made: Made) -> None:
    fill = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000) "
    session = made("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", f"{fill} INSERT INTO t SELECT n, 'x' FROM c")
    path = session.info().database
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE t SET v = zeroblob(70000) WHERE id IN (250, 251, 999)")
        connection.execute("UPDATE t SET v = CAST(x'ff' AS TEXT) WHERE id = 600")
    connection.close()
    reading = session.execute("SELECT id, v FROM t")
    found = [row for _ in range(11) for row in reading.block(100).rows()]
    assert [row[0] for row in found] == list(range(1, 1001))
    assert [row[0] for row in found if isinstance(row[1], Truncated)] == [250, 251, 999]
    assert found[599][1] == BadText(b"\xff")


def test_a_statement_that_writes_is_never_run_twice(tmp_path: Path) -> None:
    path = tmp_path / "once.db"
    sqlite3.connect(path).close()
    session = ENGINE.open(Target(f"sqlite:///{path}", read_only=False))
    session.execute("CREATE TABLE t (v)").close()
    for sql in (
        "INSERT INTO t VALUES (zeroblob(70000)) RETURNING v",
        "WITH x AS (SELECT zeroblob(70000) v) INSERT INTO t SELECT v FROM x RETURNING v",
    ):
        assert isinstance(rows(session.execute(sql))[0][0], Truncated)
    assert rows(session.execute("SELECT count(*) FROM t")) == [(2,)]
    session.close()


def test_regular_expressions_on_any_value(made: Made) -> None:
    session = made("CREATE TABLE t (v)", "INSERT INTO t VALUES (12), ('a12'), (x'3132'), (NULL), (1.5)")
    condition = G.regex(Column("v"), "^1[0-9]")
    assert condition is not None
    found = rows(session.execute(f"SELECT v FROM t WHERE {condition.sql}", condition.params))
    assert found == [(12,), (b"12",)]
    bad = G.regex(Column("v"), "(")
    assert bad is not None
    assert (
        problem_of(lambda: rows(session.execute(f"SELECT v FROM t WHERE {bad.sql}", bad.params))).code
        == "sql.error"
    )
