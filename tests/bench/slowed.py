"""The demo shop with a brake, in a process of its own: ``python -m tests.bench.slowed DATABASE_URL``.

A request with the header ``X-Brake-Us: N`` takes N microseconds of work longer. It prints its URL when ready
and ends with its standard input.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from werkzeug.serving import make_server

from tests.runner.changes import ROOT


def braked(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, which works for a while longer where it is asked to."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        end = time.perf_counter() + int(environ.get("HTTP_X_BRAKE_US", 0)) / 1e6
        while time.perf_counter() < end:
            pass
        return app(environ, start_response)

    return call


def main(url: str) -> None:
    sys.path.insert(0, str(ROOT / "resources" / "demo"))
    demo = import_module("run_demo")
    app = braked(demo.create_app(url))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=demo.KeepAlive)
    threading.Thread(target=demo.stop_at_end_of_input, args=(server,), daemon=True).start()
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
