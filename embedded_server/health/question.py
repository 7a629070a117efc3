"""One question to the data: a query whose rows should not be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_server.wire.health import Severity

from .schema import Schema, Table


@dataclass(frozen=True)
class Question:
    """`query` lists what is wrong. `found` says it for a count, `advice` what to do then.

    `declared` false: nothing in the schema says that it must not be so. `free` is the change that could be
    made where nothing was found, `cure` the one where something was. A question with `closer` is not asked
    itself: it finds out which ones are worth asking.
    """

    check: str
    asking: str
    query: str
    found: Callable[[int], str]
    table: Table | None = None
    of: Sequence[str] = ()
    advice: str = ""
    severity: Severity = "error"
    declared: bool = True
    cure: Sequence[dict[str, Any]] = ()
    free: Sequence[dict[str, Any]] = ()
    mark: str = ""
    closer: Callable[[Schema], list[Question]] | None = field(default=None)

    def key(self, schema: Schema) -> str:
        """The same at each run."""
        name = self.table.name if self.table is not None else ""
        return ":".join((self.check, schema.name, name, self.mark or ",".join(self.of)))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `17 rows`."""
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"
