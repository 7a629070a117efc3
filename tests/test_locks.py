"""The locks: all that pyproject asks for, with hashes, one contained in the other, up to date."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cache import cache_folder
from tests.runner.changes import ROOT

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*?)(?=^\S|\Z)", re.M | re.S)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PYPROJECT["project"]["dependencies"]
DEVELOPMENT = [*RUNTIME, *PYPROJECT["dependency-groups"]["dev"]]
COMPILE = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "pyproject.toml"]
OFFLINE = ("error sending request", "dns error", "Failed to fetch", "Could not connect", "tcp connect error")


def pins(lock: str) -> dict[str, tuple[str, str]]:
    """Canonical name -> (version, the rest of the entry with its marker and hashes)."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonicalize_name(m["name"]): (m["version"], m["rest"]) for m in PIN.finditer(text)}


@pytest.mark.parametrize(
    ("lock", "asked"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", DEVELOPMENT)]
)
def test_everything_asked_for_is_pinned(lock: str, asked: list[str]) -> None:
    found = pins(lock)
    for line in asked:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        assert name in found, f"{name} is not in {lock}: make the lock again"
        assert requirement.specifier.contains(found[name][0], prereleases=True), f"{line}: {found[name][0]}"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_every_pin_has_hashes(lock: str) -> None:
    found = pins(lock)
    assert found
    assert not [name for name, (_, rest) in found.items() if "--hash=sha256:" not in rest]


def test_the_development_lock_only_adds() -> None:
    """desktop/environment.py installs it on top of an environment made from the other one."""
    more = pins("requirements-dev.lock")
    assert {name: version for name, (version, _) in pins("requirements.lock").items()}.items() <= {
        name: version for name, (version, _) in more.items()
    }.items()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lock", "more"),
    [("requirements.lock", []), ("requirements-dev.lock", ["--group", "dev"])],
    ids=["run", "dev"],
)
def test_making_the_lock_again_changes_nothing(tmp_path: Path, lock: str, more: list[str]) -> None:
    shutil.copy(ROOT / lock, tmp_path / lock)  # its pins are uv's preferences
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("not applicable: the environment was made by pip alone")
    cache = {"UV_CACHE_DIR": str(cache_folder() / "uv")}
    command = [uv, *COMPILE, *more, "--output-file", tmp_path / lock]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | cache, capture_output=True, text=True)
    if done.returncode and any(sign in done.stderr for sign in OFFLINE):
        pytest.skip("not applicable: no package registry answers here")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / lock).read_text() == (ROOT / lock).read_text(), "pyproject.toml and the lock differ"
