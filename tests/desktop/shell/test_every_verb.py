"""Every verb has a test that sees its effect from outside of the window.

The tables are `tests/<folder>/verbs.toml`, each beside the tests it names: `"verb" = "place: test"`. `place`
is where the effect is seen, one of PLACES; `screen` is for verbs that only move within the window: what a
screen reader is told.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop.kit.grid.actions import register as register_grid_actions
from desktop.kit.verb import Verb, Verbs
from desktop.shell.app import Shell
from desktop.shell.capabilities import find_capabilities
from desktop.shell.options import Options
from tests.runner.changes import ROOT
from tests.runner.sources import text_of, tree_of

# Where an effect is seen, and what a test that looks there must say somewhere.
PLACES = {
    "database": r"sqlite3|psycopg|rows\(|rows_of\(|indexes\(|version\(",
    "file": r"read_text|read_bytes|\.exists|\.glob\(|files\(",
    "clipboard": r"clipboard",
    "server": r"ask\(|\.call\(|call\(|ProbeServer|recorder|store",
    "settings": r"settings\.toml|saved_settings|settings_file",
    "session": r"session\(|front\(|tabs\(|session\.journal|\.load\(\)",
    "process": r"\.pid|psutil|Popen|\.wait\(",
    "screen": r"grab\(|spoken\(|within\(|accessibleName|named\(|Person|QAccessible",
}
Function = ast.FunctionDef


def tables() -> dict[str, tuple[Path, str]]:
    """Every entry with the file it stands in."""
    found: dict[str, tuple[Path, str]] = {}
    for path in sorted((ROOT / "tests").glob("*/verbs.toml")):
        for verb, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert verb not in found, f"{verb} stands in {path} and in {found[verb][0]}"
            found[verb] = (path.relative_to(ROOT), text)
    return found


@pytest.fixture
def verbs(qapp: QApplication, tmp_path: Path) -> Iterator[Verbs]:
    """The registry of a whole window. Its server is not started."""
    shell = Shell(qapp, Options(tmp_path / "profile", tmp_path / "workspace"))
    register_grid_actions(shell.verbs)
    for capability in find_capabilities():
        capability.register(shell.context)
    yield shell.verbs
    shell.stop()
    shell.window.deleteLater()
    shell.deleteLater()


def test_every_verb_has_a_test_that_sees_its_effect(verbs: Verbs) -> None:
    known = tables()
    bare = [verb for verb in verbs if verb.id not in known]
    assert not bare, "no test is named for these verbs; add to the table of their folder:\n" + "\n".join(
        f'{home(verb)}: "{verb.id}" = "{" or ".join(PLACES)}: {home(verb).parent}/test_x.py::test_y"'
        for verb in bare
    )


def test_every_entry_is_true(verbs: Verbs) -> None:
    wrong = []
    for name, (path, text) in tables().items():
        place, _, test = text.partition(": ")
        reason = fault(verbs, name, place, test)
        if reason:
            wrong.append(f"{path}: {name}: {reason}")
    assert not wrong, "\n".join(wrong)


def home(verb: Verb) -> Path:
    """The table where a verb's entry belongs."""
    capability = verb.id.partition(".")[0]
    plural = {"connection": "connections", "grid": "data", "chart": "charts"}.get(capability, capability)
    folder = plural if (ROOT / "tests" / plural).is_dir() else "desktop"
    return Path("tests") / folder / "verbs.toml"


def fault(verbs: Verbs, name: str, place: str, test: str) -> str:
    """Why an entry is none, or ""."""
    if name not in verbs:
        return "there is no such verb"
    if place not in PLACES:
        return f"{place!r} is none of {', '.join(PLACES)}"
    path, _, function = test.partition("::")
    if not (ROOT / path).is_file():
        return f"there is no file {path}"
    body = source(Path(path), function)
    if not body:
        return f"{path} has no test {function}"
    verb = verbs.get(name)
    if not mentioned(verb, verbs.keys(name), body):
        return f"{function} does not mention it: its id, title or key as a string"
    if not re.search(PLACES[place], body):
        return f"{function} does not look at the {place}: {PLACES[place]}"
    return ""


def mentioned(verb: Verb, keys: tuple[str, ...], body: str) -> bool:
    """Whether a test says a verb's id, title or key; of one of a family perhaps "family_" and the rest."""
    words = [verb.id, verb.title.rstrip("…"), *keys, verb.id.partition(".")[2]]
    family, _, member = verb.id.rpartition("_")
    return any(f'{quote}{word}"' in body for word in words for quote in ('"', '"^')) or (
        bool(family) and f'"{family}_' in body and f'"{member}"' in body
    )


@cache
def source(path: Path, function: str) -> str:
    """The text of a test with that of everything of its file that it uses, fixtures too."""
    lines = text_of(path).splitlines()
    own = {node.name: node for node in tree_of(path).body if isinstance(node, Function | ast.ClassDef)}
    wanted, seen, parts = [function], set(), []
    while wanted:
        name = wanted.pop()
        if name in seen or name not in own:
            continue
        seen.add(name)
        node = own[name]
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]))
        wanted += [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        wanted += [inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)]
    return "\n".join(parts)


def test_an_entry_that_is_wrong_is_found_out(verbs: Verbs) -> None:
    own = f"tests/desktop/shell/{Path(__file__).name}"
    real = "tests/console/desktop/test_verbs.py"
    assert fault(verbs, "no.verb", "file", real) == "there is no such verb"
    assert "none of" in fault(verbs, "console.run", "the moon", real)
    assert "no file" in fault(verbs, "console.run", "file", "tests/none.py::test_x")
    assert "no test" in fault(verbs, "console.run", "file", f"{real}::test_none")
    assert "does not mention" in fault(verbs, "tab.pin", "screen", f"{own}::test_every_entry_is_true")
    assert "does not look" in fault(
        verbs, "console.save", "process", f"{real}::test_what_is_edited_is_in_the_file"
    )
