"""Who may import whom: the contracts in pyproject.toml, and what each role has loaded once it runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.sources import imports, project_files, python_files

LINT = Path(sys.executable).with_name("lint-imports")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
DATABASE = {
    "sqlalchemy",
    "alembic",
    "psycopg",
    "pymysql",
    "duckdb",
    "duckdb_sqlalchemy",
    "sqlite3",
    "sqlglot",
}
WEB = {"flask", "werkzeug", "waitress"}
QT = {"PySide6", "shiboken6", "pyqtgraph"}
LATE = {"numpy", "pyqtgraph"}
WINDOW_MAY_USE = {"PySide6", "shiboken6", "msgspec", "pyqtgraph", "numpy", "desktop", "embedded_server"}
FONTS = ("fontpkg",)
WINDOW_STARTS = {"desktop.context", "desktop.shell.app", "desktop.shell.window"}

# A broken import for each contract: file, then the line that breaks it.
PLANTS = {
    "window-knows-only-the-wire": ("desktop/kit/planted.py", "import embedded_server.jobs"),
    "window-knows-no-driver": ("desktop/kit/planted.py", "import flask"),
    "server-knows-no-window": ("embedded_server/data/planted.py", "import PySide6"),
    "wire-stands-alone": ("embedded_server/wire/planted.py", "import embedded_server.jobs"),
    "flask-in-web": ("embedded_server/data/planted.py", "import flask"),
    "sqlalchemy-in-engines-store-migrations": ("embedded_server/data/planted.py", "import sqlalchemy"),
    "server-capabilities-apart": ("embedded_server/data/planted.py", "import embedded_server.console"),
    "window-capabilities-apart": ("desktop/data/planted.py", "import desktop.console"),
    "server-layers": ("embedded_server/engines/planted.py", "import embedded_server.data"),
    "window-layers": ("desktop/api/planted.py", "import desktop.kit.verb"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [LINT, "--no-logo", "--no-cache", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_every_contract_can_be_broken(tmp_path: Path) -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(PLANTS), "each contract needs its plant here"
    for file in project_files():
        if file.parts[0] in ("desktop", "embedded_server") or file.name == "pyproject.toml":
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tmp_path / file)
    for name, line in PLANTS.values():
        with (tmp_path / name).open("a") as file:
            file.write(line + "\n")
    output = " ".join(lint(tmp_path).stdout.split())
    for contract in CONTRACTS:
        words = " ".join(contract["name"].split())
        assert f"{words} BROKEN" in output, contract["id"] + ": a planted import was not seen"


def test_every_capability_is_in_the_contracts() -> None:
    """A capability is a folder of the window with the same name on the server."""
    named = {contract["id"]: set(contract.get("modules", [])) for contract in CONTRACTS}
    for side, contract in (("desktop", "window"), ("embedded_server", "server")):
        modules = {f"{side}.{name}" for name in capabilities()} - {"embedded_server.trace"}
        assert modules <= named[f"{contract}-capabilities-apart"], "add the new capability to pyproject.toml"


def capabilities() -> set[str]:
    both = [
        {p.parent.name for p in (ROOT / side).glob("*/__init__.py")}
        for side in ("desktop", "embedded_server")
    ]
    return both[0] & both[1]


def test_window_and_wire_use_nothing_else() -> None:
    """An allow-list, so that a new library is a decision: the contracts only know the forbidden ones."""
    wrong = list(_foreign("desktop", WINDOW_MAY_USE))
    wrong += _foreign("embedded_server/wire", {"msgspec", "embedded_server"})
    assert not wrong, "\n".join(wrong)


def _foreign(folder: str, allowed: set[str]) -> Iterator[str]:
    for path in python_files(folder):
        for line, module, _ in imports(path):
            top = module.partition(".")[0]
            if top not in allowed | set(sys.stdlib_module_names) | {"__future__"} and not top.startswith(
                FONTS
            ):
                yield f"{path}:{line} {module}"


def modules_below(folder: str) -> list[str]:
    """Dotted names of the importable modules of a folder; migration scripts are run, not imported."""
    files = [file for file in python_files(folder) if "versions" not in file.parts and file.name != "env.py"]
    names = [".".join(file.with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names]


def loaded_after(statements: str) -> set[str]:
    """The top-level modules loaded in a new process by ``statements``."""
    tell = "import json, sys\nprint(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    code = f"{statements}\n{tell}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def import_all(folder: str, *without: str) -> str:
    names = [name for name in modules_below(folder) if not name.startswith(without or ("!",))]
    return "\n".join(f"import {name}" for name in names)


def test_the_whole_window_loads_no_database_and_no_web() -> None:
    loaded = loaded_after(import_all("desktop"))
    assert not loaded & (DATABASE | WEB)
    assert "PySide6" in loaded and "msgspec" in loaded, "or this test looks at nothing"


@pytest.mark.parametrize("module", sorted(WINDOW_STARTS & set(modules_below("desktop"))))
def test_the_window_starts_without_charts(module: str) -> None:
    loaded = loaded_after(f"import {module}")
    assert not loaded & (DATABASE | WEB | LATE)


def test_the_whole_server_loads_no_qt() -> None:
    loaded = loaded_after(import_all("embedded_server"))
    assert not loaded & QT
    assert "flask" in loaded and "sqlalchemy" in loaded, "or this test looks at nothing"


@pytest.mark.slow
def test_without_web_there_is_no_flask() -> None:
    loaded = loaded_after(import_all("embedded_server", "embedded_server.web", "embedded_server.command"))
    assert not loaded & WEB


def test_the_messages_load_only_msgspec() -> None:
    before = loaded_after("import msgspec")
    after = loaded_after(import_all("embedded_server/wire"))
    assert not (after - before) - set(sys.stdlib_module_names) - {"embedded_server"}


@pytest.mark.process
def test_the_command_line_runs_without_qt(tmp_path: Path) -> None:
    """The real role, by what the interpreter itself reports as imported."""
    command = [
        sys.executable,
        "-X",
        "importtime",
        "main.py",
        "call",
        "server.info",
        "{}",
        "--workspace",
        tmp_path,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    found = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not found & QT
    assert "msgspec" in found, "or this test looks at nothing"
