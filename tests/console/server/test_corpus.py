"""Real scripts cut as the products' own clients cut them: what `psql` and `mariadb` send, what SQLite takes
for complete. The scripts are those that come with the servers, and dumps made here by the products' tools."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlparse

from embedded_server.console.format import format_sql
from embedded_server.console.split import pieces
from embedded_server.wire.child_env import child_env
from embedded_server.wire.sql.dialect import Dialect, dialect
from embedded_server.wire.sql.tokens import tokens

from .clients import cut_by_mariadb, cut_by_psql, cut_by_sqlite

SHARE = Path("/usr/share")
# Files of which a statement is cut otherwise, with the reason.
KNOWN_MISSES = {
    "maria_add_gis_sp_bootstrap.sql": "written for the server's --bootstrap reader, which keeps a routine "
    "whole as we do; the client would cut it at each semicolon",
    "mysql_test_db.sql": "a line that begins with three dashes is no remark; the client sends a dash alone",
}
LONGEST = 700_000


def stream(sql: str, spoken: Dialect) -> list[str]:
    """A statement without blanks, comments and its separator."""
    found = [sql[token.start : token.end] for token in tokens(sql, spoken) if token.kind != "comment"]
    while found and found[-1] == ";":
        found.pop()
    return found


def ours(script: str, spoken: Dialect) -> list[list[str]]:
    cut = [piece for piece in pieces(script, spoken) if not piece.skipped]
    found = [stream(script[piece.start : piece.end], spoken) for piece in cut]
    # USE is a command of the client of MySQL, which it sends in a way of its own.
    return [one for one in found if one and not (spoken.name == "mysql" and one[0].upper() == "USE")]


def misses(scripts: dict[str, str], truth: list[list[str]], spoken: Dialect) -> dict[str, str]:
    """Scripts that are cut otherwise, each with the first difference."""
    assert len(truth) == len(scripts)
    found = {}
    for (name, script), sent in zip(scripts.items(), truth, strict=True):
        theirs = [one for one in (stream(sql, spoken) for sql in sent) if one]
        mine = ours(script, spoken)
        if mine != theirs:
            number = next((n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), -1)
            found[name] = (
                f"{len(mine)} against {len(theirs)}, the first at {number}: "
                f"{' '.join(mine[number])[:150]!r} against {' '.join(theirs[number])[:150]!r}"
            )
    return found


def is_exact(found: dict[str, str]) -> None:
    """Every file but those with a known reason: two of some 180."""
    report = "\n".join(f"{name}: {why}" for name, why in found.items())
    assert set(found) <= set(KNOWN_MISSES), report


def read(paths: list[Path]) -> dict[str, str]:
    found = {}
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        if len(text) <= LONGEST:
            # Such a line ends psql, so that nobody loads the file by hand.
            lines = [line for line in text.split("\n") if not line.startswith(("\\echo", "\\quit"))]
            found[path.name] = "\n".join(lines)
    return found


PG_SCRIPT = r"""
CREATE TABLE parents (id int PRIMARY KEY, v text DEFAULT 'a;b');
CREATE TABLE "odd; name" (id int REFERENCES parents, v text);
INSERT INTO parents SELECT n, 'row; ' || n || E'\t\\.' FROM generate_series(1, 50) n;
INSERT INTO "odd; name" SELECT n, E'it''s; \\ "x" $$ ' FROM generate_series(1, 50) n;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN -- a remark; with 'quotes
  IF NEW.v = $q$;$q$ THEN RAISE NOTICE '; %', NEW.v; END IF; RETURN NEW;
