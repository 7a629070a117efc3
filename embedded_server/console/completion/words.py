"""Keywords, types and functions of each product, and which names need quotes."""

from __future__ import annotations

import re
from functools import cache

from embedded_server.wire.sql.dialect import Dialect

# What begins a statement; words that are typed together are offered together.
_STATEMENTS = """
    SELECT | INSERT INTO | UPDATE | DELETE FROM | WITH | CREATE TABLE | CREATE INDEX | CREATE UNIQUE
    INDEX | CREATE VIEW | CREATE TRIGGER | ALTER TABLE | DROP TABLE | DROP INDEX | DROP VIEW | EXPLAIN |
    BEGIN | COMMIT | ROLLBACK | SAVEPOINT | VALUES
"""
_STATEMENTS_OF = {
    "postgresql": """
        EXPLAIN ANALYZE | TRUNCATE | COPY | CREATE FUNCTION | CREATE SCHEMA | CREATE MATERIALIZED VIEW |
        CREATE TYPE | REFRESH MATERIALIZED VIEW | MERGE INTO | GRANT | REVOKE | ANALYZE | VACUUM | SET |
        SHOW | CALL | DO | TABLE | LOCK TABLE | REINDEX
    """,
    "mysql": """
        EXPLAIN | TRUNCATE TABLE | REPLACE INTO | SHOW TABLES | SHOW CREATE TABLE | SHOW INDEX FROM |
        SHOW PROCESSLIST | DESCRIBE | CREATE PROCEDURE | CREATE FUNCTION | CREATE DATABASE | CALL | SET
        | USE | START TRANSACTION | GRANT | REVOKE | ANALYZE TABLE | OPTIMIZE TABLE | RENAME TABLE |
        LOAD DATA INFILE
    """,
    "sqlite": """
        EXPLAIN QUERY PLAN | REPLACE INTO | PRAGMA | ATTACH DATABASE | DETACH DATABASE | CREATE VIRTUAL
        TABLE | ANALYZE | VACUUM | REINDEX
    """,
    "duckdb": """
        EXPLAIN ANALYZE | COPY | DESCRIBE | SUMMARIZE | SHOW TABLES | CREATE SCHEMA | CREATE MACRO |
        CREATE TYPE | PRAGMA | ATTACH | DETACH | USE | SET | FROM | PIVOT | UNPIVOT | INSTALL | LOAD |
        CALL | CHECKPOINT | TRUNCATE
    """,
    "mssql": """
        MERGE INTO | EXEC | DECLARE | USE | TRUNCATE TABLE | CREATE PROCEDURE | CREATE FUNCTION | GRANT
        | BEGIN TRANSACTION
    """,
}
_JOINS = "JOIN|LEFT JOIN|INNER JOIN|RIGHT JOIN|FULL JOIN|CROSS JOIN|NATURAL JOIN"
_AFTER_TABLE = """
    WHERE | JOIN | LEFT JOIN | INNER JOIN | RIGHT JOIN | FULL JOIN | CROSS JOIN | NATURAL JOIN | ON | AS
    | GROUP BY | ORDER BY | HAVING | LIMIT | SET | USING | UNION | UNION ALL | EXCEPT | INTERSECT
"""
_AFTER_VALUE = """
    FROM | WHERE | AND | OR | AS | IN | IS NULL | IS NOT NULL | LIKE | NOT | BETWEEN | ASC | DESC |
    GROUP BY | ORDER BY | HAVING | LIMIT | OFFSET | UNION | UNION ALL | EXCEPT | INTERSECT | THEN | ELSE
    | END | WHEN | OVER | NOT IN | NOT LIKE | ESCAPE | COLLATE | INTO | JOIN | LEFT JOIN | INNER JOIN |
    RIGHT JOIN | FULL JOIN | CROSS JOIN | NATURAL JOIN | SET | VALUES | ON | NULLS FIRST | NULLS LAST
"""
_AFTER_VALUE_OF = {
    "postgresql": """
        ILIKE | RETURNING | FILTER | SIMILAR TO | AT TIME ZONE | FETCH FIRST | FOR UPDATE | ON CONFLICT
        | DO NOTHING | DO UPDATE SET | IS DISTINCT FROM | TABLESAMPLE | WINDOW
    """,
    "mysql": """
        REGEXP | ON DUPLICATE KEY UPDATE | FOR UPDATE | LOCK IN SHARE MODE | DIV | XOR | RLIKE |
        RETURNING
    """,
    "sqlite": """
        GLOB | RETURNING | FILTER | ON CONFLICT | DO NOTHING | DO UPDATE SET | REGEXP | MATCH | WITHOUT
        ROWID | WINDOW
    """,
    "duckdb": """
        ILIKE | RETURNING | FILTER | QUALIFY | SIMILAR TO | ON CONFLICT | DO NOTHING | DO UPDATE SET |
        USING SAMPLE | GLOB | IS DISTINCT FROM | WINDOW
    """,
    "mssql": "OFFSET|FETCH NEXT|OUTPUT|OPTION",
}
_VALUE = """
    NULL | CASE | WHEN | THEN | ELSE | END | NOT | EXISTS | DISTINCT | SELECT | TRUE | FALSE | CAST |
    ALL | ANY | DEFAULT | INTERVAL | PARTITION BY | ORDER BY
"""
_TABLE = "SELECT|VALUES|LATERAL|ONLY|IF EXISTS|IF NOT EXISTS"
_AFTER_INSERT = "VALUES|SELECT|DEFAULT VALUES|SET|WITH"
# What continues a word.
_CONTINUES = {
    "left": "JOIN|OUTER JOIN",
    "right": "JOIN|OUTER JOIN",
    "full": "JOIN|OUTER JOIN",
    "inner": "JOIN",
    "cross": "JOIN",
    "outer": "JOIN",
    "natural": "JOIN|LEFT JOIN|INNER JOIN",
    "group": "BY",
    "order": "BY",
    "partition": "BY",
    "insert": "INTO",
    "delete": "FROM",
    "merge": "INTO",
    "is": "NULL|NOT NULL|DISTINCT FROM|NOT DISTINCT FROM|TRUE|FALSE",
    "primary": "KEY",
    "foreign": "KEY",
    "nulls": "FIRST|LAST",
    "do": "NOTHING|UPDATE SET",
    "duplicate": "KEY UPDATE",
    "fetch": "FIRST|NEXT",
    "for": "UPDATE|SHARE|EACH ROW",
    "create": """
        TABLE | INDEX | UNIQUE INDEX | VIEW | TRIGGER | SCHEMA | FUNCTION | SEQUENCE | TYPE | TEMPORARY
        TABLE | OR REPLACE
    """,
    "alter": "TABLE|INDEX|VIEW|SEQUENCE|SCHEMA|TYPE",
    "drop": """
        TABLE | INDEX | VIEW | TRIGGER | SCHEMA | FUNCTION | SEQUENCE | COLUMN | CONSTRAINT | DEFAULT |
        NOT NULL
    """,
    "add": "COLUMN|CONSTRAINT|PRIMARY KEY|FOREIGN KEY|UNIQUE|CHECK",
    "rename": "TO|COLUMN",
    "set": "DEFAULT|NOT NULL|NULL",
    "on": "CONFLICT|DUPLICATE KEY UPDATE|DELETE CASCADE|DELETE SET NULL|UPDATE CASCADE",
    "conflict": "DO NOTHING|DO UPDATE SET",
    "default": "VALUES|NULL|CURRENT_TIMESTAMP",
    "key": "REFERENCES|UPDATE",
}
_DEFINING = """
    NOT NULL | NULL | PRIMARY KEY | REFERENCES | UNIQUE | DEFAULT | CHECK | CONSTRAINT | FOREIGN KEY |
    COLLATE | ON | AS | USING | BEFORE | AFTER | FOR EACH ROW | WHERE | ADD COLUMN | DROP COLUMN |
    RENAME TO | RENAME COLUMN | ALTER COLUMN | TO
"""
_TYPES = """
    INTEGER | BIGINT | SMALLINT | NUMERIC | DECIMAL | REAL | DOUBLE PRECISION | TEXT | VARCHAR | CHAR |
    BOOLEAN | DATE | TIME | TIMESTAMP | BLOB
"""
_TYPES_OF = {
    "postgresql": "TIMESTAMPTZ|UUID|JSON|JSONB|BYTEA|SERIAL|BIGSERIAL|INTERVAL|INET|TIMETZ|XML",
    "mysql": """
        DATETIME | INT | TINYINT | MEDIUMTEXT | LONGTEXT | LONGBLOB | VARBINARY | JSON | DOUBLE | YEAR |
        ENUM | UNSIGNED | SIGNED
    """,
    "sqlite": "ANY|INT",
    "duckdb": """
        TIMESTAMPTZ | UUID | JSON | DOUBLE | HUGEINT | UBIGINT | UINTEGER | TINYINT | INTERVAL | STRUCT
        | MAP | LIST
    """,
    "mssql": "NVARCHAR|DATETIME2|UNIQUEIDENTIFIER|BIT|VARBINARY|MONEY",
}
_FUNCTIONS = """
    count sum avg min max coalesce nullif abs round length lower upper replace trim ltrim rtrim substr
    row_number rank dense_rank ntile lag lead first_value last_value nth_value percent_rank cume_dist
"""
_MATH = """
    ceil ceiling floor power sqrt exp ln log log10 sign sin cos tan asin acos atan atan2 degrees radians
    pi mod
"""
_FUNCTIONS_OF = {
    "postgresql": """
        now date_trunc date_part age to_char to_date to_timestamp to_number make_date make_interval
        clock_timestamp concat concat_ws left right lpad rpad split_part strpos position initcap reverse
        md5 regexp_replace regexp_matches regexp_match regexp_split_to_array string_agg array_agg
        json_agg jsonb_agg json_build_object jsonb_build_object jsonb_set jsonb_each
        jsonb_array_elements json_object_agg row_to_json to_json to_jsonb unnest array_length
        array_to_string string_to_array generate_series greatest least random gen_random_uuid bool_and
        bool_or every stddev variance percentile_cont percentile_disc trunc width_bucket format
        quote_literal quote_ident current_setting version pg_size_pretty pg_relation_size
        pg_total_relation_size pg_backend_pid pg_typeof nextval currval setval to_tsvector to_tsquery
        ts_rank cardinality
    """,
    "mysql": """
        now curdate curtime date_format date_add date_sub datediff timestampdiff str_to_date
        unix_timestamp from_unixtime year month day hour minute second dayofweek last_day concat
        concat_ws left right lpad rpad locate instr substring substring_index reverse repeat md5 sha1
        sha2 hex unhex ifnull if greatest least rand truncate group_concat json_extract json_object
        json_array json_unquote json_set json_contains json_length json_value json_arrayagg
        json_objectagg stddev variance bit_and bit_or uuid version database user last_insert_id
        row_count found_rows connection_id find_in_set field elt format char_length regexp_replace
        regexp_substr
    """,
    "sqlite": """
        date time datetime julianday strftime unixepoch ifnull iif instr hex quote random randomblob
        zeroblob typeof unicode char printf format group_concat total json json_array json_object
        json_extract json_each json_tree json_group_array json_group_object json_set json_insert
        json_replace json_remove json_type json_valid json_array_length changes total_changes
        last_insert_rowid sqlite_version glob like trunc
    """,
    "duckdb": """
        now date_trunc date_part date_diff date_add age strftime strptime make_date epoch concat
        concat_ws left right lpad rpad split_part string_split strpos contains starts_with
        regexp_replace regexp_matches regexp_extract string_agg array_agg list list_value list_aggregate
        list_contains list_filter list_transform struct_pack unnest generate_series range greatest least
        random uuid bool_and bool_or stddev variance median mode quantile_cont quantile_disc
        approx_count_distinct approx_quantile arg_max arg_min any_value histogram read_csv read_parquet
        read_json json_extract json_extract_string json_object to_json version trunc md5 typeof
    """,
    "mssql": """
        getdate dateadd datediff datepart format concat concat_ws left right len charindex substring
        isnull iif string_agg string_split newid convert cast try_cast json_value json_query
        scope_identity object_id stdev var
    """,
}
# Products with the mathematical functions.
_CALCULATES = frozenset({"postgresql", "mysql", "sqlite", "duckdb"})
# Words that no product takes as a name without quotes.
_RESERVED = """
    all and any as asc between by case cast check collate column constraint create cross current_date
    current_time current_timestamp default delete desc distinct drop else end except exists false fetch
    for foreign from full grant group having in index inner insert intersect into is join key left like
    limit natural not null on or order outer primary references right select set table then to trigger
    true union unique update user using values view when where window with alter
"""
_RESERVED_OF = {
    "postgresql": """
        analyse analyze array asymmetric authorization binary both collation concurrently
        current_catalog current_role current_schema current_user deferrable do freeze ilike initially
        isnull lateral leading localtime localtimestamp notnull offset only overlaps placing returning
        session_user similar some symmetric system_user tablesample trailing variadic verbose
    """,
    "duckdb": """
        analyse analyze anti array asof asymmetric at authorization binary both by collation
        concurrently deferrable describe do freeze generated glob ilike initially isnull lambda lateral
        leading map notnull offset only overlaps pivot pivot_longer pivot_wider placing positional
        qualify returning semi show similar some struct summarize symmetric tablesample trailing
        try_cast unpivot variadic verbose macro
    """,
    "sqlite": """
        add autoincrement commit deferrable escape isnull notnull nothing raise returning transaction if
    """,
    "mysql": """
        accessible add analyze asensitive before bigint binary blob both call cascade change char
        character condition continue convert current_role current_user cursor database databases
        day_hour day_microsecond day_minute day_second dec decimal declare delayed delete_domain_id
        describe deterministic distinctrow div do_domain_ids double dual each elseif enclosed escaped
        exit explain float float4 float8 force fulltext general hour_microsecond hour_minute hour_second
        if ignore ignore_domain_ids ignore_server_ids infile inout insensitive int int1 int2 int3 int4
        int8 integer interval iterate keys kill leading leave lines linear load localtime localtimestamp
        lock long longblob longtext loop low_priority master_heartbeat_period
        master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint
        minute_microsecond minute_second mod modifies no_write_to_binlog numeric offset optimize
        optionally out outfile over page_checksum parse_vcol_expr partition precision procedure purge
        range read read_write reads real recursive ref_system_id regexp release rename repeat replace
        require resignal restrict return returning revoke rlike row_number rows schema schemas
        second_microsecond sensitive separator show signal slow smallint spatial specific sql
        sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl
        starting stats_auto_recalc stats_persistent stats_sample_pages straight_join terminated tinyblob
        tinyint tinytext trailing undo unlock unsigned usage use utc_date utc_time utc_timestamp
        varbinary varchar varcharacter varying while write xor year_month zerofill lag lead cume_dist
        dense_rank first_value last_value nth_value ntile percent_rank rank groups lateral json_table
        cube empty except function generated get grouping io_after_gtids io_before_gtids of
        optimizer_costs stored system virtual row
    """,
    "mssql": """
        add authorization backup begin break browse bulk cascade checkpoint close clustered commit
        compute contains continue convert cursor database declare deny describe disk distributed double
        dump errlvl escape exec execute exit external file fillfactor freetext function goto holdlock
        identity if kill lineno load merge national nocheck nonclustered of off offsets open option over
        percent pivot plan precision print proc procedure public raiserror read readtext restore
        restrict return revert revoke rollback rowcount rule save schema session_user shutdown some
        statistics system_user tablesample textsize top tran transaction truncate unpivot use varying
        waitfor while
    """,
}
_PLAIN = {
    "postgresql": re.compile(r"[a-z_\u0080-\U0010ffff][a-z0-9_$\u0080-\U0010ffff]*"),
    "mysql": re.compile(r"[A-Za-z_$][\w$]*", re.ASCII),
}
_PLAIN_ELSE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _list(text: str) -> tuple[str, ...]:
    found = (" ".join(words.split()) for words in text.split("|"))
    return tuple(dict.fromkeys(word for word in found if word))


