"""Edits where tables are not simple: triggers, generated columns, partitions, deferred keys, long and odd
values, locks of others."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import duckdb
import pytest

from embedded_server.jobs import Call
from embedded_server.wire.child_env import child_env
from embedded_server.wire.edits import APPLY, ApplyRequest, Change, Seen, digest_of
from embedded_server.wire.problem import ProblemError

from .conftest import House
from .editing import Editing, editing, psycopg_rows

pytestmark = pytest.mark.database


class Asked:
    """What `editing` wants of a request, for a database of one engine."""

    def __init__(self, request: pytest.FixtureRequest, engine: str) -> None:
        self.param = engine
        self.getfixturevalue = request.getfixturevalue


@pytest.fixture(scope="module")
def of(request: pytest.FixtureRequest, house: House) -> Iterator[Any]:
    """The database of an engine, made when it is first asked for."""
    made: dict[str, Editing] = {}
    with ExitStack() as stack:

        def get(engine: str) -> Editing:
            if engine not in made:
                asked: Any = Asked(request, engine)
                made[engine] = stack.enter_context(editing(asked, house))
            return made[engine]

        yield get


# --- triggers --------------------------------------------------------------------------------------

KEEPING = {
    "sqlite": "create trigger k_{t} before update on {t} begin select raise(ignore); end",
    "postgresql": "create function f_{t}() returns trigger language plpgsql as 'begin return null; end';"
    "create trigger k_{t} before update on {t} for each row execute function f_{t}()",
}
CHANGING = {
    "sqlite": "create trigger c_{t} after update on {t} begin "
    "update {t} set note = upper(new.note) where id = new.id; end",
    "postgresql": "create function f_{t}() returns trigger language plpgsql as "
    "'begin new.note = upper(new.note); return new; end';"
    "create trigger c_{t} before update on {t} for each row execute function f_{t}()",
    "mysql": "create trigger c_{t} before update on {t} for each row set new.note = upper(new.note)",
}


@pytest.mark.parametrize("engine", sorted(KEEPING))
def test_a_row_kept_by_a_trigger_is_told_and_nothing_is_written(of: Any, engine: str) -> None:
    db = of(engine)
    table = db.make()
    db.other(KEEPING[engine].format(t=table))
    answer = db.apply(table, db.delete(table, 2), db.update(table, 0, {"name": "Ann"}))
    assert not answer.applied
    assert [(one.id, one.problem.title) for one in answer.refused] == [
        ("u0", "The change did not meet exactly one row")
    ]
    assert len(db.rows(table)) == 3


@pytest.mark.parametrize("engine", sorted(CHANGING))
def test_what_a_trigger_made_of_a_value_is_told(of: Any, engine: str) -> None:
    db = of(engine)
    table = db.make()
    db.other(CHANGING[engine].format(t=table))
    answer = db.apply(table, db.update(table, 0, {"note": "quiet", "name": "Ann"}))
    assert answer.applied
    assert answer.stored[0].otherwise == ["note"] and answer.stored[0].cells["note"] == "QUIET"
    assert db.rows(table, "name, note")[0] == ("Ann", "QUIET")


# --- columns and tables ----------------------------------------------------------------------------

GENERATED = {
    "sqlite": "id integer primary key, a integer, twice integer generated always as (a * 2)",
    "postgresql": "id integer primary key, a integer, twice integer generated always as (a * 2) stored",
    "mysql": "id integer primary key, a integer, twice integer generated always as (a * 2)",
}


@pytest.mark.parametrize("engine", sorted(GENERATED))
def test_a_generated_column_is_refused_and_computed(of: Any, engine: str) -> None:
    db = of(engine)
    table = db.make(GENERATED[engine], rows=())
    db.other(f"insert into {table} (id, a) values (1, 5)")
    answer = db.apply(table, db.update(table, 0, {"twice": 9}))
    assert [(one.column, one.problem.code) for one in answer.refused] == [("twice", "data.unfit")]
    answer = db.apply(table, db.update(table, 0, {"a": 6}))
    assert answer.applied and str(answer.stored[0].cells["twice"]) == "12"


def test_a_row_moves_to_another_partition(of: Any) -> None:
    db = of("postgresql")
    db.other(
        "create table parts (id integer, region text, n integer, primary key (id, region))"
        " partition by list (region);"
        "create table parts_a partition of parts for values in ('a');"
        "create table parts_b partition of parts for values in ('b');"
        "insert into parts values (1, 'a', 5)"
    )
    answer = db.apply("parts", db.update("parts", 0, {"region": "b"}))
    assert answer.applied and answer.stored[0].key == ["1", "b"]
    assert db.rows("parts_b") == [(1, "b", 5)]
    answer = db.apply("parts", db.update("parts", 0, {"region": "c"}))
    assert [one.id for one in answer.refused] == ["u0"]
    assert db.rows("parts") == [(1, "b", 5)]


def test_a_deferred_key_is_checked_at_the_end_and_undoes_everything(of: Any) -> None:
    db = of("postgresql")
    db.other(
        "create table up (id integer primary key);"
        "create table down (id integer primary key, up integer references up deferrable initially deferred);"
        "insert into up values (1); insert into down values (1, 1), (2, 1)"
    )
    with pytest.raises(ProblemError) as caught:
        db.apply("down", db.update("down", 0, {"up": 7}), db.delete("down", 1))
    assert caught.value.problem.code == "sql.error" and "down" in caught.value.problem.detail
    assert db.rows("down") == [(1, 1), (2, 1)]


def test_sqlite_leaves_no_orphan(of: Any) -> None:
    db = of("sqlite")
    db.other("create table parent (id integer primary key)")
    db.other("create table child (id integer primary key, parent integer references parent)")
    db.other("insert into parent values (1)")
    db.other("insert into child values (1, 1)")
    answer = db.apply("parent", db.delete("parent", 0))
    assert [one.id for one in answer.refused] == ["d0"]
    assert "FOREIGN KEY" in answer.refused[0].problem.detail
    assert db.rows("parent") == [(1,)]


def test_mysql_is_strict_here_whatever_the_server_is(of: Any) -> None:
    """Without it a text that does not fit would be cut, or a wrong one become 0."""
    db = of("mysql")
    table = db.make("id integer primary key, g geometry, t tinytext", rows=((1, None, "x"),))
    before = db.other("select @@global.sql_mode")[0][0]
    db.other("set global sql_mode = ''")
    try:
        answer = db.apply(table, db.update(table, 0, {"t": "x" * 300}))
    finally:
        db.other("set global sql_mode = %s", (before,))
    assert [one.id for one in answer.refused] == ["u0"], answer
    assert db.rows(table, "t") == [("x",)]


def test_a_key_with_two_columns_and_one_that_is_changed_meanwhile(of: Any) -> None:
    db = of("sqlite")
    table = db.make("a integer, b text, c text, primary key (a, b)) without rowid --", rows=())
    db.other(f"insert into {table} values (1, 'x', 'old'), (1, 'y', 'old')")
    change = db.update(table, 1, {"c": "new"})
    db.other(f"update {table} set b = 'z' where b = 'y'")
    assert [one.kind for one in db.apply(table, change).conflicts] == ["gone"]
    answer = db.apply(table, db.update(table, 1, {"b": "q", "c": "new"}))
    assert answer.applied and answer.stored[0].key == [1, "q"]


# --- values ----------------------------------------------------------------------------------------


def test_every_odd_type_of_postgresql(of: Any) -> None:
    db = of("postgresql")
    db.other("create type mood as enum ('glad', 'sad')")
    table = db.make(
        "id integer primary key, j json, jb jsonb, a integer[], i interval, m mood, p point, r int4range,"
        " f real, n numeric, v bit(3), c char(5), u uuid, ip inet, ts timestamptz",
        rows=((1, *[None] * 14),),
    )
    values = {
        "j": '{"b":1,  "a":[1.10]}', "jb": '{"b": 1, "a": [1.10]}', "a": "{1,NULL,3}", "i": "1 mon 1 day",
        "m": "sad", "p": "(1,2)", "r": "[1,5)", "f": "0.1", "n": "1e-20", "v": "101", "c": "ab",
        "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ip": "10.0.0.1/8", "ts": "2026-01-01 00:00:00+00",
    }  # fmt: skip
    answer = db.apply(table, db.update(table, 0, values))
    assert answer.applied and answer.stored[0].otherwise == []
    assert db.rows(table, "j::text, a::text, i::text, n::text, c::text")[0] == (
        '{"b":1,  "a":[1.10]}', "{1,NULL,3}", "1 mon 1 day", "0.00000000000000000001", "ab",
    )  # fmt: skip
    back = {name: None for name in values}
    assert db.apply(table, db.update(table, 0, back)).applied, "as they were read they are found unchanged"


def test_every_odd_type_of_mariadb(of: Any) -> None:
    db = of("mysql")
    table = db.make(
        "id integer primary key, j json, e enum('a','b'), s set('x','y'), f float, d double, b bit(5),"
        " y year, t time(2), u bigint unsigned, vb varbinary(3)",
        rows=((1, *[None] * 10),),
    )
    values = {
        "j": '{"b":1,  "a":[1.10]}', "e": "b", "s": "x,y", "f": "0.1", "d": "0.1", "b": {"$bytes": "BQ=="},
        "y": "2026", "t": "-25:30:00.25", "u": "18446744073709551615", "vb": "0x000102",
    }  # fmt: skip
    answer = db.apply(table, db.update(table, 0, values))
    assert answer.applied and answer.stored[0].otherwise == []
    assert db.rows(table, "j, e, s, cast(u as char), hex(vb)")[0] == (
        '{"b":1,  "a":[1.10]}', "b", "x,y", "18446744073709551615", "000102",
    )  # fmt: skip
    assert db.apply(table, db.update(table, 0, {name: None for name in values})).applied


def test_every_odd_type_of_duckdb(of: Any) -> None:
    db = of("duckdb")
    table = db.make(
        "id integer primary key, l integer[], s struct(a integer), h hugeint, i interval, f float,"
        " ts timestamp_ns, u uuid, e enum('a','b'), j json",
        rows=((1, *[None] * 9),),
    )
    values = {
        "l": "[1, NULL, 3]", "s": "{'a': 5}", "h": "170141183460469231731687303715884105727",
        "i": "1 month 1 day", "f": "0.1", "ts": "2026-01-01 00:00:00.123456789",
        "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "e": "b", "j": '{"a":  1}',
    }  # fmt: skip
    answer = db.apply(table, db.update(table, 0, values))
    assert answer.applied, answer
    assert answer.stored[0].cells["h"] == {"$int": values["h"]}
    assert answer.stored[0].cells["ts"] == values["ts"]
    assert db.apply(table, db.update(table, 0, {name: None for name in values})).applied
    assert answer.notes, "that no row is locked is said"


def test_storage_classes_and_broken_texts_of_sqlite(of: Any) -> None:
    db = of("sqlite")
    table = db.make("id integer primary key, v", rows=((1, 5), (2, 5.0), (3, "5"), (4, b"5"), (5, None)))
    db.other(f"insert into {table} values (6, cast(x'ff41' as text))")
    changes = [db.update(table, place, {"v": {"$badtext": "/w=="}}) for place in range(6)]
    assert db.apply(table, *changes).applied, "each was found as it is, bit for bit"
    assert db.rows(table, "typeof(v), hex(v)") == [("text", "FF")] * 6


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mysql", "duckdb"])
def test_a_long_value_is_compared_by_its_digest(of: Any, engine: str) -> None:
    db = of(engine)
    long = "ä" * 100_000
    kind = "longtext" if engine == "mysql" else "text"
    table = db.make(f"id integer primary key, v {kind}", rows=((1, long),))
    key, _ = db.seen(table, 0, "id")

    def change(seen: Seen) -> Change:
        return Change(kind="update", id="u", key=key, seen={"v": seen}, values={"v": "short"})

    other = Seen(digest_of(long[:-1] + "b"), 100_000, "characters")
    assert [one.kind for one in db.apply(table, change(other)).conflicts] == ["changed"]
    longer = Seen(digest_of(long[:1000]), 100_001, "characters", 1000)
    assert db.apply(table, change(longer)).conflicts
    assert db.apply(table, change(Seen(digest_of(long), 100_000, "characters"))).applied
    assert db.rows(table, "v") == [("short",)]


def test_a_duckdb_file_is_held_for_writing_only_while_it_is_written(house: House) -> None:
    path = house.folder / "shared.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("create table t (id integer primary key, name varchar); insert into t values (1, 'ann')")
    db = Editing(house, "duckdb", f"duckdb:///{path}", list)
    look = (
        "import duckdb, sys\n"
        "print(duckdb.connect(sys.argv[1], read_only=True).execute('select name from t').fetchall())"
    )

    def another_process() -> str:
        asked = [sys.executable, "-c", look, str(path)]
        return subprocess.run(asked, capture_output=True, text=True, env=child_env()).stdout.strip()

    change = db.update("t", 0, {"name": "Ann"})
    assert another_process() == "[('ann',)]"
    assert db.apply("t", change).applied
    assert another_process() == "[('Ann',)]"
    assert db.seen("t", 0)[1]["name"] == "Ann"


# --- locks of others -------------------------------------------------------------------------------


def test_another_programs_lock_of_the_file_is_told(of: Any) -> None:
    db = of("sqlite")
    table = db.make()
    change = db.update(table, 0, {"name": "Ann"})
    held = sqlite3.connect(db.url.removeprefix("sqlite:///"), isolation_level=None)
    held.execute("begin immediate")
    with pytest.raises(ProblemError) as caught:
        db.apply(table, change)
    held.execute("rollback")
    held.close()
    assert caught.value.problem.code == "file.locked"
    assert db.apply(table, change).applied


def test_a_row_is_locked_from_comparing_to_writing(of: Any) -> None:
    """The first row's trigger takes its time; what somebody does to the second one meanwhile waits, and
    is not overwritten."""
    db = of("postgresql")
    table = db.make("id integer primary key, a integer", rows=((1, 0), (2, 0)))
    db.other(
        f"create function slow_{table}() returns trigger language plpgsql as"
        " 'begin if new.id = 1 then perform pg_sleep(0.5); end if; return new; end';"
        f"create trigger s before update on {table} for each row execute function slow_{table}()"
    )
    changes = [db.update(table, place, {"a": 5}) for place in range(2)]

    def somebody() -> None:
        with psycopg_rows(db.url) as run:
            while run(_WAITING.format("wait_event = 'PgSleep'")) == [(0,)]:
                pass
            run(f"update {table} set a = 99 where id = 2")

    other = threading.Thread(target=somebody, daemon=True)
    other.start()
    assert db.apply(table, *changes).applied
    other.join(20)
    assert db.rows(table) == [(1, 5), (2, 99)]


_WAITING = "select count(*) from pg_stat_activity where {} and datname = current_database()"


def test_waiting_for_a_row_is_cancelled(of: Any) -> None:
    db = of("postgresql")
    table = db.make()
    change = db.update(table, 0, {"name": "Ann"})
    services = db.house.services
    with psycopg_rows(db.url) as other:
        other("begin")
        other(f"update {table} set name = 'held' where id = 1")
        call = Call("waiting", "data.apply", services)
        waits = threading.Thread(target=_cancel_once_it_waits, args=(db, call), daemon=True)
        waits.start()
        with pytest.raises(ProblemError) as caught, services.jobs.running(call):
            db.house.handle(APPLY, ApplyRequest(connection=db.url, table=table, changes=[change]), call)
        waits.join(10)
        other("rollback")
    assert caught.value.problem.code == "job.cancelled"
    assert db.rows(table)[0][1] == "ann"


def _cancel_once_it_waits(db: Editing, call: Call) -> None:
    with psycopg_rows(db.url) as watch:
        while watch(_WAITING.format("wait_event_type = 'Lock'")) == [(0,)]:
            pass
    call.cancel()
