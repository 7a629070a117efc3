"""Tables and the foreign keys between them, without any drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from embedded_server.wire.data import TableResponse


class Name(NamedTuple):
    """A table within one connection; the default schema is written out."""

    schema: str
    table: str


class Field(NamedTuple):
    """A column as a box shows it. `key`: part of the primary key. `refers`: has a foreign key."""

    name: str
    type: str
    key: bool
    refers: bool
    nullable: bool


class Edge(NamedTuple):
    """`columns` of `child` refer to `targets` of `parent`. `optional`: a child may do without a parent.
    `single`: at most one child has the same parent."""

    child: Name
    columns: tuple[str, ...]
    parent: Name
    targets: tuple[str, ...]
    optional: bool = False
    single: bool = False


@dataclass
class Box:
    """A table; `fields` is empty until it was read."""

    name: Name
    fields: list[Field] = field(default_factory=list)
    read: bool = False


@dataclass
class Graph:
    """The tables that are shown. `centre` is what the neighbourhood is of."""

    centre: Name
    boxes: dict[Name, Box] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, table: TableResponse, *, neighbours: bool) -> None:
        """Take in what was read of a table; with `neighbours` the tables it touches appear, too."""
        name = Name(table.schema, table.table)
        refers = {column for key in table.foreign_keys for column in key.columns}
        nullable = {column.name for column in table.columns if column.nullable is not False}
        box = self.boxes.setdefault(name, Box(name))
        box.read = True
        box.fields = [
            Field(c.name, c.type, c.key > 0, c.name in refers, c.nullable is not False)
            for c in table.columns
            if not c.hidden
        ]
        unique = [set(index.columns) for index in table.indexes if index.unique and not index.where]
        unique.append(set(table.primary_key))
        for key in table.foreign_keys:
            edge = Edge(
                name,
                tuple(key.columns),
                Name(key.target_schema or table.schema, key.target),
                tuple(key.target_columns),
                optional=bool(nullable.intersection(key.columns)),
                single=any(columns and columns <= set(key.columns) for columns in unique),
            )
            self._connect(edge, neighbours)
        for reference in table.references:
            child = Name(reference.schema or table.schema, reference.table)
            self._connect(
                Edge(child, tuple(reference.columns), name, tuple(reference.target_columns)), neighbours
            )

    def _connect(self, edge: Edge, neighbours: bool) -> None:
        if neighbours:
            self.boxes.setdefault(edge.child, Box(edge.child))
            self.boxes.setdefault(edge.parent, Box(edge.parent))
        if edge.child not in self.boxes or edge.parent not in self.boxes:
            return
        for place, known in enumerate(self.edges):
            if known[:4] == edge[:4]:
                # The child itself knows whether its column may be empty.
                if self.boxes[edge.child].read and (edge.optional or edge.single):
                    self.edges[place] = edge
                return
        self.edges.append(edge)

    def unread(self) -> list[Name]:
        """Tables of which only the name is known."""
        return [box.name for box in self.boxes.values() if not box.read]
