"""The structure of one table, read straight from pg_catalog: each query answers with one JSON value."""

from __future__ import annotations

import msgspec

from embedded_server.engines.support.near import similar
from embedded_server.wire.data import (
    Check,
    Column,
    ForeignKey,
    ForeignTarget,
    Index,
    Reference,
    TableResponse,
    Trigger,
)
from embedded_server.wire.problem import ProblemError, problem

from . import ddl, types
from .catalog import KINDS, Query

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

_BASE_TYPE = """
    WITH RECURSIVE b AS (
      SELECT t.typbasetype AS oid
      UNION ALL SELECT u.typbasetype FROM b JOIN pg_type u ON u.oid = b.oid AND u.typtype = 'd')
    SELECT u.typname FROM b JOIN pg_type u ON u.oid = b.oid WHERE u.typtype <> 'd'"""
_TARGET_NAMES = """
    SELECT json_agg(fa.attname ORDER BY o.place)
    FROM unnest(k.confkey) WITH ORDINALITY o(number, place)
    JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = o.number"""
_OWN_NAMES = """
    SELECT json_agg(fa.attname ORDER BY o.place)
    FROM unnest(k.conkey) WITH ORDINALITY o(number, place)
    JOIN pg_attribute fa ON fa.attrelid = k.conrelid AND fa.attnum = o.number"""
_KEY_PARTS = """
    SELECT json_agg(coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, p, true)) ORDER BY p)
    FROM generate_series(1, i.indnkeyatts) p
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p - 1] AND a.attnum <> 0"""

# Everything that a page of rows needs.
_COLUMNS = f"""
SELECT c.oid::text, json_build_object(
  'name', c.relname, 'schema', n.nspname, 'kind', c.relkind,
  'comment', coalesce(obj_description(c.oid, 'pg_class'), ''),
  'columns', coalesce((
    SELECT json_agg(json_build_object(
      'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'base', CASE WHEN t.typtype = 'd' THEN ({_BASE_TYPE}) ELSE t.typname END, 'category', t.typcategory,
      'required', a.attnotnull OR t.typnotnull, 'identity', a.attidentity, 'generated', a.attgenerated,
      'default', pg_get_expr(d.adbin, d.adrelid),
      'comment', coalesce(col_description(c.oid, a.attnum), ''),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
        SELECT l.collname FROM pg_collation l WHERE l.oid = a.attcollation) END
    ) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
  'indexes', coalesce((
    SELECT json_agg(json_build_object(
      'name', x.relname, 'method', m.amname, 'unique', i.indisunique, 'primary', i.indisprimary,
      'valid', i.indisvalid, 'immediate', i.indimmediate, 'plain', i.indexprs IS NULL,
      'where', coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
      'definition', pg_get_indexdef(i.indexrelid), 'columns', ({_KEY_PARTS})
    ) ORDER BY i.indisprimary DESC, i.indnkeyatts, x.relname)
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    WHERE i.indrelid = c.oid), '[]'),
  'foreign', coalesce((
    SELECT json_agg(json_build_object(
      'name', k.conname, 'columns', ({_OWN_NAMES}), 'schema', fn.nspname, 'table', f.relname,
      'targets', ({_TARGET_NAMES}), 'delete', k.confdeltype, 'update', k.confupdtype
    ) ORDER BY k.conname)
    FROM pg_constraint k
    JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE k.conrelid = c.oid AND k.contype = 'f' AND NOT EXISTS (
      SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)), '[]')
)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %(table)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
"""
_MORE = f"""
SELECT json_build_object(
  'checks', coalesce((
    SELECT json_agg(json_build_object('name', conname, 'sql', pg_get_constraintdef(oid)) ORDER BY conname)
    FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('c', 'x')), '[]'),
  'triggers', coalesce((
    SELECT json_agg(json_build_object('name', tgname, 'sql', pg_get_triggerdef(oid, true)) ORDER BY tgname)
    FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal), '[]'),
  'references', coalesce((
    SELECT json_agg(json_build_object(
      'table', o.relname, 'schema', n.nspname, 'name', k.conname, 'columns', ({_OWN_NAMES}),
      'target_columns', ({_TARGET_NAMES}), 'on_delete', k.confdeltype
    ) ORDER BY n.nspname, o.relname, k.conname)
    FROM pg_constraint k
    JOIN pg_class o ON o.oid = k.conrelid JOIN pg_namespace n ON n.oid = o.relnamespace
    WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0), '[]'),
  'rows', CASE WHEN c.reltuples > 0 OR c.reltuples = 0 AND c.relpages > 0 THEN c.reltuples::int8 END,
  'bytes', CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid)
    WHEN c.relkind = 'p' THEN (
      SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(c.oid) WHERE isleaf) END
)::text
FROM pg_class c WHERE c.oid = %s::oid
"""
_NAMES_NEAR = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
  AND n.nspname <> 'pg_catalog' LIMIT 5000
