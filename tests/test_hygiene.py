"""Facts about the committed files: nothing of a machine, nothing unfinished, no guessing in tests."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.sources import calls, product_files, project_files, python_files, text_of

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
PICTURES = {".png", ".ico", ".icns"}
FORBIDDEN_NAMES = {"uv.lock", "pylock.toml", ".env", "id_rsa"}
EXTERNAL = {"run", "Popen", "call", "check_call", "check_output"}
BEFORE_THE_ENVIRONMENT = {Path("desktop/bootstrap.py"), Path("desktop/environment.py")}


def text_files() -> list[Path]:
    return [path for path in project_files() if path.suffix not in PICTURES]


def machine_paths() -> list[str]:
    """The folders of whoever runs this, and the homes that machines usually have."""
    places = ["/" + "root/", str(ROOT.parent) + "/"]
    if os.name == "posix":
        import pwd  # noqa: PLC0415  # lazy: POSIX only

        places.append(pwd.getpwuid(os.getuid()).pw_dir.rstrip("/") + "/")
    return [place for place in places if place.count("/") > 1 and place not in ("/tmp/", "/var/")]


def test_no_paths_of_a_machine() -> None:
    found = [
        f"{path}: {place}" for path in text_files() for place in machine_paths() if place in text_of(path)
    ]
    assert not found, "\n".join(found)


def test_only_text_and_pictures_are_committed() -> None:
    binary = [str(path) for path in text_files() if b"\0" in (ROOT / path).read_bytes()]
    assert not binary, "\n".join(binary)
    assert not {path.name for path in project_files()} & FORBIDDEN_NAMES


def test_locks_and_ci_name_no_host() -> None:
    files = [
        p
        for p in project_files()
        if p.name.startswith("requirements") or p.suffix == ".lock" or ".ci" in p.parts
    ]
    assert len(files) >= 3, "or this test looks at nothing"
    assert not [str(path) for path in files if "://" in text_of(path)]


def test_nothing_is_unfinished() -> None:
    found = [
        f"{path}:{number} {line.strip()}"
        for path in python_files("main.py", "desktop", "embedded_server", "resources")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_group_is_repeated_possessively() -> None:
    """`(?:a|b)*+` matches wrongly before Python 3.11.5 (Debian 12 has 3.11.2): `(?>(?:a|b)*)` does not."""
    group = re.compile(r"\(\?[:=P].*\)[*+?]\+")
    found = [
        f"{path}:{number} {line.strip()}"
        for path in python_files("main.py", "desktop", "embedded_server", "resources")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if group.search(line)
    ]
    assert not found, "\n".join(found)


def test_tests_wait_on_causes_and_mock_nothing() -> None:
    found = []
    for path in python_files("tests"):
        for line, name, _ in calls(path):
            if name.endswith((".sleep", "qtbot.wait")) or name == "sleep":
                found.append(
                    f"{path}:{line} {name}: wait on a cause (waitSignal, waitUntil, tests/waiting.py)"
                )
        if re.search(r"unittest\.mock|MagicMock|requests_mock|responses\.activate", text_of(path)) and (
            path.name != Path(__file__).name
        ):
            found.append(f"{path}: mocks; use the real thing")
    assert not found, "\n".join(found)


def test_dialogs_for_files_are_held_until_they_are_answered() -> None:
    """One that only a local name holds is gone before it is seen: desktop/kit/ask_file.py holds its own."""
    found = [
        f"{path}:{line} {name}"
        for path in python_files("desktop")
        if path != Path("desktop/kit/ask_file.py")
        for line, name, _ in calls(path)
        if name.partition(".")[0] == "QFileDialog"
    ]
    assert not found, "\n".join(found)


def test_external_programs_get_a_clean_environment() -> None:
    """A frozen program's LD_LIBRARY_PATH must not leak into the user's own tools: env is always said."""
    found = [
        f"{path}:{line} {name} without env="
        for path in product_files()
        if path not in BEFORE_THE_ENVIRONMENT
        for line, name, node in calls(path)
        if name.partition(".")[0] == "subprocess"
        and name.rpartition(".")[2] in EXTERNAL
        and not any(keyword.arg == "env" for keyword in node.keywords)
        and not _starts_ourselves(node)
    ]
    assert not found, "\n".join(found)


def _starts_ourselves(call: ast.Call) -> bool:
    """Our own program needs our environment; its command comes from a function called ..._command."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and ast.unparse(first.func).endswith("_command")


@pytest.mark.parametrize("name", ["README.md", "LICENSE", ".ci/run", "pyproject.toml", "build.spec"])
def test_the_top_level_is_complete(name: str) -> None:
    assert (ROOT / name).is_file()


def test_readme_names_both_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 main.py" in readme and "python3 -m tests" in readme
    assert "python3 -m tests" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
