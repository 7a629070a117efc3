"""Makes the environment of a checkout: the slow path of ``desktop.bootstrap``, standard library only.

Everything is built in a folder beside ``.venv`` and appears there by one rename, under a file lock: of two
parallel first starts one builds and the other waits, and an interrupted start leaves nothing that a later one
would take for an environment. What was left by a killed start is removed by the next.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from desktop.bootstrap import MISSING, STAMP, interpreter, leave, satisfied

UV_LOCK = "requirements-uv.lock"
# What PySide6 needs to be imported and to draw without a display, and what its X11 plugin adds to that.
QT_PACKAGES = "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
XCB_PACKAGES = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0"
PROBE_QT = """
import ctypes, os, sys
from PySide6 import QtWidgets
from PySide6.QtCore import QLibraryInfo
plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
if sys.platform == "linux":
    ctypes.CDLL(os.path.join(plugins, "platforms", "libq%s.so" % sys.argv[1]))
"""


class FileLock:
    """An advisory lock on a file, held by this process until released; the system frees it if we die."""

    def __init__(self, path: "str | os.PathLike[str]") -> None:
        self.path = os.fspath(path)
        self._file: int | None = None

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock; without ``blocking`` answer False when another process holds it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _lock(file, blocking):
                os.close(file)
                return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "FileLock":
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int, blocking: bool) -> bool:
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_LOCK if blocking else msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not blocking:
                    return False
else:
    import fcntl

    def _lock(file: int, blocking: bool) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
            return True
        except BlockingIOError:
            return False


def say(text: str) -> None:
    """One line per step, on standard error: standard output belongs to the command that was asked for."""
    print(text, file=sys.stderr, flush=True)


def prepare(root: str, home: str, wanted: list[str]) -> None:
    """Make the environment in ``home`` have every fact in ``wanted``; ends the process when it cannot."""
    try:
        with _alone(root):
            if not satisfied(home, wanted):
                _make(Path(root), Path(home), wanted)
    except KeyboardInterrupt:
        leave("interrupted: nothing half-made was left behind", 130)
    except subprocess.CalledProcessError as error:
        leave(f"setting up failed ({error.returncode}): {' '.join(map(str, error.cmd))}", 1)
    except OSError as error:
        leave(f"setting up failed: {error}", 1)


@contextlib.contextmanager
def _alone(root: str) -> Iterator[None]:
    lock = FileLock(os.path.join(root, ".venv-lock"))
    if not lock.acquire(blocking=False):
        say("another start is setting up; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(root: Path, home: Path, wanted: list[str]) -> None:
    for left in root.glob(".venv-*-*/"):
        shutil.rmtree(left, ignore_errors=True)
    facts = [fact for fact in wanted if not fact.startswith("qt ")]
    lock = [fact for fact in facts if fact.startswith("requirements")][-1].split()[0]
    have = _read(home)
    if set(facts) <= set(have):
        facts = have
    elif set(facts[:2]) <= set(have):
        # The development lock only adds to the other one (tests/test_locks.py), so it can go on top.
        _install(root, home, lock)
        facts += [fact for fact in have if fact.startswith("qt ")]
    else:
        _build(root, home, lock)
    _write(home, facts)
    for fact in wanted:
        if fact.startswith("qt ") and fact not in facts:
            _check_qt(home, fact.split()[1])
            facts.append(fact)
    _write(home, facts)


def _read(home: Path) -> list[str]:
    try:
        return (home / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _write(home: Path, facts: list[str]) -> None:
    new = home / (STAMP + ".new")
    new.write_text("\n".join(facts) + "\n", encoding="utf-8")
    new.replace(home / STAMP)


def _build(root: Path, home: Path, lock: str) -> None:
    """A new environment from ``lock``, then one rename to ``home``; an older one there makes way."""
    _check_ensurepip()
    work = root / f".venv-new-{os.getpid()}"
    old = root / f".venv-old-{os.getpid()}"
    try:
        say(f"making the environment {home.name} (once; about 200 MB)")
        _run([sys.executable, "-m", "venv", work])
        _install(root, work, lock)
        _rewrite_paths(work, home)
        if home.exists():
            home.rename(old)
        work.rename(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _install(root: Path, home: Path, lock: str) -> None:
    """Install a lock: by uv, itself installed from its own lock, else by pip from the same lock."""
    python = interpreter(str(home))
    started = time.monotonic()
    say(f"installing {lock} (each file checked against its hash)")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    uv = [
        python,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--compile-bytecode",
        "--python",
        python,
    ]
    quick = _call([*pip, "-r", str(root / UV_LOCK)])
    if quick.returncode == 0:
        quick = _call([*uv, "-r", str(root / lock)])
    if quick.returncode:
        say(f"uv could not install it, trying pip; it said: {quick.stdout.strip()[-500:]}")
        _run([*pip, "-r", str(root / lock)])
    say(f"installed in {time.monotonic() - started:.0f} s")


def _rewrite_paths(work: Path, home: Path) -> None:
    """Scripts carry the absolute path of the folder they were installed in: make it the final one."""
    for file in Path(interpreter(str(work))).parent.iterdir():
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if os.fsencode(work) in content and b"\0" not in content:
            file.write_bytes(content.replace(os.fsencode(work), os.fsencode(home)))


def _check_ensurepip() -> None:
    """Debian cuts ensurepip out of Python; without it ``venv`` fails half-way."""
    if _works([sys.executable, "-m", "ensurepip", "--version"]):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install_system_packages([package], "Python's venv module is incomplete")


def _check_qt(home: Path, platform: str) -> None:
    """Load Qt and the platform plugin in a child: a missing library is an error there, not a crash here."""
    python = interpreter(str(home))
    probe = [python, "-c", PROBE_QT, platform]
    if sys.platform != "linux" or _works(probe):
        return
    packages = QT_PACKAGES.split()
    if platform == "xcb" or may_install():
        packages += XCB_PACKAGES.split()
    install_system_packages(packages, "Qt's system libraries are missing")
    _run(probe)


def may_install() -> bool:
    """Whether apt can be used here: root on Debian or Ubuntu."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_system_packages(packages: Sequence[str], why: str) -> None:
    """Install by apt as root on Debian or Ubuntu, saying so; elsewhere print the one line and end with 3."""
    shown = "apt-get install " + " ".join(packages)
    if not may_install():
        leave(f"{why}. Install them, then start again:\n  sudo {shown}", MISSING)
    say(f"{why}; running: {shown}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    _run([*apt, "update"], quiet)
    _run([*apt, "-y", "--no-install-recommends", "install", *packages], quiet)


def _works(command: Sequence["str | Path"]) -> bool:
    return _call(command).returncode == 0


def _run(command: Sequence["str | Path"], environment: "dict[str, str] | None" = None) -> None:
    """Run a step; its output is shown only when it fails."""
    done = _call(command, environment)
    if done.returncode:
        sys.stderr.write(done.stdout)
    done.check_returncode()


def _call(
    command: Sequence["str | Path"], environment: "dict[str, str] | None" = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )
