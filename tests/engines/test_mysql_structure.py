"""MariaDB's catalogue: names of many tables, structure of one, sources."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.my.channel import Channel
from embedded_server.engines.registry import engines
from embedded_server.wire.data import Routine
from tests.engines.subject import problem_of, rows
from tests.servers.mariadb import MariadbServer

ENGINE = engines()["mysql"]


@pytest.fixture
def session(mariadb_database: str) -> Iterator[Session]:
    session = ENGINE.open(Target(mariadb_database, read_only=False))
    yield session
    session.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that goes to the server."""
    found: list[str] = []
    send = Channel.send

    def noted(channel: Channel, statement: object) -> None:
        found.append(statement.sql)  # type: ignore[attr-defined]
        send(channel, statement)  # type: ignore[arg-type]

    monkeypatch.setattr(Channel, "send", noted)
    return found


def run(session: Session, *statements: str) -> None:
    for sql in statements:
        session.execute(sql).close()


def test_columns_take_one_query_and_tell_what_mariadb_hides(session: Session, sent: list[str]) -> None:
    run(
        session,
        """CREATE TABLE t (
            id int PRIMARY KEY AUTO_INCREMENT COMMENT 'the ''key''',
            n int, doc json, plain longtext COLLATE utf8mb4_bin, virtual_one int AS (n * 2) VIRTUAL,
            stored_one int GENERATED ALWAYS AS (n + 1) STORED, unseen int INVISIBLE DEFAULT 7,
            stamp timestamp(3) DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
            word varchar(20) CHARACTER SET latin1 DEFAULT 'it''s', none varchar(5) DEFAULT NULL,
            big bigint(20) unsigned zerofill NOT NULL, e enum('a','b,c') NOT NULL DEFAULT 'a'
        ) COMMENT 'about it'""",
    )
    sent.clear()
    found = session.columns("", "t")
    assert len(sent) == 1
    columns = {column.name: column for column in found.columns}
    assert [column.kind for column in found.columns[1:4]] == ["number", "json", "text"]
    assert (columns["id"].key, columns["id"].comment, columns["id"].default) == (
        1,
        "the 'key'",
        "AUTO_INCREMENT",
    )
    generated = {name: column.default for name, column in columns.items() if column.generated}
    assert generated == {"virtual_one": "`n` * 2", "stored_one": "`n` + 1"}
    assert (columns["unseen"].default, columns["word"].default, columns["none"].default) == (
        "7",
        "'it''s'",
        None,
    )
    assert columns["word"].collation == "latin1_swedish_ci" and columns["id"].collation == ""
    assert columns["big"].type == "bigint(20) unsigned zerofill" and columns["big"].nullable is False
    assert columns["e"].type == "enum('a','b,c')"
    assert (found.comment, found.row_key, found.kind) == ("about it", ["id"], "table")


def test_keys_indexes_checks_and_references(session: Session, mariadb_server: MariadbServer) -> None:
    del mariadb_server
    run(
        session,
        "CREATE TABLE parent (a int, b varchar(40), UNIQUE KEY whole (a, b))",
        "CREATE TABLE `gröss@e.x/y` (a int PRIMARY KEY)",
        """CREATE TABLE child (x int, y varchar(40), z int NOT NULL,
            CONSTRAINT both_of FOREIGN KEY (x, y) REFERENCES parent (a, b)
                ON DELETE CASCADE ON UPDATE SET NULL,
            CONSTRAINT `odd/one` FOREIGN KEY (x) REFERENCES `gröss@e.x/y` (a),
            UNIQUE KEY (z), KEY prefixed (y(10), x), FULLTEXT KEY words (y), CONSTRAINT low CHECK (z > 5))""",
    )
    child = session.table("", "child")
    assert not child.warnings
    keys = {key.name: key for key in child.foreign_keys}
    assert (keys["both_of"].columns, keys["both_of"].target_columns) == (["x", "y"], ["a", "b"])
    assert (keys["both_of"].on_delete, keys["both_of"].on_update) == ("CASCADE", "SET NULL")
    assert next(c for c in child.columns if c.name == "x").references.table == "gröss@e.x/y"  # type: ignore[union-attr]
    indexes = {index.name: index for index in child.indexes}
    assert indexes["prefixed"].definition == "CREATE INDEX `prefixed` ON `child` (`y`(10), `x`)"
    assert "FULLTEXT" in indexes["words"].definition and indexes["z"].unique
    assert child.row_key == ["z"] and child.primary_key == []
    assert [(check.name, check.sql) for check in child.checks] == [("low", "`z` > 5")]
    (reference,) = session.table("", "parent").references
    assert (reference.table, reference.columns, reference.target_columns) == ("child", ["x", "y"], ["a", "b"])
    assert (reference.name, reference.on_delete) == ("both_of", "CASCADE")
    assert session.columns("", "parent").row_key == []
    (odd,) = session.table("", "gröss@e.x/y").references
    assert (odd.table, odd.name, odd.columns) == ("child", "odd/one", ["x"])


