"""Advice for one statement: candidates from its text, judged by the planner where it can be asked."""

from __future__ import annotations

from embedded_server.jobs import Call
from embedded_server.wire.explain import AdviseRequest, AdviseResponse

from .candidates import candidates
from .case import Case
from .explainers import explainer
from .facts import column_names, tables_of
from .prepare import prepare, spoken_by
from .rules import findings
from .whatif import ask
from .whatif.asking import Asked

MOST = 50


def advise(request: AdviseRequest, call: Call) -> AdviseResponse:
    """Suggestions, the best first; none with a note where the text gives none."""
    line = call.services.line(request.connection, read_only=True)
    with call.session(request.connection, read_only=True) as lease:
        prepared = prepare(request.sql, request.params, spoken_by(line), lease.grammar)
        plan = explainer(lease.engine.name)(lease, prepared, False, request.timeout)
        tables = tables_of(lease, plan, prepared.parsed)
        parsed = prepared.parsed.qualified(column_names(tables))
        notes = [f"No advice: {parsed.why}."] if parsed.why else []
        case = Case(lease.engine.name, plan, parsed, prepared.text, tables)
        proposed = [one.index for one in findings(case) if one.index is not None]
        made = candidates(parsed, tables, lease.grammar, proposed)
        if not made:
            notes += [] if parsed.why else ["Every column that the statement looks up has an index already."]
            return AdviseResponse(suggestions=[], plan=plan, sql=prepared.written, notes=notes)
        if prepared.unknown:
            notes.append("The planner can be asked once the statement has values.")
            return AdviseResponse(suggestions=made, plan=plan, sql=prepared.written, notes=notes)
        answer = ask(Asked(call, request.connection, lease, prepared, plan, tables, made, request.timeout))
    limit = max(1, min(request.limit, MOST))
    return AdviseResponse(
        suggestions=answer.suggestions[:limit],
        plan=plan,
        what_if=answer.how,
        sql=prepared.written,
        notes=[*notes, *answer.notes],
    )
