"""A layout means to the engine what the script meant: both are run by the engines themselves.

What can be checked: a script and its layout build two databases whose dumps are equal (definitions as the
engine parsed them, and rows); a query has the same plan, down to expressions (PostgreSQL: EXPLAIN VERBOSE;
SQLite: its program; MariaDB: the text it rewrote the query to). What cannot: statements that neither leave a
trace nor have a plan; for those the token stream must do. BACKLIGHT_TEST_DEEP takes every file whole.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from embedded_server.console.format import format_sql
from embedded_server.console.split import pieces
from embedded_server.wire.child_env import child_env
from embedded_server.wire.sql.dialect import Dialect, dialect

from .conftest import Desk
from .test_corpus import LITE_SCRIPT, MY_SCRIPT, PG_SCRIPT, SHARE, read, stream

DEEP = bool(os.environ.get("BACKLIGHT_TEST_DEEP"))
QUERIES = """
SELECT a.id, count(*) FILTER (WHERE b.v IS NOT NULL) AS n, 'x;  --' AS t
  FROM parents a LEFT JOIN "odd; name" b USING (id) WHERE a.id BETWEEN 1 AND 9 OR a.v LIKE 'a\\_%'
 GROUP BY a.id HAVING count(*) > 0 ORDER BY 2 DESC NULLS LAST LIMIT 3;
