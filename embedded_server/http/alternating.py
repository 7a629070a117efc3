"""Before and after in turn: an index is switched off and on between blocks of the same request.

What else happens on the machine, caches that fill, a disk that wakes, then happens to both.
"""

from __future__ import annotations

from embedded_server.jobs import Call
from embedded_server.wire.http import Alternate
from embedded_server.wire.problem import problem
from embedded_server.wire.switching import SWITCH, SwitchRequest

from .repeat import FAILURES, Repeat, even

# Pairs of blocks; the one that begins changes from pair to pair.
PAIRS = 4


def requests_of(count: int, warm_up: int) -> int:
    """How many requests `alternate` sends: each block is warmed up anew."""
    return 2 * (count + min(PAIRS, count) * max(1, warm_up))


def alternate(
    without: Repeat, with_it: Repeat, count: int, warm_up: int, index: Alternate, call: Call
) -> None:
    """Send `count` requests each way. However it ends, the index is as it was. Raises as switching does."""
    begin = SwitchRequest(
        connection=index.connection, table=index.table, columns=index.columns, schema=index.schema
    )
    known = call.ask(SWITCH, begin)
    if known is None:
        raise problem("http.blocked", "Nothing here can switch an index", index.table)
    try:
        first = 1
        for pair, share in enumerate(even(count, min(PAIRS, count))):
            order = ((False, without), (True, with_it))
            for on, repeat in order if pair % 2 == 0 else order[::-1]:
                call.check()
                call.ask(SWITCH, SwitchRequest(switch=known.switch, on=on))
                if not repeat.block(first, share, max(1, warm_up), count):
                    raise problem(
                        "http.broken", "The replay was given up", f"{FAILURES} requests in a row failed"
                    )
            first += share
    finally:
        call.ask(SWITCH, SwitchRequest(switch=known.switch, finish=True))
