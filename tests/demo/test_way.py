"""The demo without a display takes the whole way; what it says of itself is checked from outside.

The checks read the database, the project's folder and report.json, and nothing else.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest

from tests.runner.changes import ROOT

STATIONS = [
    "captured", "explained", "before", "index", "migration", "rehearsed", "applied", "replayed", "verdict",
]  # fmt: skip
INDEX = ["status", "created_at"]


class Wrong(Exception):
    """The report says something that is not so."""


def check(condition: object, what: str) -> None:
    if not condition:
        raise Wrong(what)


def confirm(out: Path) -> None:
    """Every station of the way, from outside. Raises Wrong."""
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    steps = {step["name"]: step for step in report["steps"]}
    for name in STATIONS:
        step = steps.get(f"way-{name}")
        check(step and step["ok"], f"{name} did not happen: {step and step['error']}")
        check(
            all((out / one["file"]).stat().st_size > 10_000 for one in step["pictures"]), f"{name}: pictures"
        )
    facts = {name: steps[f"way-{name}"]["facts"] for name in STATIONS}
    confirm_database(out / "demo.db", facts["migration"]["revision"])
    confirm_project(Path(facts["migration"]["project"]), facts["migration"])
    confirm_times(facts)


def confirm_database(path: Path, revision: str) -> None:
    """The shop's data is there, the index exists and is used, the database stands at the revision."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        (orders,) = database.execute("SELECT count(*) FROM orders").fetchone()
        check(orders > 1000, f"only {orders} orders")
        check(
            database.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)], "version"
        )
        names = [row[1] for row in database.execute("PRAGMA index_list(orders)")]
        columns = [[row[2] for row in database.execute(f"PRAGMA index_info('{name}')")] for name in names]
        check(INDEX in columns, f"no index on {INDEX}")
        query = (
            "EXPLAIN QUERY PLAN SELECT * FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 20"
        )
        plan = " ".join(row[3] for row in database.execute(query))
        check("USING INDEX" in plan and "TEMP B-TREE" not in plan, plan)


def confirm_project(folder: Path, said: dict) -> None:
    """The revision's file creates that index and nothing else."""
    files = [path for path in (folder / "versions").glob("*.py") if said["revision"] in path.name]
    check(len(files) == 1, f"{len(files)} files of {said['revision']}")
    text = files[0].read_text(encoding="utf-8")
    check(text.count("op.") == 2 and "create_index" in text and "drop_index" in text, text)
    check(said["revision"] in text and all(name in text for name in INDEX), text)


def confirm_times(facts: dict) -> None:
    """40 and 40 timings, the same answers, the same statements, a gain that the numbers bear out."""
    before, after = facts["before"], facts["replayed"]
    check(len(before["milliseconds"]) == len(after["milliseconds"]) == 40, "not 40 and 40 timings")
    check(before["statuses"] == after["statuses"] == [200], "statuses")
    check(median(after["milliseconds"]) < median(before["milliseconds"]), "not faster by its own numbers")
    check(
        before["statements"] == after["statements"] and sum(before["statements"].values()) == 21, "statements"
    )
    check("Faster" in facts["verdict"]["text"] and "unchanged" in facts["verdict"]["text"], "verdict")
    check(facts["explained"]["plan"][0]["hot"] and facts["index"]["stage"] == "measured", "plan or stage")


def demo(out: Path, database: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "demo", "--out", str(out), "--database", database]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.timeout(300)
def test_the_demo_takes_the_whole_way(full_size: Path, tmp_path: Path) -> None:
    done = demo(tmp_path, str(full_size))
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-3000:]
    confirm(tmp_path)
    with closing(sqlite3.connect(tmp_path / "demo.db")) as database:
        database.execute("DROP INDEX ix_orders_status_created_at")
    with pytest.raises(Wrong, match="no index"):
        confirm(tmp_path)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_the_shops_data_the_demo_fails(full_size: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    with closing(sqlite3.connect(full_size)) as source, closing(sqlite3.connect(empty)) as target:
        source.backup(target)
        target.execute("DROP TABLE orders")
        target.commit()
    begin = time.monotonic()
    done = demo(tmp_path / "out", str(empty))
    assert time.monotonic() - begin < 45, "an application that does not start is not waited for"
    assert done.returncode == 1 and "is its data there?" in done.stderr
    with pytest.raises(Wrong, match="captured did not happen"):
        confirm(tmp_path / "out")
