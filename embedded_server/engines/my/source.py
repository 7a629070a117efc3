"""The source of routines, triggers and views as the server gives it."""

from __future__ import annotations

from embedded_server.wire.data import Routine
from embedded_server.wire.problem import ProblemError, problem

from .catalog import Query
from .grammar import MysqlGrammar

_grammar = MysqlGrammar()
# Which column of SHOW CREATE ... holds the text.
_PLACES = {"function": 2, "procedure": 2, "trigger": 2, "view": 1}


def of(query: Query, routine: Routine, schema: str) -> str:
    """Its definition. Raises data.unknown_table, and sql.error where the user may not see it."""
    name = _grammar.table(schema, routine.name)
    kinds = [kind for kind in _PLACES if kind == str(routine.kind)] or ["function"]
    if kinds == ["function"]:
        kinds += ["procedure", "view"]  # a caller that knows no better says "function"
    refused: ProblemError | None = None
    for kind in kinds:
        try:
            row = query(f"SHOW CREATE {kind.upper()} {name}")[0]
        except ProblemError as error:
            if error.problem.code != "sql.error":
                raise
            refused = refused or error
            continue
        text = row[_PLACES[kind]]
        if text is None:
            raise problem("sql.error", detail=f"This user may not see the source of {routine.name}.")
        return f"{text};\n"
    raise problem(
        "data.unknown_table",
        f"There is no {routine.kind} {routine.name}.",
        refused.problem.detail if refused else "",
    )
