"""Edits against other writers: no row is written that was not meant, no batch is written by half."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.wire.edits import Change
from embedded_server.wire.problem import ProblemError

from .conftest import House
from .editing import ENGINES, Editing, editing, mysql_rows, psycopg_rows

pytestmark = pytest.mark.database

ROWS = 5
COLUMNS = "id integer primary key, a integer, b varchar(20)"


@pytest.fixture(scope="module", params=ENGINES)
def db(request: pytest.FixtureRequest, house: House) -> Iterator[Editing]:
    with editing(request, house) as made:
        yield made


# A row to edit: which one, what is done to it.
EDIT = st.tuples(st.integers(1, ROWS), st.sampled_from(["a", "b", "both", "delete", "same"]))
OTHER = st.tuples(st.integers(1, ROWS), st.sampled_from(["a", "b", "delete", "insert", "touch"]))
ROUND = st.tuples(
    st.lists(EDIT, min_size=1, max_size=4, unique_by=lambda edit: edit[0]), st.lists(OTHER, max_size=3)
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rounds=st.lists(ROUND, min_size=1, max_size=4))
def test_random_edits_against_another_writer(db: Editing, rounds: list[Any]) -> None:
    """A model of the table in a dictionary: after each batch the database holds exactly what it says."""
    table = db.make(COLUMNS, [(n, n, f"b{n}") for n in range(1, ROWS + 1)])
    model: dict[int, tuple[Any, Any]] = {n: (n, f"b{n}") for n in range(1, ROWS + 1)}
    for number, (edits, others) in enumerate(rounds):
        places = {int(row[0]): place for place, row in enumerate(db.house.rows(db.url, table))}
        changes = [
            change(db, table, places[key], key, act, model, number) for key, act in edits if key in places
        ]
        seen = dict(model)
        for key, act in others:
            other(db, table, key, act, model, number)
        touched = [one.id for one in changes]
        answer = db.apply(table, *changes)
        same = all(model.get(int(key)) == seen[int(key)] for key in touched)
        assert answer.applied == (same and bool(changes)), answer
        if answer.applied:
            wanted(model, changes, number)
        else:
            moved = {key for key in touched if model.get(int(key)) != seen[int(key)]}
            assert {one.id for one in answer.conflicts} == moved
        found = {row[0]: row[1:] for row in db.rows(table)}
        assert found == model
    db.other(f"drop table {table}")


def change(
    db: Editing, table: str, place: int, key: int, act: str, model: dict[int, tuple[Any, Any]], number: int
) -> Change:
    if act == "delete":
        return db.delete(table, place, str(key))
    a, b = model[key]
    values = {
        "a": {"a": 1000 + number},
        "b": {"b": f"mine {number}"},
        "both": {"a": None, "b": ""},
        "same": {"a": a, "b": b},
    }
    return db.update(table, place, values[act], str(key))


def wanted(model: dict[int, tuple[Any, Any]], changes: list[Change], number: int) -> None:
    for one in changes:
        key = int(one.id)
        if one.kind == "delete":
            del model[key]
        else:
            a, b = model[key]
            model[key] = (one.values.get("a", a), one.values.get("b", b))


def other(
    db: Editing, table: str, key: int, act: str, model: dict[int, tuple[Any, Any]], number: int
) -> None:
    """What another program does and commits between seeing and applying."""
    if act == "insert" and key not in model:
        db.other(f"insert into {table} values ({key}, {number}, 'new')")
        model[key] = (number, "new")
    elif act == "insert" or key not in model:
        return
    elif act == "delete":
        db.other(f"delete from {table} where id = {key}")
        del model[key]
    elif act == "touch":
        db.other(f"update {table} set a = a where id = {key}")
    else:
        value = f"{5000 + number}" if act == "a" else f"'theirs {number}'"
        db.other(f"update {table} set {act} = {value} where id = {key}")
        a, b = model[key]
        model[key] = (5000 + number, b) if act == "a" else (a, f"theirs {number}")


BATCHES = 25
STEP = 1000


def test_no_update_of_another_writer_is_lost(db: Editing) -> None:
    """Somebody counts a column up all the time; each batch adds a thousand to what it saw, in three rows."""
    table = db.make("id integer primary key, a integer", [(n, 0) for n in range(1, 4)])
    writer = Counter(db, table)
    writer.start()
    applied = 0
    for _ in range(BATCHES):
        changes = []
        for place in range(3):
            key, base = db.seen(table, place)
            value = int(base["a"]) + STEP
            changes.append(Change(kind="update", id=str(place), key=key, base=base, values={"a": value}))
        applied += db.apply(table, *changes).applied
    writer.stop()
    for number, count in db.rows(table):
        assert count == writer.counts[number] + STEP * applied, (writer.counts, applied)
    assert sum(writer.counts.values()) > 0, "the other program wrote meanwhile"


class Counter(threading.Thread):
    """Another program on a connection of its own."""

    def __init__(self, db: Editing, table: str) -> None:
        super().__init__(daemon=True)
        self._db, self._table = db, table
        self.counts = dict.fromkeys(range(1, 4), 0)
        self._over = threading.Event()

    def run(self) -> None:
        db = self._db
        if db.engine == "sqlite":
            held = sqlite3.connect(db.url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
            self._count(lambda sql: held.execute(sql).rowcount)
            held.close()
        elif db.engine == "duckdb":
            with db.house.session(db.url) as run:
                self._count(run)
        else:
            with (psycopg_rows if db.engine == "postgresql" else mysql_rows)(db.url) as run:
                self._count(run)

    def _count(self, run: Any) -> None:
        number = 0
        while not self._over.wait(0.004):
            number = number % 3 + 1
            try:
                run(f"update {self._table} set a = a + 1 where id = {number}")
            except (ProblemError, sqlite3.OperationalError):
                continue  # refused while a batch was written: then it did not happen
            self.counts[number] += 1

    def stop(self) -> None:
        self._over.set()
        self.join(20)
