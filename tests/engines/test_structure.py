"""What `catalog`, `table`, `source`, `estimate` and `signature` tell of a database."""

from __future__ import annotations

import pytest

from embedded_server.wire.data import Routine, TableResponse
from tests.engines.subject import Bench, problem_of, rows, select


def describe(bench: Bench, table: str) -> TableResponse:
    return bench.open().table(bench.schema, table)


def names(found: TableResponse) -> list[str]:
    return [column.name for column in found.columns if not column.hidden]


def test_catalog_names_tables_views_and_columns(bench: Bench) -> None:
    table = bench.table(f"id {bench.spelling.integer}", f"name {bench.spelling.text}")
    view = bench.fresh("v")
    bench.run(f"CREATE VIEW {bench.quoted(view)} AS SELECT id FROM {bench.quoted(table)}")
    catalog = bench.open().catalog(bench.schema, columns=True)
    assert len(catalog.schemas) == 1
    found = {item.name: item for item in catalog.schemas[0].tables}
    assert (found[table].kind, found[view].kind) == ("table", "view")
    assert (found[table].columns, found[view].columns) == (["id", "name"], ["id"])


def test_catalog_without_a_schema_fills_the_default_one(bench: Bench) -> None:
    table = bench.table(f"id {bench.spelling.integer}")
    catalog = bench.open().catalog(None)
    filled = [schema for schema in catalog.schemas if schema.loaded and schema.tables]
    assert [schema.name for schema in filled] == [catalog.default_schema]
    assert table in [item.name for item in filled[0].tables]
    assert catalog.default_schema == bench.schema == bench.open().info().default_schema


def test_unknown_schema_and_table_are_problems(bench: Bench) -> None:
    session = bench.open()
    assert problem_of(lambda: session.table(bench.schema, "no such")).code == "data.unknown_table"
    assert problem_of(lambda: session.columns(bench.schema, "no such")).code == "data.unknown_table"
    assert session.alive()


def test_columns_tell_type_nullability_default_and_key(bench: Bench) -> None:
    s = bench.spelling
    table = bench.table(
        f"id {s.integer} NOT NULL PRIMARY KEY", f"a {s.key_text} NOT NULL", f"b {s.integer} DEFAULT 7"
    )
    found = describe(bench, table)
    identity, a, b = (column for column in found.columns if not column.hidden)
    assert (identity.key, identity.nullable, identity.kind) == (1, False, "number")
    assert (a.key, a.nullable, a.kind) == (0, False, "text")
    assert (b.nullable, b.default) == (True, "7")
    assert identity.type and a.type and (found.primary_key, found.row_key) == (["id"], ["id"])
    assert not found.warnings


def test_composite_key_of_five_keeps_its_order_and_finds_its_row(bench: Bench) -> None:
    s = bench.spelling
    columns = [f"{name} {s.key_text} NOT NULL" for name in "abcde"]
    table = bench.table(*columns, "PRIMARY KEY (e, c, a, b, d)", values=["('1','2','3','4','5')"])
    found = describe(bench, table)
    assert found.primary_key == found.row_key == ["e", "c", "a", "b", "d"]
    assert [column.key for column in found.columns if not column.hidden] == [3, 4, 2, 5, 1]
    pairs = list(zip("ecabd", "53124", strict=True))
    terms = [(f"{name} = {bench.grammar.literal(None, value)}") for name, value in pairs]
    sql = f"SELECT count(*) FROM {bench.quoted(table)} WHERE {' AND '.join(terms)}"
    assert str(rows(bench.open().execute(sql))[0][0]) == "1"


def test_a_unique_key_with_nulls_is_no_row_key(bench: Bench) -> None:
    s = bench.spelling
    table = bench.table(
        f"a {s.integer}", f"b {s.integer}", "UNIQUE (a, b)", values=["(1, NULL)", "(1, NULL)"]
    )
    assert_reads_by_its_own_row_key(bench, table)


def test_a_table_without_a_key(bench: Bench) -> None:
    table = bench.table(f"a {bench.spelling.integer}", values=["(1)", "(1)"])
    assert_reads_by_its_own_row_key(bench, table)


def assert_reads_by_its_own_row_key(bench: Bench, table: str) -> None:
    """Either there is no row key, or it is a hidden column of the engine that tells the twins apart."""
    session = bench.open()
    found = session.columns(bench.schema, table)
    assert not found.primary_key
    hidden = [column.name for column in found.columns if column.hidden]
    assert set(found.row_key) <= set(hidden)
    if found.row_key:
        terms = ", ".join(map(bench.grammar.name, found.row_key))
        keys = rows(session.execute(f"SELECT {terms} FROM {bench.quoted(table)}"))
        assert len(set(keys)) == len(keys) == 2