END $f$;
CREATE TRIGGER touches BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION sum_of(a int, b int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1;
  SELECT a + CASE WHEN b > 0 THEN b ELSE 0 END; END;
CREATE PROCEDURE twice() LANGUAGE sql AS 'INSERT INTO parents VALUES (1001, '';''); DELETE FROM parents;';
CREATE RULE noticing AS ON DELETE TO parents DO ALSO (SELECT 1; SELECT 2);
CREATE VIEW joined AS SELECT p.id, p.v || ';' AS v FROM parents p;
COMMENT ON TABLE parents IS 'first; second -- third /* fourth';
"""


def test_postgresql_scripts_and_dumps(pg_server, pg_database, tmp_path) -> None:
    name = urlsplit(pg_database).path.strip("/")
    pg_server.execute(PG_SCRIPT, name)
    command = ["pg_dump", "-h", str(pg_server.folder), "-U", pg_server.user, "-d", name]
    shipped = sorted(SHARE.glob("postgresql/*/extension/*.sql")) + sorted(SHARE.glob("postgresql/*/*.sql"))
    scripts = read(shipped)
    for option in ("--format=plain", "--inserts", "--clean", "--column-inserts", "--schema-only"):
        done = subprocess.run([*command, option], env=child_env(), capture_output=True, text=True, check=True)
        scripts[f"pg_dump {option}"] = done.stdout
    scripts["by hand"] = PG_SCRIPT
    truth = cut_by_psql(list(scripts.values()), tmp_path)
    found = misses(scripts, truth, dialect("postgresql"))
    is_exact(found)
    assert len(scripts) > 20 or not shipped


MY_SCRIPT = """
CREATE TABLE parents (id int PRIMARY KEY, v varchar(60) DEFAULT 'a;b') COMMENT 'x; y';
CREATE TABLE `odd; name` (id int, v varchar(60));
INSERT INTO parents VALUES (1, 'it''s; \\\\'), (2, "dou\\"ble; ");
DELIMITER //
CREATE TRIGGER touches BEFORE UPDATE ON parents FOR EACH ROW
BEGIN
  -- a remark; with 'quotes
  IF NEW.v = ';' THEN SET NEW.v = 'x'; END IF;
END //
CREATE PROCEDURE twice(IN n int) BEGIN DECLARE i int DEFAULT 0; WHILE i < n DO SET i = i + 1; END WHILE; END//
DELIMITER $$
CREATE FUNCTION half(n int) RETURNS int DETERMINISTIC RETURN n / 2 $$
delimiter ;
SELECT 1 /* ; */; # remark; more
SELECT 5--1; -- ;
"""


def test_mariadb_scripts_and_dumps(private_mariadb, tmp_path) -> None:
    server = private_mariadb()
    spoken = dialect("mysql")
    server.execute("create database shop")
    base = ["mariadb", "--no-defaults", f"--socket={server.socket}", "-uroot", "shop"]
    subprocess.run(base, input=MY_SCRIPT, env=child_env(), capture_output=True, text=True, check=True)
    scripts = read(sorted(SHARE.glob("mysql/*.sql")))
    dump = ["mariadb-dump", "--no-defaults", f"--socket={server.socket}", "-uroot", "shop"]
    for options in (["--routines", "--triggers"], ["--skip-extended-insert", "--hex-blob"], ["--compact"]):
        done = subprocess.run([*dump, *options], env=child_env(), capture_output=True, text=True, check=True)
        scripts[" ".join(options)] = done.stdout
    scripts["by hand"] = MY_SCRIPT
    found = misses(scripts, cut_by_mariadb(list(scripts.values()), server, tmp_path), spoken)
    is_exact(found)


LITE_SCRIPT = """
CREATE TABLE parents (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'a;b', [odd; name] TEXT);
CREATE TABLE log (what TEXT);
CREATE TRIGGER touches AFTER UPDATE ON parents WHEN new.v <> ';' BEGIN
  INSERT INTO log VALUES (CASE WHEN new.id > 1 THEN 'many; ' ELSE 'one' END);
  DELETE FROM log WHERE what IS NULL; -- end;
END;
CREATE VIEW joined AS SELECT id, v || ';' AS v FROM parents;
CREATE TEMP TRIGGER passing INSTEAD OF DELETE ON joined BEGIN SELECT 1; SELECT 'end;'; END;
INSERT INTO parents VALUES (1, 'it''s; ', 'x'), (2, '/* ; */', '-- ;');
BEGIN; UPDATE parents SET v = 'x' WHERE id = 1; COMMIT;
EXPLAIN QUERY PLAN SELECT 1;
"""


def test_sqlite_dumps_and_triggers(tmp_path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(LITE_SCRIPT)
        dump = "\n".join(connection.iterdump())
    connection.close()
    command = ["sqlite3", path, ".dump"]
    done = subprocess.run(command, env=child_env(), capture_output=True, text=True, check=True)
    scripts = {"by hand": LITE_SCRIPT, "iterdump": dump, ".dump": done.stdout}
    truth = [cut_by_sqlite(script) for script in scripts.values()]
    is_exact(misses(scripts, truth, dialect("sqlite")))


TSQL = """
SET ANSI_NULLS ON
GO
CREATE PROCEDURE dbo.twice @n int AS
BEGIN
    SELECT 'go'; -- GO
    UPDATE [odd; name] SET v = ';' WHERE id = @n;
END
GO
INSERT INTO t VALUES (1); SELECT 1
go 3
"""


def test_tsql_batches_end_at_go() -> None:
    """By hand: no server of this kind is here."""
    batches = ours(TSQL, dialect("mssql"))
    assert [" ".join(one[:2]) for one in batches] == [
        "SET ANSI_NULLS",
        "CREATE PROCEDURE",
        "INSERT INTO",
        "SELECT 1",
    ]
    assert batches[1][-1] == "END"


# --- the scanner and sqlparse, the layout ------------------------------------------------------------


def corpus(product: str) -> list[str]:
    """Scripts of a product without a server."""
    folder = {"postgresql": "postgresql/*/extension/*.sql", "mysql": "mysql/*.sql"}[product]
    return list(read(sorted(SHARE.glob(folder))[:25]).values())


@pytest.mark.parametrize("product", ["postgresql", "mysql"])
def test_the_scanner_cuts_what_sqlparse_cuts_right_as_it_does(product: str) -> None:
    """On statements without what sqlparse is known to read otherwise."""
    spoken = dialect(product)
    for script in corpus(product):
        plain = [script[piece.start : piece.end] for piece in pieces(script, spoken) if not piece.skipped]
        for sql in plain[:60]:
            odd = any(sign in sql for sign in ("/*", "\\", "#", "$$", "$f", "--"))
            if odd or len(sql) > 4000 or sql.upper().startswith(("CREATE", "DO", "BEGIN", "DECLARE", "IF")):
                continue
            assert [stream(part, spoken) for part in sqlparse.split(sql + ";")] == [stream(sql, spoken)], sql


@pytest.mark.parametrize("product", ["postgresql", "mysql"])
def test_a_layout_keeps_every_token_or_says_that_it_changed_nothing(product: str) -> None:
    spoken = dialect(product)
    for script in corpus(product)[:12]:
        text = script[:6000]
        laid_out, notice = format_sql(text, spoken, 4, "as is")
        same = [stream(one, spoken) for one in (text, laid_out)]
        assert same[0] == same[1], notice
