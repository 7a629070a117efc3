"""Trying an index: built in a transaction that is rolled back, measured with and without it in turn."""

from __future__ import annotations

from .mending import mend
from .switching import switch
from .trying import try_index

__all__ = ["mend", "switch", "try_index"]