def test_sources_of_every_kind(session: Session) -> None:
    run(
        session,
        "CREATE TABLE t (a int)",
        "CREATE FUNCTION twice(a int) RETURNS int DETERMINISTIC RETURN a * 2",
        "CREATE PROCEDURE act() BEGIN SELECT 'in act'; END",
        "CREATE TRIGGER before_t BEFORE INSERT ON t FOR EACH ROW SET new.a = new.a + 1",
        "CREATE VIEW seen AS SELECT a AS only_one FROM t",
    )
    catalog = session.catalog(None)
    listed = {(r.name, r.kind, r.table) for s in catalog.schemas for r in s.routines}
    assert listed == {("twice", "function", ""), ("act", "procedure", ""), ("before_t", "trigger", "t")}
    for name, kind, part in (
        ("twice", "function", "a * 2"),
        ("act", "procedure", "in act"),
        ("before_t", "trigger", "new.a + 1"),
        ("seen", "function", "only_one"),
    ):
        assert part in session.source(Routine(name, kind), "")  # type: ignore[arg-type]
    assert problem_of(lambda: session.source(Routine("nothing"), "")).code == "data.unknown_table"
    (trigger,) = session.table("", "t").triggers
    assert trigger.sql.startswith("CREATE TRIGGER `before_t` BEFORE INSERT ON `t` FOR EACH ROW")


def test_ddl_makes_the_same_table_again(session: Session) -> None:
    run(
        session,
        "CREATE TABLE parent (a int PRIMARY KEY)",
        """CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a int, v varchar(9) DEFAULT 'x;', doc json,
            g int AS (a * 2) PERSISTENT, KEY (v(3)), CONSTRAINT fk FOREIGN KEY (a) REFERENCES parent (a))
            COMMENT='a; b' PARTITION BY HASH (id) PARTITIONS 2""".replace(
            "PARTITION BY HASH (id) PARTITIONS 2", ""
        ),
    )
    before = session.table("", "t")
    run(session, "DROP TABLE t", before.ddl.rstrip().rstrip(";"))
    assert session.table("", "t") == before


def test_the_catalogue_of_many_tables_is_two_quick_queries_at_most(session: Session, sent: list[str]) -> None:
    run(
        session,
        "BEGIN NOT ATOMIC FOR n IN 1..300 DO EXECUTE IMMEDIATE "
        "CONCAT('CREATE TABLE many_', n, ' (a int) ENGINE = MEMORY'); END FOR; END",
        "CREATE TABLE counted (a int)",
        "INSERT INTO counted SELECT seq FROM seq_1_to_500",
        "ANALYZE TABLE counted",
        "CREATE VIEW seen AS SELECT a FROM counted",
        "CREATE SEQUENCE numbers",
    )
    sent.clear()
    began = time.monotonic()
    catalog = session.catalog(None)
    assert len(sent) == 2 and time.monotonic() - began < 2
    own = next(schema for schema in catalog.schemas if schema.default)
    found = {table.name: table for table in own.tables}
    assert len(found) == 303 and catalog.default_schema == own.name
    assert (found["seen"].kind, found["numbers"].kind) == ("view", "virtual table")
    assert 400 <= (found["counted"].rows or 0) <= 600 and found["many_7"].rows is None
    assert [schema.name for schema in catalog.schemas if schema.system][:2] == ["information_schema", "mysql"]
    (other,) = session.catalog("mysql", columns=True).schemas
    assert "n_rows" in next(table for table in other.tables if table.name == "innodb_table_stats").columns
    assert problem_of(lambda: session.catalog("nowhere")).code == "data.unknown_table"


def test_the_catalogue_of_innodb_tables_is_one_query(session: Session, sent: list[str]) -> None:
    run(session, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)")
    sent.clear()
    (own,) = (schema for schema in session.catalog(None).schemas if schema.default)
    assert [(table.name, table.kind) for table in own.tables] == [("a", "table"), ("b", "table")]
    assert len(sent) == 1


def test_a_user_with_few_rights_still_sees_the_own_tables(
    session: Session, mariadb_server: MariadbServer, mariadb_database: str
) -> None:
    name = mariadb_database.partition("?")[0].rpartition("/")[2]
    run(session, "CREATE TABLE t (a int PRIMARY KEY)", "CREATE TABLE u (b int REFERENCES t (a))")
    mariadb_server.execute("create or replace user narrow@localhost")
    mariadb_server.execute(f"grant select on {name}.* to narrow@localhost")
    narrow = ENGINE.open(Target(mariadb_database.replace("//root@", "//narrow@")))
    try:
        (own,) = (schema for schema in narrow.catalog(None).schemas if schema.default)
        assert [table.name for table in own.tables] == ["t", "u"]
        found = narrow.table("", "t")
        assert [c.name for c in found.columns] == ["a"] and found.ddl
        assert any("Who refers here" in warning for warning in found.warnings)
        assert rows(narrow.execute("SELECT count(*) FROM t")) == [("0",)]
    finally:
        narrow.close()
        mariadb_server.execute("drop user narrow@localhost")


def test_missing_tables_and_no_database(session: Session, mariadb_server: MariadbServer) -> None:
    run(session, "CREATE TABLE customers (a int)")
    told = problem_of(lambda: session.columns("", "custmers"))
    assert told.code == "data.unknown_table" and "customers" in told.hint
    nowhere = ENGINE.open(Target(mariadb_server.url()))
    catalog = nowhere.catalog(None)
    assert catalog.default_schema == "" and not any(schema.loaded for schema in catalog.schemas)
    assert nowhere.columns("mysql", "user").kind == "view"
    assert problem_of(lambda: nowhere.columns("", "user")).code == "data.unknown_table"
    nowhere.close()
