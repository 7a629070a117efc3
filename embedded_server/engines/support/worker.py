"""The program of a worker process: `main.py worker NAME` serves sessions over standard input and output."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

from .remote.host import Host

_KINDS = {"duckdb": "embedded_server.engines.support.duckdb.local"}


def main(words: list[str]) -> int:
    """Serve until standard input ends; exit code 2 for a worker that does not exist."""
    if len(words) != 1 or words[0] not in _KINDS:
        print(f"usage: main.py worker {' | '.join(_KINDS)}", file=sys.stderr)
        return 2
    # Ctrl-C in a terminal reaches the whole group; when to end is the server's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not end up between two messages.
    os.dup2(2, 1)
    open_session = import_module(_KINDS[words[0]]).open_session
    Host(open_session, source, sink).serve()
    return 0
