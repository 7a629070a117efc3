"""What every writer is given and offers."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embedded_server.data.transfer.losses import Losses
from embedded_server.engines.base import Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.transfer import Format, TextOptions
from embedded_server.wire.values import RowBlock


@dataclass(frozen=True)
class Making:
    """A file to be made. `put` takes its bytes; `table` is the quoted table of INSERT statements. `stored`:
    the rows are those of a table. `path` is where the bytes go, for what somebody else writes, who then
    says in `wrote` how many there are; `heed` raises when the caller gave up."""

    format: Format
    columns: Sequence[Column]
    options: TextOptions
    grammar: Grammar
    table: str
    losses: Losses
    put: Callable[[bytes], object]
    stored: bool
    path: str
    wrote: Callable[[int], object]
    heed: Callable[[], None]


class Writer(ABC):
    """Called once, often, once."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self.notes: list[str] = []

    @abstractmethod
    def begin(self) -> None:
        """What stands before the first row."""

    @abstractmethod
    def block(self, block: RowBlock) -> None:
        """Rows, in order; at least one. Raises transfer.loss."""

    @abstractmethod
    def end(self) -> None:
        """What stands behind the last row."""

    def close(self) -> None:  # noqa: B027
        """Given up or done: let go of everything. Idempotent."""


class TextWriter(Writer):
    """A writer of text: `say` encodes it."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        options = making.options
        try:
            self._encoder = codecs.getincrementalencoder(options.encoding)()
        except LookupError as error:
            raise problem("transfer.options", detail=f"There is no encoding {options.encoding!r}.") from error
        self.line_end = "\r\n" if options.line_end == "crlf" else "\n"

    def mark(self) -> None:
        """The byte order mark, where one is wanted (UTF-16 writes its own)."""
        name = self.making.options.encoding.lower().replace("_", "-")
        if self.making.options.bom and name not in ("utf-16", "utf-32", "utf-8-sig"):
            self.say("\ufeff")

    def say(self, text: str) -> None:
        """Text to the file. Raises transfer.loss for a character that the encoding lacks."""
        try:
            self.making.put(self._encoder.encode(text))
        except UnicodeEncodeError as error:
            raise problem(
                "transfer.loss",
                detail=f"{self.making.options.encoding} has no character {text[error.start]!r}.",
                hint="Choose UTF-8.",
            ) from error
