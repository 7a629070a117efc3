"""The runner in a real child: the guard, read-only sessions, events, projects that misbehave."""

from __future__ import annotations

import ast
import contextlib
import queue
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from embedded_server.jobs import Call
from embedded_server.migrations.place import parts_of
from embedded_server.migrations.runner import FOLDER, events, job_of, running
from embedded_server.migrations.service import project_of
from embedded_server.services import Services
from embedded_server.wire.problem import Problem, ProblemError

from .conftest import HEAD, PYTHON, Project, rows, sqlite_url

CREATE = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True))'


def drive(services: Services, folder: Path, url: str, **more: Any) -> list[dict[str, Any]]:
    """Everything a child tells about an upgrade to head."""
    call = Call("run", "test", services)
    project = project_of(str(folder), call)
    fields = {"direction": "upgrade", "revision": "head", "read_only": False} | more
    job = job_of(project, fields.pop("do", "run"), target=parts_of(services.target(url)[1]), **fields)
    with running(PYTHON, job) as runner:
        return list(events(runner, call))


def refused(services: Services, folder: Path, url: str, **more: Any) -> Problem:
    with pytest.raises(ProblemError) as caught:
        drive(services, folder, url, **more)
    return caught.value.problem


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event["ev"] for event in told]


def test_helper_is_python_3_8_and_imports_nothing_of_ours() -> None:
    for path in (FOLDER / "backlight_runner").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").split(".")[0] not in ("embedded_server", "desktop"), path
            assert not isinstance(node, ast.Match), path


def test_the_shop_is_migrated_step_by_step(url: str, shop: Path, services: Services) -> None:
    told = drive(services, shop, url)
    plan = next(event for event in told if event["ev"] == "plan")
    assert len(plan["revisions"]) == 8 and plan["per_revision"] and plan["transactional"]
    assert kinds(told).count("revision") == kinds(told).count("revision_done") == 8
    statements = [event for event in told if event["ev"] == "statement"]
    assert any("CREATE TABLE customers" in event["sql"] for event in statements)
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_a_rehearsal_leaves_nothing(url: str, shop: Path, services: Services) -> None:
    told = drive(services, shop, url, dry=True)
    assert kinds(told)[-2:] == ["rolled_back", "done"] and kinds(told).count("revision_done") == 8
    if url.startswith("sqlite"):
        assert rows(url, "SELECT name FROM sqlite_master") == []
    else:
        assert rows(url, "SELECT relname FROM pg_class WHERE relname = 'customers'") == []


