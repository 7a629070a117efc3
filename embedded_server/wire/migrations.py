"""Migration projects: their revisions, what a database has of them, and how they are run.

`project` in a request is the folder of a project as `migrations.projects` names it, its configuration
file, or any folder in which exactly one project lies.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .endpoint import Done, Endpoint, Scope
from .problem import Problem

Severity = Literal["error", "warn", "info"]
Direction = Literal["upgrade", "downgrade"]
ProjectKind = Literal["alembic", "pyproject", "flask", "plain"]
RunKind = Literal["upgrade", "downgrade", "stamp", "rehearsal"]
RunState = Literal["running", "done", "failed", "cancelled", "interrupted"]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a project's own tools are run; an empty field means: find out.

    `interpreter` is a Python executable; `app` Flask's `--app`; `root` the working folder; `section` the name
    in the configuration file; `url_variable` the environment variable that carries the database's URL;
    `redirect` lets the runner lead a connection that env.py opens elsewhere to the chosen database (same
    engine only); `variables` are given to the child besides.
    """

    interpreter: str = ""
    app: str = ""
    root: str = ""
    section: str = ""
    url_variable: str = ""
    redirect: bool = False
    variables: dict[str, str] = {}


class Project(msgspec.Struct, frozen=True):
    """A folder with Alembic migrations. `script` holds env.py; `config` is "" where there is none.

    `notes` are facts worth knowing before running it ("the application migrates on start-up").
    """

    folder: str
    name: str
    kind: ProjectKind
    script: str
    versions: list[str]
    config: str = ""
    root: str = ""
    settings: Settings = msgspec.field(default_factory=Settings)
    notes: list[str] = []


class ProjectsRequest(msgspec.Struct, frozen=True):
    """Look for projects below `folder` ("" lists only the remembered ones).

    With a `connection` those that know the database's revisions come first.
    """

    folder: str = ""
    connection: str = ""


class ProjectsResponse(msgspec.Struct, frozen=True):
    """Projects found in the folder, then those remembered from elsewhere.

    `fitting` is the one whose files have what the asked database was last at, "" if none or several have.
    """

    projects: list[Project]
    fitting: str = ""


class SettingsRequest(msgspec.Struct, frozen=True):
    """Remember a project and how its tools are run; `forget` removes it from the list."""

    project: str
    settings: Settings = msgspec.field(default_factory=Settings)
    forget: bool = False


class Interpreter(msgspec.Struct, frozen=True):
    """A Python that could run the project, and why it is thought of.

    `versions` by distribution (python, alembic, sqlalchemy, flask-migrate, drivers) once it was asked;
    `problem` says why it cannot be used.
    """

    path: str
    evidence: str
    versions: dict[str, str] = {}
    problem: str = ""


class InterpretersRequest(msgspec.Struct, frozen=True):
    """Candidates for a project, best first; `probe` starts each and asks what is installed."""

    project: str
    probe: bool = True


class InterpretersResponse(msgspec.Struct, frozen=True):
    """Candidates, best first; `chosen` is the one that would be used."""

    interpreters: list[Interpreter]
    chosen: str = ""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule has to say. `file` is relative to the project; `line` 1-based, 0 for the whole file.

    `suppressed` holds the reason given in a `# backlight: ignore L01 reason` comment. `rows` and `bytes` are
    the facts of the table that decided the severity, null where unknown.
    """

    rule: str
    severity: Severity
    title: str
    text: str = ""
    advice: str = ""
    revision: str = ""
    file: str = ""
    line: int = 0
    table: str = ""
    rows: int | None = None
    bytes: int | None = None
    suppressed: str = ""


class Revision(msgspec.Struct, frozen=True):
    """A revision file, read without running it. `at` is the date it names, "" if none.

    `lane` is the column of a drawn graph in which it stands; `reversible` false when its downgrade does
    nothing or raises.
    """

    revision: str
    down: list[str]
    doc: str
    file: str
    at: str = ""
    labels: list[str] = []
    depends_on: list[str] = []
    head: bool = False
    reversible: bool = True
    lane: int = 0


class GraphRequest(msgspec.Struct, frozen=True):
    """Read a project's revisions; `source` names one whose file's text is wanted too."""

    project: str
    source: str = ""


class GraphResponse(msgspec.Struct, frozen=True):
    """Revisions newest first (children before parents). `lanes` is the width of the drawn graph."""

    project: Project
    revisions: list[Revision]
    heads: list[str]
    bases: list[str]
    findings: list[Finding]
    lanes: int = 1
    source: str = ""
    elapsed_ms: float = 0.0


class Unknown(msgspec.Struct, frozen=True):
    """A revision that the database names and the project does not have.

    `commits` are the project's git commits that have it: `hash subject (branches)`.
    """

    revision: str
    text: str
    commits: list[str] = []


class Status(msgspec.Struct, frozen=True):
    """A database against a project. `applied` counts the revisions it has; `pending` oldest first.

    `version_table` is where it was read; `problem` says why it could not be.
    """

    connection: str
    current: list[str] = []
    applied: list[str] = []
    pending: list[str] = []
    unknown: list[Unknown] = []
    version_table: str = ""
    engine: str = ""
    class_: str = msgspec.field(default="local", name="class")
    read_only: bool = False
    problem: Problem | None = None


class StatusRequest(msgspec.Struct, frozen=True):
    """Where databases stand. `connections` (or the one `connection`) are saved names or URLs."""

    project: str
    connection: str = ""
    connections: list[str] = []


class StatusResponse(msgspec.Struct, frozen=True):
    """One entry per connection asked for, in that order; `pending` and `heads` are the first one's."""

    statuses: list[Status]
    heads: list[str]
    pending: list[str]


PROJECTS = Endpoint(
    "migrations.projects",
    "POST",
    "/api/migrations/projects",
    ProjectsRequest,
    ProjectsResponse,
    "Find migration projects",
)
SETTINGS = Endpoint(
    "migrations.settings",
    "POST",
    "/api/migrations/settings",
    SettingsRequest,
    Done,
    "Remember how a project is run",
    Scope.WRITE,
)
INTERPRETERS = Endpoint(
    "migrations.interpreters",
    "POST",
    "/api/migrations/interpreters",
    InterpretersRequest,
    InterpretersResponse,
    "Interpreters that could run a project",
    Scope.MIGRATE,
)
GRAPH = Endpoint(
    "migrations.graph", "POST", "/api/migrations/graph", GraphRequest, GraphResponse, "Revisions of a project"
)
STATUS = Endpoint(
    "migrations.status",
    "POST",
    "/api/migrations/status",
    StatusRequest,
    StatusResponse,
    "What databases have and lack",
)