def test_a_unique_not_null_key_serves_as_row_key(bench: Bench) -> None:
    bench.needs(bench.spelling.unique_not_null_is_key, "such keys")
    s = bench.spelling
    table = bench.table(f"a {s.integer} NOT NULL", f"b {s.integer} NOT NULL", "UNIQUE (b, a)")
    assert describe(bench, table).row_key == ["b", "a"]


def test_generated_columns_are_marked(bench: Bench) -> None:
    bench.needs(bench.spelling.generated, "generated columns")
    table = bench.table(f"id {bench.spelling.integer} NOT NULL PRIMARY KEY", bench.spelling.generated)
    bench.run(f"INSERT INTO {bench.quoted(table)} (id) VALUES (21)")
    found = describe(bench, table)
    assert [(c.name, c.generated) for c in found.columns if not c.hidden] == [("id", False), ("g", True)]
    cells = select(bench, bench.open(), table)[1]
    assert [[str(cell) for cell in row] for row in cells] == [["21", "42"]]


def test_views_show_their_columns_and_source(bench: Bench) -> None:
    table = bench.table(f"id {bench.spelling.integer}", values=["(4)"])
    view = bench.fresh("v")
    bench.run(f"CREATE VIEW {bench.quoted(view)} AS SELECT id AS only_one FROM {bench.quoted(table)}")
    found = describe(bench, view)
    assert (found.kind, names(found), found.row_key) == ("view", ["only_one"], [])
    assert "only_one" in found.ddl and "only_one" in bench.open().source(Routine(view), bench.schema)
    assert [[str(cell) for cell in row] for row in select(bench, bench.open(), view)[1]] == [["4"]]


def test_a_view_over_a_missing_table_tells_in_the_engines_words(bench: Bench) -> None:
    bench.needs(bench.spelling.broken_view, "views over missing tables")
    table, view = bench.table(f"id {bench.spelling.integer}"), bench.fresh("v")
    bench.run(*(bench.spelled(text, table, view) for text in bench.spelling.broken_view))
    session = bench.open()
    assert view in [item.name for item in session.catalog(bench.schema, columns=True).schemas[0].tables]
    found = session.table(bench.schema, view)
    assert found.ddl or found.warnings
    told = problem_of(lambda: rows(session.execute(f"SELECT * FROM {bench.quoted(view)}")))
    assert told.code == "sql.error" and (table in told.detail or view in told.detail)
    bench.run(f"DROP VIEW {bench.quoted(view)}")


def test_as_many_columns_as_the_engine_takes(bench: Bench) -> None:
    count = bench.spelling.most_columns
    table = bench.table(*(f"c{i} {bench.spelling.integer}" for i in range(count)))
    bench.run(f"INSERT INTO {bench.quoted(table)} VALUES ({', '.join(map(str, range(count)))})")
    found, cells = select(bench, bench.open(), table)
    assert [column.name for column in found] == [f"c{i}" for i in range(count)]
    assert [str(cell) for cell in cells[0]] == list(map(str, range(count)))


def test_foreign_keys_from_both_ends(bench: Bench) -> None:
    bench.needs(bench.spelling.foreign_keys, "foreign keys")
    s = bench.spelling
    parent = bench.table(
        f"a {s.integer} NOT NULL", f"b {s.integer} NOT NULL", f"c {s.integer} UNIQUE", "PRIMARY KEY (a, b)"
    )
    child = bench.table(
        f"id {s.integer} NOT NULL PRIMARY KEY",
        f"x {s.integer}",
        f"y {s.integer}",
        f"z {s.integer}",
        f"CONSTRAINT {bench.fresh('fk')} FOREIGN KEY (y, x) REFERENCES {bench.grammar.name(parent)} (a, b)",
        f"CONSTRAINT one_{child_suffix(parent)} FOREIGN KEY (z) REFERENCES {bench.grammar.name(parent)} (c)",
    )
    keys = {tuple(key.columns): key for key in describe(bench, child).foreign_keys}
    assert (keys["y", "x"].target, keys["y", "x"].target_columns) == (parent, ["a", "b"])
    assert keys["z",].target_columns == ["c"]
    if s.keeps_constraint_names:
        assert keys["z",].name == f"one_{child_suffix(parent)}"
    assert keys["z",].target_schema in ("", bench.schema)
    column = next(c for c in describe(bench, child).columns if c.name == "z")
    assert column.references and (column.references.table, column.references.column) == (parent, "c")
    found = {tuple(ref.columns): ref for ref in describe(bench, parent).references}
    assert {key: (ref.table, ref.target_columns) for key, ref in found.items()} == {
        ("y", "x"): (child, ["a", "b"]),
        ("z",): (child, ["c"]),
    }


def child_suffix(parent: str) -> str:
    return parent.rpartition("_")[2]


