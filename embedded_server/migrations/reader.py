"""Revision files read as text: nothing of the project is imported or run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

# A larger file is no revision; reading it would only cost.
LARGEST = 4 << 20
_DATE = re.compile(r"^\s*Create Date:\s*(\S.*?)\s*$", re.M)
_IGNORED = re.compile(r"#\s*backlight:\s*ignore\s+(L\d\d)\b[ \t]*(.*)$", re.M)
_NAMES = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})


@dataclass(frozen=True)
class RevisionFile:
    """What a file says about itself. `problem` and `line` tell why it is no revision."""

    path: Path
    revision: str = ""
    down: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    doc: str = ""
    at: str = ""
    reversible: bool = True
    problem: str = ""
    line: int = 0
    # Rule id -> the reason given for ignoring it.
    ignored: dict[str, str] = field(default_factory=dict)


def read_file(path: Path) -> RevisionFile:
    """Read a revision file, or the one read before if it did not change since."""
    try:
        found = path.stat()
    except OSError as error:
        return RevisionFile(path, problem=f"cannot be read: {error.strerror}")
    return _remembered(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=20_000)
def _remembered(path: Path, _: int, size: int) -> RevisionFile:
    if size > LARGEST:
        return RevisionFile(path, problem=f"is {size:,} bytes long; that is no revision")
    try:
        return parsed(path, source_of(path))
    except OSError as error:
        return RevisionFile(path, problem=f"cannot be read: {error.strerror}")


def forget() -> None:
    """Read every file anew from now on."""
    _remembered.cache_clear()


def source_of(path: Path) -> str:
    """The file's text; bytes that are no UTF-8 are shown as replacement characters."""
    return path.read_bytes().decode("utf-8-sig", "replace")


def parsed(path: Path, text: str) -> RevisionFile:
    """A revision from its text."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        return RevisionFile(path, problem=f"is not valid Python: {getattr(error, 'msg', error)}", line=line)
    try:
        values = _values(tree)
    except _NotLiteral as error:
        return RevisionFile(path, problem=str(error), line=error.line)
    if not isinstance(values.get("revision"), str):
        return RevisionFile(path, problem="has no revision identifier")
    doc = ast.get_docstring(tree) or ""
    date = _DATE.search(doc)
    return RevisionFile(
        path,
        values["revision"],
        _texts(values.get("down_revision")),
        _texts(values.get("branch_labels")),
        _texts(values.get("depends_on")),
        doc.strip().split("\n\n", 1)[0].replace("\n", " ").strip(),
        date.group(1) if date else "",
        _does_something(tree, "downgrade"),
        ignored={rule: reason.strip() for rule, reason in _IGNORED.findall(text)},
    )


class _NotLiteral(Exception):
    def __init__(self, name: str, line: int) -> None:
        super().__init__(f"computes its {name}; only written-out values can be read without running it")
        self.line = line


def _values(tree: ast.Module) -> dict[str, Any]:
    """The last literal bound to each name Alembic looks at."""
    found: dict[str, Any] = {}
    for statement in tree.body:
        for name, value in _bindings(statement):
            if name not in _NAMES or value is None:
                continue
            try:
                found[name] = ast.literal_eval(value)
            except (ValueError, TypeError, MemoryError, RecursionError):
                if isinstance(value, ast.Name) and value.id in found:
                    found[name] = found[value.id]
                    continue
                raise _NotLiteral(name, statement.lineno) from None
    return found


def _bindings(statement: ast.stmt) -> list[tuple[str, ast.expr | None]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [(statement.target.id, statement.value)]
    if isinstance(statement, ast.Assign):
        return [(target.id, statement.value) for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple | list | set | frozenset):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def function_of(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function of that name at the top of a module, the last one if there are several."""
    found = [item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == name]
    return found[-1] if found else None


def _does_something(tree: ast.Module, name: str) -> bool:
    function = function_of(tree, name)
    return function is not None and any(not _idle(statement) for statement in function.body)


def _idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    return isinstance(statement, ast.Pass | ast.Raise) or (
        isinstance(statement, ast.Return) and statement.value is None
    )
