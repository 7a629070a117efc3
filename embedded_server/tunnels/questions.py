"""Answers what ssh asks while it connects: from what is known, never by itself."""

from __future__ import annotations

import json
import os
import secrets
import socket
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from embedded_server.wire.scratch import Scratch

from .helper import ADDRESS, TOKEN

MAIN = Path(__file__).resolve().parents[2] / "main.py"


def helper_command() -> list[str]:
    """How the helper starts, from the sources or packaged."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(MAIN)]
    return [*program, "ssh-helper"]


class Questions:
    """Listens on the loopback while one ssh connects. `asked` is the first question without an answer."""

    def __init__(self, answer: Callable[[str], str | None]) -> None:
        self._answer = answer
        self.asked = ""
        self._token = secrets.token_hex(16)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._folder = Scratch("ask")
        self._thread = threading.Thread(target=self._serve, name="ssh-questions", daemon=True)
        self._thread.start()

    def environment(self) -> dict[str, str]:
        """What ssh needs to ask here instead of on a terminal."""
        port = self._socket.getsockname()[1]
        found = {"SSH_ASKPASS": str(self._program()), "SSH_ASKPASS_REQUIRE": "force"}
        found |= {ADDRESS: f"127.0.0.1:{port}", TOKEN: self._token}
        # Older versions ask through a program only where they believe to have a display.
        return found if os.environ.get("DISPLAY") else found | {"DISPLAY": ":0"}

    def close(self) -> None:
        """ssh is connected, or gave up."""
        self._socket.close()
        self._folder.close()

    def _program(self) -> Path:
        # ssh takes one path without arguments.
        if os.name == "nt":
            path = self._folder.path / "ask.bat"
            path.write_text(f"@{_quoted(helper_command())} ask %*\r\n", encoding="utf-8")
            return path
        path = self._folder.path / "ask"
        path.write_text(f'#!/bin/sh\nexec {_quoted(helper_command())} ask "$@"\n', encoding="utf-8")
        path.chmod(stat.S_IRWXU)
        return path

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    self._reply(connection)
                except (OSError, ValueError, AttributeError):
                    continue

    def _reply(self, connection: socket.socket) -> None:
        message = json.loads(connection.makefile("rb").readline(1 << 16))
        if not secrets.compare_digest(str(message.get("token")), self._token):
            return
        prompt = str(message.get("prompt")).strip()
        answer = self._answer(prompt)
        if answer is None:
            self.asked = self.asked or prompt
        connection.sendall(json.dumps({"answer": answer}).encode() + b"\n")


def _quoted(command: list[str]) -> str:
    quote = '"{}"' if os.name == "nt" else "'{}'"
    return " ".join(quote.format(word if os.name == "nt" else word.replace("'", "'\\''")) for word in command)
