"""Words of SQL: what is coloured, what stands before an operand, what may be written in upper case."""

from __future__ import annotations

# Reserved in every product here (or only ever used as syntax), so their case never carries meaning.
_SYNTAX = """
    all alter and as asc between by case create cross delete desc distinct drop else end except exists from
    full group having in inner insert intersect into is join left like limit not null offset on or order
    outer primary references returning right select set table then union unique update using values view
    when where with
"""
_MORE = """
    add after always analyze any array at before begin binary both buffers cache call cascade cast change
    check collate column comment commit concurrently conflict constraint copy cube current cycle database
    declare default deferrable deferred delimiter describe detach do domain duplicate each enum escape
    event exclude execute explain extension false fetch filter first following for foreign format function
    generated glob grant grouping handler if ignore ilike immediate index initially inout instead interval
    isolation key language last lateral leading level local lock lateral materialized merge minus modify
    natural next no nothing nowait nulls of only out outfile over overlaps owner partition plan policy
    pragma preceding prepare procedure qualify query range read recursive regexp reindex release rename
    repeatable replace reset restrict return returns revoke rlike role rollback rollup row rows savepoint
    schema security sequence serializable session show similar skip some sql start storage stored strict
    summarize symmetric tables tablesample temp temporary ties to trailing transaction trigger true truncate
    type unbounded uncommitted unlogged use user vacuum variadic verbose view virtual volatile while window
    without work write xor zone
"""
_TYPES = """
    bigint bigserial bit blob bool boolean bytea char character cidr date datetime decimal double enum float
    geometry hstore inet int int2 int4 int8 integer json jsonb longblob longtext mediumint mediumtext money
    nchar number numeric nvarchar oid point precision real serial set smallint smallserial text time
    timestamp timestamptz timetz tinyint tinytext tsquery tsvector uuid varbinary varchar varying xml year
    hugeint ubigint uinteger usmallint utinyint uhugeint struct map list
"""
_VALUES = """
    null true false default end current_date current_time current_timestamp current_user localtime
    localtimestamp session_user user
"""

SYNTAX = frozenset(_SYNTAX.split())
TYPES = frozenset(_TYPES.split())
KEYWORDS = SYNTAX | frozenset(_MORE.split())
# A value or a name ends with one of these, so an operator follows, never an operand.
VALUES = frozenset(_VALUES.split())
EXPECT_OPERAND = KEYWORDS - VALUES
