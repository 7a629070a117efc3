"""Files of every kind of damage, and what GNU grep finds in them."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

_CHANCE = random.Random(11)
_NAMES = ("shop.orders", "shop.auth", "werkzeug")


def record(number: int, level: str = "INFO", text: str = "") -> str:
    """A line as a configured Python logger writes it."""
    at = f"2026-11-26 {10 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d},{number % 1000:03d}"
    text = text or f"request {number:08x} user={number % 97} took {_CHANCE.randint(1, 9999)} ms"
    return f"{at} {level} {_NAMES[number % 3]}: {text}"


def _lines(count: int) -> list[str]:
    levels = ("INFO", "INFO", "DEBUG", "WARNING", "ERROR")
    found = []
    for number in range(count):
        found.append(record(number, levels[number % 5]))
        if number % 50 == 7:
            found += [
                "Traceback (most recent call last):",
                '  File "/srv/shop.py", line 3, in f',
                "ValueError: no",
            ]
    return found


def files(folder: Path) -> list[Path]:
    """Ten logs: plain, accents, invalid bytes, CRLF, no last line feed, NULs, long, blank, single, none."""
    base = _lines(3000)
    accents = [line.replace("request", "requête é東京") for line in base]
    invalid = [
        line.encode().replace(b"user=", b"\xff\xfe\xc3user=" if n % 3 else b"user=")
        for n, line in enumerate(base)
    ]
    long = [line + ("x" * 20_000 if n % 400 == 3 else "") + " end" for n, line in enumerate(base)]
    content = {
        "ascii.log": "\n".join(base).encode() + b"\n",
        "utf8.log": "\n".join(accents).encode() + b"\n",
        "invalid.log": b"\n".join(invalid) + b"\n",
        "crlf.log": "\r\n".join(base).encode() + b"\r\n",
        "open.log": "\n".join(base).encode(),
        "nul.log": "\n".join(base).replace("took", "to\0ok").encode() + b"\n",
        "long.log": "\n".join(long).encode() + b"\n",
        "blank.log": "\n\n".join(base).encode() + b"\n\n\n",
        "single.log": base[0].encode(),
        "none.log": b"",
    }
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in content]


# Extended regular expressions that grep and ripgrep understand alike.
PATTERNS = (
    "ERROR",
    "took",
    "^2026",
    "^$",
    "ms$",
    "^Traceback",
    "user=(1|2|3) ",
    "took [34][0-9][0-9][0-9] ms",
    "[[:digit:]]{8}",
    "shop.orders: request",
    "é",
    "requête",
    "東京",
    "DEBUG|WARNING",
    "x{50}",
    "no such thing",
    'File ".*", line [0-9]+',
    "r[a-z]*t",
    "x*",
    "(INFO|ERROR) werkzeug: .* 7 ms",
)


def grep(path: Path, pattern: str, *options: str) -> list[tuple[int, bytes]]:
    """What `grep -n` says: line numbers and lines."""
    locale = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = ["grep", "-n", "-a", *(options or ("-E",)), "-e", pattern, str(path)]
    done = subprocess.run(command, capture_output=True, env=locale, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.split(b"\n")
    assert lines.pop() == b""
    return [(int(number), text) for number, _, text in (line.partition(b":") for line in lines)]
