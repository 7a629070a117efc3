"""The source of routines, triggers and views as the server gives it."""

from __future__ import annotations

from embedded_server.wire.data import Routine
from embedded_server.wire.problem import problem

from .catalog import Query

_IN_SCHEMA = "CASE WHEN %(schema)s = '' THEN {visible} ELSE n.nspname = %(schema)s END"
# pg_get_functiondef refuses aggregates; theirs is put together from the catalogue.
_FUNCTIONS = """
SELECT CASE WHEN p.prokind = 'a' THEN (
    SELECT format(
      E'CREATE OR REPLACE AGGREGATE %I.%I(%s) (\\n    SFUNC = %s,\\n    STYPE = %s%s%s\\n)',
      n.nspname, p.proname, pg_get_function_arguments(p.oid), a.aggtransfn::regproc,
      format_type(a.aggtranstype, NULL),
      CASE WHEN a.aggfinalfn <> 0 THEN E',\\n    FINALFUNC = ' || a.aggfinalfn::regproc ELSE '' END,
      CASE WHEN a.agginitval IS NOT NULL
        THEN E',\\n    INITCOND = ' || quote_literal(a.agginitval) ELSE '' END)
    FROM pg_aggregate a WHERE a.aggfnoid = p.oid)
  ELSE pg_get_functiondef(p.oid) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = %(name)s AND (%(signature)s = ''
  OR pg_get_function_identity_arguments(p.oid) = %(signature)s) AND {schema}
ORDER BY pg_get_function_identity_arguments(p.oid)
""".format(schema=_IN_SCHEMA.format(visible="pg_function_is_visible(p.oid)"))
_TRIGGERS = """
SELECT pg_get_triggerdef(t.oid, true)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgname = %(name)s AND (%(table)s = '' OR c.relname = %(table)s) AND NOT t.tgisinternal AND {schema}
ORDER BY c.relname
""".format(schema=_IN_SCHEMA.format(visible="pg_table_is_visible(c.oid)"))
_VIEWS = """
SELECT format(E'CREATE %sVIEW %I.%I AS\\n%s',
  CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE 'OR REPLACE ' END,
  n.nspname, c.relname, pg_get_viewdef(c.oid, true))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %(name)s AND c.relkind IN ('v', 'm') AND {schema}
""".format(schema=_IN_SCHEMA.format(visible="pg_table_is_visible(c.oid)"))


def of(query: Query, routine: Routine, schema: str) -> str:
    """Its definition; of several functions with that name all that fit. Raises data.unknown_table."""
    kind = str(routine.kind)  # also "view", which a catalogue does not list as a routine
    wanted = {"schema": schema, "name": routine.name}
    if kind == "trigger":
        rows = query(_TRIGGERS, wanted | {"table": routine.table})
    else:
        rows = query(_FUNCTIONS, wanted | {"signature": routine.signature})
    rows = rows or query(_VIEWS, wanted)
    if not rows:
        raise problem("data.unknown_table", f"There is no {kind} {routine.name}.")
    return "\n\n".join(f"{(row[0] or '').rstrip().rstrip(';')};" for row in rows) + "\n"
