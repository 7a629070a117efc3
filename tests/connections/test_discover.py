"""Connections found in project files, without running the project."""

from __future__ import annotations

import sqlite3

import pytest

from embedded_server.connections.discover import discover_in
from embedded_server.targets import class_of, split_secret


def found(folder):
    return {entry.url: (entry.source, entry.secret) for entry in discover_in(folder)}


def test_each_kind_of_file(tmp_path):
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nsqlalchemy.url = postgresql://u:p%%40ss@localhost/ini\n"
    )
    (tmp_path / ".env").write_text(
        "# DATABASE_URL=postgresql://commented@x/y\n"
        "export DATABASE_URL='mysql+pymysql://root:s3@127.0.0.1/env' # c\n"
        "DEBUG=1\nTEST_DB_URI=postgres://u@db.example/short\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.thing]\ndsn = "postgresql+psycopg://toml@localhost/toml"\n'
    )
    (tmp_path / "config.py").write_text(
        "import os\nopen('/nonexistent')\nURI = os.environ.get('X') or 'postgresql://py@localhost/py'\n"
    )
    assert found(tmp_path) == {
        "postgresql://u@localhost/ini": ("alembic.ini:2", "p@ss"),
        "mysql+pymysql://root@127.0.0.1/env": (".env:2", "s3"),
        "postgresql://u@db.example/short": (".env:4", None),
        "postgresql+psycopg://toml@localhost/toml": ("pyproject.toml:2", None),
        "postgresql://py@localhost/py": ("config.py:3", None),
    }


def test_sqlite_files_by_content_and_relative_urls(tmp_path):
    (tmp_path / "instance").mkdir()
    with sqlite3.connect(tmp_path / "instance" / "app.db") as connection:
        connection.execute("create table t(x)")
    connection.close()
    (tmp_path / "fake.db").write_text("not a database")
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///app.db\nOTHER_DB_URL=sqlite:///gone.db\n")
    assert found(tmp_path) == {f"sqlite:///{tmp_path}/instance/app.db": (".env:1", None)}


@pytest.mark.parametrize("text", ["[alembic\nx", "= = =\n", "\x00\x01", "[a]\nsqlalchemy.url = %(here)s/x\n"])
def test_broken_files_are_passed_over(tmp_path, text):
    for name in ("alembic.ini", ".env", "pyproject.toml", "config.py"):
        (tmp_path / name).write_text(text)
    assert found(tmp_path) == {}


def test_foreign_folders_are_not_entered(tmp_path):
    for name in ("node_modules", ".venv", "site-packages"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".env").write_text("DATABASE_URL=postgresql://x@localhost/x\n")
    assert found(tmp_path) == {}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:////tmp/x.db", "local"),
        ("postgresql://u@localhost/x", "local"),
        ("postgresql://u@[::1]:5432/x", "local"),
        ("postgresql:///x?host=/run/postgresql", "local"),
        ("postgresql:///x?host=db.example", "shared"),
        ("postgresql:///x?host=localhost,db.example:5433", "shared"),
        ("mysql://u@10.0.0.5/x", "shared"),
        ("postgresql://u@localhost.example.org/x", "shared"),
        ("postgresql://u@127.0.0.1.example.org/x", "shared"),
    ],
)
def test_the_class_of_a_url_is_by_host(url, kind):
    assert class_of(url) == kind


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql://u:p@h/d", ("postgresql://u@h/d", "p")),
        ("postgresql://u:p%40%3A%2F@h/d", ("postgresql://u@h/d", "p@:/")),
        ("postgresql://u@h/d", ("postgresql://u@h/d", None)),
        ("sqlite:////tmp/a:b@c/x.db", ("sqlite:////tmp/a:b@c/x.db", None)),
        ("postgresql://h:5432/d", ("postgresql://h:5432/d", None)),
        ("postgresql://u:@h/d", ("postgresql://u@h/d", "")),
    ],
)
def test_the_password_leaves_the_url(url, parts):
    assert split_secret(url) == parts
