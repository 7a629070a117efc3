"""Remembered orders: each row is that of ORDER BY and OFFSET, and nothing wrong is claimed later."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.data.snapshots import handler, kept
from embedded_server.data.snapshots.kept import Snapshots
from embedded_server.jobs import Call
from embedded_server.wire.connections import Profile
from embedded_server.wire.data import TABLE, Filter, PageResponse, TableRequest
from embedded_server.wire.edits import APPLY, ApplyRequest, Change
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.snapshot_state import Snapshot
from embedded_server.wire.snapshots import SNAPSHOT, SnapshotEvent, SnapshotRequest
from tests.server.test_call import run
from tests.waiting import wait_until

from .conftest import House, Maker, open_file, own_database
from .walking import cells

SIZE = 4000
ORDERS = ["-word", "n desc nulls last", "half"]


def script(size: int) -> list[tuple[int, int | None, str | None, float]]:
    chance = random.Random(7)
    words = [None, "", "a", "B", "é", "zebra"]
    return [
        (key * 3 - 500, chance.choice([None, *range(40)]), chance.choice(words), chance.randrange(9) / 2)
        for key in range(size)
    ]


WORDS = "create table t(id integer primary key, word text)"
CREATE = "create table t(id {} primary key, n integer, word text, half double precision)"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def table(request: pytest.FixtureRequest, house: House, sqlite_file: Maker) -> Iterator[str]:
    """4,000 rows with many ties and NULLs."""
    rows = script(SIZE)
    if request.param == "sqlite":
        yield sqlite_file(CREATE.format("integer"), rows, "insert into t values (?, ?, ?, ?)")
        return
    with own_database(house, request.getfixturevalue("pg_server")) as url:
        house.run(url, CREATE.format("bigint"))
        with house.session(url) as run:
            for at in range(0, SIZE, 500):
                run(f"insert into t values {', '.join(map(literal, rows[at : at + 500]))}")
        house.run(url, "analyze t")
        yield url


def literal(row: tuple[Any, ...]) -> str:
    return "(" + ", ".join("null" if cell is None else f"'{cell}'" for cell in row) + ")"


def take(house: House, url: str, order: str = "word", name: str = "t", **fields: Any) -> SnapshotEvent:
    """Make a snapshot; its last event."""
    request = SnapshotRequest(connection=url, table=name, order_by=[order], **fields)
    *_, last = house.call(SNAPSHOT, request)
    assert last.state == "done" and last.snapshot is not None
    return last


def every_row(house: House, url: str, order: str, **fields: Any) -> list[Any]:
    """The keys of all rows in order, by pages that follow one another before there is a snapshot."""
    pages: list[Any] = []
    page = house.page(url, "t", order_by=[order], limit=1000, **fields)
    while True:
        pages += map(str, cells(page, "id"))
        if page.next is None:
            return pages
        page = house.page(url, "t", order_by=[order], limit=1000, after=page.next, **fields)


def keys(page: PageResponse) -> list[str]:
    return list(map(str, cells(page, "id")))


@pytest.fixture(scope="module", params=ORDERS)
def ordered(request: pytest.FixtureRequest, house: House, table: str) -> tuple[str, str, list[str]]:
    """A table, an order with its snapshot, and all keys in that order."""
    found = every_row(house, table, request.param)
    assert len(found) == SIZE and take(house, table, request.param).rows == SIZE
    return table, request.param, found


FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, deadline=None, suppress_health_check=FIXTURES)
@given(row=st.integers(1, SIZE + 50), limit=st.integers(1, 500))
def test_any_row_is_the_one_of_the_order(
    house: House, ordered: tuple[str, str, list[str]], row: int, limit: int
) -> None:
    url, order, wanted = ordered
    page = house.page(url, "t", order_by=[order], row=row, limit=limit)
    first = row if row < SIZE else SIZE - limit
    assert (page.access, page.row, page.row_exact) == ("snapshot", first, True)
    assert keys(page) == wanted[first : first + limit]
    assert page.snapshot is not None and page.snapshot.state == "ready" and page.snapshot.rows == SIZE
    assert (page.prev is None) == (first == 0) and (page.next is None) == (first + len(page.rows) == SIZE)
    for after, part in (
        (page.next, wanted[first + limit : first + 2 * limit]),
        (page.prev, wanted[max(0, first - limit) : first]),
    ):
        if after is not None:
            beside = house.page(url, "t", order_by=[order], after=after, limit=limit)
            assert (beside.access, keys(beside), beside.row_exact) == ("snapshot", part, True)


def test_a_jump_costs_one_statement_and_other_columns_share_it(
    house: House, ordered: tuple[str, str, list[str]]
) -> None:
    url, order, wanted = ordered
    house.page(url, "t", order_by=[order], row=3000, columns=["n"], limit=20)
    house.forget()
    page = house.page(url, "t", order_by=[order], row=2000, columns=["n"], limit=20)
    assert keys(page) == wanted[2000:2020] and [
        column.name for column in page.columns if not column.hidden
    ] == ["n"]
    assert len(house.asked) == 1 and "ORDER BY" not in house.asked[0]


def test_heavy_rows_are_cut_in_the_order(house: House, sqlite_file: Maker) -> None:
    rows = [(n, f"{n % 7:02d}{'x' * 9000}") for n in range(200)]
    url = sqlite_file(WORDS, rows, "insert into t values (?, ?)")
    wanted = every_row(house, url, "word")
    take(house, url)
    page = house.page(url, "t", order_by=["word"], row=50, limit=100)
    assert len(page.rows) < 100 and keys(page) == wanted[50 : 50 + len(page.rows)]
    behind = house.page(url, "t", order_by=["word"], after=page.next, limit=5)
    assert keys(behind) == wanted[50 + len(page.rows) : 55 + len(page.rows)]
    before = house.page(url, "t", order_by=["word"], after=behind.prev, limit=100)
    end = behind.row
    assert before.row == end - len(before.rows) and keys(before) == wanted[before.row : end]


def test_a_filter_has_an_order_of_its_own(house: House, table: str) -> None:
    filters = [Filter("n", ">", "20")]
    wanted = every_row(house, table, "half", filters=filters)
    assert take(house, table, "half", filters=filters).rows == len(wanted) < SIZE
    page = house.page(table, "t", order_by=["half"], filters=filters, row=700, limit=50)
    assert (page.access, keys(page)) == ("snapshot", wanted[700:750])


# --- what becomes of it ------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, house: House, sqlite_file: Maker) -> Iterator[str]:
    """A table for one test: 600 rows."""
    if request.param == "sqlite":
        rows = [(n, f"w{n * 37 % 600:03d}") for n in range(600)]
        yield sqlite_file(WORDS, rows, "insert into t values (?, ?)")
        return
    with own_database(house, request.getfixturevalue("pg_server")) as url:
        house.run(url, WORDS)
        words = "'w' || lpad((n * 37 % 600)::text, 3, '0')"
        house.run(
            url,
            f"insert into t select n, {words} from generate_series(0, 599) n",
        )
        house.run(url, "analyze t")
        yield url


def jump(house: House, url: str, row: int = 300, limit: int = 20) -> PageResponse:
    return house.page(url, "t", order_by=["word"], row=row, limit=limit)


def test_changes_of_others_are_told_and_rows_are_those_of_now(house: House, own: str) -> None:
    take(house, own)
    before = jump(house, own)
    assert (before.row_exact, before.snapshot and before.snapshot.state) == (True, "ready")
    gone, changed = keys(before)[3], keys(before)[5]
    with house.session(own) as run:
        run(f"delete from t where id = {gone}")
        run(f"update t set word = 'another' where id = {changed}")
        run("insert into t values (9999, 'w300a')")

    def told() -> bool:
        page = jump(house, own, row=100)
        return page.snapshot is not None and page.snapshot.state == "changed" and not page.row_exact

    wait_until(told, "the change to be told")
    after = jump(house, own)
    assert keys(after) == [key for key in keys(before) if key != gone]
    assert dict(zip(keys(after), cells(after, "word"), strict=True))[changed] == "another"
    assert (after.access, after.row_exact) == ("snapshot", False)
    behind = house.page(own, "t", order_by=["word"], after=after.next, limit=5)
    assert keys(behind) == keys(jump(house, own, row=320, limit=5))


def test_when_all_rows_are_gone_it_is_given_up(house: House, own: str) -> None:
    take(house, own)
    house.run(own, "delete from t")
    page = jump(house, own)
    assert (len(page.rows), page.access == "snapshot", page.snapshot) == (0, False, None)


def test_a_refresh_and_an_edit_drop_it(house: House, own: str) -> None:
    take(house, own)
    assert jump(house, own).access == "snapshot"
    house.call(TABLE, TableRequest(connection=own, table="t", refresh=True))
    assert jump(house, own).access != "snapshot"
    take(house, own)
    assert jump(house, own).access == "snapshot"
    change = Change(kind="update", key=[7], base={"word": "w259"}, values={"word": "zz"})
    answer = house.call(APPLY, ApplyRequest(connection=own, table="t", changes=[change]))
    assert answer.applied and jump(house, own).access != "snapshot"


def test_the_two_newest_are_kept_and_none_for_ever(
    house: House, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for order in ("word", "-word", "-id"):
        take(house, own, order)
    access = [house.page(own, "t", order_by=[order], row=300).access for order in ("word", "-word")]
    assert access[0] != "snapshot" and access[1] == "snapshot"
    monkeypatch.setattr(kept, "FRESH_SECONDS", 0.0)
    page = house.page(own, "t", order_by=["-word"], row=300)
    assert (page.access, page.row_exact) == ("snapshot", False)
    monkeypatch.setattr(kept, "LASTS_SECONDS", 0.0)
    assert house.page(own, "t", order_by=["-word"], row=300).access != "snapshot"


def test_one_is_wanted_where_sorting_is_slow(house: House, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def state(**fields: Any) -> str:
        found = house.page(own, "t", **fields).snapshot
        return found.state if found is not None else ""

    assert state(order_by=["word"]) == ""
    monkeypatch.setattr(handler, "SLOW_SECONDS", 0.0)
    assert (state(order_by=["word"]), state(order_by=["id"]), state()) == ("wanted", "", "")
    monkeypatch.setattr(kept, "MOST_ROWS", 100)
    house.page(own, "t", order_by=["word"], row=599)
    assert state(order_by=["word"]) == ""


def test_a_condition_means_what_it_says(house: House, own: str) -> None:
    house.run(own, "update t set word = '5%' where id < 400")
    house.run(own, "update t set word = '5%%' where id < 100")
    where = "word = '5%'"
    assert take(house, own, "-id", where=where).rows == 300
    page = house.page(own, "t", order_by=["-id"], where=where, row=150, limit=10)
    assert (page.access, keys(page)) == ("snapshot", [str(key) for key in range(249, 239, -1)])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_full_disk_is_told(house: House, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(room: Snapshots) -> Path:
        path = house.folder / "full.keys"
        path.symlink_to("/dev/full")
        return path

    monkeypatch.setattr(Snapshots, "path", full)
    with pytest.raises(ProblemError) as caught:
        take(house, own)
    assert caught.value.problem.code == "file.disk" and not (house.folder / "full.keys").is_symlink()


# --- rows without one number that is theirs -----------------------------------------------------------

PAIRS = [(n % 7 - 3, n * 5, f"w{n * 37 % 90:02d}") for n in range(600)]


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def paired(request: pytest.FixtureRequest, house: House, sqlite_file: Maker) -> Iterator[str]:
    """600 rows known by two numbers each."""
    create = "create table t(a integer not null, b bigint not null, word varchar(9), primary key (a, b))"
    if request.param == "sqlite":
        yield sqlite_file(f"{create} without rowid", PAIRS, "insert into t values (?, ?, ?)")
        return
    server = "pg_server" if request.param == "postgresql" else "mariadb_server"
    with own_database(house, request.getfixturevalue(server)) as url:
        house.run(url, create)
        house.run(url, f"insert into t values {', '.join(map(literal, PAIRS))}")
        yield url


def pairs(page: PageResponse) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in zip(cells(page, "a"), cells(page, "b"), strict=True)]


def test_keys_of_several_numbers(house: House, paired: str) -> None:
    wanted = [(a, b) for a, b, word in sorted(PAIRS, key=lambda row: (row[2], row[0], row[1]))]
    assert take(house, paired).rows == 600
    for row, limit in ((1, 5), (250, 340), (595, 20)):
        page = house.page(paired, "t", order_by=["word"], row=row, limit=limit)
        assert (page.access, page.row, page.row_exact) == ("snapshot", row, True)
        assert pairs(page) == wanted[row : row + limit]
    page = house.page(paired, "t", order_by=["word"], row=300, limit=20, columns=["word"])
    behind = house.page(paired, "t", order_by=["word"], after=page.next, limit=20)
    before = house.page(paired, "t", order_by=["word"], after=page.prev, limit=20)
    assert (behind.access, before.access) == ("snapshot", "snapshot")
    assert (pairs(before), pairs(behind)) == (wanted[280:300], wanted[320:340])
    (a, b), stays = wanted[305], wanted[306]
    house.run(paired, f"delete from t where a = {a} and b = {b}")
    after = house.page(paired, "t", order_by=["word"], row=300, limit=20)
    assert pairs(after) == [one for one in wanted[300:320] if one != (a, b)] and stays in pairs(after)
    assert not after.row_exact


def test_several_numbers_are_looked_up_by_the_key(house: House, paired: str) -> None:
    """Whoever reads a page must not read the table."""
    take(house, paired)
    page = house.page(paired, "t", order_by=["word"], row=300, limit=30)
    plan = str(house.rows_of_sql(paired, f"EXPLAIN {'QUERY PLAN ' if 'sqlite' in paired else ''}{page.sql}"))
    assert not re.search(r"Seq Scan|SCAN t\b|'ALL'", plan), plan


@pytest.fixture
def keyless(house: House, pg_server: Any) -> Iterator[str]:
    """600 rows of which nothing tells equal ones apart, some of them in a table that inherits."""
    with own_database(house, pg_server) as url:
        house.run(url, "create table t(n integer, word text, extra json)")
        house.run(url, "create table late() inherits (t)")
        for table, first, last in (("t", 0, 499), ("late", 500, 599)):
            words = "'w' || lpad((n * 37 % 90)::text, 2, '0')"
            numbers = f"generate_series({first}, {last}) n"
            heavy = "to_json(repeat('x', 800))"
            house.run(url, f"insert into {table} select n % 50, {words}, {heavy} from {numbers}")
        house.run(url, "analyze t")
        yield url


def told(page: PageResponse) -> list[tuple[str, int]]:
    return [(word, int(n)) for word, n in zip(cells(page, "word"), cells(page, "n"), strict=True)]


def test_without_a_key_rows_are_found_where_they_lie(house: House, keyless: str) -> None:
    wanted = sorted((f"w{n * 37 % 90:02d}", n % 50) for n in range(600))
    assert take(house, keyless).rows == 600
    for row, limit in ((1, 5), (350, 240), (595, 20)):
        page = house.page(keyless, "t", order_by=["word"], row=row, limit=limit)
        assert (page.access, page.row, page.row_exact) == ("snapshot", row, True)
        assert told(page) == wanted[row : row + limit]
    page = house.page(keyless, "t", order_by=["word"], row=300, limit=20)
    behind = house.page(keyless, "t", order_by=["word"], after=page.next, limit=20)
    before = house.page(keyless, "t", order_by=["word"], after=page.prev, limit=20)
    assert {behind.access, before.access} == {"snapshot"}
    assert (told(before), told(behind)) == (wanted[280:300], wanted[320:340])
    assert [column.name for column in page.columns] == ["n", "word", "extra"]
    few = house.page(keyless, "t", order_by=["word"], row=300, limit=4)
    plan = str(house.rows_of_sql(keyless, f"EXPLAIN {few.sql}"))
    assert "Tid Scan on t" in plan and "Seq Scan on t" not in plan


def test_a_row_that_moved_is_not_taken_for_another(house: House, keyless: str) -> None:
    take(house, keyless)
    before = told(house.page(keyless, "t", order_by=["word"], row=300, limit=20))
    house.run(keyless, "update only t set n = n + 1000 where n % 2 = 0")

    def changed() -> bool:
        page = house.page(keyless, "t", order_by=["word"], row=100, limit=20)
        return page.snapshot is not None and page.snapshot.state == "changed"

    wait_until(changed, "the change to be told")
    after = house.page(keyless, "t", order_by=["word"], row=300, limit=20)
    assert not after.row_exact and set(told(after)) <= set(before) and 0 < len(after.rows) < 20
    house.run(keyless, "vacuum full t")
    fresh = house.page(keyless, "t", order_by=["word"], row=300, limit=20)
    assert not fresh.row_exact, "the table lies in another file now"


def test_on_a_database_of_others_it_is_only_offered(
    house: House, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "SLOW_SECONDS", 0.0)
    asked = {}
    for class_ in ("local", "shared", "production"):
        house.services.store.profiles.save(Profile(class_, own, class_, read_only=False))
        house.services.disconnect(own)
        page = house.page(class_, "t", order_by=["word"])
        asked[class_] = page.snapshot
    assert asked == {
        "local": Snapshot("wanted"),
        "shared": Snapshot("wanted", asks=True),
        "production": Snapshot("wanted", asks=True),
    }
    assert take(house, "production").rows == 600, "whoever asks gets one"


# --- what is refused, and what is left behind --------------------------------------------------------


@pytest.mark.parametrize(
    ("create", "words"),
    [
        ("create table t(id blob primary key, word text) without rowid", "No columns of whole numbers"),
        (
            "create table t(id integer not null, word real not null, primary key (id, word)) without rowid",
            "No columns of whole numbers",
        ),
        ("create table t(id int not null unique, word text)", "not whole numbers of 64 bits"),
        ("create table t(id text not null unique, word text)", "a text of 40 bytes"),
    ],
)
def test_keys_that_do_not_fit(house: House, sqlite_file: Maker, create: str, words: str) -> None:
    more = {"int not null unique": (2.5, "b"), "text not null unique": ("é" * 20, "b")}
    rows = [(1, "a"), *(row for kind, row in more.items() if kind in create)]
    url = sqlite_file(create, rows, "insert into t values (?, ?)")
    with pytest.raises(ProblemError) as caught:
        take(house, url)
    assert caught.value.problem.code == "data.snapshot" and words in caught.value.problem.detail
    assert left(house) == []


def test_a_table_without_key_is_remembered_by_rowid(house: House, sqlite_file: Maker) -> None:
    rows = [(n * 7 % 100,) for n in range(300)]
    url = sqlite_file("create table t(n integer)", rows, "insert into t values (?)")
    assert take(house, url, "n").rows == 300
    page = house.page(url, "t", order_by=["n"], row=150, limit=10)
    assert (page.access, cells(page, "n")) == ("snapshot", sorted(n for (n,) in rows)[150:160])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "nowhere"}, "data.unknown_table"),
        ({"order": "nothing"}, "data.unknown_column"),
        ({"where": "1 = "}, "data.bad_where"),
    ],
)
def test_what_makes_no_sense(house: House, own: str, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        take(house, own, **fields)
    assert caught.value.problem.code == code


def left(house: House) -> list[str]:
    folder = house.services.store.folder / "orders"
    return os.listdir(folder) if folder.is_dir() else []


def test_cancelled_it_leaves_nothing(house: House, sqlite_file: Maker) -> None:
    endless = (
        "create view v as with recursive n(id) as (select 1 union all select id + 1 from n) select * from n"
    )
    url = sqlite_file(f"create table t(id integer primary key, word text); {endless}")
    with open_file(url) as other:
        other.execute("insert into t select id, id % 77 from (select id from v limit 400000)")
    call = Call("cancelled", SNAPSHOT.name, house.services)
    with house.services.jobs.running(call), pytest.raises(ProblemError) as caught:
        for _ in house.handle(SNAPSHOT, SnapshotRequest(connection=url, table="t", order_by=["word"]), call):
            call.cancel()
    assert caught.value.problem.code == "job.cancelled" and left(house) == []
    assert house.page(url, "t", order_by=["word"], row=20_000).access != "snapshot"


def test_what_a_killed_process_left_is_swept(house: House) -> None:
    folder = house.services.store.folder / "orders"
    folder.mkdir(exist_ok=True)
    dead, alive = folder / "4194305-1.keys", folder / f"{os.getpid()}-9999.keys"
    dead.touch()
    alive.touch()
    Snapshots(house.services).close()
    assert left(house) == [alive.name]
    alive.unlink()


def test_it_continues_only_where_the_page_ended_in_it(house: House, own: str) -> None:
    take(house, own)
    page = jump(house, own)
    with house.session(own) as run:
        run("update t set word = 'a' || word where id % 2 = 0")
    house.call(TABLE, TableRequest(connection=own, table="t", refresh=True))
    take(house, own)
    wanted = every_row(house, own, "word")
    last = keys(page)[-1]
    words = dict(zip(keys(page), cells(page, "word"), strict=True))
    behind = house.page(own, "t", order_by=["word"], after=page.next, limit=5)
    assert all(str(word) > words[last] for word in cells(behind, "word"))
    start = wanted.index(keys(behind)[0])
    assert keys(behind) == wanted[start : start + 5]


@pytest.mark.parametrize("way", [(), ("--server",)], ids=["here", "over HTTP"])
def test_it_answers_through_call(own: str, tmp_path: Path, way: tuple[str, ...]) -> None:
    table = {"connection": own, "table": "t", "order_by": ["word"]}
    calls = [
        ("data.snapshot", table),
        ("data.page", table | {"row": 400, "limit": 2}),
        ("data.snapshot", {"connection": f"duckdb:///{tmp_path / 'no.duckdb'}", "table": "t"}),
    ]
    lines = [
        json.dumps({"id": str(n), "name": name, "request": asked}) for n, (name, asked) in enumerate(calls)
    ]
    _, answers = run("--script", "-", *way, workspace=tmp_path / "ws", stdin="\n".join(lines))
    made = [answer["response"] for answer in answers if answer["id"] == "0"][-1]
    assert (made["state"], made["rows"], made["snapshot"]["state"]) == ("done", 600, "ready")
    page = next(answer["response"] for answer in answers if answer["id"] == "1")
    assert (page["access"], page["row"], [row[1] for row in page["rows"]]) == (
        "snapshot",
        400,
        ["w400", "w401"],
    )
    assert answers[-1]["problem"]["code"]
