"""DuckDB's worker process: sessions over a pair of streams."""

from __future__ import annotations

from typing import BinaryIO

from embedded_server.engines.support.remote.host import Host

from .local import open_session


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve sessions until the other side is gone."""
    Host(open_session, source, sink).serve()
