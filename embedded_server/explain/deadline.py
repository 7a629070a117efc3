"""A limit on how long a database may work for us, whatever the engine can enforce by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from embedded_server.engines.base import Session
from embedded_server.wire.problem import ProblemError, problem

LONGEST = 600.0


@contextmanager
def deadline(session: Session, seconds: float) -> Iterator[None]:
    """Stop what runs in the session after so long. Raises job.timeout then."""
    allowed = min(max(seconds, 0.05), LONGEST)
    over = threading.Event()

    def stop() -> None:
        over.set()
        session.cancel()

    timer = threading.Timer(allowed, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except ProblemError as error:
        if over.is_set() and error.problem.code in ("job.cancelled", "sql.error"):
            hint = "Explain it without running it, or allow it more time."
            raise problem("job.timeout", detail=f"Stopped after {allowed:g} s.", hint=hint) from error
        raise
    finally:
        timer.cancel()
