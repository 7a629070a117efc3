"""`main.py selftest`: does this installation work? Prints one JSON object; exit 1 if a check failed.

Most breakages of a packaged program show only when it runs, so each check does the real thing in the
process that will do it later: the server, its engines, the window.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.api.server_process import server_command
from desktop.demo.application import command as demo_command
from embedded_server.wire.child_env import child_env
from embedded_server.wire.scratch import Scratch
from embedded_server.wire.version import VERSION

SECONDS = 120


def main(words: list[str]) -> int:
    """Run all checks (or those named)."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    results: dict[str, Any] = {}
    with Scratch("selftest") as folder:
        for name, check in CHECKS.items():
            if not words or name in words:
                results[name] = _outcome(check, folder)
    failed = sorted(name for name, result in results.items() if not result["ok"])
    print(
        json.dumps({"version": VERSION, "frozen": _frozen(), "checks": results, "failed": failed}, indent=1)
    )
    return 1 if failed else 0


def _outcome(check: Callable[[Path], Any], folder: Path) -> dict[str, Any]:
    try:
        return {"ok": True, "found": check(folder)}
    except Exception as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def _own(mode: str, *words: str) -> list[str]:
    return [*server_command()[:-1], mode, *words]


def _run(command: list[str], text: str = "") -> str:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=dict(os.environ),
    )
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout


def _calls(folder: Path, *calls: tuple[str, dict[str, Any]], server: bool = False) -> list[Any]:
    """The answers of one process, which takes longer to start than to answer."""
    command = _own("call", "--script", "-", "--workspace", str(folder / "workspace"))
    lines = [json.dumps({"name": name, "request": request}) for name, request in calls]
    told = _run(command + ["--server"] * server, "\n".join(lines))
    return [json.loads(line)["response"] for line in told.splitlines()]


def server(folder: Path) -> Any:
    """The server starts as a child and answers over HTTP."""
    (info,) = _calls(folder, ("server.info", {}), server=True)
    missing = [engine["name"] for engine in info["engines"] if not engine["available"]]
    if missing:
        raise RuntimeError(f"engines without driver: {', '.join(missing)}")
    return [engine["name"] for engine in info["engines"]]


_TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'one'), (2, NULL);"
_ROWS = [[1, "one"], [2, None]]


def sqlite(folder: Path) -> Any:
    """A SQLite file is filled by the console and read as a page."""
    path = folder / "check.db"
    path.touch()
    filled = {"connection": str(path), "sql": _TABLE}
    asked = {"connection": str(path), "table": "t"}
    *_, page = _calls(folder, ("console.run", filled), ("data.page", asked))
    return _expect(page["rows"])


def duckdb(folder: Path) -> Any:
    """DuckDB, whose driver runs in a worker process, makes and reads a table in memory."""
    request = {"connection": "duckdb:///:memory:", "sql": f"{_TABLE} SELECT * FROM t ORDER BY id"}
    (answer,) = _calls(folder, ("console.run", request))
    return _expect(answer["statements"][-1]["rows"])


def schema(folder: Path) -> Any:
    """A change of a schema is composed: Alembic and the dialects of both file engines are there."""
    path = folder / "changed.db"
    path.touch()
    filled = {"connection": str(path), "sql": _TABLE}
    check = {"op": "add_check", "table": "t", "check": {"sql": "id > 0"}}
    spec = {"table": "n", "columns": [{"name": "id", "type": "INTEGER"}]}
    made = {"op": "create_table", "table": "n", "spec": spec}
    asked = [
        ("schema.compose", {"connection": url, "operations": [one]})
        for url, one in ((str(path), check), ("duckdb:///:memory:", made))
    ]
    _, *answers = _calls(folder, ("console.run", filled), *asked)
    found = [answer["composed"][0] for answer in answers]
    if not all(one["statements"] and one["upgrade"] and one["downgrade"] for one in found):
        raise RuntimeError(f"unexpected change: {found}")
    return [one["title"] for one in found]


def _expect(rows: Any) -> Any:
    if rows != _ROWS:
        raise RuntimeError(f"unexpected rows: {rows}")
    return rows


def splitting(folder: Path) -> Any:
    """SQL is taken apart (sqlparse and sqlglot with its dialects are here)."""
    split = {"sql": "select 1; select 2", "dialect": "postgresql"}
    where = {"connection": str(folder / "check.db"), "table": "t", "where": "x IS NOT NULL"}
    answer, page = _calls(folder, ("console.split", split), ("data.page", where))
    if len(answer["statements"]) != 2 or len(page["rows"]) != 1:
        raise RuntimeError(f"unexpected: {answer} {page}")
    return 2


def demo(folder: Path) -> Any:
    """A small demo is generated by our own executable and read."""
    path = folder / "demo.db"
    _run(demo_command("generate", "--url", f"sqlite:///{path.as_posix()}", "--orders", "200"))
    (catalog,) = _calls(folder, ("data.catalog", {"connection": str(path)}))
    return sorted(table["name"] for schema in catalog["schemas"] for table in schema["tables"])


def window(folder: Path) -> Any:
    """The window's toolkit, its own fonts and a picture."""
    from PySide6.QtGui import QFontInfo  # noqa: PLC0415  # lazy: the platform is chosen first
    from PySide6.QtWidgets import QApplication, QLabel  # noqa: PLC0415  # lazy: see above

    from desktop.chatter import no_chatter  # noqa: PLC0415  # lazy: see above
    from desktop.kit.theme import theme  # noqa: PLC0415  # lazy: see above

    app = QApplication.instance() or QApplication(["selftest"])
    assert isinstance(app, QApplication)
    theme().apply(app, "dark")
    target = folder / "window.png"
    with no_chatter():
        label = QLabel("Backlight")
        label.resize(200, 40)
        drawn = label.grab().save(str(target))
    families = [QFontInfo(theme().ui_font()).family(), QFontInfo(theme().mono_font()).family()]
    if not drawn or target.stat().st_size == 0:
        raise RuntimeError("no picture could be drawn")
    if not families[0].startswith("Inter") or not families[1].startswith("JetBrains Mono"):
        raise RuntimeError(f"own fonts are missing, found {families}")
    return families


def foreign_programs(folder: Path) -> Any:
    """What the packaged program sets for itself does not reach the user's programs."""
    leaked = [name for name in ("LD_LIBRARY_PATH", "QT_PLUGIN_PATH") if _frozen() and name in child_env()]
    if leaked:
        raise RuntimeError(f"would leak: {leaked}")
    return sorted(child_env())[:3]


CHECKS: dict[str, Callable[[Path], Any]] = {
    "server": server,
    "sqlite": sqlite,
    "duckdb": duckdb,
    "schema": schema,
    "splitting": splitting,
    "demo": demo,
    "window": window,
    "foreign_programs": foreign_programs,
}
