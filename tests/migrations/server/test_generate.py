"""New revisions: from an accepted index, from models; never over a file, never with foreign code inside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.migrations.code import indented, rendered
from embedded_server.wire.migration_runs import APPLY, GENERATE, ApplyRequest, GenerateRequest
from embedded_server.wire.migrations import GRAPH, GraphRequest
from embedded_server.wire.problem import ProblemError

from .conftest import HEAD, Project, Room, rows, run, sqlite_url

INDEX = {"op": "create_index", "table": "t", "name": "ix_t_a", "columns": ["a"]}


def test_an_index_is_written_with_the_projects_template(url: str, shop: Path, room: Room) -> None:
    index = {"op": "create_index", "table": "orders", "columns": ["status", "created_at"]}
    asked = GenerateRequest(str(shop), url, "orders by status", [index], origin="trace1")
    shown = room.call(GENERATE, GenerateRequest(str(shop), url, "orders by status", [index], dry_run=True))
    assert shown.file.endswith("_orders_by_status.py") and not (shop / shown.file).exists()
    made = room.call(GENERATE, asked)
    path = shop / made.file
    assert path.read_text() == made.source and f"revision = '{made.revision}'" in made.source
    assert path.name.startswith("20") and path.name.endswith("_orders_by_status.py")
    concurrently = url.startswith("postgresql")
    assert (
        ("autocommit_block" in made.source) is concurrently is ("postgresql_concurrently=True" in made.source)
    )
    graph = room.call(GRAPH, GraphRequest(str(shop)))
    assert graph.heads == [made.revision] and graph.revisions[0].down == [HEAD]
    (step,) = room.services.store.steps.of("trace1")
    assert step.kind == "migration" and step.facts["file"] == made.file
    assert room.call(APPLY, ApplyRequest(str(shop), url, backup=False))[-1].kind == "done"
    if concurrently:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_orders_status_created_at'::regclass"
        assert rows(url, valid) == [(True,)]
    else:
        assert rows(url, "SELECT count(*) FROM sqlite_master WHERE name = 'ix_orders_status_created_at'") == [
            (1,)
        ]
    assert (
        room.call(APPLY, ApplyRequest(str(shop), url, direction="downgrade", backup=False))[-1].kind == "done"
    )


def test_partial_expression_and_include(project: Project, room: Room, pg_database: str) -> None:
    run(pg_database, 'CREATE TABLE t (a text, "b:c" text, d int)')
    project.revision("aaaa")
    index = INDEX | {
        "columns": ["lower(a)", {"column": "b:c"}, "d DESC"],
        "where": "a <> ':x'",
        "include": ["d"],
        "unique": True,
    }
    room.call(GENERATE, GenerateRequest(str(project.folder), pg_database, "odd", [index]))
    assert room.call(APPLY, ApplyRequest(str(project.folder), pg_database, backup=False))[-1].kind == "done"
    ((definition,),) = rows(pg_database, "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_t_a'")
    assert "UNIQUE" in definition and 'lower(a), "b:c", d DESC' in definition
    assert "INCLUDE (d)" in definition and "':x'" in definition


def test_a_file_is_never_overwritten(project: Project, room: Room, tmp_path: Path) -> None:
    project.revision("aaaa")
    project.write("alembic.ini", "[alembic]\nscript_location = alembic\nfile_template = same_%%(slug)s\n")
    there = project.write("alembic/versions/same_add_it.py", "revision = 'bbbb'\ndown_revision = 'aaaa'\n")
    asked = GenerateRequest(str(project.folder), sqlite_url(tmp_path / "a.db"), "add it", [INDEX])
    refused = room.refused(GENERATE, asked)
    assert refused.code == "migrations.exists" and "same_add_it.py" in refused.detail
    assert there.read_text() == "revision = 'bbbb'\ndown_revision = 'aaaa'\n"


@pytest.mark.parametrize("message", ["a\nb", 'a""" + x + """', "back\\slash", "x" * 201, "nul\0"])
def test_messages_cannot_become_code(message: str, project: Project, room: Room) -> None:
    project.revision("aaaa")
    refused = room.refused(GENERATE, GenerateRequest(str(project.folder), "", message, [INDEX]))
    assert refused.code == "request.invalid" and len(list((project.scripts / "versions").glob("*.py"))) == 1


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"op": "drop_database"},
        {"op": "create_index", "table": "t"},
        INDEX | {"columns": [1]},
        INDEX | {"table": ""},
    ],
)
def test_operations_that_are_none(operation: dict, project: Project, room: Room) -> None:
    project.revision("aaaa")
    refused = room.refused(GENERATE, GenerateRequest(str(project.folder), "", "x", [operation]))
    assert refused.code == "request.invalid" and refused.detail


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30), st.sampled_from(["", "postgresql"])
)
def test_any_name_stays_a_name(table: str, column: str, engine: str) -> None:
    try:
        made = rendered({"op": "create_index", "table": table, "columns": [column], "where": column}, engine)
    except ProblemError:
        return
    tree = ast.parse(f"def upgrade():\n    {indented([made.upgrade, made.downgrade])}\n")
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert {node.func.attr for node in calls} <= {
        "create_index",
        "drop_index",
        "text",
        "literal_column",
        "get_context",
        "autocommit_block",
    }
    create = next(node for node in calls if node.func.attr == "create_index")
    assert ast.literal_eval(create.args[1]) == table


MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
number = sa.Column("n", sa.Integer)
sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text), number)
sa.Table("u", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""


def with_models(project: Project) -> None:
    project.write("models.py", MODELS)
    env = project.scripts / "env.py"
    text = env.read_text().replace(
        "target_metadata = None", "import models\ntarget_metadata = models.metadata"
    )
    env.write_text(text)
    project.revision(
        "aaaa",
        'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))',
    )


def test_operations_from_models_are_accepted_one_by_one(url: str, project: Project, room: Room) -> None:
    with_models(project)
    assert room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False))[-1].kind == "done"
    shown = room.call(GENERATE, GenerateRequest(str(project.folder), url, models=True, dry_run=True))
    titles = {one.title: one.key for one in shown.operations}
    assert set(titles) == {"Create table u", "Add column t.n"} and shown.tables == 2
    assert "create_table('u'" in shown.source and len(list((project.scripts / "versions").glob("*.py"))) == 1
    accept = [titles["Add column t.n"]]
    made = room.call(
        GENERATE, GenerateRequest(str(project.folder), url, "count them", models=True, accept=accept)
    )
    assert "add_column" in made.source and "create_table" not in made.source
    assert "drop_column" in made.source.split("def downgrade")[1]
    assert room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False))[-1].kind == "done"
    assert rows(url, "SELECT n FROM t") == []
    again = room.call(GENERATE, GenerateRequest(str(project.folder), url, models=True, dry_run=True))
    assert [one.title for one in again.operations] == ["Create table u"]


def test_models_against_a_database_that_lacks_revisions(url: str, project: Project, room: Room) -> None:
    with_models(project)
    refused = room.refused(GENERATE, GenerateRequest(str(project.folder), url, models=True, dry_run=True))
    assert refused.code == "migrations.behind" and "Apply the pending" in refused.hint


def test_models_that_env_does_not_see_are_told(project: Project, room: Room, tmp_path: Path) -> None:
    with_models(project)
    project.write("models.py", "import sqlalchemy as sa\nmetadata = sa.MetaData()\n")
    url = sqlite_url(tmp_path / "a.db")
    assert room.call(APPLY, ApplyRequest(str(project.folder), url, backup=False))[-1].kind == "done"
    shown = room.call(GENERATE, GenerateRequest(str(project.folder), url, models=True, dry_run=True))
    assert shown.tables == 0 and "sees no tables" in shown.notes[0]
    assert [one.title for one in shown.operations] == ["Drop table t"]
    assert shown.findings[0].rule == "L13"


def test_the_shop_agrees_with_its_models(url: str, shop: Path, room: Room) -> None:
    room.call(APPLY, ApplyRequest(str(shop), url, backup=False))
    shown = room.call(GENERATE, GenerateRequest(str(shop), url, models=True, dry_run=True))
    assert shown.operations == [] and shown.source == "" and shown.tables == 11


def test_an_index_in_another_schema(project: Project, room: Room, pg_database: str) -> None:
    run(pg_database, "CREATE SCHEMA sales", "CREATE TABLE sales.t (a text)", "CREATE TABLE public.u (a text)")
    run(pg_database, "INSERT INTO sales.t SELECT 'x' FROM generate_series(1, 20000)")
    project.revision("aaaa")
    index = INDEX | {"schema": "sales"}
    made = room.call(GENERATE, GenerateRequest(str(project.folder), pg_database, "one", [index]))
    assert "schema='sales'" in made.source
    again = INDEX | {"table": "u", "name": "ix_u_a", "schema": "public"}
    plain = room.call(GENERATE, GenerateRequest(str(project.folder), pg_database, "two", [again]))
    assert "schema" not in plain.source, "the default schema is not named"
    assert room.call(APPLY, ApplyRequest(str(project.folder), pg_database, backup=False))[-1].kind == "done"
    found = rows(
        pg_database, "SELECT schemaname, indexname FROM pg_indexes WHERE indexname IN ('ix_t_a', 'ix_u_a')"
    )
    assert sorted(found) == [("public", "ix_u_a"), ("sales", "ix_t_a")]