WITH RECURSIVE w(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM w WHERE n < 5)
SELECT CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, n::numeric(5,2), -n, n - -1, n*(-1) FROM w;
SELECT *, row_number() OVER (PARTITION BY v ORDER BY id DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
FROM parents p WHERE EXISTS (SELECT 1 FROM "odd; name" o WHERE o.id = p.id) AND p.v ~ '^r' IS TRUE;
INSERT INTO parents (id, v) SELECT id + 100, v FROM parents ON CONFLICT (id) DO UPDATE SET v = excluded.v;
UPDATE parents SET v = upper(parents.v) FROM "odd; name" o
WHERE o.id = parents.id AND NOT (parents.id = ANY ('{1,2}'));
DELETE FROM "odd; name" WHERE id IN (SELECT id FROM parents WHERE v IS DISTINCT FROM 'x');
SELECT E'a\\'b', U&'\\0061', $$ ; $$, (ARRAY[1,2])[1], (ROW(1,2)).f1, interval '1 day', date '2024-01-01';
"""


def laid_out(script: str, spoken: Dialect, case: str = "upper") -> str:
    """The layout, which must say the same tokens; and something of it must be laid out."""
    text, notice = format_sql(script, spoken, 4, case)  # type: ignore[arg-type]
    before, after = ([one.lower() for one in stream(sql, spoken)] for sql in (script, text))
    assert before == after, notice
    return text


def statements(script: str, spoken: Dialect) -> list[str]:
    return [script[one.start : one.end] for one in pieces(script, spoken) if not one.skipped]


# --- tokens, on every file of the corpus ---------------------------------------------------------------


@pytest.mark.parametrize("product", ["postgresql", "mysql"])
def test_every_script_keeps_its_tokens(product: str) -> None:
    folder = {"postgresql": "postgresql/*/extension/*.sql", "mysql": "mysql/*.sql"}[product]
    scripts = read(sorted(SHARE.glob(folder)))
    for script in list(scripts.values())[: None if DEEP else 40]:
        laid_out(script if DEEP else script[:1000], dialect(product), "lower")
    assert scripts or not SHARE.exists()


# --- SQLite --------------------------------------------------------------------------------------------


def program(connection: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    """What SQLite would do, without the text of definitions, which it keeps as it was written."""
    try:
        rows = connection.execute(f"EXPLAIN {sql}").fetchall()
    except sqlite3.Error as error:
        return [(str(error),)]
    return [tuple(" ".join(c.split()) if isinstance(c, str) else c for c in row[:-1]) for row in rows]


def test_sqlite_makes_the_same_programs_and_tables() -> None:
    spoken = dialect("sqlite")
    layout = laid_out(LITE_SCRIPT, spoken)
    both = [sqlite3.connect(":memory:", isolation_level=None) for _ in range(2)]
    pairs = list(zip(statements(LITE_SCRIPT, spoken), statements(layout, spoken), strict=True))
    for one, other in pairs:
        if not one.upper().startswith("CREATE"):
            assert program(both[0], one) == program(both[1], other), one
        both[0].execute(one)
        both[1].execute(other)
    dumps = [[stream(line, spoken) for line in connection.iterdump()] for connection in both]
    for left, right in zip(*dumps, strict=True):
        assert [one.lower() for one in left] == [one.lower() for one in right]
    facts = "SELECT m.name, c.* FROM sqlite_schema m, pragma_table_xinfo(m.name) c ORDER BY 1, 2"
    assert both[0].execute(facts).fetchall() == both[1].execute(facts).fetchall()
    assert layout != LITE_SCRIPT and len(pairs) == 10
    for connection in both:
        connection.close()


# --- PostgreSQL ----------------------------------------------------------------------------------------


@pytest.fixture
def twins(pg_server, pg_database: str) -> Iterator[tuple[str, str]]:
    """The names of two empty databases."""
    name = urlsplit(pg_database).path.strip("/")
    pg_server.execute(f"create database {name}_b")
    yield name, f"{name}_b"
    pg_server.execute(f"drop database if exists {name}_b with (force)")


def dump(server, name: str) -> str:
    command = ["pg_dump", "-h", str(server.folder), "-U", server.user, "-d", name]
    done = subprocess.run(command, env=child_env(), capture_output=True, text=True, check=True)
    return re.sub(r"^\\(?:un)?restrict .*$", "", done.stdout, flags=re.M)


def run_both(services, server, twins: tuple[str, str], script: str, layout: str) -> None:
    """Each on its database, statement by statement; they fail alike or not at all."""
    told = []
    for name, sql in zip(twins, (script, layout), strict=True):
        desk = Desk(services, server.url(name))
        answer = desk.run(sql, session="", on_error="continue")
        errors = [(result.error or {}).get("detail") for result in answer.statements if result.error]
        told.append(errors)
    assert told[0] == told[1]


def test_postgresql_builds_the_same_database_and_the_same_plans(services, pg_server, twins) -> None:
    spoken = dialect("postgresql")
    run_both(services, pg_server, twins, PG_SCRIPT, laid_out(PG_SCRIPT, spoken))
    assert dump(pg_server, twins[0]) == dump(pg_server, twins[1])
    queries = statements(QUERIES, spoken)
    layouts = statements(laid_out(QUERIES, spoken, "lower"), spoken)
    assert len(queries) == len(layouts) == 7
    for query, layout in zip(queries, layouts, strict=True):
        plans = [
            Desk(services, pg_server.url(twins[0])).rows(f"EXPLAIN (VERBOSE, COSTS OFF) {sql}", session="")
            for sql in (query, layout)
        ]
        assert plans[0] == plans[1] and query != layout
    script = dump(pg_server, twins[0])
    pg_server.execute(f"drop database {twins[1]} with (force)")
    pg_server.execute(f"create database {twins[1]}")
    again = laid_out(re.sub(r"(?m)^COPY .*?^\\\.$", "", script, flags=re.S), spoken)
    Desk(services, pg_server.url(twins[1])).run(again, session="")
    schemas = [re.sub(r"(?ms)^COPY .*?^\\\.$", "", dump(pg_server, name)) for name in twins]
    assert schemas[0] == schemas[1], "a dump, laid out, builds what it was made of"


@pytest.mark.slow
@pytest.mark.timeout(1800 if DEEP else 120)
def test_extension_scripts_of_postgresql_build_the_same(services, pg_server, twins) -> None:
    spoken = dialect("postgresql")
    names = (
        "hstore--1.4.sql",
        "citext--1.4.sql",
        "intarray--1.2.sql",
        "earthdistance--1.1.sql",
        "cube--1.2.sql",
    )
    shipped = sorted(SHARE.glob("postgresql/*/extension/*.sql"))
    # Scripts that update one version to the next find nothing to update, and say so on both sides.
    paths = shipped if DEEP else [path for path in shipped if path.name in names][:2]
    for number, (name, text) in enumerate(read(paths).items()):
        library = f"$libdir/{name.partition('--')[0]}"
        made = f"CREATE SCHEMA e{number}; SET search_path TO e{number};\n"
        script = made + text.replace("MODULE_PATHNAME", library)
        run_both(services, pg_server, twins, script, laid_out(script, spoken))
    first, second = (dump(pg_server, name) for name in twins)
    assert first == second and (first.count("CREATE ") > 50 or not paths)


# --- MariaDB -------------------------------------------------------------------------------------------


def test_mariadb_builds_the_same_database_and_rewrites_queries_alike(services, private_mariadb) -> None:
    server = private_mariadb()
    spoken = dialect("mysql")
    layout = laid_out(MY_SCRIPT, spoken)
    dumps = []
    for name, script in (("one", MY_SCRIPT), ("two", layout)):
        server.execute(f"create database {name}")
        answer = Desk(services, server.url(name)).run(script, session="", on_error="continue")
        assert not [result.error for result in answer.statements if result.error]
        command = ["mariadb-dump", "--no-defaults", f"--socket={server.socket}", "-uroot", "--routines", name]
        done = subprocess.run(
            [*command, "--triggers", "--skip-comments"],
            env=child_env(),
            capture_output=True,
            text=True,
            check=True,
        )
        # Bodies of routines are kept as they were written: there the tokens count.
        dumps.append([stream(part, spoken) for part in statements(done.stdout, spoken)])
    lowered = [[[one.lower() for one in part] for part in parts] for parts in dumps]
    assert lowered[0] == lowered[1] and layout != MY_SCRIPT
    desk = Desk(services, server.url("one"))
    for query in (
        "select p.id,count(*) as n, 'x;  -- ' t from parents p left join `odd; name` o on o.id=p.id "
        "where p.id between 1 and 9 or p.v like 'a\\_%' group by p.id having n>0 order by 2 desc limit 3",
        "select case when id % 2=0 then 'even' else 'odd' end a,cast(id as decimal(5,2)) b,-id c,id- -1 d "
        "from parents",
        "with w as (select id from parents where v<>';') select * from w "
        "where exists (select 1 from `odd; name`)",
    ):
        rewritten = []
        for sql in (query, laid_out(query, spoken)):
            result = desk.one(f"EXPLAIN EXTENDED {sql}")
            rewritten.append([list(result.rows.rows()), result.notices])
        assert rewritten[0] == rewritten[1] and "select" in str(rewritten[0][1]).lower()


@pytest.mark.parametrize("product", ["sqlite", "mysql"])
def test_where_columns_are_named_by_their_text_a_definition_stays(product: str) -> None:
    """`CREATE VIEW v AS SELECT a+b` makes a column "a+b": its layout would make another one."""
    spoken = dialect(product)
    for sql in ("create view v as select id+max(1,2) from t", "create table c as select  f(1,2) from t"):
        text, notice = format_sql(sql, spoken, 4, "upper")
        assert text == sql and "line 1 stayed as written" in notice
    trigger = "create table t2 (id int, v text default 'select');"
    assert format_sql(trigger, spoken, 4, "upper")[0] != trigger
    view = "create view v as select id+max(1,2) from t"
    assert format_sql(view, dialect("postgresql"), 4, "upper")[0] != view, "there the text names nothing"
