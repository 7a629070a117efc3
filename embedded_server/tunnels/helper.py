"""What runs beside ssh, as a process of its own: `keep` it while we live, and `ask` for it.

`keep PORT ARGUMENTS`: runs ssh and ends it when standard input ends, so that no tunnel outlives its server.
`ask PROMPT`: what ssh starts for a question (SSH_ASKPASS); it hands the question to the server and prints the
answer. With none it ends with 1, and ssh gives up. Standard library only: it starts in a few milliseconds.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading

ADDRESS, TOKEN = "BACKLIGHT_ASK_ADDRESS", "BACKLIGHT_ASK_TOKEN"
PATIENCE = 10.0


def keep(arguments: list[str]) -> int:
    """Run ssh until it ends or nobody holds our standard input any more; ssh's exit code."""
    process = subprocess.Popen(["ssh", *arguments], stdin=subprocess.DEVNULL, env=os.environ)

    def watch() -> None:
        sys.stdin.buffer.read()
        process.terminate()

    threading.Thread(target=watch, daemon=True).start()
    return process.wait()


def ask(prompt: str) -> int:
    """Print the server's answer to a question of ssh; 1 if it has none."""
    host, _, port = os.environ[ADDRESS].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        message = {"token": os.environ[TOKEN], "prompt": prompt}
        connection.sendall(json.dumps(message).encode() + b"\n")
        reply = connection.makefile("rb").readline()
    answer = json.loads(reply or b"{}").get("answer")
    if answer is None:
        return 1
    print(answer)
    return 0


def main(words: list[str]) -> int:
    """The mode `ssh-helper` of main.py."""
    return keep(words[1:]) if words[0] == "keep" else ask(" ".join(words[1:]))
