"""Names of a connection, remembered for completion: read once in the background, never per keystroke."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from embedded_server.jobs import Call
from embedded_server.lanes import Lease, Line
from embedded_server.services import Services
from embedded_server.wire.data import CatalogTable, Routine, TableResponse
from embedded_server.wire.fuzzy import Names
from embedded_server.wire.problem import ProblemError

# Names that others may have changed are read again, behind the user's back, when they are older than this.
FRESH_SECONDS = 120.0
# What could not be read is not tried again before this.
RETRY_SECONDS = 10.0


@dataclass
class SchemaNames:
    """Tables and routines of one schema, ready to be searched."""

    name: str
    tables: dict[str, CatalogTable]
    routines: list[Routine]
    ordered: list[CatalogTable] = field(default_factory=list)
    index: Names[CatalogTable] = field(init=False)

    def __post_init__(self) -> None:
        self.ordered = list(self.tables.values())
        self.index = Names((table.name, table) for table in self.ordered)
        self.tables = {table.name.lower(): table for table in self.ordered} | self.tables

    def table(self, name: str) -> CatalogTable | None:
        """A table as it was typed: the exact name first, then whatever the case."""
        return self.tables.get(name) or self.tables.get(name.lower())


@dataclass
class Overview:
    """Schemas by name, the default one among them."""

    schemas: dict[str, bool]
    default: str
    filled: SchemaNames


@dataclass
class _Known:
    value: Any
    read_at: float
    problem: str = ""

    def age(self) -> float:
        return time.monotonic() - self.read_at


class Reader:
    """Reads names in threads of its own; one at a time per connection and thing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, threading.Event] = {}

    def close(self) -> None:
        """Reads under way are ended by their calls, which are cancelled with all others."""

    def wanted(
        self, line: Line, connection: str, key: tuple[str, ...], read: Callable[[Lease], Any]
    ) -> tuple[_Known | None, threading.Event | None]:
        """What is known, and the event of a read under way (begun here if nothing or only old is known)."""
        memory_key = ("console.names", *key)
        known: _Known | None = line.memory.get(memory_key)
        if known is not None and known.age() < (RETRY_SECONDS if known.problem else FRESH_SECONDS):
            return known, None
        with self._lock:
            under_way = (id(line), key)
            done = self._under_way.get(under_way)
            if done is None:
                done = self._under_way[under_way] = threading.Event()
                work = (line, connection, memory_key, under_way, read, done)
                threading.Thread(target=self._read, args=work, daemon=True).start()
        return known, done

    def _read(
        self,
        line: Line,
        connection: str,
        memory_key: tuple[str, ...],
        under_way: Hashable,
        read: Callable[[Lease], Any],
        done: threading.Event,
    ) -> None:
        call = Call(f"names-{uuid4().hex[:12]}", "console.complete", self._services)
        generation = line.memory.generation
        try:
            with self._services.jobs.running(call), call.session(connection) as lease:
                found = _Known(read(lease), time.monotonic())
        except ProblemError as error:
            found = _Known(None, time.monotonic(), error.problem.title)
        except Exception as error:  # a name that cannot be read must not stop typing
            found = _Known(None, time.monotonic(), str(error) or type(error).__name__)
        if line.memory.generation == generation or found.problem:
            line.memory.put(memory_key, found)
        with self._lock:
            del self._under_way[under_way]
        done.set()
        self._services.events.emit("console.names", connection=connection)


class Memory:
    """What one request can learn of its connection within its patience."""

    def __init__(self, reader: Reader, line: Line, connection: str, wait_ms: float) -> None:
        self._reader, self._line, self._connection = reader, line, connection
        self._until = time.monotonic() + max(0.0, wait_ms) / 1000
        self.loading = False
        self.warning = ""

    def overview(self) -> Overview | None:
        """Schemas and what stands in the default one."""
        found: Overview | None = self._get(("catalog",), _overview)
        return found

    def schema(self, name: str) -> SchemaNames | None:
        """What stands in a schema, null while that is unknown."""
        overview = self.overview()
        if overview is None:
            return None
        exact = (
            name
            if name in overview.schemas
            else next((one for one in overview.schemas if one.lower() == name.lower()), "")
        )
        if not name or exact == overview.filled.name:
            return overview.filled
        if not exact:
            return None
        found: SchemaNames | None = self._get(("schema", exact), lambda lease: _schema(lease, exact))
        return found

    def table(self, schema: str, name: str) -> TableResponse | None:
        """Columns and foreign keys of a table, null while they are unknown or if there is no such table."""
        names = self.schema(schema)
        table = names.table(name) if names is not None else None
        if names is None or table is None:
            return None
        found: TableResponse | None = self._get(
            ("table", names.name, table.name), lambda lease: lease.session.table(names.name, table.name)
        )
        return found

    def _get(self, key: tuple[str, ...], read: Callable[[Lease], Any]) -> Any:
        known, under_way = self._reader.wanted(self._line, self._connection, key, read)
        if known is None and under_way is not None:
            if under_way.wait(max(0.0, self._until - time.monotonic())):
                known = self._line.memory.get(("console.names", *key))
            self.loading = self.loading or known is None
        if known is None:
            return None
        self.warning = self.warning or known.problem
        return known.value


def _overview(lease: Lease) -> Overview:
    catalog = lease.session.catalog(None)
    schemas = {schema.name: schema.system for schema in catalog.schemas}
    filled = next(
        (schema for schema in catalog.schemas if schema.default or schema.name == catalog.default_schema),
        None,
    )
    if filled is None:
        return Overview(schemas, catalog.default_schema, SchemaNames(catalog.default_schema, {}, []))
    tables = {table.name: table for table in filled.tables}
    return Overview(schemas, filled.name, SchemaNames(filled.name, tables, filled.routines))


def _schema(lease: Lease, name: str) -> SchemaNames:
    catalog = lease.session.catalog(name)
    found = next((schema for schema in catalog.schemas if schema.name == name), None)
    if found is None:
        return SchemaNames(name, {}, [])
    return SchemaNames(name, {table.name: table for table in found.tables}, found.routines)
