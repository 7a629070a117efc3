"""What is known of tables: read once, kept per connection, dropped when the schema may have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from embedded_server.lanes import Lease, Line
from embedded_server.wire.data import Column, TableResponse
from embedded_server.wire.problem import ProblemError

Result = TypeVar("Result")
# Errors that a structure which is no longer true may have caused.
_STALE = frozenset({"sql.error", "data.unknown_column", "data.unknown_table", "data.no_key"})
_MOST_FACTS = 256


class Facts:
    """What was learned of a table, the oldest forgotten first. Safe to use from several threads."""

    def __init__(self, most: int = _MOST_FACTS) -> None:
        self._most = most
        self._lock = Lock()
        self._known: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """What is known, or None."""
        return self._known.get(key)

    def put(self, key: Any, fact: Any) -> None:
        """Remember it."""
        with self._lock:
            self._known.pop(key, None)
            while len(self._known) >= self._most:
                self._known.pop(next(iter(self._known)))
            self._known[key] = fact


@dataclass
class Table:
    """Columns and key of a table; `signature` changes with them. `facts` end with this structure."""

    described: TableResponse
    columns: dict[str, Column]
    visible: list[Column]
    signature: str
    facts: Facts = field(default_factory=Facts)

    @property
    def row_key(self) -> list[str]:
        """The columns that identify a row, empty if nothing does."""
        return self.described.row_key


def _signature(columns: list[Column], row_key: list[str]) -> str:
    facts = [(c.name, c.type, c.nullable, c.key, c.generated, c.collation) for c in columns]
    return hashlib.blake2s(repr((facts, row_key)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def notice_changes(lease: Lease) -> None:
    """Forget everything if the database says that its schema changed since it was read."""
    signature = lease.session.signature()
    known = lease.memory.get("data.schema")
    if known != signature:
        if known is not None:
            lease.memory.clear()
        lease.memory.put("data.schema", signature)


def _key(lease: Lease, schema: str, table: str) -> tuple[str, str, str]:
    return "data.table", schema or lease.info.default_schema, table


def known(lease: Lease, schema: str, table: str) -> Table | None:
    """The cached structure."""
    found = lease.memory.get(_key(lease, schema, table))
    assert found is None or isinstance(found, Table)
    return found


def fetch(lease: Lease, schema: str, table: str) -> Table:
    """Read the structure anew. Raises data.unknown_table."""
    described = lease.session.columns(schema, table)
    return _keep(lease, schema, table, described)


def _keep(lease: Lease, schema: str, table: str, described: TableResponse) -> Table:
    columns = {column.name: column for column in described.columns}
    visible = [column for column in described.columns if not column.hidden]
    found = Table(described, columns, visible, _signature(described.columns, described.row_key))
    lease.memory.put(_key(lease, schema, table), found)
    return found


def reading(
    lease: Lease, schema: str, table: str, work: Callable[[Table], Result], *, refresh: bool = False
) -> Result:
    """Do `work`, which only reads, with the table's structure, read anew when `refresh` asks for it.

    When it fails with a structure from the cache, that is read again, and if it differs the work is
    done once more.
    """
    notice_changes(lease)
    cached = None if refresh else known(lease, schema, table)
    if cached is None:
        return work(fetch(lease, schema, table))
    try:
        return work(cached)
    except ProblemError as error:
        if error.problem.code not in _STALE:
            raise
        lease.memory.drop(_key(lease, schema, table))
        renewed = fetch(lease, schema, table)
        if renewed.signature == cached.signature:
            raise
    return work(renewed)


def drop(line: Line, schema: str, table: str) -> None:
    """Forget a table's structure and what was learned of its rows."""
    info = line.memory.get("session.info")
    default = info.default_schema if info is not None else ""
    for name in {schema or default, schema}:
        line.memory.drop(("data.table", name, table))


def whole(lease: Lease, schema: str, table: str, *, refresh: bool) -> TableResponse:
    """The full structure, cached until the schema changes or `refresh`."""
    notice_changes(lease)
    key = ("data.structure", *_key(lease, schema, table)[1:])
    if refresh:
        lease.memory.drop(key)
        lease.memory.drop(_key(lease, schema, table))
    found = lease.memory.get(key)
    if found is None:
        found = lease.session.table(schema, table)
        lease.memory.put(key, found)
    assert isinstance(found, TableResponse)
    return found
