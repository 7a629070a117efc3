"""While the server runs: what probes wrote down while they could not reach it is taken in."""

from __future__ import annotations

from .spool import watch as run

__all__ = ["run"]
