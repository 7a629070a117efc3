"""What this program itself sent: the answers to `console.sent`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from embedded_server.jobs import Call
from embedded_server.sent import Entry
from embedded_server.wire.endpoint import Done, Nothing, declared
from embedded_server.wire.problem import problem
from embedded_server.wire.sent import SentRequest, SentResponse, SentStatement
from embedded_server.wire.sql.dialect import Dialect

from .history import words
from .pinning import dialect_of
from .redact import redacted, without_secrets

MOST = 2000
KEEPING = "Opening and keeping a session"
_NUMBER = re.compile(r"(slow|rows)(>=|<=|>|<|=)(\d+(?:\.\d+)?)\Z")
_NAMED = re.compile(r"(status|purpose|session|connection):(.*)\Z", re.S)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
Wanted = Callable[[Entry], bool]


def sent(request: SentRequest, call: Call) -> SentResponse:
    """Statements of the ring that pass the filter. Source: this process's memory. Raises request.invalid for
    filter text it cannot read."""
    wanted = [_condition(word) for word in words(request.query)]
    limit = max(1, min(request.limit, MOST))
    number = request.after
    found: list[SentStatement] = []
    more = False
    for entry in call.services.sent.newest():
        number = max(number, entry.number)
        if entry.number <= request.after:
            continue
        if request.connection and entry.connection != request.connection:
            continue
        if not all(passes(entry) for passes in wanted):
            continue
        if len(found) == limit:
            more = True
            break
        found.append(_shown(entry))
        call.check()
    return SentResponse(statements=found, number=number, lost=call.services.sent.lost, more=more)


def forget_sent(_: Nothing, call: Call) -> Done:
    """Empty the ring."""
    call.services.sent.clear()
    return Done()


def _shown(entry: Entry) -> SentStatement:
    told = entry.told
    spoken = dialect_of(entry.engine, entry.url)
    return SentStatement(
        id=entry.id,
        at=datetime.fromtimestamp(told.at, UTC).isoformat(timespec="milliseconds"),
        connection=entry.connection,
        sql=_redacted(told.sql.strip(), spoken),
        engine=entry.engine,
        session=entry.session,
        purpose=entry.purpose,
        title=_title(entry.purpose),
        call=entry.call,
        params=told.params,
        elapsed_ms=round(told.elapsed_ms, 3),
        rows=told.rows,
        times=entry.times,
        error=without_secrets(told.error, told.sql, spoken),
    )


@lru_cache(maxsize=1000)
def _redacted(sql: str, spoken: Dialect) -> str:
    return redacted(sql, spoken)


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {name: endpoint.summary for name, endpoint in declared().items()}


def _title(purpose: str) -> str:
    return _titles().get(purpose, purpose) if purpose else KEEPING


def _condition(word: str) -> Wanted:
    number = _NUMBER.match(word)
    if number is not None:
        compare, value = _COMPARE[number[2]], float(number[3])
        if number[1] == "slow":
            return lambda entry: compare(entry.told.elapsed_ms, value)
        return lambda entry: entry.told.rows is not None and compare(entry.told.rows, value)
    named = _NAMED.match(word)
    if named is None:
        negated = word.startswith("-") and len(word) > 1
        text = (word[1:] if negated else word).casefold()
        return lambda entry: (text in _text(entry)) != negated
    name, value_text = named[1], named[2]
    if name == "status":
        if value_text not in ("ok", "error"):
            raise problem("request.invalid", "The status is ok or error", word)
        return lambda entry: bool(entry.told.error) == (value_text == "error")
    if name == "session":
        return lambda entry: value_text in (entry.session, entry.session.split(" ", 1)[0])
    if name == "purpose":
        return lambda entry: entry.purpose == value_text or entry.purpose.startswith(value_text + ".")
    return lambda entry: entry.connection == value_text


def _text(entry: Entry) -> str:
    parts = (entry.told.sql, entry.purpose, _title(entry.purpose), entry.connection, entry.session)
    return "\n".join(parts).casefold()
