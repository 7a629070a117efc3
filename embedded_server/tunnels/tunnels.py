"""Ways to databases behind an ssh host: made when a session is opened, shared by all sessions, watched."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections import deque

import msgspec
import psutil

from embedded_server.engines.base import Engine, Session, Target
from embedded_server.engines.support.routing import address_of, rerouted
from embedded_server.secrets import Secrets
from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import ProblemError, problem

from .questions import Questions, helper_command

OPTION = "ssh"
# How long ssh may take to be through, questions of other hosts on the way included.
PATIENCE = 30.0
_STEP = 0.05
# How long a refused session waits for ssh's words about it.
SAYING = 0.5
_HINTS = (
    ("host key verification failed", "Its key is not the one that is known, or was not trusted."),
    ("remote host identification has changed", "Somebody may be listening, or the host was made anew."),
    ("could not resolve hostname", "Is it an alias of another machine's ~/.ssh/config?"),
    ("permission denied", "Is the key loaded in the agent? `ssh HOST` in a terminal tells more."),
    ("connection refused", "No ssh server answers there."),
    ("timed out", "Is a VPN needed to reach it?"),
    ("administratively prohibited", "The ssh host does not let this account forward ports."),
)


def is_choice(prompt: str) -> bool:
    """Whether ssh wants a yes or no, as for a host key it does not know."""
    return "(yes/no" in prompt


class Tunnel:
    """One ssh that forwards one port."""

    def __init__(self, destination: str, host: str, port: int) -> None:
        self.destination, self.host, self.port = destination, host, port
        self.local_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._said: deque[str] = deque(maxlen=40)
        self.spoken = 0
        self._spoke = threading.Condition()
        self._reader: threading.Thread | None = None
        self.lock = threading.Lock()

    def alive(self) -> bool:
        """Whether ssh still runs, not only what keeps it."""
        process = self._process
        return process is not None and process.poll() is None and any(map(_runs, _below(process.pid)))

    def said_since(self, spoken: int) -> str:
        """What ssh says after so many lines, waited for a moment: why the far end of the tunnel cannot be
        reached is told there only."""
        with self._spoke:
            self._spoke.wait_for(lambda: self.spoken > spoken, SAYING)
            return self._said[-1] if self.spoken > spoken else ""

    def open(self, questions: Questions) -> None:
        """Start ssh and wait until it listens. Raises connection.tunnel, ssh.question."""
        self.local_port = _free_port()
        options = {
            "ExitOnForwardFailure": "yes",
            "ConnectTimeout": "10",
            "ServerAliveInterval": "15",
            "ServerAliveCountMax": "3",
            "NumberOfPasswordPrompts": "1",
            # A connection shared with others would outlive us, or end with them.
            "ControlMaster": "no",
            "ControlPath": "none",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        where = f"127.0.0.1:{self.local_port}:{_bracketed(self.host)}:{self.port}"
        words += ["-N", "-T", "-L", where, *_destination(self.destination)]
        self._process = subprocess.Popen(
            [*helper_command(), "keep", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=child_env() | questions.environment(),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        try:
            self._wait(questions)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End ssh."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            for one in [*_below(process.pid), process]:
                with contextlib.suppress(psutil.Error, OSError):
                    one.kill()
            process.wait()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                with self._spoke:
                    self._said.append(line.decode("utf-8", "replace").strip())
                    self.spoken += 1
                    self._spoke.notify_all()

    def _wait(self, questions: Questions) -> None:
        deadline = time.monotonic() + PATIENCE
        assert self._process is not None
        while self._process.poll() is None:
            if questions.asked or time.monotonic() > deadline:
                break
            if self._listens():
                return
            time.sleep(_STEP)
        if questions.asked:
            raise question_of(self.destination, questions.asked)
        if self._reader is not None and self._process.poll() is not None:
            self._reader.join(2)
        raise self._refusal(self._process.poll() is None)

    def _listens(self) -> bool:
        """Asked of the system: a trial connection would be one to the database."""
        assert self._process is not None
        for one in _below(self._process.pid):
            with contextlib.suppress(psutil.Error):
                for connection in one.net_connections("tcp"):
                    if connection.status == psutil.CONN_LISTEN and connection.laddr.port == self.local_port:
                        return True
        return False

    def _refusal(self, late: bool) -> ProblemError:
        said = [line for line in self._said if line and not line.startswith("Warning: Permanently added")]
        text = "\n".join(said) or ("ssh did not get through in time" if late else "ssh ended without a word")
        lowered = text.lower()
        hint = next((hint for words, hint in _HINTS if words in lowered), "")
        return problem("connection.tunnel", detail=f"{self.destination}: {text}", hint=hint)


class Tunnels:
    """All tunnels of a server process. Also its room: closed with the server."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._lock = threading.Lock()
        self._tunnels: dict[tuple[str, str, int], Tunnel] = {}
        self._answers: dict[tuple[str, str], str] = {}
        self._originals: dict[str, str] = {}

    def answer(self, destination: str, prompt: str, text: str) -> None:
        """What to say when ssh asks this again; kept in memory. A yes is used once."""
        with self._lock:
            self._answers[destination, prompt.strip()] = text

    def reach(self, target: Target) -> Target:
        """The target as it is reached from here: through its tunnel, which is made if need be.

        Raises connection.tunnel, ssh.question, connection.invalid.
        """
        destination = target.options.get(OPTION, "").strip()
        if not destination:
            return target
        if shutil.which("ssh", path=child_env().get("PATH")) is None:
            raise problem("connection.tunnel", detail="There is no program called ssh on the PATH.")
        host, port = address_of(target)
        with self._lock:
            key = (destination, host, port)
            tunnel = self._tunnels.setdefault(key, Tunnel(destination, host, port))
        with tunnel.lock:
            if not tunnel.alive():
                self._open(tunnel)
            options = {name: value for name, value in target.options.items() if name != OPTION}
            found = rerouted(target, tunnel.local_port, options)
        with self._lock:
            self._originals[found.url] = target.url
        return found

    def open(self, engine: Engine, target: Target) -> Session:
        """A session by way of the target's tunnel, or without one. Raises as `reach` and `Engine.open`."""
        reached = self.reach(target)
        if reached is target:
            return engine.open(target)
        tunnel = self._tunnels[(target.options[OPTION].strip(), *address_of(target))]
        before = tunnel.spoken
        try:
            return engine.open(reached)
        except ProblemError as error:
            said = tunnel.said_since(before)
            if said:
                through = f"through {tunnel.destination} to {tunnel.host}:{tunnel.port}: {said}"
                detail = f"{error.problem.detail}\n{through}"
                raise ProblemError(msgspec.structs.replace(error.problem, detail=detail)) from error
            raise

    def original(self, url: str) -> str:
        """The URL of a target before it was rerouted; any other as it is."""
        with self._lock:
            return self._originals.get(url, url)

    def _open(self, tunnel: Tunnel) -> None:
        given: list[str] = []

        def answer(prompt: str) -> str | None:
            text = self._known(tunnel.destination, prompt)
            if text is not None:
                given.append(prompt)
            return text

        questions = Questions(answer)
        try:
            tunnel.open(questions)
        except ProblemError as error:
            self._forget(tunnel.destination, given)
            if given and not is_choice(given[-1]) and "permission denied" in error.problem.detail.lower():
                raise question_of(tunnel.destination, given[-1], refused=True) from error
            raise
        finally:
            questions.close()
        self._forget(tunnel.destination, [prompt for prompt in given if is_choice(prompt)])

    def _known(self, destination: str, prompt: str) -> str | None:
        with self._lock:
            text = self._answers.get((destination, prompt))
        if text is None and not is_choice(prompt):
            text = self._secrets.get(f"ssh {destination}", stored=False)
        return text

    def _forget(self, destination: str, prompts: list[str]) -> None:
        with self._lock:
            for prompt in prompts:
                self._answers.pop((destination, prompt), None)

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            tunnels = list(self._tunnels.values())
            self._tunnels.clear()
        for tunnel in tunnels:
            tunnel.close()


def question_of(destination: str, prompt: str, *, refused: bool = False) -> ProblemError:
    """What ssh wants to know, for somebody to answer it."""
    hint = "Compare the fingerprint before you trust it." if is_choice(prompt) else ""
    if refused:
        hint = "What was given before was refused."
    return problem("ssh.question", detail=f"{destination}\n{prompt}", hint=hint)


def _below(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        return found
    return []


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _destination(text: str) -> list[str]:
    """`HOST`, `USER@HOST` or either with `:PORT`; never taken for an option."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and "]" not in port:
        return ["-p", port, "--", host]
    return ["--", text]
