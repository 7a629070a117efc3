"""Finding lines by a child process: ripgrep, or Python's own patterns for what ripgrep cannot say.

Either prints `number:offset:` and something for each line found. A child can be ended at once, a bad pattern
cannot hold up anything else, and a file cut while it is mapped ends only the child.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from embedded_server.engines.support.worker import worker_command
from embedded_server.wire.child_env import child_env
from embedded_server.wire.logs import SearchRequest
from embedded_server.wire.problem import problem

from .rescan import SPEC, compiled
from .segment import Segment, identity

_CHUNK = 1 << 20
# What ripgrep prints for a line longer than `--max-columns`.
_OMITTED = b":[Omitted long matching line]\n"
# Patterns of which it needs no asking whether ripgrep understands them.
_PLAIN = re.compile(r"(?:[\w ,:;=/'\"@#%&<>!~-]|\.|\[[\w-]+\])*")


Places = NDArray[np.int64]


class Spec(msgspec.Struct, frozen=True):
    """What is looked for."""

    pattern: str
    literal: bool = False
    ignore_case: bool = False
    engine: str = "ripgrep"

    def check(self) -> None:
        """Whether Python understands it. Raises logs.pattern."""
        try:
            compiled(msgspec.structs.asdict(self))
        except (re.error, RecursionError, OverflowError) as error:
            raise problem("logs.pattern", detail=str(error)) from error


class Range(NamedTuple):
    """Bytes of a segment, at line starts; `number` of lines before them."""

    start: int
    end: int
    number: int


def ripgrep() -> str | None:
    """The program: beside this interpreter, else on the path."""
    name = "rg.exe" if os.name == "nt" else "rg"
    places = [Path(sys.executable).with_name(name), Path(sys.prefix) / "bin" / name]
    if getattr(sys, "frozen", False):
        places.insert(0, Path(getattr(sys, "_MEIPASS", "")) / name)
    found = next((str(place) for place in places if place.is_file()), None)
    return found or shutil.which("rg")


def spec_of(request: SearchRequest) -> Spec:
    """How a search is run: by ripgrep if it is there and understands the pattern. Raises logs.pattern."""
    if "\n" in request.pattern:
        raise problem(
            "logs.pattern", detail="A pattern is looked for in single lines: it holds no line feed."
        )
    spec = Spec(request.pattern, request.literal, request.ignore_case)
    program = ripgrep()
    if program is not None and (
        spec.literal or _PLAIN.fullmatch(spec.pattern) or _understands(program, spec)
    ):
        return spec
    spec = msgspec.structs.replace(spec, engine="re")
    spec.check()
    return spec


def _understands(program: str, spec: Spec) -> bool:
    done = subprocess.run(
        [program, *_words(spec), "--quiet", "-"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=child_env(),
    )
    return done.returncode in (0, 1)


def _words(spec: Spec) -> list[str]:
    words = [
        "--no-config",
        "--text",
        "--encoding",
        "none",
        "--color",
        "never",
        "--no-heading",
        "--no-filename",
    ]
    words += ["--line-number", "--byte-offset", "--max-columns", "1", "--no-messages"]
    if spec.literal:
        words.append("--fixed-strings")
    if spec.ignore_case:
        words.append("--ignore-case")
    return [*words, "--regexp", spec.pattern]


class Scan:
    """A running child that looks through a file, or a part of it."""

    def __init__(self, spec: Spec, segment: Segment, part: Range) -> None:
        self.part = part
        self._rest = b""
        whole = part.start == 0
        by_path = whole and segment.path and identity(segment.path) == segment.identity
        program = ripgrep() if spec.engine == "ripgrep" else None
        # A path may be mapped, which costs a third; a file that is not at its path comes as standard input.
        words = [program, *_words(spec)] if program else worker_command("scan")
        if program:
            words += ["--mmap", "--", segment.path] if by_path else ["-"]
        environment = child_env() if program else dict(os.environ)
        given = _input(segment, part, by_path=bool(by_path and program))
        try:
            self.process = subprocess.Popen(
                words,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**environment, SPEC: msgspec.json.encode(spec).decode()},
            )
        finally:
            os.close(given)
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.stale = bool(by_path and identity(segment.path) != segment.identity)

    def fileno(self) -> int:
        """What to wait on."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def read(self) -> tuple[Places, bool]:
        """Rows of (number from 0, offset), the lines found since the last call; whether that was all."""
        assert self.process.stdout is not None
        data: bytes | None = self.process.stdout.read(_CHUNK)
        if data is None:  # nothing there yet
            return _places(b""), False
        lines, feed, self._rest = (self._rest + data).rpartition(b"\n")
        found = _places(lines + feed)
        found += (self.part.number - 1, self.part.start)
        if not data:
            self.process.stdout.close()
            self.process.wait()
        return found, not data

    @property
    def failed(self) -> bool:
        """Whether the child ended without having seen everything (the file was cut under it)."""
        return self.process.returncode not in (0, 1)

    def stop(self) -> None:
        """End it now."""
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process.wait()


def _places(printed: bytes) -> Places:
    """The two numbers before each line that a child printed, as rows."""
    numbers = printed.replace(_OMITTED, b":")
    if b"\n" in numbers:  # a line short enough to be printed, or a child that prints otherwise
        numbers = b"".join(b"%b:%b:" % tuple(line.split(b":", 2)[:2]) for line in printed.split(b"\n")[:-1])
    return np.fromstring(numbers.rstrip(b":").decode(), np.int64, sep=":").reshape(-1, 2)


def _input(segment: Segment, part: Range, *, by_path: bool) -> int:
    """The part as a file of its own; the whole file is opened again, with a position of its own."""
    if by_path:
        return os.open(os.devnull, os.O_RDONLY)
    if part.start == 0:
        for path in (f"/proc/self/fd/{segment.fd}", segment.path):
            with contextlib.suppress(OSError):
                given = os.open(path, os.O_RDONLY)
                found = os.fstat(given)
                if (found.st_dev, found.st_ino) == segment.identity:
                    return given
                os.close(given)
    copy, path = tempfile.mkstemp(prefix="backlight-scan-")
    os.unlink(path)
    offset = part.start
    while offset < part.end and (data := os.pread(segment.fd, min(_CHUNK, part.end - offset), offset)):
        offset += os.write(copy, data)
    os.lseek(copy, 0, os.SEEK_SET)
    return copy
