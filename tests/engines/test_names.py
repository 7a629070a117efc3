"""Names of every kind are listed, described, read and filtered as they are."""

from __future__ import annotations

import pytest

from tests.engines.subject import Bench, problem_of, rows, select

NAMES = {
    "double quote": 'a"b',
    "apostrophe": "it's",
    "dot": "a.b",
    "backtick": "a`b",
    "brackets": "a[b]",
    "percent": "100%",
    "percent s": "%s %(x)s",
    "colon": "a:b",
    "question mark": "a?b",
    "semicolon": "a;b--",
    "comment": "a/*b*/",
    "emoji": "🦆",
    "right to left": "שלום",
    "umlauts": "Größe",
    "blank inside": "two words",
    "blank before": " lead",
    "keyword": "select",
    "capitals": "MixedCase",
    "line break": "a\nb",
    "backslash": "a\\b",
    "dollar": "$1",
    "braces": "{x}",
    "digit": "1st",
    "longest": "n" * 63,
    "64 bytes": "n" * 64,
    "longest with umlauts": "ä" * 31,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=[key.replace(" ", "_") for key in NAMES])
def test_a_name_is_taken_literally(bench: Bench, name: str) -> None:
    bench.needs(len(name.encode()) <= bench.spelling.longest_name, "names as long as this")
    if not bench.subject.allows(name):
        assert problem_of(
            lambda: bench.table(f"{bench.grammar.name(name)} {bench.spelling.integer}", name=name)
        )
        return
    column = bench.grammar.name(name)
    bench.table(f"{column} {bench.spelling.integer}", values=["(41)", "(42)"], name=name)
    try:
        session = bench.open()
        tables = [table.name for table in session.catalog(bench.schema).schemas[0].tables]
        assert name in tables
        found, cells = select(bench, session, name, order=f"ORDER BY {column}")
        assert [c.name for c in found] == [name]
        assert [int(str(row[0])) for row in cells] == [41, 42]
        value = bench.grammar.value(found[0], cells[1][0])
        where = f"{bench.grammar.operand(found[0])} = {value.sql}"
        sql = f"SELECT count(*) FROM {bench.quoted(name)} WHERE {where}"
        assert str(rows(session.execute(sql, value.params))[0][0]) == "1"
        session.close()
    finally:
        bench.run(f"DROP TABLE {bench.quoted(name)}")


def test_case_twins_are_two_tables(bench: Bench) -> None:
    bench.needs(bench.spelling.case_twins, "names that differ only in case")
    for name, number in (("Twin", 1), ("twin", 2)):
        bench.table(f"a {bench.spelling.integer}", values=[f"({number})"], name=name)
    session = bench.open()
    for name, number in (("Twin", 1), ("twin", 2)):
        assert session.table(bench.schema, name).table == name
        assert [[str(cell) for cell in row] for row in select(bench, session, name)[1]] == [[str(number)]]


def test_a_missing_column_is_an_error_and_no_text(bench: Bench) -> None:
    bench.needs(bench.spelling.refuses_unknown_names, "quoting that is never text")
    table = bench.table(f"a {bench.spelling.integer}", values=["(1)"])
    session = bench.open()
    sql = f"SELECT {bench.grammar.name('gone')} FROM {bench.quoted(table)}"
    assert problem_of(lambda: rows(session.execute(sql, ()))).code == "sql.error"
