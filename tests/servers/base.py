"""What both database servers share: the folder of a run, who owns it, switching away from root, clean-up.

One run of the tests owns one short folder (a Unix socket path may hold 107 bytes only). It holds an
advisory lock on ``owner.lock`` for as long as it lives, so a later run can tell a folder left by a killed
run (the lock is free) from one in use, stop the servers in it and remove it. Worker processes of one run
find the folder through the environment and start each server once, under a file lock.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from desktop.environment import FileLock
from tests.cache import cache_folder

if sys.platform != "win32":
    import pwd

ENVIRONMENT = "BACKLIGHT_TEST_SERVERS"
PREFIX = "blt-"


class Unavailable(Exception):
    """A server program is not installed here; the text says which package brings it."""


@dataclass
class Account:
    """The system user a server runs as: another one when the tests run as root, else ourselves."""

    switch: dict[str, Any] = field(default_factory=dict)
    ids: tuple[int, int] | None = None

    @classmethod
    def unprivileged(cls, *names: str) -> Account:
        if os.geteuid() != 0:
            return cls()
        for name in (*names, "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                ids = (entry.pw_uid, entry.pw_gid)
                return cls({"user": ids[0], "group": ids[1], "extra_groups": []}, ids)
        raise Unavailable("a database server refuses to run as root and there is no user 'nobody'")

    def own(self, path: Path) -> None:
        """Hand a whole folder to the account."""
        if self.ids is None:
            return
        os.chown(path, *self.ids)
        for folder, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(os.path.join(folder, name), *self.ids, follow_symlinks=False)

    def run(self, command: list[str | Path], folder: Path) -> None:
        """Run a program to its end as the account; raise with its output when it fails."""
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            timeout=120,
            **self.switch,
        )
        if done.returncode:
            output = done.stdout.decode(errors="replace")
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{output}")

    def spawn(self, command: list[str | Path], folder: Path, log: Path) -> int:
        """Start a server in its own session (Ctrl-C in the terminal must not reach it); its process id."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=clean_environment(),
                start_new_session=True,
                **self.switch,
            )
        _children[process.pid] = process
        return process.pid


_children: dict[int, subprocess.Popen[bytes]] = {}


def clean_environment() -> dict[str, str]:
    """Our environment without what would point a client or server at somebody's own database."""
    foreign = ("PG", "MYSQL_", "MARIADB_")
    return {k: v for k, v in os.environ.items() if not k.startswith(foreign)}


def server_root() -> Path:
    """The folder of this run: the one our parent owns, else a new one that we own and remove at exit."""
    if sys.platform == "win32":
        raise Unavailable("the private servers listen on Unix sockets")
    known = os.environ.get(ENVIRONMENT)
    if known:
        return Path(known)
    sweep()
    root = new_root()
    os.environ[ENVIRONMENT] = str(root)
    return root


def new_root() -> Path:
    """A folder for servers that we own and remove at exit."""
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    root.chmod(0o755)
    lock = FileLock(root / "owner.lock")
    lock.acquire()
    _owned[root] = lock
    atexit.register(close_root, root, os.getpid())
    return root


_owned: dict[Path, FileLock] = {}


def close_root(root: Path, owner: int | None = None) -> None:
    """Stop every server of the run and remove its folder; does nothing in a forked child or a second time."""
    if owner not in (None, os.getpid()) or root not in _owned:
        return
    if os.environ.get(ENVIRONMENT) == str(root):
        del os.environ[ENVIRONMENT]
    stop_all(root)
    _owned.pop(root).release()
    shutil.rmtree(root, ignore_errors=True)


def close_owned() -> None:
    """Close the folder this process owns, if any: called when pytest ends."""
    for root in list(_owned):
        close_root(root)


def sweep() -> None:
    """Remove what killed runs left behind: their servers first, then their folders."""
    for root in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/"):
        mark = root / "owner.lock"
        if not mark.exists():
            continue
        with contextlib.suppress(OSError):
            lock = FileLock(mark)
            if lock.acquire(blocking=False):
                stop_all(root)
                lock.release()
                shutil.rmtree(root, ignore_errors=True)


def stop_all(root: Path) -> None:
    for note in root.glob("*.pid"):
        pid, _, how = note.read_text().partition(" ")
        with contextlib.suppress(ValueError):
            stop_process(int(pid), root, signal.Signals[how.strip()])


def note_process(root: Path, name: str, pid: int, stop_signal: signal.Signals) -> None:
    """Remember a started server, so that whoever closes the run can stop it with the right signal."""
    (root / f"{name}.pid").write_text(f"{pid} {stop_signal.name}")


def stop_process(pid: int, root: Path, how: signal.Signals, patience: float = 10.0) -> None:
    """Stop one server of ours and wait for its end; a reused process id of somebody else is left alone."""
    child = _children.pop(pid, None)
    try:
        process = psutil.Process(pid)
        if not any(str(root) in part for part in process.cmdline()):
            return
        process.resume()
        process.send_signal(how)
        try:
            child.wait(patience) if child else process.wait(patience)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            process.kill()
            child.wait(patience) if child else process.wait(patience)
    except psutil.NoSuchProcess:
        if child:
            child.wait(patience)


def once(root: Path, name: str, start: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run ``start`` in the first process that asks and give its answer to every other one.

    A failure is remembered too: each worker fails at once with the same text instead of trying again.
    """
    with FileLock(root / f"{name}.lock"):
        ready, failed = root / f"{name}.json", root / f"{name}.failed"
        if failed.exists():
            raise RuntimeError(failed.read_text())
        if not ready.exists():
            try:
                answer = start()
            except Unavailable:
                raise
            except Exception as error:
                failed.write_text(f"{name} did not start: {error}")
                raise
            ready.write_text(json.dumps(answer))
        return json.loads(ready.read_text())


@contextlib.contextmanager
def template(key: str, make: Callable[[Path], None]) -> Iterator[Path]:
    """A folder made once per machine by ``make`` (an empty data directory takes seconds), to be copied.

    It lives in the tests' cache folder, keyed by program version, and appears there by one rename.
    """
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / key
    with FileLock(cache / f"{key}.lock"):
        if not made.exists():
            work = Path(tempfile.mkdtemp(prefix=f"{PREFIX}new-"))
            try:
                work.chmod(0o755)
                make(work / "data")
                moved = cache / f"{key}.{os.getpid()}"
                shutil.copytree(work / "data", moved, symlinks=True)
                moved.rename(made)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        yield made


def free_port() -> int:
    """A TCP port on the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: Path | str, package: str) -> Path:
    """The full path of a server program; ``Unavailable`` names the Debian package that brings it."""
    for folder in folders:
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:
        raise Unavailable(f"{name} is not installed: apt-get install {package}")
    return Path(found)
