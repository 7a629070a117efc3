"""What is copied as UPDATE, Python, SQLAlchemy or pytest, run for real: the rows are the same again."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from desktop.kit.grid.copy_as import Table
from desktop.kit.grid.copy_forms import FORMATS
from embedded_server.wire.data import PageResponse
from tests.runner.changes import ROOT

from .conftest import House
from .editing import ENGINES, Editing, editing

pytestmark = pytest.mark.database

# A key of two columns, one of them a text; every kind that has a Python type of its own.
COLUMNS = {
    "sqlite": "a integer, b text, n numeric(20,4), f double, born timestamp, d date, u text, raw blob,"
    " t text, ok boolean, primary key(a, b)",
    "postgresql": "a bigint, b varchar(40), n numeric(20,4), f double precision, born timestamptz, d date,"
    " u uuid, raw bytea, t text, ok boolean, primary key(a, b)",
    "mysql": "a bigint, b varchar(40) collate utf8mb4_bin, n decimal(20,4), f double, born datetime(6),"
    " d date, u uuid, raw blob, t varchar(80) collate utf8mb4_bin, ok tinyint(1), primary key(a, b)",
    "duckdb": "a bigint, b varchar, n decimal(18,4), f double, born timestamptz, d date, u uuid, raw blob,"
    " t varchar, ok boolean, primary key(a, b)",
}
UUID_TEXT = "0b14d501-a594-495b-bf4d-2e7a3f3c7b21"
WORDS = (
    "",
    "plain",
    "it's",
    'say "x"',
    "back\\slash",
    "line\nbreak",
    "\u00e9\U0001f600",
    "%s :x {y}",
    "''",
    "NULL",
)
NUMBERS = (None, "0.0000", "-12345678901234.5678", "0.1000", "9999999999999.9999")
FLOATS = (None, 0.1, -1.5e300, 5e-324, 1.0)
_names = itertools.count(1)


def stamps(engine: str) -> Sequence[str | None]:
    zone = "+00" if engine in ("postgresql", "duckdb") else ""
    texts = ("2026-11-23 08:15:59.123456", "0001-01-01 00:00:00", "9999-12-31 23:59:59")
    return [None, *(text + zone for text in texts if engine != "mysql" or not text.startswith("0001"))]


@st.composite
def table_rows(draw: st.DrawFn, engine: str) -> list[tuple[Any, ...]]:
    # Rows that share one column of the key, and some others.
    more = st.tuples(st.sampled_from([-3, 0, 2**53]), st.sampled_from(WORDS))
    keys = [(7, "plain"), (7, "it's"), (8, "plain"), *draw(st.lists(more, max_size=2, unique=True))]
    number = st.sampled_from(NUMBERS)
    if engine == "sqlite":
        number = st.sampled_from([None, 0, 1.5, -(2**63), "much"])
    return [
        (
            *key,
            draw(number),
            draw(st.sampled_from(FLOATS)),
            draw(st.sampled_from(stamps(engine))),
            draw(st.sampled_from([None, "2026-02-28"])),
            draw(st.sampled_from([None, UUID_TEXT])),
            draw(st.sampled_from([None, b"", b"\x00\xff'\\"])),
            draw(st.sampled_from([None, *WORDS])),
            draw(st.sampled_from([None, True, False])),
        )
        for key in keys
    ]


@pytest.fixture(scope="module", params=ENGINES)
def db(request: pytest.FixtureRequest, house: House) -> Iterator[Editing]:
    with editing(request, house) as made:
        yield made


few = settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def filled(db: Editing, rows: Sequence[Sequence[Any]]) -> str:
    name = f"copied{next(_names)}"
    db.other(f"create table {name} ({COLUMNS[db.engine]})")
    for row in rows:
        db.other(f"insert into {name} values ({', '.join([db.mark] * len(row))})", row)
    return name


def page(db: Editing, table: str, url: str = "") -> PageResponse:
    return db.house.page(url or db.url, table, order_by=["a", "b"], refresh=True)


def shown(found: PageResponse) -> list[list[Any]]:
    """Without SQLite's row numbers: rows that are written anew get others."""
    columns = zip(found.columns, found.rows.columns, strict=True)
    return [list(cells) for column, cells in columns if not column.hidden]


def copied(db: Editing, table: str, found: PageResponse) -> Table:
    """The rows as the grid would copy them."""
    named = {column.name: place for place, column in enumerate(found.columns)}
    rows = list(found.rows.rows())
    keys = [named[name] for name in found.row_key]
    shown = [place for place, column in enumerate(found.columns) if not column.hidden]
    return Table(
        [found.columns[place] for place in shown],
        [[row[place] for place in shown] for row in rows],
        (table,),
        db.engine,
        keys=[found.columns[place] for place in keys],
        key_rows=[[row[place] for place in keys] for row in rows],
    )


