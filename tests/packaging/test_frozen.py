"""The packaged program does its work where there is no Python: most breakages show only when it runs."""

from __future__ import annotations

import json
import re
import sqlite3
import tarfile
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.packaging.conftest import Run

# numpy with its linear algebra, libcurl and ripgrep are a third of it.
MEGABYTES = 400
ENGINES = {"sqlite", "postgresql", "mysql", "duckdb"}
ALLOWED = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software|LGPL|MPL|ISC|ZPL|Zope|Zero|Unlicense|OFL|CC0|Mozilla|CNRI", re.I
)
TEXT_ELSEWHERE = {"PySide6_Essentials", "shiboken6"}  # their wheels carry none; the LGPL and GPL are appended


def test_selftest(run: Run) -> None:
    done = run("selftest", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_every_engine_is_in_it(run: Run) -> None:
    done = run("call", "server.info", "{}")
    assert done.returncode == 0, done.stderr
    engines = {engine["name"]: engine["available"] for engine in json.loads(done.stdout)["engines"]}
    assert {name for name, available in engines.items() if available} >= ENGINES


@pytest.mark.engine("sqlite")
def test_it_browses_a_file(run: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table t(id integer primary key, v)")
        connection.executemany("insert into t(v) values (?)", [("one",), (2.5,), (None,)])
    request = {
        "connection": f"sqlite:///{tmp_path}/shop.db",
        "table": "t",
        "limit": 10,
        "columns": ["id", "v"],
    }
    done = run("call", "data.page", json.dumps(request))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row[:2] for row in json.loads(done.stdout)["rows"]] == [[1, "one"], [2, 2.5], [3, None]]


def test_it_browses_servers(run: Run, pg_url: str, mariadb_url: str) -> None:
    for url, sql, answer in ((pg_url, "select 41 + 1", "42"), (mariadb_url, "select 41 + 1", 42)):
        done = run("call", "console.run", json.dumps({"connection": url, "sql": sql}))
        assert done.returncode == 0, done.stdout + done.stderr
        assert str(answer) in done.stdout


def test_nothing_runs_on_afterwards(run: Run, bundle: Path) -> None:
    run("call", "server.info", "{}")
    left = [p for p in psutil.process_iter(["exe"]) if (p.info["exe"] or "").startswith(str(bundle))]
    assert not left


def sections(bundle: Path) -> list[str]:
    text = (bundle / "THIRD_PARTY_NOTICES.txt").read_text(encoding="utf-8")
    return [part.strip("\n") for part in text.split("=" * 100)]


def test_every_part_has_a_licence_we_may_use_and_its_text(bundle: Path) -> None:
    parts = [part for part in sections(bundle) if "\nLicence: " in part[:200]]
    names = [part.split(" ", 1)[0] for part in parts]
    assert len(names) > 30 and [name for name, times in Counter(names).items() if times > 1] == []
    for name, part in zip(names, parts, strict=True):
        licence = part.split("\n")[1].removeprefix("Licence: ")
        assert ALLOWED.search(licence), f"{name}: {licence}"
        assert name in TEXT_ELSEWHERE or len(part) > 500, f"{name} comes without its licence text"


def test_the_lgpl_is_kept(bundle: Path) -> None:
    """Its text is included, and the libraries under it are files of their own that a user can replace."""
    titles = [part.split("\n")[0] for part in sections(bundle)]
    assert {"GNU LGPL 3", "GNU GPL 3"} <= set(titles)
    assert list(bundle.glob("_internal/PySide6/Qt/lib/libQt6Core.so*"))
    assert list(bundle.glob("_internal/psycopg_binary.libs/libpq*"))


def test_it_stays_small_and_holds_no_tools(bundle: Path) -> None:
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MEGABYTES * 1_000_000
    assert not [path for path in files if path.name.startswith(("libgtk", "libQt6Qml", "libgdk"))]
    assert not {"pytest", "mypy", "hypothesis"} & {path.name for path in bundle.glob("_internal/*")}


def test_the_archive_tells_nothing_of_its_builder(archive: Path) -> None:
    with tarfile.open(archive) as content:
        members = content.getmembers()
    names = [member.name for member in members]
    assert names == sorted(names) and {name.split("/")[0] for name in names} == {names[0].split("/")[0]}
    assert {(member.uid, member.uname, member.mtime) for member in members} == {(0, "", 0)}
