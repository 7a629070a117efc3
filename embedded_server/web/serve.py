"""The server process: reads its start message from stdin, listens, ends when stdin ends.

Start message (one JSON line on stdin): `{"token": "...", "workspace": "folder"}`. Answer (one JSON
line on stdout): `{"ready": true, "port": n, "epoch": "...", "pid": n}`, or a problem and exit code 3.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import sys
import threading
from pathlib import Path
from typing import TextIO

import msgspec
from waitress.server import BaseWSGIServer, create_server

from embedded_server.dispatch import Dispatcher, background
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace, default_folder
from embedded_server.wire.endpoint import Scope
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.scratch import sweep

from .address import publish, retract
from .app import CALL_THREADS, create_app
from .guard import Guard
from .straight import StraightChannel

# Beside the calls: event polls, cancels and info must always find a thread.
THREADS = CALL_THREADS + 12
SHUTDOWN_SECONDS = 10.0
log = logging.getLogger("backlight.server")


class Start(msgspec.Struct):
    """What the parent hands over; never on the command line, where others could read it."""

    token: str = ""
    workspace: str = ""
    keyring: bool = True


class Ready(msgspec.Struct):
    """What the parent waits for."""

    port: int
    epoch: str
    pid: int
    ready: bool = True


class Failed(msgspec.Struct):
    """Why the server cannot start."""

    problem: Problem
    ready: bool = False


def main(_: list[str]) -> int:
    """Run until stdin ends or `server.stop` is called."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    out = sys.stdout
    # Nothing but the ready line may appear on stdout, whatever a driver prints.
    sys.stdout = sys.stderr
    line = sys.stdin.readline()
    try:
        start = msgspec.json.decode(line or "{}", type=Start)
        services = Services(Workspace(Path(start.workspace) if start.workspace else default_folder()))
        services.secrets.use_keyring = start.keyring
    except msgspec.MsgspecError as error:
        return _fail(out, Problem("request.invalid", "The start message is not valid", str(error)))
    except ProblemError as error:
        return _fail(out, error.problem)
    server, guard = listen(services, start.token or secrets.token_hex(32))
    threading.Thread(target=_watch_stdin, args=(services,), daemon=True).start()
    threading.Thread(target=_watch_stop, args=(services, server), daemon=True).start()
    # Nothing of the start is garbage; how often it is looked for says main.py.
    gc.freeze()
    for work in background():
        threading.Thread(target=work, args=(services,), daemon=True).start()
    _say(out, Ready(guard.port, services.epoch, os.getpid()))
    threading.Thread(target=sweep, daemon=True).start()
    server.run()
    log.info("stopped")
    # Driver threads that hang in a dead network must not keep the process.
    os._exit(0)


def listen(services: Services, token: str) -> tuple[BaseWSGIServer, Guard]:
    """A listening server on a free loopback port; `token` may do everything, the workspace's only intake."""
    guard = Guard({token: Scope.MIGRATE})
    app = create_app(Dispatcher(services), guard)
    server = create_server(
        app,
        host="127.0.0.1",
        port=0,
        threads=THREADS,
        ident="Backlight",
        max_request_body_size=64 << 20,
        channel_timeout=3600,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = StraightChannel
    guard.port = int(server.effective_port)
    guard.tokens[publish(services.store.folder, guard.port)] = Scope.INGEST
    return server, guard


def _say(out: TextIO, message: Ready | Failed) -> None:
    out.write(msgspec.json.encode(message).decode() + "\n")
    out.flush()


def _fail(out: TextIO, refusal: Problem) -> int:
    _say(out, Failed(refusal))
    return 3


def _watch_stdin(services: Services) -> None:
    try:
        while sys.stdin.readline():
            pass
    except (OSError, ValueError):
        pass
    services.stopping.set()


def _watch_stop(services: Services, server: BaseWSGIServer) -> None:
    services.stopping.wait()
    retract(services.store.folder)
    closer = threading.Thread(target=services.close, daemon=True)
    closer.start()
    closer.join(SHUTDOWN_SECONDS)
    server.close()
    # waitress's own loop may wait for channels that never end.
    os._exit(0)
