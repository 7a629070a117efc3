"""A value of the request stands in the statement's text instead of being bound: possibly an injection."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from embedded_server.explain.case import Case, Example, place
from embedded_server.wire.explain import Finding
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.tokens import tokens
from embedded_server.wire.trace import Frame, Message, Trace, TracedStatement, TraceSummary

ID = "literal_from_request"
DOC = "https://owasp.org/www-community/attacks/SQL_Injection"
SUPPRESSES = ()

# Shorter values stand in a statement by chance.
_SHORTEST, _MOST = 3, 2000
_WORDS = frozenset({"true", "false", "null", "none", "asc", "desc", "json", "html", "utf8", "utf-8"})


def check(case: Case) -> Iterator[Finding]:
    """A text of the query string, form, JSON body or path that is (part of) a literal of the statement."""
    mine = case.statement
    if case.trace is None or mine is None:
        return
    literals = _literals(mine)
    for name, value in _values(case.trace):
        literal = next((one for one in literals if _within(value, one)), None)
        if literal is None:
            continue
        where = place(mine)
        yield Finding(
            rule=ID,
            title="A value of the request stands in the SQL text",
            text=f"{name} = {value[:80]!r} is written into the statement instead of being bound to it"
            + (f", at {where}." if where else ".")
            + " Whoever sends the request may be able to write SQL (injection).",
            advice="Bind the value: text('… WHERE x = :x'), {'x': value}.",
            confidence="high" if len(value) >= 6 else "medium",
            share=1.0,
            measured=True,
            place=where,
        )
        return


def _within(value: str, literal: str) -> bool:
    return value == literal or (len(value) >= 4 and value in literal and len(value) * 2 >= len(literal))


def _literals(statement: TracedStatement) -> list[str]:
    spoken = dialect(statement.dialect)
    found: list[str] = []
    for token in tokens(statement.sql, spoken):
        if token.kind == "string":
            text = statement.sql[token.start : token.end]
            found.append(text[text.find("'") + 1 : -1].replace("''", "'").replace("%%", "%").strip("%"))
    return found


def _values(trace: Trace) -> Iterator[tuple[str, str]]:
    """Named texts that the client chose."""
    place_of = urlsplit(trace.summary.target)
    found = parse_qsl(place_of.query)
    body = trace.request.body or ""
    if "form-urlencoded" in trace.request.content_type:
        found += parse_qsl(body)
    elif "json" in trace.request.content_type:
        found += _json(body)
    found += [("path", unquote(part)) for part in place_of.path.split("/")]
    for name, value in found[:_MOST]:
        usable = len(value) >= _SHORTEST and not value.isdigit() and value.lower() not in _WORDS
        if usable and (name != "path" or len(value) >= 6):
            yield name, value


def _json(body: str) -> list[tuple[str, str]]:
    try:
        waiting = [("body", msgspec.json.decode(body))]
    except (msgspec.DecodeError, RecursionError):
        return []
    found: list[tuple[str, str]] = []
    while waiting and len(found) < _MOST:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(name, inner) for inner in value]
        elif isinstance(value, str):
            found.append((name, value))
    return found


def _request(target: str, sql: str, params: object = None) -> Trace:
    frame = Frame(file="app/search.py", line=12, function="search")
    statement = TracedStatement(
        number=0, start_ms=1, duration_ms=2, sql=sql, params=params, callers=[frame], dialect="sqlite"
    )
    summary = TraceSummary(id="t2", at="", source="capture", method="GET", target=target)
    return Trace(summary=summary, request=Message(), response=Message(), statements=[statement])


_TARGET = "/search?q=red+shoes&page=2"
_WRITTEN, _BOUND = (
    "SELECT * FROM products WHERE name LIKE '%red shoes%'",
    "SELECT * FROM products WHERE name LIKE ?",
)
BAD = (Example("", _WRITTEN, trace=_request(_TARGET, _WRITTEN), number=0),)
GOOD = (
    Example("", _BOUND, trace=_request(_TARGET, _BOUND, ["%red shoes%"]), number=0),
    Example(
        "",
        "SELECT 1",
        trace=_request("/list?status=open", "SELECT * FROM t WHERE a = 'opened-late'"),
        number=0,
    ),
    Example(
        "",
        "SELECT 1",
        trace=_request("/list?page=12&x=ab", "SELECT * FROM t WHERE a = '12' OR b = 'ab'"),
        number=0,
    ),
)