def test_another_database_is_refused_before_it_is_touched(
    project: Project, services: Services, tmp_path: Path
) -> None:
    project.revision("a", CREATE)
    other = tmp_path / "other.db"
    env = project.scripts / "env.py"
    env.write_text(
        "from alembic import context\nfrom sqlalchemy import create_engine\n"
        f"with create_engine('sqlite:///{other}').connect() as connection:\n"
        "    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    )
    url = sqlite_url(tmp_path / "mine.db")
    told = refused(services, project.folder, url)
    assert told.code == "migrations.other_database" and str(other) in told.detail
    assert not other.exists() and rows(url, "SELECT name FROM sqlite_master") == []
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE kept (a)")
    assert refused(services, project.folder, url).code == "migrations.other_database"
    assert rows(f"sqlite:///{other}", "SELECT name FROM sqlite_master") == [("kept",)]
    redirected = drive(services, project.folder, url, redirect=True)
    assert "redirected" in kinds(redirected)
    assert ("t",) in rows(url, "SELECT name FROM sqlite_master")
    assert rows(f"sqlite:///{other}", "SELECT name FROM sqlite_master") == [("kept",)]


def test_an_engine_of_another_family_is_refused(
    project: Project, services: Services, tmp_path: Path, pg_database: str
) -> None:
    project.revision("a", CREATE)
    env = project.scripts / "env.py"
    env.write_text(
        env.read_text().replace(
            "config.get_section(config.config_ini_section, {})",
            f"{{'sqlalchemy.url': 'sqlite:///{tmp_path}/z.db'}}",
        )
    )
    told = refused(services, project.folder, pg_database, redirect=True)
    assert told.code == "migrations.other_database" and not (tmp_path / "z.db").exists()


def test_a_project_that_migrates_on_start_cannot_while_looked_at(
    url: str, shop: Path, services: Services
) -> None:
    package = shop / "shop" / "__init__.py"
    package.write_text(
        package.read_text().replace(
            "    return app\n",
            "    with app.app_context():\n        import flask_migrate\n"
            "        flask_migrate.upgrade(str(MIGRATIONS))\n"
            "    return app\n",
        )
    )
    told = refused(services, shop, url, do="autogenerate", read_only=True)
    assert told.code in ("migrations.wrote", "migrations.failed"), told
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        rows(url, "SELECT * FROM alembic_version")


def test_what_does_not_import_is_told_with_its_place(
    project: Project, services: Services, tmp_path: Path
) -> None:
    project.revision("a", CREATE)
    env = project.scripts / "env.py"
    env.write_text("import no_such_library\n" + env.read_text())
    told = refused(services, project.folder, sqlite_url(tmp_path / "a.db"))
    assert told.code == "migrations.import" and "no_such_library" in told.detail and "env.py:1" in told.detail


def test_prints_and_exits_of_the_project_do_not_disturb(
    project: Project, services: Services, tmp_path: Path
) -> None:
    project.revision("a", 'print(\'{"ev": "done"}\', flush=True)\n' + CREATE)
    url = sqlite_url(tmp_path / "a.db")
    told = drive(services, project.folder, url)
    assert kinds(told).count("done") == 1
    project.revision("b", "import os\nos._exit(7)")
    assert "unexpectedly" in refused(services, project.folder, url).title


def test_percent_signs_and_blanks_in_a_path(project: Project, services: Services, tmp_path: Path) -> None:
    project.revision("a", CREATE)
    (tmp_path / "50% of x").mkdir()
    url = sqlite_url(tmp_path / "50% of x" / "a.db")
    drive(services, project.folder, url)
    with contextlib.closing(sqlite3.connect(tmp_path / "50% of x" / "a.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("a",)]


def test_a_failed_revision_on_sqlite_is_undone_alone(
    project: Project, services: Services, tmp_path: Path
) -> None:
    project.revision("a", CREATE)
    project.revision("b", 'op.add_column("t", sa.Column("x", sa.Integer()))\nop.execute("SELECT nonsense")')
    url = sqlite_url(tmp_path / "a.db")
    told = refused(services, project.folder, url)
    assert told.code == "migrations.failed" and "nonsense" in told.detail
    assert rows(url, "SELECT version_num FROM alembic_version") == [("a",)]
    assert [row[1] for row in rows(url, "PRAGMA table_info(t)")] == ["id"]


def test_a_child_ends_with_its_server(project: Project, services: Services, tmp_path: Path) -> None:
    project.revision("a", CREATE)
    call = Call("run", "test", services)
    job = job_of(project_of(str(project.folder), call), "hello")
    with running(PYTHON, job) as runner:
        assert runner.next(20)["ev"] == "hello"
        with contextlib.suppress(queue.Empty):
            assert runner.next(20) is None  # the end
    assert runner.process.returncode == 0


def test_a_second_apply_is_refused(pg_database: str, project: Project, services: Services) -> None:
    project.revision("a", CREATE)
    import psycopg  # noqa: PLC0415  # lazy: another client holds the lock
    from sqlalchemy import make_url  # noqa: PLC0415  # lazy: see above

    place = make_url(pg_database)
    found = (
        place.set(drivername="postgresql+psycopg")
        .get_dialect()()
        .create_connect_args(place.set(drivername="postgresql+psycopg"))[1]
    )
    with psycopg.connect(**found) as holder:
        holder.execute("SELECT pg_advisory_lock(727274, 1)")
        assert refused(services, project.folder, pg_database).code == "migrations.busy"
    drive(services, project.folder, pg_database)
    assert rows(pg_database, "SELECT version_num FROM alembic_version") == [("a",)]