@few
@given(data=st.data())
def test_a_copied_update_brings_the_rows_back(db: Editing, data: st.DataObject) -> None:
    table = filled(db, data.draw(table_rows(db.engine)))
    before = page(db, table)
    text = FORMATS["update"][1](copied(db, table, before))
    statements = [one + ";" for one in text.split(";\n") if one]
    assert len(statements) == len(before.rows)
    for line in statements:
        db.other(line)
    assert page(db, table).rows == before.rows, "on the rows as they are it changes nothing"
    db.other(
        f"update {table} set n = 7, f = 7, born = null, d = null, u = null, raw = null, t = 'x', ok = null"
    )
    assert page(db, table).rows != before.rows
    for line in statements:
        db.other(line)
    assert page(db, table).rows == before.rows
    db.other(f"drop table {table}")


@few
@given(data=st.data())
def test_copied_python_is_what_the_driver_gives(db: Editing, data: st.DataObject) -> None:
    table = filled(db, data.draw(table_rows(db.engine)))
    found = copied(db, table, page(db, table))
    space: dict[str, Any] = {}
    exec(FORMATS["python"][1](found), space)
    more: dict[str, Any] = {}
    exec(FORMATS["python_tuples"][1](found), more)
    assert [tuple(row.values()) for row in space["rows"]] == more["rows"]
    assert more["columns"] == tuple(column.name for column in found.columns)
    given_rows = db.other(f"select * from {table} order by a, b")
    for ours, theirs in zip(more["rows"], given_rows, strict=True):
        for one, other, column in zip(ours, theirs, found.columns, strict=True):
            same(db.engine, column.name, one, other)
    db.other(f"drop table {table}")


def same(engine: str, name: str, ours: Any, theirs: Any) -> None:
    """As the driver gives it; what a driver gives as text or a number of its own is compared by meaning."""
    if engine in ("sqlite", "duckdb") and name in ("born", "d", "u", "n", "ok"):
        # There the other program is our own reader, which gives texts.
        assert (ours is None) == (theirs is None)
        return
    if isinstance(ours, UUID) and engine == "mysql":
        ours = str(ours)
    assert ours == (int(theirs) if name == "ok" and theirs is not None and engine == "mysql" else theirs), (
        name
    )
    if ours is not None and not (engine == "mysql" and name in ("u", "raw", "t")):
        assert type(ours) is type(theirs) or name == "ok", name


@few
@given(data=st.data())
def test_copied_sqlalchemy_inserts_and_selects_the_same_rows(db: Editing, data: st.DataObject) -> None:
    table = filled(db, data.draw(table_rows(db.engine)))
    before = page(db, table)
    found = copied(db, table, before)
    url = db.url
    if db.engine == "duckdb":
        # One process holds the file: the rows go into another one.
        url = f"duckdb:///{db.house.folder}/sa{next(_names)}.duckdb"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if db.engine == "duckdb":
            connection.exec_driver_sql(f"create table {table} ({COLUMNS[db.engine]})")
        else:
            connection.exec_driver_sql(f"delete from {table}")
        connection.execute(run(FORMATS["sqlalchemy"][1](found)))
        got = connection.execute(run(FORMATS["sqlalchemy_select"][1](found))).all()
        assert len(got) == len(before.rows)
    engine.dispose()
    assert shown(page(db, table, url)) == shown(before)
    db.other(f"drop table {table}")


def run(text: str) -> Any:
    space: dict[str, Any] = {}
    exec(text, space)
    return space["statement"]


@pytest.mark.parametrize("db", ["sqlite", "postgresql"], indirect=True)
def test_a_copied_fixture_runs_under_pytest(db: Editing, tmp_path) -> None:
    number = 1.5 if db.engine == "sqlite" else "1.5000"
    rest = (number, 0.5, stamps(db.engine)[1], None, UUID_TEXT, b"\x00")
    rows = [(n, word, *rest, word, True) for n, word in enumerate(WORDS)]
    table = filled(db, rows)
    before = page(db, table)
    url = db.url
    (tmp_path / "conftest.py").write_text(
        "import pytest\nfrom sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\n\n"
        "@pytest.fixture\ndef connection():\n"
        f"    with create_engine({url!r}, poolclass=NullPool).begin() as connection:\n"
        f"        connection.exec_driver_sql({f'drop table if exists {table}'!r})\n"
        f"        connection.exec_driver_sql({f'create table {table} ({COLUMNS[db.engine]})'!r})\n"
        "        yield connection\n"
    )
    text = FORMATS["pytest"][1](copied(db, table, before))
    (tmp_path / "test_copied.py").write_text(
        text + f"\n\ndef test_it({table}_rows, connection):\n"
        f"    assert len({table}_rows) == {len(rows)}\n"
        f"    assert connection.exec_driver_sql('select count(*) from {table}').scalar() == {len(rows)}\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown(page(db, table, url)) == shown(before)
