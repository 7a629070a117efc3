"""CREATE TABLE and what belongs to it, put together from the catalogue: PostgreSQL has no SHOW CREATE."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .catalog import Query
from .grammar import quoted

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}
_MOST_PARTITIONS = 1000
# A constraint that does not hold for older rows; between the parentheses the words would be ignored.
_UNCHECKED = " NOT VALID"

_SEQUENCE = """
    SELECT json_build_object('name', format('%I.%I', sn.nspname, s.relname),
      'type', format_type(q.seqtypid, NULL),
      'start', q.seqstart::text, 'step', q.seqincrement::text, 'least', q.seqmin::text,
      'most', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle, 'kind', dep.deptype)
    FROM pg_depend dep JOIN pg_class s ON s.oid = dep.objid AND s.relkind = 'S'
    JOIN pg_namespace sn ON sn.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE dep.classid = 'pg_class'::regclass AND dep.refclassid = 'pg_class'::regclass
      AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum AND dep.deptype IN ('a', 'i') LIMIT 1"""
_FACTS = f"""
SELECT json_build_object(
  'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), 'kind', c.relkind,
  'persistence', c.relpersistence,
  'options', coalesce(array_to_string(c.reloptions, ', '), ''),
  'tablespace', coalesce((SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = c.reltablespace), ''),
  'method', coalesce((SELECT quote_ident(amname) FROM pg_am WHERE oid = c.relam AND amname <> 'heap'), ''),
  'view', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END,
  'partition_key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
  'bound', CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
  'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
  'parents', coalesce((SELECT json_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno)
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid), '[]'),
  'partitions', CASE WHEN c.relkind = 'p' THEN coalesce((
    SELECT json_agg(json_build_array(format('%I.%I', pn.nspname, p.relname),
        pg_get_expr(p.relpartbound, p.oid), coalesce(pg_get_partkeydef(p.oid), '')) ORDER BY p.relname)
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhparent = c.oid), '[]') ELSE '[]' END,
  'server', coalesce((SELECT json_build_object('name', quote_ident(s.srvname), 'options', coalesce((
      SELECT json_agg(json_build_array(quote_ident(option_name), option_value))
      FROM pg_options_to_table(f.ftoptions)), '[]'))
    FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid), NULL),
  'columns', coalesce((SELECT json_agg(json_build_object(
      'name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
      'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated, 'identity', a.attidentity,
      'local', a.attislocal, 'comment', col_description(c.oid, a.attnum),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
        SELECT format('%I.%I', ln.nspname, l.collname) FROM pg_collation l
        JOIN pg_namespace ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
      'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage ELSE '' END,
      'compression', coalesce(to_jsonb(a) ->> 'attcompression', ''),
      'statistics', nullif(to_jsonb(a) ->> 'attstattarget', '-1'), 'sequence', ({_SEQUENCE})
    ) ORDER BY a.attnum) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
  'constraints', coalesce((SELECT json_agg(json_build_object(
      'name', quote_ident(k.conname), 'sql', pg_get_constraintdef(k.oid), 'type', k.contype,
      'local', k.conislocal AND k.conparentid = 0, 'comment', obj_description(k.oid, 'pg_constraint')
    ) ORDER BY strpos('pucxf', k.contype::text), k.conname)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'x', 'f')), '[]'),
  'indexes', coalesce((SELECT json_agg(json_build_object(
      'name', quote_ident(x.relname), 'sql', pg_get_indexdef(i.indexrelid),
      'comment', obj_description(x.oid, 'pg_class'), 'clustered', i.indisclustered,
      'identity', i.indisreplident,
      'own', NOT x.relispartition AND NOT EXISTS (SELECT FROM pg_constraint k
        WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x'))
    ) ORDER BY x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = c.oid), '[]'),
  'statements', coalesce((SELECT json_agg(s.sql ORDER BY s.place, s.sql) FROM (
      SELECT 1, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = c.oid
      UNION ALL SELECT 2, pg_get_ruledef(oid, true) FROM pg_rewrite
        WHERE ev_class = c.oid AND rulename <> '_RETURN'
      UNION ALL SELECT 3, pg_get_triggerdef(oid, true) FROM pg_trigger
        WHERE tgrelid = c.oid AND NOT tgisinternal
          AND coalesce(to_jsonb(pg_trigger) ->> 'tgparentid', '0') = '0'
      UNION ALL SELECT 4, format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s%s%s', p.polname,
          n.nspname, c.relname, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
          CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
          coalesce((SELECT string_agg(quote_ident(r.rolname), ', ') FROM pg_roles r
            WHERE r.oid = ANY(p.polroles)), 'PUBLIC'),
          ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
          ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
        FROM pg_policy p WHERE p.polrelid = c.oid
    ) s(place, sql)), '[]'),
  'row_security', c.relrowsecurity, 'forced_security', c.relforcerowsecurity, 'replica', c.relreplident,
  'comment', obj_description(c.oid, 'pg_class')
)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s::oid
"""


class _Sequence(msgspec.Struct):
    name: str
    type: str
    start: str
    step: str
    least: str
    most: str
    cache: str
    cycle: bool
    kind: str


class _Column(msgspec.Struct):
    name: str
    type: str
    required: bool
    default: str | None
    generated: str
    identity: str
    local: bool
    comment: str | None
    collation: str | None
    storage: str
    compression: str
    statistics: str | None
    sequence: _Sequence | None


class _Constraint(msgspec.Struct):
    name: str
    sql: str
    type: str
    local: bool
    comment: str | None


class _Index(msgspec.Struct):
    name: str
    sql: str
    comment: str | None
    clustered: bool
    identity: bool
    own: bool


class _Server(msgspec.Struct):
    name: str
    options: list[tuple[str, str]]


class _Facts(msgspec.Struct):
    schema: str
    name: str
    kind: str
    persistence: str
    options: str
    tablespace: str
    method: str
    view: str | None
    partition_key: str | None
    bound: str | None
    of_type: str | None
    parents: list[str]
    partitions: list[tuple[str, str, str]]
    server: _Server | None
    columns: list[_Column]
    constraints: list[_Constraint]
    indexes: list[_Index]
    statements: list[str]
    row_security: bool
    forced_security: bool
    replica: str
    comment: str | None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


def of(query: Query, oid: str) -> str:
    """Statements that make the relation anew, except the types, functions and tables it builds on."""
    facts = msgspec.json.decode(query(_FACTS, [oid])[0][0] or "", type=_Facts)
    before = list(_sequences(facts))
    parts = [*before, _create(facts), *_after(facts)]
    return "\n\n".join(f"{part.rstrip().rstrip(';')};" for part in parts) + "\n"


def _sequences(facts: _Facts) -> Iterator[str]:
    """Sequences of serial columns; an identity column brings its own."""
    for column in facts.columns:
        sequence = column.sequence
        if sequence is not None and sequence.kind == "a":
            yield f"CREATE SEQUENCE {sequence.name} AS {sequence.type} {_sequence_options(sequence)}"


def _sequence_options(sequence: _Sequence) -> str:
    cycle = " CYCLE" if sequence.cycle else ""
    return (
        f"INCREMENT BY {sequence.step} MINVALUE {sequence.least} MAXVALUE {sequence.most} "
        f"START WITH {sequence.start} CACHE {sequence.cache}{cycle}"
    )


def _create(facts: _Facts) -> str:
    if facts.view is not None:
        return _create_view(facts)
    kind = {"u": "UNLOGGED ", "t": "TEMPORARY "}.get(facts.persistence, "")
    head = f"CREATE {kind}{'FOREIGN ' if facts.server else ''}TABLE {facts.full_name}"
    items = _items(facts)
    body = " (\n" + ",\n".join(f"    {item}" for item in items) + "\n)" if items else ""
    if facts.bound is not None:
        head += f" PARTITION OF {''.join(facts.parents[:1])}{body}\n{facts.bound}"
    elif facts.of_type is not None:
        head += f" OF {facts.of_type}{body}"
    else:
        head += body or " ()"
        if facts.parents:
            head += f"\nINHERITS ({', '.join(facts.parents)})"
    return head + "".join(_tail(facts))


def _tail(facts: _Facts) -> Iterator[str]:
    if facts.partition_key is not None:
        yield f"\nPARTITION BY {facts.partition_key}"
    if facts.server is not None:
        yield f"\nSERVER {facts.server.name}"
        if facts.server.options:
            options = (f"{name} {quoted(value)}" for name, value in facts.server.options)
            yield f" OPTIONS ({', '.join(options)})"
    if facts.method and facts.kind == "r":
        yield f"\nUSING {facts.method}"
    if facts.options:
        yield f"\nWITH ({facts.options})"
    if facts.tablespace:
        yield f"\nTABLESPACE {facts.tablespace}"


def _create_view(facts: _Facts) -> str:
    kind = "MATERIALIZED VIEW" if facts.kind == "m" else "VIEW"
    options = f" WITH ({facts.options})" if facts.options else ""
    space = f"\nTABLESPACE {facts.tablespace}" if facts.tablespace else ""
    body = (facts.view or "").rstrip().rstrip(";")
    return f"CREATE {kind} {facts.full_name}{options}{space} AS\n{body}"


def _items(facts: _Facts) -> list[str]:
    """Columns and constraints between the parentheses; what is inherited is left out."""
    derived = facts.bound is not None or facts.of_type is not None
    items = [_column(column) for column in facts.columns if column.local and not derived]
    items += [
        f"CONSTRAINT {item.name} {item.sql}"
        for item in facts.constraints
        if item.local and not item.sql.endswith(_UNCHECKED)
    ]
    return items


def _column(column: _Column) -> str:
    parts = [column.name, column.type]
    if column.compression in _COMPRESSION:
        parts.append(f"COMPRESSION {_COMPRESSION[column.compression]}")
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated:
        stored = "STORED" if column.generated == "s" else "VIRTUAL"
        parts.append(f"GENERATED ALWAYS AS ({column.default}) {stored}")
    elif column.identity:
        how = "ALWAYS" if column.identity == "a" else "BY DEFAULT"
        options = ""
        if column.sequence is not None:
            options = f" (SEQUENCE NAME {column.sequence.name} {_sequence_options(column.sequence)})"
        parts.append(f"GENERATED {how} AS IDENTITY{options}")
    elif column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.required:
        parts.append("NOT NULL")
    return " ".join(parts)


# --- what follows the table --------------------------------------------------------------------------


def _after(facts: _Facts) -> Iterator[str]:
    table = facts.full_name
    yield from _column_settings(facts)
    for item in facts.constraints:
        if item.local and item.sql.endswith(_UNCHECKED):
            yield f"ALTER TABLE {table} ADD CONSTRAINT {item.name} {item.sql}"
    for name, bound, key in facts.partitions[:_MOST_PARTITIONS]:
        below = f" PARTITION BY {key}" if key else ""
        yield f"CREATE TABLE {name} PARTITION OF {table} {bound}{below}"
    for index in facts.indexes:
        if index.own:
            # The index of a partitioned table is told as if it were not to reach its partitions.
            yield index.sql.replace(" ON ONLY ", " ON ", 1)
        if index.clustered:
            yield f"ALTER TABLE {table} CLUSTER ON {index.name}"
    yield from facts.statements
    yield from _switches(facts)
    yield from _comments(facts)


def _column_settings(facts: _Facts) -> Iterator[str]:
    kind = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}.get(facts.kind, "TABLE")
    alter = f"ALTER {kind} {facts.full_name} ALTER COLUMN"
    for column in facts.columns:
        name = column.name
        sequence = column.sequence
        if sequence is not None and sequence.kind == "a":
            yield f"ALTER SEQUENCE {sequence.name} OWNED BY {facts.full_name}.{name}"
        if not column.local and facts.view is None:
            if column.default is not None and not column.generated:
                yield f"{alter} {name} SET DEFAULT {column.default}"
            if column.required:
                yield f"{alter} {name} SET NOT NULL"
        if column.storage and facts.view is None:
            yield f"{alter} {name} SET STORAGE {_STORAGE[column.storage]}"
        if column.statistics is not None:
            yield f"{alter} {name} SET STATISTICS {column.statistics}"


def _switches(facts: _Facts) -> Iterator[str]:
    table = facts.full_name
    if facts.row_security:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    if facts.forced_security:
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    replica = next((index.name for index in facts.indexes if index.identity), None)
    if facts.replica == "i" and replica is not None:
        yield f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {replica}"
    elif facts.replica in ("f", "n") and facts.kind in ("r", "p"):
        yield f"ALTER TABLE {table} REPLICA IDENTITY {'FULL' if facts.replica == 'f' else 'NOTHING'}"


def _comments(facts: _Facts) -> Iterator[str]:
    kind = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}.get(facts.kind, "TABLE")
    table = facts.full_name
    if facts.comment:
        yield f"COMMENT ON {kind} {table} IS {quoted(facts.comment)}"
    for column in facts.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {table}.{column.name} IS {quoted(column.comment)}"
    for constraint in facts.constraints:
        if constraint.comment and constraint.local:
            yield f"COMMENT ON CONSTRAINT {constraint.name} ON {table} IS {quoted(constraint.comment)}"
    for index in facts.indexes:
        if index.comment:
            yield f"COMMENT ON INDEX {facts.schema}.{index.name} IS {quoted(index.comment)}"
