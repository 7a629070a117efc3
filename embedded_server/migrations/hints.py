"""What can be learned about running a project from the text of its sources."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from embedded_server.wire.migrations import ProjectKind, Settings

LARGEST = 256 * 1024
MOST_FILES = 400
DEPTH = 3
BELIEVED_SECONDS = 3.0
_SKIPPED = frozenset({"node_modules", "site-packages", "versions", "build", "dist", "tests", "test"})
_URL_VARIABLE = re.compile(r"(?:environ(?:\.get\(|\[)|getenv\()\s*[\"']([A-Z][A-Z0-9_]*)[\"']")
_IS_URL = re.compile(
    r"(DATABASE|(^|_)DB|SQLALCHEMY|POSTGRES|MYSQL|SQLITE|BACKEND_STORE).*(URL|URI|DSN|CONN)$"
)
_APP = re.compile(r"^(?:def (create_app|make_app)\(|(app|application) *(?::[^=]*)?= *Flask\()", re.M)
_MIGRATES = re.compile(
    r"^(?!\s*#).*?(?:\bcommand\.upgrade\(|\bflask_migrate\.upgrade\(|(?<![\w.])upgrade\((?!\)))", re.M
)
_FLASK_UPGRADE = re.compile(
    r"from flask_migrate import [^\n]*\bupgrade\b|\bcommand\b[^\n]*\balembic\b|alembic[^\n]*\bcommand\b"
)
_MAKES_APP = re.compile(r"\b(?:Flask|FastAPI|Starlette|Quart)\(|\blifespan\b|on_event\(")


def hints(near: Path, root: Path, script: Path, kind: ProjectKind) -> tuple[Settings, list[str]]:
    """Settings that are probably right, and what is worth knowing before the project is run.

    Sources are looked for around `near`; modules are named as they are imported from `root`. What was read is
    believed for some seconds: a view asks for the same project several times in a row.
    """
    return _read(near, root, script, kind, int(time.monotonic() // BELIEVED_SECONDS))


@lru_cache(maxsize=64)
def _read(near: Path, root: Path, script: Path, kind: ProjectKind, _: int) -> tuple[Settings, list[str]]:
    variables: list[str] = []
    apps: list[str] = []
    notes: list[str] = []
    for path in (script / "env.py", *_sources(near)):
        text = _text(path)
        variables += [name for name in _URL_VARIABLE.findall(text) if _IS_URL.search(name)]
        if script in path.parents:
            continue
        found = _APP.search(text)
        if found:
            apps.append(_module(path, root) + (f":{found.group(2)}" if found.group(2) else ""))
        notes += _migrates(path, near, text)
    app = _dotted(root) or _dotted(near) or (min(apps, key=_app_rank) if apps else "")
    settings = Settings(app=app if kind == "flask" else "", url_variable=variables[0] if variables else "")
    return settings, notes[:1]


def _sources(root: Path) -> Iterator[Path]:
    """Python files near the root: where an application is made and its settings are read."""
    waiting, seen = [(root, 0)], 0
    while waiting:
        folder, depth = waiting.pop(0)
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        if (folder / "pyvenv.cfg").exists():
            continue
        for entry in entries:
            if entry.name.startswith((".", "test_")) or entry.is_symlink():
                continue
            if entry.suffix == ".py" and entry.is_file():
                seen += 1
                yield entry
            elif depth < DEPTH and entry.name not in _SKIPPED and entry.is_dir():
                waiting.append((entry, depth + 1))
            if seen >= MOST_FILES:
                return


def _text(path: Path) -> str:
    try:
        if os.path.getsize(path) > LARGEST:
            return ""
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    if parts and parts[0] == "src":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts and parts[-1] == "__init__" else parts)


def _app_rank(app: str) -> tuple[int, str]:
    module = app.partition(":")[0]
    return (module.count(".") + (module not in ("app", "wsgi")), app)


def _dotted(root: Path) -> str:
    """FLASK_APP as the project's own environment files set it."""
    for name in (".flaskenv", ".env"):
        found = re.search(r"^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\s\"'#]+)", _text(root / name), re.M)
        if found:
            return found.group(1)
    return ""


def _migrates(path: Path, root: Path, text: str) -> list[str]:
    if not (_FLASK_UPGRADE.search(text) and _MAKES_APP.search(text)):
        return []
    found = _MIGRATES.search(text)
    if found is None:
        return []
    line = text.count("\n", 0, found.end()) + 1
    place = f"{path.relative_to(root).as_posix()}:{line}"
    return [
        f"The application migrates by itself when it starts ({place}): looking at it may change the database."
    ]
