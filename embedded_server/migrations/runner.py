"""The project's interpreter at work: a child process that tells what it does, event by event."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.child_env import child_env
from embedded_server.wire.migrations import Interpreter, Project
from embedded_server.wire.problem import Problem, ProblemError, problem

FOLDER = Path(__file__).parent
HELLO_SECONDS = 10.0
# After a cancel the child gets this long to roll back; when the server ends, this long for its revision.
GRACE_SECONDS = 10.0
FINISH_SECONDS = 8.0
LOOK_SECONDS = 0.05
LEAVING_SECONDS = 5.0
ERROR_LINES = 60
# Nothing of a start is garbage: to look for it is a tenth of the time that importing takes.
_BOOT = (
    "import gc, sys; gc.set_threshold(50_000, 20, 100);"
    " sys.path.append(sys.argv[1]); from backlight_runner.main import main;"
    " sys.path.remove(sys.argv[1]); sys.exit(main())"
)
_READ_ONLY = ("readonly database", "read-only transaction", "READ ONLY transaction")
_TITLES = {
    "guard": ("migrations.other_database", "The project points at another database"),
    "import": ("migrations.import", "The project's code cannot be imported"),
    "busy": ("migrations.busy", "Another apply runs on this database"),
    "veto": ("migrations.no_rehearsal", "A revision commits by itself, so it cannot be rehearsed"),
    "exists": ("migrations.exists", "The file is there already"),
    "wrote": ("migrations.wrote", "The project tried to write while it was only looked at"),
}
_HINTS = {
    "guard": "Name the environment variable that carries the database's URL in the project's settings, or"
    " allow redirecting.",
    "import": "Choose the interpreter in which the project's packages are installed.",
    "wrote": "Its code migrates or writes when it starts; everything that needs no run of it still works.",
    "busy": "Wait for it to end.",
    "exists": "Give the revision another message.",
}


class Runner:
    """One child with one job."""

    def __init__(self, interpreter: str, job: dict[str, Any]) -> None:
        environment = child_env() | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONHOME", None)
        self.process = subprocess.Popen(
            [interpreter, "-c", _BOOT, str(FOLDER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=job.get("root") or None,
            env=environment,
            start_new_session=True,
        )
        self.errors: deque[str] = deque(maxlen=ERROR_LINES)
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._silent = threading.Event()
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read_events, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()
        self.say(job)

    def say(self, message: dict[str, Any]) -> None:
        """One line to the child; a child that is gone hears nothing."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def next(self, seconds: float) -> dict[str, Any] | None:
        """The next event, null at the end. Raises queue.Empty when none came in time."""
        return self._events.get(timeout=seconds)

    def ended(self) -> bool:
        """Whether the child has ended or is just about to."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LEAVING_SECONDS if self._silent.is_set() else 0)
        return self.process.poll() is not None

    def kill(self) -> None:
        """End the child and what it started."""
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> int:
        """Let go of a child that has ended; its exit code."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        code = self.process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict):
                    self._events.put(found)
        self._silent.set()
        self._events.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.decode("utf-8", "replace").rstrip()[:2000])


def hello(candidate: Interpreter) -> Interpreter:
    """Ask an interpreter what is installed in it."""
    try:
        runner = Runner(candidate.path, {"do": "hello"})
    except OSError as error:
        return msgspec.structs.replace(candidate, problem=f"cannot be started: {error.strerror}")
    try:
        event = runner.next(HELLO_SECONDS)
    except queue.Empty:
        runner.kill()
        runner.close()
        return msgspec.structs.replace(candidate, problem="does not answer")
    runner.close()
    if event is None or event.get("ev") != "hello":
        return msgspec.structs.replace(candidate, problem="\n".join(runner.errors) or "ended at once")
    return msgspec.structs.replace(candidate, versions=dict(event["versions"]))


def job_of(project: Project, work: str, **more: Any) -> dict[str, Any]:
    """The message that starts a child on a project."""
    settings = project.settings
    return {
        "do": work,
        "kind": project.kind,
        "root": project.root,
        "script": project.script,
        "config": project.config,
        "section": settings.section,
        "app": settings.app,
        "url_variable": settings.url_variable,
        "redirect": settings.redirect,
        "variables": dict(settings.variables),
        **more,
    }


@contextmanager
def running(interpreter: str, job: dict[str, Any]) -> Iterator[Runner]:
    """A child for the time of the block; none is left behind."""
    try:
        runner = Runner(interpreter, job)
    except OSError as error:
        raise problem("migrations.no_interpreter", detail=f"{interpreter}: {error}") from error
    try:
        yield runner
    finally:
        if not runner.ended():
            runner.kill()
        runner.close()


def events(
    runner: Runner,
    call: Call,
    stop: Callable[[], None] | None = None,
    idle: Callable[[], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """What the child tells until it ends. A cancelled call cancels the child, which is still heard out.

    `stop` stops the running statement from outside; `idle` is called while nothing is told. Raises the
    problem the child ended with.
    """
    given_up, last = _Patience(runner, call, stop), None
    while True:
        try:
            event = runner.next(LOOK_SECONDS)
        except queue.Empty:
            given_up.look()
            if idle is not None:
                idle()
            continue
        if event is None:
            break
        given_up.look()
        last = event
        yield event
    if last is not None and last["ev"] == "stopped":
        raise ProblemError(Problem("job.cancelled", "The work was cancelled", str(last.get("message", ""))))
    if last is None or last["ev"] != "done":
        raise ProblemError(ended(last, runner))


class _Patience:
    """Looks whether the caller gave up, and how long ago."""

    def __init__(self, runner: Runner, call: Call, stop: Callable[[], None] | None) -> None:
        self._runner, self._call, self._stop = runner, call, stop
        self._since = 0.0
        self._asked = ""

    def look(self) -> None:
        """Pass a wish on; end a child that does not follow."""
        if not self._since and not self._cancelled():
            return
        now = time.monotonic()
        self._since = self._since or now
        waited = now - self._since
        stopping = self._call.services.stopping.is_set()
        wish = "finish" if stopping and waited < FINISH_SECONDS else "cancel"
        if self._asked not in (wish, "cancel"):
            self._asked = wish
            self._runner.say({"do": wish})
        if wish == "cancel" and self._stop is not None:
            self._stop()
        if waited > GRACE_SECONDS + (FINISH_SECONDS if stopping else 0):
            self._runner.kill()

    def _cancelled(self) -> bool:
        try:
            self._call.check()
        except ProblemError:
            return True
        return False


def ended(event: dict[str, Any] | None, runner: Runner) -> Problem:
    """Why a child did not do its job."""
    if event is None or event.get("ev") != "failed":
        said = "\n".join(runner.errors) or "It said nothing."
        return Problem("migrations.failed", "The project's interpreter ended unexpectedly", said)
    kind, message = str(event["kind"]), str(event["message"])
    if kind == "failed" and any(words in message for words in _READ_ONLY):
        kind = "wrote"
    code, title = _TITLES.get(kind, ("migrations.failed", "The project's migrations could not be run"))
    places = [f"{frame['file']}:{frame['line']} in {frame['function']}" for frame in event.get("trace", [])]
    head = message if kind in _TITLES else f"{event['type']}: {message}"
    return Problem(code, title, "\n".join([head, *places]), _HINTS.get(kind, ""))
