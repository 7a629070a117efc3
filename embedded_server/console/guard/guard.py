"""The answer to `console.guard`."""

from __future__ import annotations

import time

from embedded_server.console.pinning import dialect_of
from embedded_server.console.split import Piece, pieces
from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.wire.connections import ConnectionClass
from embedded_server.wire.guard import GuardRequest, GuardResponse, Hazard
from embedded_server.wire.sql.classify import classify
from embedded_server.wire.sql.dangers import Found, asks, dangers, may_write, suspect
from embedded_server.wire.sql.dialect import Dialect

from .counting import Counter, Rows
from .tokens import token

MOST = 100
# Rows of so many statements are counted; of the others the text must do.
_MOST_COUNTED = 10
_VERBS = {"delete": "deletes", "update": "changes", "truncate": "empties", "drop": "drops", "alter": "drops"}


def guard(request: GuardRequest, call: Call) -> GuardResponse:
    """What the script would destroy and whether to ask. Never asks for a query.

    Local connections are asked for whole tables only, shared ones for everything dropped, production for
    every writing statement, by typing the connection's name; for the typed name it gives the token that
    `console.run` wants. Raises connection.unknown, connection.invalid.
    """
    started = time.perf_counter()
    profile, target = call.services.target(request.connection, allow_write=request.allow_write)
    spoken = dialect_of(engine_for(target.url).name, profile.url)
    class_ = profile.class_
    found, reads_only = _found(request, spoken, class_, call)
    asking = [one for one in found if one[2]]
    if not asking or target.read_only:
        hazards = [_hazard(piece, part, Rows(), asks=False) for piece, part, _ in found[:MOST]]
        return GuardResponse(
            ask="",
            connection_class=class_,
            reads_only=reads_only,
            read_only=target.read_only,
            hazards=hazards,
            unlisted=max(0, len(found) - MOST),
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )
    counter = Counter(request, call, spoken)
    hazards = []
    for number, (piece, part, _) in enumerate(asking[:MOST]):
        sql = request.sql[piece.start : piece.end]
        counted = number < _MOST_COUNTED and not request.word
        rows = counter.rows(sql, part) if counted else Rows()
        hazards.append(_hazard(piece, part, rows, asks=True))
    production = class_ == "production"
    confirmed = production and request.word == profile.name
    return GuardResponse(
        ask="type" if production else "confirm",
        question=_question(hazards, len(asking)),
        word=profile.name if production else "",
        connection_class=class_,
        reads_only=reads_only,
        read_only=False,
        hazards=hazards,
        unlisted=len(asking) - len(hazards),
        elapsed_ms=(time.perf_counter() - started) * 1000,
        token=token(call.services.store.folder, profile.name, request.sql) if confirmed else "",
    )


def _found(
    request: GuardRequest, spoken: Dialect, class_: ConnectionClass, call: Call
) -> tuple[list[tuple[Piece, Found, bool]], bool]:
    """Dangerous parts with whether they are asked for; whether everything surely only reads."""
    if not suspect(request.sql, class_):
        return [], False
    found: list[tuple[Piece, Found, bool]] = []
    reads_only = True
    for piece in _cut(request, spoken):
        call.check()
        if piece.skipped:
            continue
        sql = request.sql[piece.start : piece.end]
        what = classify(sql, spoken)
        reads_only = reads_only and what.reads_only
        parts = dangers(sql, spoken)
        found += [(piece, part, asks(part, class_)) for part in parts]
        if not parts and class_ == "production" and may_write(what):
            found.append((piece, Found("write", what.kind), True))
    return found, reads_only


def _cut(request: GuardRequest, spoken: Dialect) -> list[Piece]:
    if request.single:
        end = len(request.sql.rstrip())
        return [Piece(0, end, end, 1)] if end else []
    return list(pieces(request.sql, spoken))


def _hazard(piece: Piece, part: Found, rows: Rows, *, asks: bool) -> Hazard:
    return Hazard(
        danger=part.danger,
        text=part.text,
        start=piece.start,
        end=piece.end,
        line=piece.line,
        schema=part.path[-2] if len(part.path) > 1 else "",
        table=part.path[-1] if part.path else "",
        whole=part.whole,
        rows=rows.rows,
        counted=rows.counted,
        asks=asks,
    )


def _question(hazards: list[Hazard], count: int) -> str:
    if count > 1:
        return f"{count:,} statements of this run cannot be taken back once they are committed"
    one = hazards[0]
    table = f"{one.schema}.{one.table}" if one.schema else one.table
    rows = rows_text(one)
    if one.danger == "write":
        return f"{one.text} writes to production"
    if one.danger in ("update", "delete"):
        what = f"{_VERBS[one.danger]} {rows or ('every row' if one.whole else 'rows')} of {table}"
    else:
        what = f"{_VERBS[one.danger]} {table}" + (f" with {rows}" if rows else "")
        what = f"empties {table}, {rows}" if one.danger == "truncate" and rows else what
    return f"{one.text} {what}"


def rows_text(one: Hazard) -> str:
    """`all 2,500 rows`, `~1,200,000 rows`, `more than 10,000 rows`, "" if nothing is known."""
    if one.rows is None:
        return ""
    mark = {"estimate": "~", "at least": "more than "}.get(one.counted, "")
    every = "all " if one.whole and one.counted == "exact" and one.rows > 1 else ""
    return f"{every}{mark}{one.rows:,} row{'' if one.rows == 1 else 's'}"
