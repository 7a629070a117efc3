"""Tables while operations are composed: as they are, and as earlier operations leave them."""

from __future__ import annotations

from typing import Any

import msgspec

from embedded_server.ddl.evolve import evolved
from embedded_server.ddl.shadow import Shadow
from embedded_server.lanes import Lease
from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import ColumnSpec, TableSpec
from embedded_server.wire.problem import ProblemError, problem

from .reading import Named, Read, named_types, read

_UNKNOWN = "data.unknown_table"


class Tables:
    """Tables as they are and as earlier operations of the same request leave them."""

    def __init__(self, lease: Lease, shadow: Shadow | None) -> None:
        self.lease, self.shadow = lease, shadow
        self.engine = lease.engine.name
        self.reads: dict[tuple[str, str], Read] = {}
        self._now: dict[tuple[str, str], TableSpec | None] = {}
        self.made: set[tuple[str, str]] = set()
        self._types: dict[str, Named] | None = None

    def named(self, column: ColumnSpec) -> ColumnSpec:
        """With how its type was made."""
        if self._types is None:
            self._types = named_types(self.lease)
        kind = self._types.get(column.type.strip(), "")
        return msgspec.structs.replace(column, named=kind) if kind != column.named else column

    def place(self, schema: str) -> str:
        """A schema as operations name it: "" for the default one."""
        return "" if schema == self.lease.info.default_schema else schema

    def now(self, one: Any) -> TableSpec:
        """The table of an operation. Raises data.unknown_table."""
        key = (self.place(one.schema), one.table)
        if key not in self._now:
            found = read(self.lease, one.schema or self.lease.info.default_schema, one.table, self.shadow)
            self.reads[key] = found
            self._now[key] = found.spec
        spec = self._now[key]
        if spec is None:
            raise problem(_UNKNOWN, f"There is no table or view {one.table}.")
        return spec

    def exists(self, schema: str, table: str) -> bool:
        """Whether the name is taken."""
        try:
            self.now(wire.RenameTable(table=table, schema=schema, name=""))
        except ProblemError as error:
            if error.problem.code != _UNKNOWN:
                raise
            return False
        return True

    def ran(self, one: Any) -> None:
        """Go on from after the operation."""
        if isinstance(one, wire.Execute):
            return
        key = (self.place(one.schema), one.table)
        if isinstance(one, wire.CreateTable):
            self.made.add(key)
            self._now[key] = one.spec
        elif isinstance(one, wire.DropTable | wire.DropView):
            self._now[key] = None
        elif isinstance(one, wire.RenameTable):
            spec = self.now(one)
            self._now[key] = None
            self._now[(key[0], one.name)] = evolved(spec, one)
            if key in self.reads:
                self.reads[(key[0], one.name)] = self.reads[key]
        elif not isinstance(one, wire.CreateView | wire.ReplaceView):
            self._now[key] = evolved(self.now(one), one)
