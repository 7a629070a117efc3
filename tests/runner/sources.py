"""The project's own files, and small questions about Python source text."""

from __future__ import annotations

import ast
import functools
import gc
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.runner.changes import ROOT

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@functools.cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, tracked or new, ignored ones left out; relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Python files below the named folders (or equal to a named file), relative to the root."""
    wanted = [Path(folder) for folder in folders]
    return [
        file
        for file in project_files()
        if file.suffix == ".py" and any(file == top or file.is_relative_to(top) for top in wanted)
    ]


def product_files() -> list[Path]:
    """The Python files that users run."""
    return python_files("main.py", "desktop", "embedded_server")


@functools.cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax, kept for good: the collector is spared millions of nodes, of which none is garbage."""
    gc.disable()
    try:
        return ast.parse(text_of(path), str(path))
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True)
class Place:
    """A function or class with where it stands and how long it is, its own docstring not counted."""

    path: Path
    name: str
    line: int
    length: int
    node: Definition

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name} ({self.length} lines)"


@functools.cache
def definitions(path: Path) -> tuple[Place, ...]:
    """Every function and class of a file, nested ones included, with qualified names."""
    return tuple(_walk(tree_of(path), path, ""))


@functools.cache
def nodes(path: Path) -> tuple[tuple[ast.AST, bool], ...]:
    """(node, inside a function?) of every node of a file, in less time than `ast.walk` takes."""
    found: list[tuple[ast.AST, bool]] = [(tree_of(path), False)]
    for node, within in found:
        inside = within or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                found.append((value, inside))
            elif isinstance(value, list):
                found += [(one, inside) for one in value if isinstance(one, ast.AST)]
    return tuple(found)


@functools.cache
def calls(path: Path) -> tuple[tuple[int, str, ast.Call], ...]:
    """(line, what is called as text, node) of every call in a file."""
    found = (node for node, _ in nodes(path) if isinstance(node, ast.Call))
    return tuple((node.lineno, _dotted(node.func), node) for node in found)


def _dotted(node: ast.expr) -> str:
    """The text of an expression; quickly for names with dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ast.unparse(node)


def _walk(node: ast.AST, path: Path, prefix: str) -> Iterator[Place]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue  # nothing is defined inside an expression, and most nodes are there
        if isinstance(child, Definition):
            name = f"{prefix}{child.name}"
            yield Place(path, name, child.lineno, length(child), child)
            yield from _walk(child, path, name + ".")
        else:
            yield from _walk(child, path, prefix)


def length(node: Definition) -> int:
    """Lines from ``def`` or ``class`` to the end, without docstrings (in a class: of its methods too)."""
    lines = node.end_lineno - node.lineno + 1 if node.end_lineno else 0
    return lines - sum(_docstring_lines(child) for child in _with_inner(node))


def _with_inner(node: ast.AST) -> Iterator[Definition]:
    if isinstance(node, Definition):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield from _with_inner(child)


def _docstring_lines(node: Definition) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


@functools.cache
def imports(path: Path) -> tuple[tuple[int, str, bool], ...]:
    """(line, absolute dotted module, inside a function?) of every import of a file."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    package = list(path.with_suffix("").parts[:-1])
    for node, inside in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, inside
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}", inside