@cache
def statements(spoken: Dialect) -> tuple[str, ...]:
    """What a statement begins with."""
    return _list(f"{_STATEMENTS}|{_STATEMENTS_OF.get(spoken.name, 'TRUNCATE TABLE')}")


@cache
def keywords(spoken: Dialect, where: str) -> tuple[str, ...]:
    """What may follow: after a table, a value or an INSERT's table, in a value's place, in a table's."""
    found = {
        "after table": f"{_AFTER_TABLE}|{_AFTER_VALUE_OF.get(spoken.name, '')}",
        "after value": f"{_AFTER_VALUE}|{_AFTER_VALUE_OF.get(spoken.name, 'RETURNING')}",
        "after insert": _AFTER_INSERT,
        "value": _VALUE,
        "table": _TABLE,
        "defining": f"{_DEFINING}|{'|'.join(types(spoken))}",
    }[where]
    return _list(found)


@cache
def continuing(word: str) -> tuple[str, ...]:
    """Words that continue this one."""
    return _list(_CONTINUES[word]) if word in _CONTINUES else ()


@cache
def types(spoken: Dialect) -> tuple[str, ...]:
    """Names of types."""
    own = _TYPES_OF.get(spoken.name)
    return _list(f"{_TYPES}|{own}" if own else _TYPES)


@cache
def functions(spoken: Dialect) -> tuple[str, ...]:
    """Functions that change nothing, the common ones first."""
    calculating = _MATH if spoken.name in _CALCULATES else ""
    return tuple(dict.fromkeys(f"{_FUNCTIONS} {_FUNCTIONS_OF.get(spoken.name, '')} {calculating}".split()))


@cache
def reserved(spoken: Dialect) -> frozenset[str]:
    """Words that are no name without quotes."""
    return frozenset(_RESERVED.split()) | frozenset(_RESERVED_OF.get(spoken.name, "").split())


def needs_quotes(name: str, spoken: Dialect) -> bool:
    """Whether the database would read this name, written plainly, as something else."""
    plain = _PLAIN.get(spoken.name, _PLAIN_ELSE)
    return plain.fullmatch(name) is None or name.lower() in reserved(spoken)
