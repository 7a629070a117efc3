"""Builds the packaged program once per run and unpacks its archive elsewhere, as a user would."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.building import READY, command, environment
from tests.runner.changes import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dist folder of a build; BACKLIGHT_DIST names one made before."""
    ready = os.environ.get(READY)
    if ready:
        return Path(ready)
    folder = tmp_path_factory.mktemp("build")
    done = subprocess.run(command(folder), cwd=ROOT, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "dist"


@pytest.fixture(scope="session")
def archive(built: Path) -> Path:
    (found,) = built.glob("backlight-*-linux-*.tar.gz")
    return found


@pytest.fixture(scope="session")
def bundle(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked archive, in a folder with a blank in its name."""
    folder = tmp_path_factory.mktemp("some where")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="fully_trusted")
    (found,) = folder.iterdir()
    return found


@pytest.fixture
def run(bundle: Path, tmp_path: Path) -> Run:
    """Starts the program from another folder with nothing in its environment but a home and an empty PATH."""
    home, nothing = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    nothing.mkdir()

    def start(*words: str, timeout: float = 100, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [bundle / "backlight", *words],
            cwd=tmp_path,
            env={"HOME": str(home), "PATH": str(nothing)} | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return start
