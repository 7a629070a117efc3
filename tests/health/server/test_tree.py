"""The tree of waits, whatever waits for whatever; and the locks of a file as the system tells them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from embedded_server.health.locks import long_transactions, resting, tree
from embedded_server.health.watch import Wait
from embedded_server.health.watch.sqlite import FileLock, file_locks
from embedded_server.wire.health import DatabaseSession, SessionState

NUMBERS = st.sampled_from([str(number) for number in range(1, 8)])
WAITS = st.lists(st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] != pair[1]), max_size=14)


def session(number: str, state: SessionState = "active", age: float | None = None) -> DatabaseSession:
    return DatabaseSession(id=number, state=state, transaction_s=age)


def drawn(waits: list[tuple[str, str]]) -> list[tuple[str, int]]:
    nodes = tree(map(session, "1234567"), [Wait(*pair) for pair in waits])
    return [(node.session.id, node.depth) for node in nodes]


@given(WAITS)
def test_nobody_is_lost_and_every_level_follows_from_the_one_above(pairs: list[tuple[str, str]]) -> None:
    nodes = tree(map(session, "1234567"), [Wait(*pair) for pair in pairs])
    involved = {number for pair in pairs for number in pair}
    assert {node.session.id for node in nodes} == involved
    path: list[str] = []
    for node in nodes:
        assert node.depth <= len(path)
        del path[node.depth :]
        if path:
            assert (node.session.id, path[-1]) in pairs, "a child waits for its parent"
        assert node.cycle == (node.session.id in path)
        path.append(node.session.id)
        assert set(node.session.blocked_by) == {
            blocker for waiter, blocker in pairs if waiter == node.session.id
        }
    assert len(nodes) <= len(set(pairs)) + len(involved)


def test_a_queue_is_a_chain_and_nobody_stands_twice() -> None:
    # The third waits for the first as well, but the second is before it.
    assert drawn([("2", "1"), ("3", "2"), ("3", "1")]) == [("1", 0), ("2", 1), ("3", 2)]
    assert drawn([("2", "1"), ("3", "1"), ("4", "5")]) == [("1", 0), ("2", 1), ("3", 1), ("5", 0), ("4", 1)]


def test_a_circle_is_cut_and_said() -> None:
    nodes = tree(map(session, "12"), [Wait("1", "2", "a · x", 2.5), Wait("2", "1")])
    assert [(node.session.id, node.depth, node.cycle) for node in nodes] == [
        ("1", 0, False),
        ("2", 1, False),
        ("1", 2, True),
    ]
    assert nodes[2].waits_for == "a · x" and nodes[2].wait_s == 2.5


def test_a_prepared_transaction_and_one_that_is_not_seen() -> None:
    nodes = tree([], [Wait("7", "0"), Wait("7", "8")])
    told = {node.session.id: node.session for node in nodes}
    assert "prepared" in told["0"].application and "pg_prepared_xacts" in told["0"].statement
    assert told["8"].application == "ended meanwhile, or not visible"


def test_long_ones_and_those_at_rest_the_oldest_first() -> None:
    found = [session("1", "active", 70), session("2", "in transaction", 5), session("3", "failed", 900)]
    found += [session("4", "idle", None), session("5", "active", 59)]
    assert [one.id for one in long_transactions(found)] == ["3", "1"]
    assert [one.id for one in resting(found)] == ["3", "2"]


TOLD = """1: POSIX  ADVISORY  READ 22095 fe:00:2294514 128 128
2: POSIX  ADVISORY  WRITE 22092 08:01:77 1073741825 1073741825
2: -> POSIX  ADVISORY  WRITE 22093 08:01:77 1073741825 1073741825
3: FLOCK  ADVISORY  WRITE 21601 fe:00:2171037 0 EOF
4: OFDLCK ADVISORY  READ -1 08:01:78 0 EOF
"""


def test_the_systems_list_of_locks() -> None:
    one, two, three = file_locks(TOLD)
    assert (one.pid, one.inode, one.exclusive, one.first) == (22095, 2294514, False, 128)
    assert two == FileLock(22092, two.device, 77, True, 1073741825, 1073741825)
    assert three.pid == -1 and three.last > 1 << 60


@given(st.text(max_size=200))
def test_any_other_list_is_no_reason_to_fail(text: str) -> None:
    assert isinstance(list(file_locks(f"1: POSIX {text}")), list)
