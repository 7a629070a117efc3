"""A text column that holds nothing but numbers, dates, JSON or truth values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from embedded_server.health.schema import SAMPLE_ROWS, Example, Schema, Table, execute, finding, listed, words
from embedded_server.wire.data import Column
from embedded_server.wire.health import HealthFinding

ID = "text_for_values"
TITLE = "Numbers, dates, JSON or truth values kept as text"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_ENOUGH = 20
# Digits that are no numbers: nobody adds them up, and leading zeros count.
_CODES = listed(
    "code zip postcode postal phone fax mobile number no sku isbn ean iban account version token hash ref "
    "reference serial id uuid key year ip vat ssn barcode"
)
_TIMED = listed("at on date day time until since birthday born created updated expires")


class Kind(NamedTuple):
    """What texts may be instead: `types` by engine (none: there it is right as it is)."""

    name: str
    pattern: str
    types: dict[str, str]
    hints: frozenset[str] = frozenset()


_DATE = Kind(
    "dates",
    "^[0-9]{4}-[01][0-9]-[0-3][0-9]$",
    {"postgresql": "date", "mysql": "DATE", "duckdb": "DATE"},
    _TIMED,
)
_MOMENT = Kind(
    "timestamps",
    "^[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]",
    {"postgresql": "timestamp with time zone", "mysql": "DATETIME(6)", "duckdb": "TIMESTAMP"},
    _TIMED,
)
_NUMBER = Kind(
    "numbers",
    "^-?(0|[1-9][0-9]*)([.][0-9]+)?$",
    {"postgresql": "numeric", "mysql": "DECIMAL(30, 10)", "sqlite": "NUMERIC", "duckdb": "DECIMAL(30, 10)"},
    listed("amount price total count quantity size weight score rate age"),
)
_JSON = Kind(
    "JSON",
    "^[[:space:]]*[{\\[]",
    {"postgresql": "jsonb", "mysql": "JSON", "duckdb": "JSON"},
    listed("json data payload meta metadata settings options attributes extra config"),
)
_TRUTH = Kind(
    "truth values",
    "^(true|false|yes|no|t|f|y|n)$",
    {"postgresql": "boolean", "duckdb": "BOOLEAN"},
    listed("is has active enabled deleted"),
)


def check(schema: Schema) -> Iterator[HealthFinding]:
    """By the first rows' content; the name only makes it surer."""
    for table in schema.tables:
        texts = [column for column in table.stored() if column.kind == "text" and column.key == 0]
        texts = [column for column in texts if column.references is None]
        # How many rows there are is only estimated, and of a new table badly: the first ones tell.
        if not texts:
            continue
        sample = schema.sample(table)
        for column in texts:
            kind = kind_of(sample.get(column.name, []), column.name)
            if kind is not None and schema.engine in kind.types:
                yield _finding(schema, table, column, kind)


def kind_of(values: Sequence[Any], name: str) -> Kind | None:
    """What all of some values are, null if they are just texts, or too few or too alike to tell."""
    if len(values) < _ENOUGH or not all(isinstance(value, str) for value in values):
        return None
    for kind in (_DATE, _MOMENT):
        if all(re.match(kind.pattern, value) for value in values):
            return kind
    if all(re.match(_TRUTH.pattern, value.lower()) for value in values) and len(set(values)) == 2:
        return _TRUTH
    if all(re.match(_NUMBER.pattern, value) for value in values):
        return None if _CODES & set(words(name)) else _NUMBER
    return _JSON if all(map(_is_json, values)) else None


def _is_json(value: str) -> bool:
    if not value.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _finding(schema: Schema, table: Table, column: Column, kind: Kind) -> HealthFinding:
    hinted = bool(kind.hints & set(words(column.name)))
    wanted = kind.types[schema.engine]
    return finding(
        schema,
        ID,
        table,
        [column.name],
        title=f"{table.name}.{column.name} holds {kind.name} as text",
        text=f"All of the first {SAMPLE_ROWS} values are {kind.name}, and the column is {column.type}: it "
        "sorts and compares them as letters, and takes anything that is none.",
        advice=f"Change the type to {wanted}; look at the values that are not among the first rows before.",
        severity="warn",
        confidence="high" if hinted else "medium",
        query=_proof(schema, table, column, kind),
        operations=_cure(schema, table, column, wanted),
    )


def _proof(schema: Schema, table: Table, column: Column, kind: Kind) -> str:
    name = schema.column(column.name)
    pattern = schema.text(kind.pattern)
    match = {
        "postgresql": f"{name} ~* {pattern}",
        "duckdb": f"regexp_matches(lower({name}), {pattern})",
        "sqlite": f"{name} REGEXP {pattern}",
    }.get(schema.engine, f"{name} REGEXP {pattern}")
    return (
        f"SELECT count({name}) AS looked_at, min({name}) AS least, max({name}) AS greatest\n"
        f"FROM (SELECT {name} FROM {schema.sql(table)} LIMIT {SAMPLE_ROWS}) AS first\n"
        f"HAVING count({name}) >= {_ENOUGH} AND count({name}) = sum(CASE WHEN {match} THEN 1 ELSE 0 END)"
    )


def _cure(schema: Schema, table: Table, column: Column, wanted: str) -> list[dict[str, Any]]:
    if column.default is not None or schema.engine not in ("postgresql", "duckdb"):
        return []
    name, target = schema.column(column.name), schema.sql(table)
    using = f" USING {name}::{wanted}" if schema.engine == "postgresql" else ""
    back = f" USING {name}::{column.type}" if schema.engine == "postgresql" else ""
    return [
        execute(
            f"ALTER TABLE {target} ALTER COLUMN {name} TYPE {wanted}{using}",
            f"ALTER TABLE {target} ALTER COLUMN {name} TYPE {column.type}{back}",
        )
    ]


def _filled(name: str, expression: str, column: str = "held") -> tuple[str, ...]:
    return (
        f"CREATE TABLE {name} (id integer PRIMARY KEY, {column} varchar(60))",
        f"INSERT INTO {name} SELECT n, {expression} FROM {{numbers}} WHERE n <= 60",
    )


_DAYS = "'2024-03-' || CASE WHEN n % 28 < 9 THEN '0' ELSE '' END || (n % 28 + 1)"
_FEW = "CASE WHEN n = 60 THEN 'unknown' ELSE '12' END"
BAD = (
    *(
        Example(engine, "numbers_tv", _filled("numbers_tv", "'1' || (n % 10)"))
        for engine in ENGINES
        if engine != "mysql"
    ),
    Example("mysql", "numbers_tv", _filled("numbers_tv", "concat('1', n % 10)")),
    *(Example(engine, "days_tv", _filled("days_tv", _DAYS, "due_on")) for engine in ("postgresql", "duckdb")),
    *(Example(engine, "json_tv", _filled("json_tv", "'{\"a\": 1}'")) for engine in ("postgresql", "duckdb")),
    *(
        Example(engine, "flags_tv", _filled("flags_tv", "CASE WHEN n % 2 = 0 THEN 'yes' ELSE 'no' END"))
        for engine in ("postgresql", "duckdb")
    ),
)
NEAR = (
    *(Example(engine, "mixed_tv", _filled("mixed_tv", _FEW)) for engine in ENGINES),
    *(Example(engine, "zips_tv", _filled("zips_tv", "'12345'", "zip_code")) for engine in ENGINES),
    *(Example(engine, "zeros_tv", _filled("zeros_tv", "'007'")) for engine in ENGINES),
    Example("sqlite", "days_tw", _filled("days_tw", _DAYS, "due_on")),
)
