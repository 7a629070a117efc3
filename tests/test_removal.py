"""A capability is its folders and nothing else: without them the rest starts and works.

Its messages (embedded_server/wire/) stay: engines, store and kit speak in some of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.sources import project_files
from tests.test_arrows import capabilities


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without its tests, with what is compiled of it already: no start does that again."""
    folder = tmp_path_factory.mktemp("copy")
    for path in project_files():
        if path.parts[0] != "tests":
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
            compiled = Path(cache_from_source(str(path)))
            if path.suffix == ".py" and (ROOT / compiled).exists():
                (folder / compiled).parent.mkdir(exist_ok=True)
                shutil.copy2(ROOT / compiled, folder / compiled)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def run(copy: Path, capability: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts the program without the folders of a capability, which are put aside meanwhile."""
    gone = [copy / side / capability for side in ("desktop", "embedded_server")]
    for number, folder in enumerate(gone):
        folder.rename(tmp_path / str(number))

    def start(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "main.py", *words], cwd=copy, env=os.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout

    yield start
    for number, folder in enumerate(gone):
        (tmp_path / str(number)).rename(folder)


@pytest.mark.process
@pytest.mark.parametrize("capability", sorted(capabilities()))
def test_the_rest_starts_without(run: Callable[..., str], capability: str, copy: Path) -> None:
    assert not [*copy.glob(f"*/{capability}/__init__.py")]
    assert json.loads(run("call", "server.info", "{}"))["engines"]
    assert json.loads(run("selftest", "window"))["checks"]["window"]["ok"]


@pytest.mark.process
def test_one_that_cannot_be_loaded_takes_nothing_else_with_it(copy: Path) -> None:
    """A library of its own that is missing or broken on this machine, say."""
    service = copy / "embedded_server" / "logs" / "service.py"
    whole = service.read_text(encoding="utf-8")
    service.write_text(
        whole.replace("import annotations\n", "import annotations\nimport no_such_library\n", 1)
    )

    def call(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "main.py", "call", name, "{}"]
        return subprocess.run(command, cwd=copy, env=os.environ, capture_output=True, text=True)

    try:
        assert json.loads(call("server.info").stdout)["engines"]
        assert call("connections.list").returncode == 0
        refused = call("logs.sources")
    finally:
        service.write_text(whole, encoding="utf-8")
    told = json.loads(refused.stdout)
    assert refused.returncode == 1
    assert told["code"] == "server.internal" and "no_such_library" in told["detail"]
