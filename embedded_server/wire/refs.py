"""References: small values that name a thing in the workspace or in a database.

Quick open, history, Alt+Left, session restore and reports all store these; a capability registers
an opener for each kind it can show.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from .data import RoutineKind


class Ref(msgspec.Struct, frozen=True, tag=True):
    """Base of every reference; `kind` names it to openers."""

    kind: ClassVar[str] = ""

    def label(self) -> str:
        """A short name for tabs and lists."""
        return self.kind

    def identity(self) -> tuple[object, ...]:
        """What it names, whatever that is called: a title is not known everywhere, and may change."""
        names = (name for name in self.__struct_fields__ if name != "title")
        return (self.kind, *(getattr(self, name) for name in names))

    def same(self, other: Ref) -> bool:
        """Whether both name the same thing."""
        return self.identity() == other.identity()

    def key(self) -> str:
        """`identity` as text, to remember it by."""
        return repr(self.identity())


class ConnectionRef(Ref, frozen=True, tag="connection"):
    """A saved connection or a URL."""

    kind: ClassVar[str] = "connection"
    connection: str

    def label(self) -> str:
        return self.connection


class TableRef(Ref, frozen=True, tag="table"):
    """A table or view; `schema` is empty where the engine has none or for its default."""

    kind: ClassVar[str] = "table"
    connection: str
    table: str
    schema: str = ""

    def label(self) -> str:
        return self.table


class RowRef(Ref, frozen=True, tag="row"):
    """Rows of a table that carry `values` in `columns` (a key, or the target of a foreign key).

    `values` are cells in their JSON form (`wire.values.to_json`).
    """

    kind: ClassVar[str] = "row"
    connection: str
    table: str
    columns: list[str]
    values: list[Any]
    schema: str = ""

    def label(self) -> str:
        return f"{self.table} {', '.join(map(str, self.values))}"


class RoutineRef(Ref, frozen=True, tag="routine"):
    """A stored function, procedure or trigger, shown by its source."""

    kind: ClassVar[str] = "routine"
    connection: str
    name: str
    schema: str = ""
    routine: RoutineKind = "function"
    table: str = ""

    def label(self) -> str:
        return self.name


class DiagramRef(Ref, frozen=True, tag="diagram"):
    """A table's neighbourhood by foreign keys, drawn."""

    kind: ClassVar[str] = "diagram"
    connection: str
    table: str
    schema: str = ""

    def label(self) -> str:
        return f"Around {self.table}"


class ScriptRef(Ref, frozen=True, tag="script"):
    """A console tab; `document` is its journal's id, `path` a .sql file it was opened from."""

    kind: ClassVar[str] = "script"
    connection: str
    document: str
    path: str = ""
    sql: str = ""

    def label(self) -> str:
        return self.path.rsplit("/", 1)[-1] or "SQL"


class SentRef(Ref, frozen=True, tag="sent"):
    """What Backlight itself ran, on one connection or ("") on all of them."""

    kind: ClassVar[str] = "sent"
    connection: str = ""

    def label(self) -> str:
        return "What Backlight ran"


class PageRef(Ref, frozen=True, tag="page"):
    """A page of Backlight itself: "settings", "keys"."""

    kind: ClassVar[str] = "page"
    page: str
    title: str = ""

    def label(self) -> str:
        return self.title or self.page.capitalize()


class TraceRef(Ref, frozen=True, tag="trace"):
    """A captured or replayed request; `title` is its method and target."""

    kind: ClassVar[str] = "trace"
    trace: str
    title: str = ""

    def label(self) -> str:
        return self.title or self.trace[:8]


class ComparisonRef(Ref, frozen=True, tag="comparison"):
    """Two captured requests side by side, by their ids; `title` says what they have in common."""

    kind: ClassVar[str] = "comparison"
    before: str
    after: str
    title: str = ""

    def label(self) -> str:
        return f"{self.title or 'Requests'} compared"


class StatementRef(Ref, frozen=True, tag="statement"):
    """A statement to look into, with its bound values in JSON form; opened as its plan.

    `trace` and `number` tell which captured statement it is, if it is one.
    """

    kind: ClassVar[str] = "statement"
    connection: str
    sql: str
    params: Any = None
    trace: str = ""
    number: int = -1

    def label(self) -> str:
        return " ".join(self.sql.split())[:40] or "Plan"


class PlanRef(Ref, frozen=True, tag="plan"):
    """A plan that was kept, by its id in the workspace."""

    kind: ClassVar[str] = "plan"
    plan: str
    title: str = ""

    def label(self) -> str:
        return self.title or "Plan"


