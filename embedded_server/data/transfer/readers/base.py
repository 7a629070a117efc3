"""What every reader of a file gives: batches of rows, column by column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_server.wire.loading import BadRow, ReadOptions

# Longer rows are refused: they would have to be held whole.
LONGEST_ROW = 64 << 20
BATCH_ROWS = 5000


class Quoted(str):
    """A text that stood in quotes: never anything else than a text."""

    __slots__ = ()


class Digits(str):
    """A number as it was written."""

    __slots__ = ()


@dataclass
class Batch:
    """Rows of a file. `columns[c][r]` is None, a text (`Quoted`, `Digits`) or a value; `lines[r]` its line.

    `read` rows of the file were read up to the end of this batch, `bad` ones among them are not in it.
    `share` of the file was read, 0 to 1. `texts`: nothing but plain texts and None are in it.
    """

    columns: list[Sequence[Any]]
    lines: Sequence[int]
    read: int
    share: float
    bad: list[BadRow] = field(default_factory=list)
    texts: bool = False


class Source(ABC):
    """A file that is read as rows."""

    # The names of the columns, known when it is made.
    columns: list[str]
    # What is odd about the file, in words.
    notes: list[str]

    def __init__(self, path: str, options: ReadOptions) -> None:
        self.path, self.options = path, options
        self.columns = []
        self.notes = []
        # Whether texts that stood in quotes are to be told from others: where bytes may be meant, and
        # `loose`, anywhere.
        self.marks = self.loose = False
        # Whether it is worth a thread, and may be read by another one.
        self.large = False

    @abstractmethod
    def batches(self) -> Generator[Batch, None, None]:
        """All rows. Raises transfer.file where reading on makes no sense."""

    def close(self) -> None:  # noqa: B027
        """Let go of the file. Idempotent."""


def named(names: Sequence[Any]) -> list[str]:
    """Names for columns: none empty, none twice."""
    found: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        base = str(name).strip() if name not in (None, "") else ""
        base = base or f"column_{place}"
        made, number = base, 2
        while made in found:
            made, number = f"{base}_{number}", number + 1
        found[made] = None
    return list(found)
