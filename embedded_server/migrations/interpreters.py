"""Which Python runs a project: the places where its environment usually lies, best first."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from embedded_server.wire.child_env import child_env
from embedded_server.wire.migrations import Interpreter, Project
from embedded_server.wire.problem import problem

from .runner import hello

# A tool that is asked where its environment lies gets this long.
TOOL_SECONDS = 5.0
_VENVS = (".venv", "venv", "env")
_TOOLS = (
    ("poetry.lock", ("poetry", "env", "info", "-p")),
    ("Pipfile", ("pipenv", "--venv")),
    ("hatch.toml", ("hatch", "env", "find")),
)
_lock = threading.Lock()
_known: dict[tuple[str, int], Interpreter] = {}


def candidates(project: Project) -> list[Interpreter]:
    """Interpreters that exist, each once, with the reason why it is thought of."""
    found: dict[str, Interpreter] = {}
    for path, evidence in _places(project):
        if path and Path(path).is_file() and os.access(path, os.X_OK):
            found.setdefault(path, Interpreter(path, evidence))
    return list(found.values())


def probed(candidate: Interpreter, kind: str) -> Interpreter:
    """The candidate with what is installed in it, or why it will not do; remembered while it is the same."""
    try:
        key = (candidate.path, Path(candidate.path).stat().st_mtime_ns)
    except OSError as error:
        return msgspec.structs.replace(candidate, problem=str(error))
    with _lock:
        known = _known.get(key)
    if known is None:
        known = hello(candidate)
        # What lacks Alembic may get it any moment; only good news is kept.
        if "alembic" in known.versions:
            with _lock:
                _known[key] = known
    needs = ["alembic", "sqlalchemy"] + (["flask-migrate"] if kind == "flask" else [])
    missing = [name for name in needs if name not in known.versions]
    reason = known.problem or (f"has no {', '.join(missing)}" if missing else "")
    return msgspec.structs.replace(known, evidence=candidate.evidence, problem=reason)


def chosen(project: Project) -> Interpreter:
    """The one to use. Raises migrations.no_interpreter with what was tried."""
    tried = []
    for candidate in candidates(project):
        found = probed(candidate, project.kind)
        if not found.problem:
            return found
        tried.append(f"{found.path} ({found.evidence}): {found.problem}")
        if candidate.path == project.settings.interpreter:
            break
    hint = "Choose the interpreter in which the project's own packages are installed."
    raise problem("migrations.no_interpreter", detail="\n".join(tried), hint=hint)


def _places(project: Project) -> Iterator[tuple[str, str]]:
    root = Path(project.root)
    if project.settings.interpreter:
        yield str(Path(os.path.expanduser(project.settings.interpreter))), "chosen for this project"
    for folder in root.parents:
        if (folder / "pyvenv.cfg").is_file():
            yield _python(folder), f"the project is installed in {folder.name or folder}"
    above = [root, *list(root.parents)[:3]]
    for folder in above:
        for name in _VENVS:
            if (folder / name / "pyvenv.cfg").is_file():
                yield _python(folder / name), f"{name} in {folder.name or folder}"
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(variable):
            yield _python(Path(os.environ[variable])), f"{variable} of this session"
    yield from _by_files(above)
    if not getattr(sys, "frozen", False):
        yield sys.executable, "the interpreter Backlight runs on"
    yield shutil.which("python3") or "", "python3 on the path"


def _by_files(above: list[Path]) -> Iterator[tuple[str, str]]:
    for folder in above:
        named = folder / ".pdm-python"
        if named.is_file():
            yield named.read_text(encoding="utf-8", errors="replace").strip(), ".pdm-python"
        for file, command in _TOOLS:
            if (folder / file).is_file() and shutil.which(command[0]):
                answer = _ask(command, folder)
                if answer:
                    yield _python(Path(answer)), f"{file}: {' '.join(command)}"
        version = folder / ".python-version"
        if version.is_file():
            for word in version.read_text(encoding="utf-8", errors="replace").split()[:1]:
                yield _python(Path.home() / ".pyenv" / "versions" / word), ".python-version"
        yield from _from_editor(folder)


def _from_editor(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        text = (folder / ".vscode" / "settings.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    found = re.search(r'"python\.(?:defaultInterpreterPath|pythonPath)"\s*:\s*("(?:[^"\\]|\\.)*")', text)
    if found:
        path = str(json.loads(found.group(1))).replace("${workspaceFolder}", str(folder))
        yield str(Path(os.path.expanduser(folder / path))), ".vscode/settings.json"


def _python(environment: Path) -> str:
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(environment.joinpath(*parts))


def _ask(command: tuple[str, ...], folder: Path) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, env=child_env(), capture_output=True, text=True, timeout=TOOL_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout.strip() else ""
