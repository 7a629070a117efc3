"""Every rule on its own example and its near miss, reading operations, severity, suppression."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.migrations.checking import Around, Table
from embedded_server.migrations.graph import build
from embedded_server.migrations.lint import all_rules, of_graph, of_revision
from embedded_server.migrations.operations import from_sql, operations
from embedded_server.migrations.reader import RevisionFile
from embedded_server.wire.migration_runs import PREVIEW, PreviewRequest
from embedded_server.wire.migrations import Finding

from .conftest import Project, Room, run, sqlite_url

WANTED = ("L01", "L02", "L05", "L07", "L09", "L10", "L12", "L13", "L29", "L34")


def source(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"def upgrade():\n{lines}\n\n\ndef downgrade():\n    pass\n"


def told(body: str, engine: str = "postgresql", **tables: Table) -> list[Finding]:
    return of_revision(source(body), Around(engine, tables))[0]


def tables_of(rule: ModuleType) -> dict[str, Table]:
    return {name: Table(exists=True, **facts) for name, facts in rule.TABLES.items()}


def test_the_wanted_rules_are_there_one_file_each() -> None:
    assert tuple(all_rules()) == WANTED
    folder = Path("embedded_server/migrations/rules")
    assert {path.stem.upper() for path in folder.glob("l*.py")} == set(WANTED)


OPERATION_RULES = [name for name in WANTED if name != "L34"]


@pytest.mark.parametrize("name", OPERATION_RULES)
def test_a_rule_finds_its_example_and_not_its_near_miss(name: str) -> None:
    rule = all_rules()[name]
    engine = (rule.ENGINES or ("postgresql",))[0]
    bad = [one for one in told(rule.BAD, engine, **tables_of(rule)) if one.rule == name]
    assert bad and bad[0].line >= 2 and bad[0].title and bad[0].advice
    assert bad[0].severity == "error" or not any(facts.get("rows") for facts in rule.TABLES.values())
    assert [one for one in told(rule.NEAR, engine, **tables_of(rule)) if one.rule == name] == []


def test_the_graph_rule_has_both_too() -> None:
    rule = all_rules()["L34"]
    for example, wrong in ((rule.BAD, True), (rule.NEAR, False)):
        files = [
            RevisionFile(Path(path), revision, (down,) if down else ())
            for path, (revision, down) in example.items()
        ]
        assert bool(of_graph(build(Path(), files))) is wrong


def test_severity_follows_from_the_tables_facts() -> None:
    index = 'op.create_index("ix", "t", ["a"])'
    assert told(index, t=Table(rows=20_000))[0].severity == "error"
    assert told(index, t=Table(rows=50))[0].severity == "info"
    assert told(index)[0].severity == "warn"
    assert told(index, "sqlite", t=Table(rows=20_000)) == []
    drop = 'op.drop_table("t")'
    assert told(drop, t=Table(rows=0))[0].severity == "info"
    assert told(drop, t=Table(rows=1))[0].severity == "error"
    assert "~20,000 rows" in told(index, t=Table(rows=20_000, bytes=10))[0].text


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("sa.String(20)", "sa.String(10)", True),
        ("sa.String(20)", "sa.String()", False),
        ("sa.Text()", "sa.String(20)", True),
        ("sa.Text()", "sa.Text()", False),
        ("sa.Integer()", "sa.String(20)", True),
        ("sa.Numeric(10, 2)", "sa.Numeric(12, 4)", True),
        ("sa.VARCHAR(length=5)", "sa.Unicode(6)", False),
    ],
)
def test_which_changes_of_type_rewrite(old: str, new: str, found: bool) -> None:
    body = f'op.alter_column("t", "a", existing_type={old}, type_={new})'
    assert bool(told(body, t=Table(rows=5))) is found


def test_operations_are_read_through_batches_loops_and_helpers() -> None:
    text = (
        "def columns(table):\n    op.drop_column('helped', 'x')\n\n\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('a') as batch, op.batch_alter_table(table_name) as other:\n"
        "        batch.drop_column('b')\n"
        "        other.add_column(sa.Column('c', sa.Integer(), nullable=False))\n"
        "    for name in ('x', 'y'):\n"
        "        if name:\n            op.create_index(op.f('ix'), 'd', [name], unique=True)\n"
        "    columns('a')\n"
        "    op.execute(sa.text('DROP TABLE \"old\"'))\n"
    )
    found = [(one.kind, one.table, one.line) for one in operations(text)]
    assert found == [
        ("drop_column", "a", 7),
        ("add_column", "", 8),
        ("create_index", "d", 11),
        ("drop_column", "helped", 2),
        ("drop_table", "old", 13),
    ]
    assert operations("def upgrade(:") == [] and operations("x = 1") == []


def test_plain_sql_is_understood_as_far_as_rules_care() -> None:
    def kind(sql: str) -> tuple[str, str]:
        (one,) = from_sql(sql)
        return one.kind, one.table

    assert kind('CREATE UNIQUE INDEX IF NOT EXISTS i ON public."Orders" (a)') == ("create_index", "Orders")
    assert kind("-- why\nDROP TABLE IF EXISTS t") == ("drop_table", "t")
    assert kind("ALTER TABLE t DROP COLUMN c") == ("drop_column", "t")
    assert kind("ALTER TABLE t DROP CONSTRAINT c")[0] != "drop_table"
    assert kind("UPDATE t SET a = 1") == ("execute", "")
    assert told("op.execute('ALTER TABLE t ALTER COLUMN a SET NOT NULL')", t=Table(rows=99))[0].rule == "L07"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_any_sql_is_read_without_an_exception(sql: str) -> None:
    assert len(list(from_sql(sql))) == 1


def test_a_finding_is_suppressed_by_a_reason_alone(project: Project, room: Room, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    run(url, "CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)")
    project.revision("a", '# backlight: ignore L13 the table was copied away\nop.drop_table("t")')
    (found,) = room.call(PREVIEW, PreviewRequest(str(project.folder), url)).findings
    assert found.suppressed == "the table was copied away" and found.severity == "error"
    project.revision("b", '# backlight: ignore L13\nop.drop_table("u")', down="a")
    by_revision = {
        one.revision: one for one in room.call(PREVIEW, PreviewRequest(str(project.folder), url)).findings
    }
    assert by_revision["a"].suppressed and not by_revision["b"].suppressed


def test_facts_are_those_of_the_named_schema(project: Project, room: Room, pg_database: str) -> None:
    run(pg_database, "CREATE SCHEMA sales", "CREATE TABLE sales.t (a text)", "CREATE TABLE t (a text)")
    run(pg_database, "INSERT INTO sales.t SELECT 'x' FROM generate_series(1, 20000)")
    project.revision("aaaa", 'op.create_index("ix", "t", ["a"], schema="sales")')
    (found,) = room.call(PREVIEW, PreviewRequest(str(project.folder), pg_database)).findings
    assert found.rule == "L01" and found.severity == "error" and found.rows > 10_000
