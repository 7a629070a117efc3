"""An index switched off and on: seen by everybody, put back at the end or by the next start."""

from __future__ import annotations

import msgspec
import pytest

from embedded_server.explain.lab import mend
from embedded_server.explain.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.wire.connections import Profile
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.switching import SWITCH, SwitchRequest, SwitchResponse
from tests.explain.server.conftest import Desk


def fill(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v varchar(20), w integer UNIQUE)",
        "INSERT INTO t SELECT n, 'x', n FROM {numbers} WHERE n < 50",
    )


def names(desk: Desk) -> list[str]:
    """Indexes of the table as another program sees them, without those of keys."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname FROM pg_indexes"
        " WHERE tablename = 't' AND indexdef NOT LIKE '%UNIQUE%'",
    }[desk.engine]
    return sorted(row[0] for row in desk.run(sql))


def ask(desk: Desk, **fields) -> SwitchResponse:
    return desk.call(SWITCH, SwitchRequest(**fields))


def refused(desk: Desk, **fields) -> Problem:
    with pytest.raises(ProblemError) as caught:
        ask(desk, **fields)
    return caught.value.problem


def begun(desk: Desk, *columns: str) -> SwitchResponse:
    return ask(desk, connection=desk.url, table="t", columns=list(columns))


def test_one_that_is_not_there_comes_and_goes(desk: Desk) -> None:
    fill(desk)
    one = begun(desk, "v")
    assert not one.original and names(desk) == []
    for on in (True, True, False, True):
        assert ask(desk, switch=one.switch, on=on).there is on
        assert names(desk) == ([one.name] if on else [])
    assert not ask(desk, switch=one.switch, finish=True).there and names(desk) == []
    assert refused(desk, switch=one.switch, on=True).code == "explain.trial", "it is over"


def test_one_that_is_there_is_made_again_by_its_own_definition(desk: Desk) -> None:
    fill(desk)
    desk.run('CREATE INDEX "My Index" ON t (v)')
    one = begun(desk, "v")
    assert one.original and one.name == "My Index"
    assert not ask(desk, switch=one.switch, on=False).there and names(desk) == []
    assert ask(desk, switch=one.switch, finish=True).there and names(desk) == ["My Index"]


def test_what_a_kill_left_is_put_back_and_told(desk: Desk) -> None:
    fill(desk)
    desk.run("CREATE INDEX kept ON t (v)")
    one = begun(desk, "v")
    ask(desk, switch=one.switch, on=False)
    dead(desk, one.switch)
    (told,) = mend(desk.services)
    assert "It is there again" in told and names(desk) == ["kept"]
    other = begun(desk, "id", "v")
    ask(desk, switch=other.switch, on=True)
    dead(desk, other.switch)
    (told,) = mend(desk.services)
    assert "It is gone again" in told and names(desk) == ["kept"]
    assert mend(desk.services) == []


def dead(desk: Desk, key: str) -> None:
    """As if the process that began it had been killed."""
    from sqlalchemy import update  # noqa: PLC0415  # lazy: this test's alone

    from embedded_server.store.explain_models import trials  # noqa: PLC0415  # lazy: see above

    store = desk.services.store.trials
    known = store.open(key)
    assert known is not None
    with store._engine.begin() as database:
        database.execute(update(trials).where(trials.c.id == key).values(facts=known.facts | {"pid": 0}))


def test_what_it_refuses(desk: Desk) -> None:
    fill(desk)
    assert refused(desk, connection=desk.url, table="nothing", columns=["v"]).code == "data.unknown_table"
    assert refused(desk, connection=desk.url, table="t", columns=["nothing"]).code == "data.unknown_column"
    assert refused(desk, connection=desk.url, table="t").code == "data.unknown_column"
    assert "keeps rows apart" in refused(desk, connection=desk.url, table="t", columns=["w"]).detail
    assert refused(desk, switch="nothing").code == "explain.trial"
    for class_, read_only, code in (("shared", False, "explain.not_local"), ("local", True, "sql.read_only")):
        profile = Profile(f"their {class_}", desk.url, class_, read_only=read_only)
        desk.services.store.profiles.save(profile)
        assert refused(desk, connection=profile.name, table="t", columns=["v"]).code == code
    assert names(desk) == []


def test_a_cancelled_call_still_puts_it_back(desk: Desk) -> None:
    fill(desk)
    one = begun(desk, "v")
    ask(desk, switch=one.switch, on=True)
    call = Call("s1", SWITCH.name, desk.services)
    with desk.services.jobs.running(call):
        desk.services.jobs.cancel(call.id)
        answer = HANDLERS[SWITCH](SwitchRequest(switch=one.switch, finish=True), call)
    assert not answer.there and names(desk) == [] and msgspec.to_builtins(answer)["original"] is False