def test_indexes_with_conditions_and_expressions(bench: Bench) -> None:
    s = bench.spelling
    table = bench.table(f"a {s.integer}", f"b {s.key_text}")
    plain, partial, expression = (bench.fresh(word) for word in ("plain", "partial", "expr"))
    bench.run(f"CREATE UNIQUE INDEX {bench.grammar.name(plain)} ON {bench.grammar.name(table)} (b, a)")
    for text, name in ((s.partial_index, partial), (s.expression_index, expression)):
        if text:
            bench.run(text.format(name=bench.grammar.name(name), table=bench.grammar.name(table)))
    found = {index.name: index for index in describe(bench, table).indexes}
    assert (found[plain].columns, found[plain].unique, found[plain].where) == (["b", "a"], True, "")
    assert not found[plain].primary
    if s.partial_index:
        assert found[partial].columns == ["a"] and "5" in found[partial].where
        assert not found[partial].unique
    if s.expression_index:
        assert len(found[expression].columns) == 1 and "lower" in found[expression].columns[0].lower()


def test_checks(bench: Bench) -> None:
    bench.needs(bench.spelling.checks, "check constraints")
    name = bench.fresh("positive")
    table = bench.table(f"a {bench.spelling.integer}", f"CONSTRAINT {name} CHECK (a > 40)")
    checks = describe(bench, table).checks
    assert len(checks) == 1 and "40" in checks[0].sql
    if bench.spelling.keeps_constraint_names:
        assert checks[0].name == name


def test_triggers_with_their_source(bench: Bench) -> None:
    bench.needs(bench.spelling.trigger, "triggers")
    table, trigger = bench.table(f"a {bench.spelling.integer}"), bench.fresh("trg")
    for text in bench.spelling.trigger:
        bench.run(text.format(table=bench.quoted(table), name=bench.grammar.name(trigger)))
    found = describe(bench, table).triggers
    assert [item.name for item in found] == [trigger] and "INSERT" in found[0].sql.upper()
    routines = bench.open().catalog(bench.schema).schemas[0].routines
    listed = next(item for item in routines if item.name == trigger and item.kind == "trigger")
    assert listed.table == table
    assert trigger in bench.open().source(listed, bench.schema)


def test_routines_with_their_source(bench: Bench) -> None:
    bench.needs(bench.spelling.routine, "stored functions")
    name = bench.fresh("fn")
    bench.run(*(bench.spelled(text, name=name) for text in bench.spelling.routine))
    routines = bench.open().catalog(bench.schema).schemas[0].routines
    listed = next(item for item in routines if item.name == name)
    assert listed.kind == "function"
    assert "12345" in bench.open().source(listed, bench.schema)


def test_ddl_rebuilds_the_table(bench: Bench) -> None:
    s = bench.spelling
    table = bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"a {s.key_text} DEFAULT 'it''s'")
    before = describe(bench, table)
    assert before.ddl
    bench.run(f"DROP TABLE {bench.quoted(table)}")
    bench.run(*filter(str.strip, before.ddl.split(";\n")))
    after = describe(bench, table)
    assert (names(after), after.primary_key) == (names(before), ["id"])
    assert [(c.type, c.nullable, c.default) for c in after.columns] == [
        (c.type, c.nullable, c.default) for c in before.columns
    ]


def test_estimates_are_near_and_say_where_they_come_from(bench: Bench) -> None:
    table = bench.table(f"id {bench.spelling.integer} NOT NULL PRIMARY KEY")
    bench.run(f"INSERT INTO {bench.quoted(table)} {bench.spelling.numbers.format(count=3000)}")
    if not bench.subject.engine.capabilities.estimates:
        count, reason = bench.open().estimate(bench.schema, table)
        assert count is None and reason
        return
    if bench.spelling.analyze:
        bench.run(bench.spelled(bench.spelling.analyze, table))
    count, method = bench.open().estimate(bench.schema, table)
    assert count is not None and 2000 <= count <= 4500 and method


def test_a_view_has_no_estimate_but_the_planners(bench: Bench) -> None:
    view = bench.fresh("v")
    bench.run(f"CREATE VIEW {bench.quoted(view)} AS {bench.spelling.numbers.format(count=5)}")
    count, reason = bench.open().estimate(bench.schema, view)
    assert reason and (count is None or "EXPLAIN" in reason)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE {name} (x INTEGER)", "ALTER TABLE {table} ADD extra INTEGER"]
)
def test_signature_changes_with_the_schema_and_not_with_rows(bench: Bench, statement: str) -> None:
    table = bench.table(f"a {bench.spelling.integer}")
    session = bench.open()
    before = session.signature()
    if not before:
        pytest.skip("not applicable: the engine has no cheap schema version")
    bench.run(f"INSERT INTO {bench.quoted(table)} VALUES (1)")
    assert session.signature() == before
    bench.run(bench.spelled(statement, table))
    assert session.signature() != before
