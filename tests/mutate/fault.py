"""What a planted fault is, and where they are found."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Fault:
    """``old`` stands exactly once in ``file`` and becomes ``new``; one of ``tests`` must then fail.

    ``tests`` are pytest arguments (files, node ids, ``-k`` words): as few as will do.
    """

    id: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def all_faults() -> list[Fault]:
    """Every fault of the ``FAULTS`` lists in faults_*.py beside this file, one file a capability."""
    found: list[Fault] = []
    for path in sorted(HERE.glob("faults_*.py")):
        found += import_module(f"tests.mutate.{path.stem}").FAULTS
    return found
