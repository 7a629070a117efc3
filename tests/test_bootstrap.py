"""The environment's fast path, its refusals, and the question whether there is a display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.bootstrap import STAMP, interpreter, satisfied, wanted_stamp
from desktop.environment import FileLock
from tests.runner.changes import ROOT

POSIX = pytest.mark.skipif(os.name != "posix", reason="not applicable: POSIX only")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="not applicable: Linux only")
AT_MOST = 2  # a start in the finished environment may cost less than a second interpreter start on top


def child(code: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a new interpreter; an environment value of None removes the variable."""
    merged = {**os.environ, **environment}
    kept = {name: value for name, value in merged.items() if value is not None}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=kept, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    return tmp_path


def stamp(checkout: Path, *, dev: bool, gui: bool) -> None:
    text = "\n".join(wanted_stamp(str(checkout), dev, gui))
    (checkout / ".venv" / STAMP).write_text(text)


def fits(checkout: Path, *, dev: bool, gui: bool) -> bool:
    return satisfied(str(checkout / ".venv"), wanted_stamp(str(checkout), dev, gui))


def test_an_environment_fits_what_it_was_made_for_and_less(checkout: Path) -> None:
    assert not fits(checkout, dev=False, gui=False), "no stamp: made by hand or half-made"
    stamp(checkout, dev=False, gui=False)
    assert fits(checkout, dev=False, gui=False)
    assert not fits(checkout, dev=True, gui=False) and not fits(checkout, dev=False, gui=True)
    stamp(checkout, dev=True, gui=True)
    assert fits(checkout, dev=True, gui=True) and fits(checkout, dev=False, gui=False)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_changed_lock_needs_a_new_environment(checkout: Path, lock: str) -> None:
    stamp(checkout, dev=True, gui=False)
    content = (checkout / lock).read_text()
    (checkout / lock).write_text(content.replace("--hash=sha256:1", "--hash=sha256:2", 1))
    assert not fits(checkout, dev=True, gui=False)


def test_an_old_python_gets_a_sentence() -> None:
    done = child(
        "import sys; sys.version_info = (3, 8, 2)\n"
        "from desktop.bootstrap import ensure; ensure('.', dev=False, gui=False, argv=[])"
    )
    assert done.returncode == 3
    assert done.stderr == "Backlight needs Python 3.11 or newer; this is Python 3.8.2.\n"


def test_a_frozen_program_needs_nothing(tmp_path: Path) -> None:
    code = "import sys; sys.frozen = True\nfrom desktop.bootstrap import ensure\n"
    done = child(code + f"ensure({str(tmp_path)!r}, dev=False, gui=True, argv=['x']); print('went on')")
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr
    assert not list(tmp_path.iterdir())


@POSIX
def test_without_apt_the_exact_line_is_printed() -> None:
    code = (
        "from desktop.environment import install_system_packages; install_system_packages(['a', 'b'], 'No X')"
    )
    done = child(code, PATH="/nonexistent")
    assert done.returncode == 3
    assert done.stderr == "No X. Install them, then start again:\n  sudo apt-get install a b\n"


@POSIX
def test_two_processes_never_hold_the_same_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = f"from desktop.environment import FileLock; print(FileLock({str(path)!r}).acquire(blocking=False))"
    with FileLock(path):
        assert child(code).stdout == "False\n"
    assert child(code).stdout == "True\n"


NO_DISPLAY: dict[str, str | None] = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


@LINUX
@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({}, "none"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "display"),
        ({"DISPLAY": ":4711"}, "none"),
        ({"DISPLAY": "localhost:4711.0"}, "none"),
        ({"WAYLAND_DISPLAY": "wayland-9"}, "none"),
    ],
    ids=["nothing set", "platform chosen", "dead display", "dead remote display", "dead wayland"],
)
def test_a_missing_or_dead_display_is_noticed(environment: dict[str, str], answer: str) -> None:
    done = child(
        "from desktop.bootstrap import display_kind; print(display_kind())", **{**NO_DISPLAY, **environment}
    )
    assert done.stdout == answer + "\n", done.stderr


@LINUX
def test_a_display_that_hangs_up_on_qt_is_none(tmp_path: Path) -> None:
    """Something listens there but speaks no X11: only the probe in a child can tell, and must not kill us."""
    code = (
        "import socket, threading\n"
        "server = socket.create_server(('127.0.0.1', 0)); port = server.getsockname()[1]\n"
        "def hang_up():\n"
        "    while True: server.accept()[0].close()\n"
        "threading.Thread(target=hang_up, daemon=True).start()\n"
        "import os; os.environ['DISPLAY'] = f'127.0.0.1:{port - 6000}.0'\n"
        "from desktop.bootstrap import display_kind; print(display_kind())"
    )
    done = child(code, **NO_DISPLAY)
    assert done.stdout == "none\n", done.stderr


@POSIX
@pytest.mark.timing
def test_a_second_start_costs_little(tmp_path: Path) -> None:
    """What ``ensure`` adds to a start in the finished environment, against a bare interpreter."""
    checkout = tmp_path
    shutil.copytree(ROOT / "desktop", checkout / "desktop", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, checkout / name)
    (checkout / ".venv").symlink_to(sys.prefix)
    (checkout / "start.py").write_text(
        "import sys\nfrom desktop.bootstrap import ensure\n"
        "ensure(sys.path[0], dev=False, gui=False, argv=sys.argv)\n"
    )
    assert fits(checkout, dev=False, gui=False), "the tests run in an environment with a stamp"
    bare, ours = [], []
    for _ in range(9):
        bare.append(_processor_seconds([sys.executable, "-c", "pass"]))
        ours.append(_processor_seconds([interpreter(sys.prefix), str(checkout / "start.py")]))
    assert min(ours) < min(bare) * AT_MOST


def _processor_seconds(command: list[str]) -> float:
    """What a child computed: unlike the clock, hardly moved by what else the machine does."""
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a program was started with")
def test_a_variable_that_packaging_took_is_given_back() -> None:
    code = (
        "import os; from desktop.bootstrap import give_back; del os.environ['VIRTUAL_ENV'];"
        "give_back('VIRTUAL_ENV'); give_back('NOT_THERE'); print(os.environ['VIRTUAL_ENV'], len(os.environ))"
    )
    environment = os.environ | {"VIRTUAL_ENV": "/of/the/user", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["/of/the/user", str(len(environment))], done.stderr
