"""The shape of the source: short functions, files and classes, imports at the top, documented edges."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.sources import (
    Place,
    calls,
    definitions,
    imports,
    product_files,
    python_files,
    text_of,
    tree_of,
)

FUNCTION, FUNCTION_HARD, OVER_ALLOWED = 50, 80, 0.01
CLASS, FILE, TEST_FILE, WINDOW_FILE = 300, 400, 600, 250
DOCUMENTED = ("embedded_server/wire/*.py", "embedded_server/engines/base.py", "embedded_server/*/service.py")
CHECKED = ("main.py", "desktop", "embedded_server", "resources", "tests", "build.spec")


def functions(paths: list[Path]) -> list[Place]:
    return [
        place for path in paths for place in definitions(path) if not isinstance(place.node, ast.ClassDef)
    ]


def test_functions_are_short() -> None:
    found = functions([path for path in python_files(*CHECKED) if "versions" not in path.parts])
    too_long = [place for place in found if place.length > FUNCTION_HARD]
    assert not too_long, "over the hard limit:\n" + "\n".join(map(str, too_long))
    product = functions(product_files())
    long = [place for place in product if place.length > FUNCTION]
    assert len(long) <= len(product) * OVER_ALLOWED, (
        f"over {FUNCTION} lines, of which at most 1 % may be:\n" + "\n".join(map(str, long))
    )


def test_classes_are_short() -> None:
    found = [place for path in product_files() for place in definitions(path)]
    long = [str(place) for place in found if isinstance(place.node, ast.ClassDef) and place.length > CLASS]
    assert not long, "\n".join(long)


def test_files_are_short() -> None:
    limits = {path: FILE for path in product_files()} | {path: TEST_FILE for path in python_files("tests")}
    limits[Path("desktop/shell/window.py")] = WINDOW_FILE
    sizes = {path: text_of(path).count("\n") for path in limits if (ROOT / path).exists()}
    long = [
        f"{path}: {sizes[path]} lines, limit {limits[path]}" for path in sizes if sizes[path] > limits[path]
    ]
    assert not long, "\n".join(long)


def test_complexity_annotations_and_imports_by_ruff() -> None:
    rules = "C901,ANN,PLC0415"
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--quiet",
        "--select",
        rules,
        "--ignore",
        "ANN401",
    ]
    done = subprocess.run(
        [*command, "main.py", "desktop", "embedded_server"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_inside_functions_say_why() -> None:
    bare = [
        f"{path}:{line} {module}"
        for path in product_files()
        for line, module, inside in imports(path)
        if inside and "# lazy: " not in text_of(path).splitlines()[line - 1]
    ]
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize(
    "path", [p for glob in DOCUMENTED for p in sorted(ROOT.glob(glob))], ids=lambda p: p.name
)
def test_public_edges_are_documented(path: Path) -> None:
    """A method is documented once: where a class of the same file declares it, overrides need no text."""
    path = path.relative_to(ROOT)
    assert ast.get_docstring(tree_of(path)), f"{path} has no docstring"
    public = [
        place
        for place in definitions(path)
        if not any(part.startswith("_") for part in place.name.split("."))
        and not _inside_function(path, place)
    ]
    documented = {place.name.split(".")[-1] for place in public if ast.get_docstring(place.node)}
    bare = [str(place) for place in public if place.name.split(".")[-1] not in documented]
    assert not bare, "without a docstring:\n" + "\n".join(bare)


def _inside_function(path: Path, place: Place) -> bool:
    outer = place.name.rpartition(".")[0]
    return any(
        other.name == outer and not isinstance(other.node, ast.ClassDef) for other in definitions(path)
    )


def test_no_lambda_is_connected_to_a_signal() -> None:
    """A connected lambda keeps what it captures alive as long as the emitter: connect a bound method."""
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("desktop", "main.py")
        for _, _, node in calls(path)
        if isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and any(isinstance(inner, ast.Lambda) for argument in node.args for inner in ast.walk(argument))
    ]
    assert not found, "\n".join(found)


def test_bootstrap_greets_old_interpreters() -> None:
    """These files are parsed by whatever ``python3`` is; an old one must reach the sentence in ensure()."""
    for name in (
        "main.py",
        "tests/__main__.py",
        "desktop/__init__.py",
        "desktop/bootstrap.py",
        "tests/__init__.py",
    ):
        ast.parse((ROOT / name).read_text(encoding="utf-8"), name, feature_version=(3, 6))
        assert "from __future__ import annotations" not in (ROOT / name).read_text(encoding="utf-8"), name
