"""A million rows of ten columns to CSV and back, against the databases' own tools."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from embedded_server.http_caller import HttpCaller
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.data import scratch

ROWS = 1_000_000
# Of these a tool that keeps rows would need hundreds.
GROWTH_MB = 60
COLUMNS = (
    "id integer primary key, customer_id integer, status text, amount numeric(12,2), created_at text, "
    "email text, note text, weight double precision, code text, flags integer"
)
NAMES = "id, customer_id, status, amount, created_at, email, note, weight, code, flags"


def _row(n: int) -> tuple[Any, ...]:
    mixed = n * 2654435761 % 4294967296
    note = f"left at the door, {mixed % 97} times" if n % 3 == 0 else None
    status = ("open", "paid", "sent")[mixed % 3]
    return (
        n, mixed % 50_000, status, mixed % 100_000 / 100, f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d} 10:00:00",
        f"user{mixed}@example.org", note, mixed / 7, f"A-{mixed:x}", n % 8,
    )  # fmt: skip


def wide_sqlite(cache: Path, rows: int) -> Path:
    """A file with the table `wide`, made once."""
    path = cache / f"wide-{rows}.db"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with sqlite3.connect(part) as connection:
            connection.execute(f"CREATE TABLE wide ({COLUMNS})")
            marks = ", ".join("?" * 10)
            connection.executemany(f"INSERT INTO wide VALUES ({marks})", map(_row, range(1, rows + 1)))
        connection.close()
        part.rename(path)
    return path


def _ours(server: HttpCaller, name: str, request: dict[str, Any]) -> Callable[[], Work]:
    def side() -> Work:
        sizes: list[int] = []
        rows = size = 0
        for line in server.call(name, json.dumps(request).encode(), ""):
            sizes.append(_family(server.process.pid))
            event = json.loads(line)
            rows, size = event.get("rows", 0), event.get("bytes", 1)
        # Behind the first events everything that is needed once is there.
        growth = (max(sizes) - min(sizes[1:3], default=sizes[0])) / 1e6
        return Work(rows, size, figures={"growth MB": growth})

    return side


def _family(pid: int) -> int:
    """Memory of a process and its children in bytes."""
    total = 0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _tool(command: list[str], target: Path, text: str = "") -> Side:
    def side() -> Work:
        with target.open("wb") as file:
            subprocess.run(command, input=text.encode(), stdout=file, check=True)
        with target.open("rb") as written:
            lines = sum(block.count(b"\n") for block in iter(lambda: written.read(1 << 20), b""))
        return Work(lines, os.path.getsize(target))

    return side


def _then(before: Callable[[], object], side: Side, rows: Callable[[], int]) -> Side:
    """A side behind something that is not measured, counted by the database."""

    def run() -> Work:
        before()
        done = side()
        return Work(rows(), 1, figures=done.figures)

    return run


def export_sqlite(setting: Setting) -> Iterator[Case]:
    """The CSV of a table."""
    path = wide_sqlite(setting.cache, ROWS)
    with scratch("transfer") as folder:
        out = Path(folder)
        server = HttpCaller(out / "ws")
        request = {"connection": str(path), "table": "wide", "path": str(out / "ours.csv"), "overwrite": True}
        request["options"] = {"header": False}
        sides = {
            "sqlite3": _tool(
                ["sqlite3", "-readonly", "-csv", str(path), "SELECT * FROM wide"], out / "theirs.csv"
            ),
            "backlight": _ours(server, "data.export", request),
        }
        bars = [Bar("backlight", "sqlite3", 2.2), Bar("backlight", what="growth MB", limit=GROWTH_MB)]
        try:
            yield Case("export to CSV, SQLite", sides, ROWS, bars, rounds=3)
        finally:
            server.close()


def import_sqlite(setting: Setting) -> Iterator[Case]:
    """The same file into an empty table."""
    path = wide_sqlite(setting.cache, ROWS)
    with scratch("transfer") as folder:
        out = Path(folder)
        source, target = out / "rows.csv", out / "target.db"
        _tool(["sqlite3", "-readonly", "-csv", "-header", str(path), "SELECT * FROM wide"], source)()
        server = HttpCaller(out / "ws")

        def fresh() -> None:
            target.unlink(missing_ok=True)
            with sqlite3.connect(target) as connection:
                connection.execute(f"CREATE TABLE wide ({COLUMNS})")
            connection.close()

        def count() -> int:
            with sqlite3.connect(target) as connection:
                (found,) = connection.execute("SELECT count(*) FROM wide").fetchone()
            connection.close()
            return int(found)

        command = ["sqlite3", str(target), "-cmd", ".mode csv", f".import --skip 1 {source} wide"]
        request = {"connection": str(target), "table": "wide", "path": str(source)}
        sides = {
            "sqlite3": _then(fresh, _tool(command, out / "log"), count),
            "backlight": _then(fresh, _ours(server, "data.import", request), count),
        }
        bars = [Bar("backlight", "sqlite3", 2.0), Bar("backlight", what="growth MB", limit=GROWTH_MB)]
        try:
            yield Case("import of CSV, SQLite", sides, ROWS, bars, rounds=3)
        finally:
            server.close()


def _fill(conninfo: str, path: Path, source: Path) -> None:
    _tool(["sqlite3", "-readonly", "-csv", str(path), "SELECT * FROM wide"], source)()
    script = f"DROP TABLE IF EXISTS wide; CREATE TABLE wide ({COLUMNS});"
    copy = f"\\copy wide FROM '{source}' WITH (FORMAT csv)"
    subprocess.run(["psql", "-X", "-q", conninfo, "-c", script, "-c", copy], check=True)


def export_postgres(setting: Setting) -> Iterator[Case]:
    """The CSV of a table."""
    path = wide_sqlite(setting.cache, ROWS)
    with scratch("transfer") as folder, setting.orders_postgres() as postgres:
        out = Path(folder)
        _fill(postgres.conninfo(), path, out / "rows.csv")
        server = HttpCaller(out / "ws")
        target = str(out / "ours.csv")
        request = {
            "connection": postgres.server.url("postgres"),
            "table": "wide",
            "path": target,
            "overwrite": True,
        }
        request["options"] = {"header": False}
        copy = f"\\copy wide TO '{out / 'theirs.csv'}' WITH (FORMAT csv)"

        def theirs() -> Work:
            subprocess.run(["psql", "-X", "-q", postgres.conninfo(), "-c", copy], check=True)
            return Work(ROWS, os.path.getsize(out / "theirs.csv"))

        sides: dict[str, Side] = {
            "psql copy": theirs,
            "backlight": _ours(server, "data.export", request),
        }
        bars = [Bar("backlight", "psql copy", 1.1), Bar("backlight", what="growth MB", limit=GROWTH_MB)]
        try:
            yield Case("export to CSV, PostgreSQL", sides, ROWS, bars, rounds=3)
        finally:
            server.close()


def import_postgres(setting: Setting) -> Iterator[Case]:
    """The same file into an empty table."""
    path = wide_sqlite(setting.cache, ROWS)
    with scratch("transfer") as folder, setting.orders_postgres() as postgres:
        out = Path(folder)
        source = out / "rows.csv"
        _fill(postgres.conninfo(), path, source)
        source.write_bytes(NAMES.replace(" ", "").encode() + b"\n" + source.read_bytes())
        server = HttpCaller(out / "ws")
        psql = ["psql", "-X", "-q", "-A", "-t", postgres.conninfo(), "-c"]

        def fresh() -> None:
            subprocess.run([*psql, "TRUNCATE wide"], check=True)

        def count() -> int:
            done = subprocess.run([*psql, "SELECT count(*) FROM wide"], stdout=subprocess.PIPE, check=True)
            return int(done.stdout)

        copy = f"\\copy wide FROM '{source}' WITH (FORMAT csv, HEADER)"
        request = {"connection": postgres.server.url("postgres"), "table": "wide", "path": str(source)}
        sides = {
            "psql copy": _then(fresh, _tool([*psql, copy], out / "log"), count),
            "backlight": _then(fresh, _ours(server, "data.import", request), count),
        }
        bars = [Bar("backlight", "psql copy", 2.0), Bar("backlight", what="growth MB", limit=GROWTH_MB)]
        try:
            yield Case("import of CSV, PostgreSQL", sides, ROWS, bars, rounds=3)
        finally:
            server.close()


CASES: list[CaseMaker] = [export_sqlite, import_sqlite, export_postgres, import_postgres]
