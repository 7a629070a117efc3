"""A virtual environment per foreign application, made once per machine and kept outside the tree.

The packages come from whatever index this machine's own configuration names. The folder is keyed by the
requirements and the interpreter; a killed build leaves no mark and is made anew. Without the index the tests
that ask for an environment are skipped: nothing of ours depends on it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.environment import FileLock

REQUIREMENTS = {
    # Whatever versions of their own dependencies the index answers with: that is what a user would get.
    "mlflow": ("mlflow==3.17.2", "psycopg2-binary", "psycopg[binary]", "gunicorn"),
    "ihatemoney": ("ihatemoney==7.2.1", "psycopg2-binary", "gunicorn"),
    "loggers": ("structlog", "python-json-logger", "gunicorn", "flask"),
    "optuna": ("optuna==5.0.0", "psycopg2-binary", "psycopg[binary]"),
}
AIRFLOW = "apache-airflow-core==3.3.2"
MADE = "made"


def environment(name: str) -> Path:
    """The ``bin`` folder of an application's own environment."""
    requirements = REQUIREMENTS[name]

    def build(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", "--without-pip", folder])
        _install(folder, ["--python", folder / "bin" / "python", *requirements])

    return _kept(name, requirements, build) / "bin"


def packages(name: str) -> Path:
    """The ``site-packages`` folder of an application's environment: where its own code lies."""
    return next((environment(name).parent / "lib").glob("python3*")) / "site-packages"


def unpacked(requirement: str) -> Path:
    """A folder with the files of one wheel, installed nowhere and without what it needs."""
    name = requirement.partition("==")[0]
    return _kept(name, (requirement,), lambda folder: _unpack(folder, requirement))


def _unpack(folder: Path, requirement: str) -> None:
    folder.mkdir()
    _install(folder, ["--no-deps", "--target", folder, requirement])


def _kept(name: str, requirements: tuple[str, ...], build: object) -> Path:
    assert callable(build)
    words = "\n".join([*requirements, sys.version])
    cache = Path(os.environ["BACKLIGHT_TEST_CACHE"]) / "wild"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{name}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"
    with FileLock(cache / f"{name}.lock"):
        if not (folder / MADE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                build(folder)
            except subprocess.CalledProcessError as error:
                shutil.rmtree(folder, ignore_errors=True)
                pytest.skip(f"{name} could not be installed: {error.stdout.decode(errors='replace')[-600:]}")
            (folder / MADE).touch()
    return folder


def _install(folder: Path, arguments: list[str | Path]) -> None:
    _run([sys.executable, "-m", "uv", "pip", "install", "--quiet", *arguments])


def _run(command: list[str | Path]) -> None:
    """Run one step with the user's own home, where the address of his package index may be set."""
    cache = Path(os.environ["BACKLIGHT_TEST_CACHE"])
    own = {"HOME": pwd.getpwuid(os.getuid()).pw_dir, "UV_CACHE_DIR": str(cache / "uv")}
    rest = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    subprocess.run(command, env=rest | own, stdin=subprocess.DEVNULL, check=True, timeout=900, **output)
