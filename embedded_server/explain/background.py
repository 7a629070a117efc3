"""When the server starts: trials that were killed are explained and mended."""

from __future__ import annotations

from embedded_server.services import Services

from .lab import mend


def run(services: Services) -> None:
    """Once."""
    mend(services)
