"""What is read of a database at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from embedded_server.health.asking import Row, text, whole
from embedded_server.wire.health import Metric, Sized

MOST_LISTED = 10


@dataclass
class Reading:
    """`folder` is where the data lies on this machine, `pid` the database's process, where they are known."""

    metrics: list[Metric] = field(default_factory=list)
    largest: list[Sized] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    folder: str = ""
    pid: int = 0

    def size(self, value: float | None, title: str = "Database size") -> None:
        """Bytes of the whole database."""
        if value is not None:
            self.metrics.append(Metric(id="size", title=title, value=value, unit="bytes"))

    def count(self, name: str, title: str, value: float | None, **more: float | str | None) -> None:
        """A number of things; `limit` and `note` where there are any."""
        if value is not None:
            self.metrics.append(Metric(id=name, title=title, value=value, unit="count", **more))  # type: ignore[arg-type]

    def counter(self, name: str, title: str, value: float | None, note: str = "") -> None:
        """A number that only grows."""
        if value is not None:
            self.metrics.append(
                Metric(id=name, title=title, value=value, unit="count", counter=True, note=note)
            )

    def share(self, name: str, title: str, part: float | None, all_: float | None, note: str = "") -> None:
        """`part` of `all_` in percent; left out where there is nothing to divide."""
        if part is not None and all_:
            value = round(100 * part / all_, 2)
            self.metrics.append(
                Metric(id=name, title=title, value=value, unit="percent", limit=100, note=note)
            )

    def list_largest(self, rows: list[Row]) -> None:
        """Rows of (kind, schema, name, table, bytes, rows)."""
        for kind, schema, name, table, size, count in rows:
            self.largest.append(
                Sized(
                    name=text(name),
                    kind="index" if kind == "index" else "table",
                    bytes=whole(size) or 0,
                    schema=text(schema),
                    table=text(table),
                    rows=whole(count),
                )
            )
