"""The program of a worker process: `main.py worker NAME` serves over standard input and output."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

# Each module's `serve(source, sink)` answers until the reading stream ends.
_KINDS = {
    "duckdb": "embedded_server.engines.support.duckdb.serving",
    "logs": "embedded_server.logs.worker",
    "scan": "embedded_server.logs.rescan",
    "transfer": "embedded_server.data.transfer.worker",
}


def worker_command(name: str) -> list[str]:
    """How this program starts itself as the named worker, from source or frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", name]
    return [sys.executable, str(Path(__file__).resolve().parents[3] / "main.py"), "worker", name]


def main(words: list[str]) -> int:
    """Serve until standard input ends, and end the process; exit code 2 for a worker that does not exist."""
    if len(words) != 1 or words[0] not in _KINDS:
        print(f"usage: main.py worker {' | '.join(_KINDS)}", file=sys.stderr)
        return 2
    # Ctrl-C in a terminal reaches the whole group; when to end is the server's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # numpy here compares and counts: its threads for matrices would only be started, one per processor.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Whatever a library prints must not end up between two messages.
    os.dup2(2, 1)
    import_module(_KINDS[words[0]]).serve(source, sink)
    with contextlib.suppress(OSError):
        sink.flush()
    # Folders of the moment go now. Taking all that was imported apart again would be a tenth of a short life.
    atexit._run_exitfuncs()
    os._exit(0)
