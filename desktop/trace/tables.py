"""The parts SQL, Logs and Runs of a trace: everything of a kind, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.kit.ages import age_text
from desktop.kit.statements import Piece, places, short, value_text
from embedded_server.wire.trace import Trace, TracedStatement, TraceSummary

from .lines import Line
from .verdict_card import place_text
from .words import ms_text, plural, status_text, status_token

# As many letters as nearly all times have.
_TIME = 7


def statement_lines(trace: Trace) -> list[Line]:
    """All statements in order, their values in bold."""
    marks = {number: group.mark for group in trace.groups for number in group.numbers if group.mark}
    lines = [_statement(statement, marks.get(statement.number, "")) for statement in trace.statements]
    return [*lines, *beyond(trace, "statements", "statement")]


def beyond(trace: Trace, kind: str, word: str) -> list[Line]:
    """What was counted but not kept, in words."""
    count = trace.dropped.get(kind, 0)
    text = f"and {plural(count, word)} more: counted, not kept"
    return [Line((Piece(text, False, "dim"),))] if count else []


def _statement(statement: TracedStatement, mark: str) -> Line:
    pieces = [Piece(statement.kind.upper(), False, "dim")]
    if statement.kind == "statement":
        bound = places(statement.sql, statement.params, statement.dialect)
        pieces = short(statement.sql, statement.dialect, [value_text(value) for _, _, value in bound])
    if statement.error:
        pieces.append(Piece(f"  {statement.error}", False, "error"))
    rows = f"{plural(statement.rows, 'row')}  " if statement.rows is not None else ""
    # A word, not the colour alone, tells why a line stands out.
    word = f"{mark}  " if mark else ""
    caller = place_text(statement.callers[0]) if statement.callers else ""
    return Line(
        tuple(pieces),
        # The end of a transaction is no statement and is not counted as one.
        lead=f"{statement.number:,}" if statement.kind == "statement" else "",
        word=ms_text(statement.start_ms),
        # In the font of values: rows and times stand in columns of their own.
        right=f"{word}{rows}{ms_text(statement.duration_ms):>{_TIME}}",
        right_token="error" if mark or statement.error else "dim",
        tip="\n".join(part for part in (mark, statement.sql, caller) if part),
        copy=statement.sql,
        key=statement.number,
    )


def run_lines(runs: Sequence[TraceSummary]) -> list[Line]:
    """The replays of a request, newest first."""
    return [
        Line(
            (
                Piece(status_text(run.status), True, status_token(run.status)),
                Piece(
                    f"  {plural(run.statements, 'statement')} · {plural(run.logs, 'log line')}", False, "dim"
                ),
            ),
            lead=run.run or run.id[:8],
            word=age_text(run.at),
            right=ms_text(run.duration_ms),
            right_token="text",
            tip=f"{run.method} {run.target}\n{run.at}",
            copy=run.id,
            key=run.id,
        )
        for run in runs
    ]