"""


class _Column(msgspec.Struct):
    number: int
    name: str
    type: str
    base: str
    category: str
    required: bool
    identity: str
    generated: str
    default: str | None
    comment: str
    collation: str | None


class _Index(msgspec.Struct):
    name: str
    method: str
    unique: bool
    primary: bool
    valid: bool
    immediate: bool
    plain: bool
    where: str
    definition: str
    columns: list[str]


class _Foreign(msgspec.Struct):
    name: str
    columns: list[str]
    schema: str
    table: str
    targets: list[str]
    delete: str
    update: str


class _Relation(msgspec.Struct):
    name: str
    schema: str
    kind: str
    comment: str
    columns: list[_Column]
    indexes: list[_Index]
    foreign: list[_Foreign]


class _More(msgspec.Struct):
    checks: list[Check]
    triggers: list[Trigger]
    references: list[Reference]
    rows: int | None
    bytes: int | None


def columns(query: Query, schema: str, table: str) -> TableResponse:
    """Columns, keys, indexes and foreign keys in one query. Raises data.unknown_table."""
    return _response(_relation(query, schema, table)[1])


def table(query: Query, schema: str, table: str) -> TableResponse:
    """Everything, in three queries. What could not be read is named in `warnings`."""
    oid, relation = _relation(query, schema, table)
    found = _response(relation)
    warnings: list[str] = []
    try:
        more = msgspec.json.decode(query(_MORE, [oid])[0][0] or "", type=_More)
        found = msgspec.structs.replace(
            found,
            checks=more.checks,
            triggers=more.triggers,
            references=[_reference(item) for item in more.references],
            rows=more.rows,
            bytes=more.bytes,
        )
    except (ProblemError, IndexError, msgspec.DecodeError) as error:
        warnings.append(f"Constraints, triggers and size: {_reason(error)}")
    try:
        found = msgspec.structs.replace(found, ddl=ddl.of(query, oid))
    except (ProblemError, IndexError, msgspec.DecodeError) as error:
        warnings.append(f"DDL: {_reason(error)}")
    return msgspec.structs.replace(found, warnings=warnings)


def _reason(error: Exception) -> str:
    if isinstance(error, ProblemError):
        if error.problem.code in ("connection.lost", "job.cancelled", "connection.timeout"):
            raise error
        return error.problem.detail or error.problem.title
    return "the table is gone" if isinstance(error, IndexError) else str(error)


def _relation(query: Query, schema: str, table: str) -> tuple[str, _Relation]:
    rows = query(_COLUMNS, {"schema": schema, "table": table})
    if not rows:
        raise unknown(query, schema, table)
    oid, text = rows[0]
    return oid or "", msgspec.json.decode(text or "", type=_Relation)


def unknown(query: Query, schema: str, table: str) -> ProblemError:
    """The problem of a table that is not there, with names that look alike."""
    names = [row[0] or "" for row in query(_NAMES_NEAR, {"schema": schema})]
    shown = f"{schema}.{table}" if schema else table
    hint = similar(table, names) or "Names are case-sensitive here."
    return problem("data.unknown_table", f"There is no table or view {shown}.", hint=hint)


def _response(relation: _Relation) -> TableResponse:
    primary = next((index.columns for index in relation.indexes if index.primary and index.valid), [])
    targets: dict[str, ForeignTarget] = {}
    for key in relation.foreign:
        if len(key.columns) == 1:
            target = ForeignTarget(key.table, key.targets[0], key.schema)
            targets.setdefault(key.columns[0], target)
    return TableResponse(
        relation.name,
        relation.schema,
        KINDS[relation.kind],
        [_column(item, primary, targets) for item in relation.columns],
        primary_key=primary,
        row_key=primary or _row_key(relation),
        foreign_keys=[_foreign_key(item) for item in relation.foreign],
        indexes=[_index(item) for item in relation.indexes],
        comment=relation.comment,
    )


def _row_key(relation: _Relation) -> list[str]:
    """The shortest unique key whose columns are never NULL."""
    required = {column.name for column in relation.columns if column.required}
    for index in relation.indexes:
        fit = index.unique and index.valid and index.immediate and index.plain and not index.where
        if fit and required.issuperset(index.columns):
            return index.columns
    return []


def _column(item: _Column, primary: list[str], targets: dict[str, ForeignTarget]) -> Column:
    default = item.default
    if item.identity:
        default = f"GENERATED {'ALWAYS' if item.identity == 'a' else 'BY DEFAULT'} AS IDENTITY"
    return Column(
        item.name,
        item.type,
        types.kind_of(item.base, item.category),
        nullable=not item.required,
        key=primary.index(item.name) + 1 if item.name in primary else 0,
        default=default,
        generated=bool(item.generated),
        comment=item.comment,
        collation=item.collation or "",
        references=targets.get(item.name),
    )


def _index(item: _Index) -> Index:
    return Index(
        item.name,
        item.columns,
        unique=item.unique,
        primary=item.primary,
        method=item.method,
        where=item.where,
        definition=item.definition,
        valid=item.valid,
    )


def _foreign_key(item: _Foreign) -> ForeignKey:
    return ForeignKey(
        item.name,
        item.columns,
        item.table,
        item.targets,
        target_schema=item.schema,
        on_delete=_ACTIONS.get(item.delete, ""),
        on_update=_ACTIONS.get(item.update, ""),
    )


def _reference(item: Reference) -> Reference:
    return msgspec.structs.replace(item, on_delete=_ACTIONS.get(item.on_delete, ""))
