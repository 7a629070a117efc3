"""Where the probes of a workspace find its server: `<workspace>/ingest.json`, readable by its owner alone.

The token stays the same over restarts, so that an application which runs on reports to the next server; it
permits nothing but intake.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

NAME = "ingest.json"


def publish(folder: Path, port: int) -> str:
    """Write the address of the server that now listens; returns the workspace's intake token."""
    token = _token(folder / NAME)
    _write(folder, f"http://127.0.0.1:{port}", token)
    return token


def retract(folder: Path) -> None:
    """This server ends: nobody may take its port and be told what applications do. The token stays."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if told["pid"] == os.getpid():
            _write(folder, "", told["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return


def _write(folder: Path, url: str, token: str) -> None:
    draft = folder / f".{NAME}.{os.getpid()}"
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
    os.replace(draft, folder / NAME)


def _token(path: Path) -> str:
    """The token written earlier if the file is whole and nobody else could read it, else a new one."""
    try:
        if path.stat().st_mode & 0o077 == 0 or os.name == "nt":
            token = json.loads(path.read_text(encoding="utf-8"))["token"]
            if isinstance(token, str) and len(token) >= 32:
                return token
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return secrets.token_hex(32)
