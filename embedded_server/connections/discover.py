"""Finds database URLs in a project's files without running any of its code."""

from __future__ import annotations

import ast
import configparser
import contextlib
import os
import re
import sqlite3
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embedded_server.targets import split_secret

# A file larger than this is no configuration; deeper folders belong to something else.
LARGEST = 512 * 1024
DEPTH = 3
MOST_FILES = 4000
_SKIPPED = frozenset(
    {"node_modules", "__pycache__", "site-packages", "venv", "env", "build", "dist", "versions"}
)

_URL_NAMES = re.compile(
    r"(DATABASE|DB|SQLALCHEMY|POSTGRES|MYSQL|MARIADB|SQLITE).*(URL|URI|DSN)$|^sqlalchemy\.url$", re.I
)
_BACKENDS = (
    "sqlite",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "duckdb",
    "oracle",
    "mssql",
    "cockroachdb",
)
_URL = re.compile(r"^(?:" + "|".join(_BACKENDS) + r")(?:\+\w+)?://\S*$")


@dataclass(frozen=True)
class Found:
    """A URL without password, its password if the file holds one, and `file:line`."""

    name: str
    url: str
    source: str
    secret: str | None = None


def discover_in(folder: Path) -> list[Found]:
    """Everything found, configuration files before database files, no target twice."""
    found: dict[str, Found] = {}
    files = sorted(_files(folder), key=lambda path: (_rank(path.name), len(path.parts), str(path)))
    for path in files:
        for line, text in _urls(path):
            entry = _entry(folder, path, line, text)
            if entry is not None:
                found.setdefault(entry.url, entry)
    return list(found.values())


def _files(folder: Path) -> Iterator[Path]:
    stack, seen = [(os.fspath(folder), 0)], 0
    while stack:
        current, depth = stack.pop()
        try:
            with os.scandir(current) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_FILES:
                return
            if entry.is_symlink():
                continue
            if entry.is_dir():
                if depth < DEPTH and entry.name not in _SKIPPED and not entry.name.startswith("."):
                    stack.append((entry.path, depth + 1))
            elif _rank(entry.name) < 9:
                yield Path(entry.path)


def _rank(name: str) -> int:
    if name == "alembic.ini":
        return 0
    if name == ".env" or name.startswith(".env.") or name == ".flaskenv":
        return 1
    if name == "pyproject.toml":
        return 2
    if name in ("config.py", "settings.py", "app.py", "wsgi.py", "__init__.py"):
        return 3
    if name.endswith((".db", ".sqlite", ".sqlite3", ".duckdb")):
        return 5
    return 9


def _urls(path: Path) -> Iterator[tuple[int, str]]:
    try:
        if _rank(path.name) == 5:
            yield from _database_file(path)
            return
        if path.stat().st_size > LARGEST:
            return
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return
    if path.suffix == ".ini":
        yield from _ini(text)
    elif path.suffix == ".toml":
        yield from _toml(text)
    elif path.suffix == ".py":
        yield from _python(text)
    else:
        yield from _env(text)


def _database_file(path: Path) -> Iterator[tuple[int, str]]:
    if path.suffix == ".duckdb":
        yield 0, f"duckdb:///{path.absolute().as_posix()}"
        return
    if path.stat().st_size and _is_sqlite(path):
        yield 0, f"sqlite:///{path.absolute().as_posix()}"


def _is_sqlite(path: Path) -> bool:
    """Asked of SQLite: a file that this process opened and closed itself would lose the locks that a
    session of this process holds on it, and another program could damage it."""
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        return False
    return True


def _line_of(text: str, value: str) -> int:
    position = text.find(value)
    return text.count("\n", 0, position) + 1 if position >= 0 else 1


def _ini(text: str) -> Iterator[tuple[int, str]]:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        url = parser.get(section, "sqlalchemy.url", fallback="")
        if url:
            yield _line_of(text, url), url.replace("%%", "%")


def _toml(text: str) -> Iterator[tuple[int, str]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for value in _strings(document):
        if _URL.match(value):
            yield _line_of(text, value), value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _env(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#") and _URL_NAMES.search(name.strip()):
            value = value.strip()
            if value[:1] in "'\"" and value[:1]:
                value = value[1:].partition(value[0])[0]
            else:
                value = value.partition(" #")[0].strip()
            yield number, value


def _python(text: str) -> Iterator[tuple[int, str]]:
    if "://" not in text:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _URL.match(node.value):
            yield node.lineno, node.value


def _entry(folder: Path, path: Path, line: int, text: str) -> Found | None:
    if not _URL.match(text) or "$" in text or "{" in text:
        return None
    url, secret = split_secret(re.sub(r"^postgres(?=[+:])", "postgresql", text))
    source = str(path.relative_to(folder)) + (f":{line}" if line else "")
    if url.startswith("sqlite:///"):
        file = _sqlite_file(folder, path, url.removeprefix("sqlite:///"))
        if file is None:
            return None
        url = f"sqlite:///{file.as_posix()}"
    name = url.rsplit("/", 1)[-1].partition("?")[0] or folder.name
    return Found(Path(name).stem or name, url, source, secret)


def _sqlite_file(folder: Path, source: Path, name: str) -> Path | None:
    """Relative SQLite paths are meant from the working folder, the instance folder or the file's own."""
    name = name.partition("?")[0]
    if not name or name == ":memory:":
        return None
    for base in (folder, folder / "instance", source.parent, source.parent / "instance"):
        candidate = (base / name).absolute()
        if candidate.is_file():
            return candidate
    return None
