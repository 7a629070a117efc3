"""What a rule is given beside the operation, and how severe a finding is."""

from __future__ import annotations

from dataclasses import dataclass, field

from embedded_server.wire.migrations import Finding, Severity

from .operations import Operation

# From this many rows on a lock or a scan is felt.
MANY_ROWS = 10_000


@dataclass(frozen=True)
class Table:
    """What the database knows of a table; `exists` null where no database was asked."""

    rows: int | None = None
    bytes: int | None = None
    # At least `rows` rows: they were not counted to the end.
    more: bool = False
    exists: bool | None = None
    # Tables whose rows go or change when rows of this one are deleted: name -> ON DELETE action.
    cascades: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()

    def told(self) -> str:
        """The number of rows for a sentence."""
        if self.rows is None:
            return "an unknown number of rows"
        return f"{'at least ' if self.more else '~'}{self.rows:,} rows"


UNKNOWN = Table()


@dataclass(frozen=True)
class Around:
    """The database's product, its tables, and the tables made earlier in the same plan."""

    engine: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    new: frozenset[str] = frozenset()

    def table(self, name: str) -> Table:
        """Facts of a table."""
        return self.tables.get(name, UNKNOWN)

    def is_new(self, name: str) -> bool:
        """Whether nobody uses the table yet."""
        return name in self.new


def finding(
    rule: str,
    operation: Operation,
    around: Around,
    title: str,
    text: str,
    advice: str,
    *,
    loss: bool = False,
    always: Severity | None = None,
) -> Finding:
    """A finding whose severity follows from the table's facts.

    Loss of data is an error unless the table is empty; a lock or a scan is an error on a large table, a
    warning on an unknown one, and worth only a note on a small one.
    """
    table = around.table(operation.table)
    return Finding(
        rule,
        always or _severity(table, loss),
        title,
        text,
        advice,
        line=operation.line,
        table=operation.table,
        rows=table.rows,
        bytes=table.bytes,
    )


def _severity(table: Table, loss: bool) -> Severity:
    if table.rows is None:
        return "error" if loss else "warn"
    if table.rows == 0:
        return "info"
    if loss:
        return "error"
    return "error" if table.rows >= MANY_ROWS else "info"
