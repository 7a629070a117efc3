"""Reading projects: discovery, the graph, broken files; none of the project's code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.migrations.graph import build, lanes, listed
from embedded_server.migrations.lint import of_graph
from embedded_server.migrations.reader import RevisionFile, parsed
from embedded_server.wire.migrations import (
    GRAPH,
    PROJECTS,
    SETTINGS,
    GraphRequest,
    ProjectsRequest,
    Settings,
    SettingsRequest,
)

from .conftest import DEMO, HEAD, Project, Room

ROOT = Path(__file__).resolve().parents[3]


def test_the_shops_history_is_read(room: Room) -> None:
    found = room.call(GRAPH, GraphRequest(str(DEMO), HEAD))
    assert found.project.kind == "flask" and found.project.settings.app == "shop"
    assert found.project.settings.url_variable == "DATABASE_URL"
    assert [one.revision for one in found.revisions][:2] == [HEAD, "d4e8b3907c16"]
    assert (len(found.revisions), found.heads, found.bases) == (8, [HEAD], ["4a1c7be02d91"])
    assert found.revisions[-1].doc == "First tables: customers, products, orders."
    assert found.revisions[-1].at == "2023-08-14 09:12:44.318224"
    assert found.revisions[0].file.startswith("migrations/versions/2025_06_30_")
    assert "def upgrade()" in found.source and found.findings == [] and found.lanes == 1


def test_branches_merges_labels_and_dependencies(project: Project, room: Room) -> None:
    project.revision("base", branch_labels=("main",))
    project.revision("left", down="base")
    project.revision("right", down="base", depends_on="other")
    project.revision("join", down=("left", "right"))
    project.revision("other", down=None, branch_labels=("second",))
    found = room.call(GRAPH, GraphRequest(str(project.folder)))
    order = [one.revision for one in found.revisions]
    assert found.heads == ["join", "other"] or set(found.heads) == {"join", "other"}
    assert set(found.bases) == {"base", "other"}
    assert order.index("join") < min(order.index("left"), order.index("right"))
    assert order.index("right") < order.index("other")
    by_id = {one.revision: one for one in found.revisions}
    assert by_id["join"].down == ["left", "right"] and by_id["right"].depends_on == ["other"]
    assert by_id["left"].lane != by_id["right"].lane and found.lanes >= 2
    assert not [one for one in found.findings if one.severity == "error"]


def test_files_that_do_not_load_are_findings_and_run_nothing(
    project: Project, room: Room, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    project.revision("a", doc="first")
    project.write(
        "alembic/versions/zz.py",
        f"open({str(mark)!r}, 'w')\nimport nothing_like_this\nrevision = 'b'\n"
        "down_revision = 'a'\ndef upgrade(): pass\n",
    )
    project.write("alembic/versions/broken.py", "revision = 'c'\ndef upgrade(:\n")
    project.write("alembic/versions/computed.py", "import os\nrevision = os.urandom(4).hex()\n")
    project.write("alembic/versions/helper.py", "X = 1\n")
    found = room.call(GRAPH, GraphRequest(str(project.folder)))
    assert {one.revision for one in found.revisions} == {"a", "b"}
    told = {one.file.rsplit("/", 1)[-1]: one for one in found.findings}
    assert set(told) == {"broken.py", "computed.py", "helper.py"}
    assert told["broken.py"].line == 2 and "not valid Python" in told["broken.py"].title
    assert "computes its revision" in told["computed.py"].title and not mark.exists()


def test_cycles_doubles_and_missing_parents_are_told(project: Project, room: Room) -> None:
    project.revision("a", down="c")
    project.revision("b", down="a")
    project.revision("c", down="b")
    project.revision("d", down="gone")
    project.write("alembic/versions/d_again.py", "revision = 'd'\ndown_revision = 'gone'\n")
    found = room.call(GRAPH, GraphRequest(str(project.folder)))
    titles = " | ".join(one.title for one in found.findings)
    assert "in a circle" in titles and "Two files say they are revision d" in titles
    assert "d follows gone, which no file has" in titles
    assert {one.revision for one in found.revisions} == {"a", "b", "c", "d"}
    assert all(one.rule == "L34" for one in found.findings)


def test_two_heads_are_a_finding_unless_labelled(project: Project, room: Room) -> None:
    project.revision("a")
    project.revision("b", down="a")
    project.revision("c", down="a")
    (finding,) = room.call(GRAPH, GraphRequest(str(project.folder))).findings
    assert "2 revisions are heads" in finding.title and finding.severity == "warn"
    assert "upgrade head" in finding.text


def test_hostile_names_stay_text(project: Project, room: Room) -> None:
    name = "x'\"; DROP TABLE a; --\u202e"
    project.revision("a", doc="first")
    project.write(
        "alembic/versions/odd.py", f"revision = {name!r}\ndown_revision = 'a'\ndef upgrade(): pass\n"
    )
    project.write("alembic/versions/bytes.py", "revision = 'c'\n").write_bytes(
        b"revision = 'c'\xff\xfe\n# \x00"
    )
    found = room.call(GRAPH, GraphRequest(str(project.folder)))
    assert name in [one.revision for one in found.revisions]
    assert [one.file for one in found.findings] == ["alembic/versions/bytes.py"]


@pytest.mark.parametrize("kind", ["ini", "pyproject", "plain", "flask"])
def test_projects_are_found_in_every_form(kind: str, tmp_path: Path, room: Room) -> None:
    project = Project(tmp_path / "work" / "app")
    project.revision("a")
    ini = project.folder / "alembic.ini"
    if kind == "pyproject":
        project.write("pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/alembic"\n')
        ini.unlink()
    elif kind == "plain":
        ini.unlink()
    elif kind == "flask":
        ini.rename(project.scripts / "alembic.ini")
        project.scripts.rename(project.folder / "migrations")
        env = project.folder / "migrations" / "env.py"
        env.write_text("from flask import current_app\nmigrate = current_app.extensions['migrate']\n")
        (project.folder / "migrations" / "alembic.ini").write_text("[alembic]\n[loggers]\nkeys=root\n")
        project.write("app.py", "from flask import Flask\napp = Flask(__name__)\n")
    (found,) = room.call(PROJECTS, ProjectsRequest(str(tmp_path / "work"))).projects
    assert found.kind == {"ini": "alembic"}.get(kind, kind) and found.root == str(project.folder)
    assert found.name == "app" and found.settings.app == ("app:app" if kind == "flask" else "")
    graph = room.call(GRAPH, GraphRequest(found.folder))
    assert [one.revision for one in graph.revisions] == ["a"]


def test_version_locations_and_sections(tmp_path: Path, room: Room) -> None:
    project = Project(tmp_path / "p")
    project.revision("a")
    project.write("more/deep/b.py", "revision = 'b'\ndown_revision = 'a'\n")
    project.write(
        "alembic.ini",
        "[alembic]\nscript_location = %(here)s/alembic\nversion_locations = %(here)s/alembic/versions more\n"
        "recursive_version_locations = true\n",
    )
    found = room.call(GRAPH, GraphRequest(str(project.folder)))
    assert {one.revision for one in found.revisions} == {"a", "b"}


def test_a_folder_without_a_project_says_what_was_looked_for(tmp_path: Path, room: Room) -> None:
    refused = room.refused(GRAPH, GraphRequest(str(tmp_path)))
    assert refused.code == "migrations.no_project" and "alembic.ini" in refused.hint
    assert room.refused(GRAPH, GraphRequest("")).code == "migrations.no_project"
    assert room.refused(PROJECTS, ProjectsRequest(str(tmp_path / "none"))).code == "migrations.no_project"
    Project(tmp_path / "one")
    Project(tmp_path / "two")
    refused = room.refused(GRAPH, GraphRequest(str(tmp_path)))
    assert refused.code == "migrations.many_projects" and "one" in refused.detail


def test_projects_and_their_settings_are_remembered(project: Project, room: Room) -> None:
    chosen = Settings(url_variable="MY_URL", variables={"A": "1"})
    room.call(SETTINGS, SettingsRequest(str(project.folder), chosen))
    (found,) = room.call(PROJECTS, ProjectsRequest()).projects
    assert (found.settings.url_variable, found.settings.variables) == ("MY_URL", {"A": "1"})
    room.call(SETTINGS, SettingsRequest(found.folder, forget=True))
    assert room.call(PROJECTS, ProjectsRequest()).projects == []


def test_an_application_that_migrates_on_start_is_noted(project: Project, room: Room) -> None:
    project.write(
        "shop.py",
        "from flask import Flask\nfrom flask_migrate import upgrade\n\n\n"
        "def create_app():\n    app = Flask(__name__)\n    upgrade(directory='x')\n    return app\n",
    )
    (found,) = room.call(PROJECTS, ProjectsRequest(str(project.folder))).projects
    assert "shop.py:7" in found.notes[0]


def test_reading_imports_neither_alembic_nor_the_project() -> None:
    code = (
        "import sys; from pathlib import Path; from embedded_server.migrations.reader import read_file;"
        f"print(read_file(next(Path({str(DEMO / 'migrations/versions')!r}).glob('*.py'))).revision);"
        "print([name for name in ('alembic', 'shop', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.lists(st.integers(0, 11), max_size=3)), max_size=12))
def test_any_graph_is_ordered_and_drawn(edges: list[tuple[int, list[int]]]) -> None:
    files = [
        RevisionFile(Path(f"/p/{place}.py"), f"r{name:04}", tuple(f"r{down:04}" for down in downs))
        for place, (name, downs) in enumerate(edges)
    ]
    graph = build(Path("/p"), files)
    assert sorted(graph.order) == sorted({file.revision for file in files})
    columns = lanes(graph)
    assert set(columns) == set(graph.order) and min(columns.values(), default=0) == 0
    place = {name: number for number, name in enumerate(graph.order)}
    loose = set(graph.cyclic)
    for name in graph.order:
        for parent in graph.parents(name):
            assert place[parent] > place[name] or {name, parent} & loose
    assert len(listed(graph)) == len(graph.order) and isinstance(of_graph(graph), list)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert parsed(Path("x.py"), text).problem