class LabRef(Ref, frozen=True, tag="lab"):
    """The index lab on one statement."""

    kind: ClassVar[str] = "lab"
    statement: StatementRef

    def label(self) -> str:
        return f"Index lab: {self.statement.label()}"


class ProposalRef(Ref, frozen=True, tag="proposal"):
    """Schema operations to be written as a migration: `operations` are those of `migrations.generate`.

    `project` is the migration project's folder, "" to let the user choose.
    """

    kind: ClassVar[str] = "proposal"
    connection: str
    title: str
    operations: list[dict[str, Any]]
    project: str = ""

    def label(self) -> str:
        return self.title


class RevisionRef(Ref, frozen=True, tag="revision"):
    """A revision of a migration project, seen against a connection."""

    kind: ClassVar[str] = "revision"
    project: str
    revision: str
    connection: str = ""
    title: str = ""

    def label(self) -> str:
        return self.title or self.revision


class DraftRef(Ref, frozen=True, tag="draft"):
    """A request being composed: a saved one by `draft`, else made from the request of `trace`."""

    kind: ClassVar[str] = "draft"
    draft: str = ""
    trace: str = ""
    title: str = ""

    def label(self) -> str:
        return self.title or "Request"


class ReplayRef(Ref, frozen=True, tag="replay"):
    """Replays of one captured request and their comparison; `run` one of its runs to show at once."""

    kind: ClassVar[str] = "replay"
    trace: str
    run: str = ""
    title: str = ""

    def label(self) -> str:
        return f"Replay {self.title or self.trace[:8]}"


class LogRef(Ref, frozen=True, tag="log"):
    """A log view: a file's path or a stream's name, at a byte `offset` or filtered by `query`."""

    kind: ClassVar[str] = "log"
    source: str
    offset: int = -1
    query: str = ""

    def label(self) -> str:
        return self.source.rsplit("/", 1)[-1]


class HealthRef(Ref, frozen=True, tag="health"):
    """The health of a database: who is connected, what is wrong with its schema and its data."""

    kind: ClassVar[str] = "health"
    connection: str

    def label(self) -> str:
        return f"Health: {self.connection.partition('?')[0].rsplit('/', 1)[-1]}"


class SchemaRef(Ref, frozen=True, tag="schema"):
    """A table or view being changed, or made (`table` empty). `part` is where the keyboard goes first."""

    kind: ClassVar[str] = "schema"
    connection: str
    table: str = ""
    schema: str = ""
    what: Literal["table", "view"] = "table"
    part: Literal["", "index", "drop"] = ""
    document: str = ""

    def label(self) -> str:
        if not self.table:
            return f"New {self.what}"
        return f"{'Drop' if self.part == 'drop' else 'Change'} {self.table}"


class ExportRef(Ref, frozen=True, tag="export"):
    """Rows to be exported: a table with what is filtered and sorted, or a query. Fields as `data.export`."""

    kind: ClassVar[str] = "export"
    connection: str
    table: str = ""
    schema: str = ""
    order_by: list[Any] = []
    filters: list[Any] = []
    where: str = ""
    sql: str = ""
    params: Any = None

    def label(self) -> str:
        return f"Export {self.table or 'result'}"


class ImportRef(Ref, frozen=True, tag="import"):
    """A file to be imported into a connection, into `table` if that is known."""

    kind: ClassVar[str] = "import"
    connection: str
    path: str = ""
    table: str = ""
    schema: str = ""

    def label(self) -> str:
        return f"Import {self.path.replace(chr(92), '/').rsplit('/', 1)[-1]}".strip()


class ChartRef(Ref, frozen=True, tag="chart"):
    """A chart of a table's rows as `filters` and `where` leave them, else of the rows kept under `rows`."""

    kind: ClassVar[str] = "chart"
    connection: str
    table: str = ""
    schema: str = ""
    filters: list[Any] = []
    where: str = ""
    rows: str = ""
    title: str = ""

    def label(self) -> str:
        return f"Chart of {self.title or self.table or 'rows'}"


AnyRef = (
    ConnectionRef
    | TableRef
    | RowRef
    | RoutineRef
    | DiagramRef
    | ScriptRef
    | SentRef
    | PageRef
    | TraceRef
    | ComparisonRef
    | StatementRef
    | PlanRef
    | LabRef
    | ProposalRef
    | RevisionRef
    | DraftRef
    | ReplayRef
    | LogRef
    | ExportRef
    | ImportRef
    | HealthRef
    | SchemaRef
    | ChartRef
)
