"""A case: a file that carries a whole investigation, redacted, to a colleague who brings it up again."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Endpoint, Scope
from .leaving import Leaving
from .trace import Trace

FORMAT = 1


class CasePlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored plan of a statement of the request; `plan` as `explain.plan` answers it."""

    at: str
    sql: str
    plan: dict[str, Any]


class CaseRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A replay: what was asked and every single timing, as `http.get` answers it."""

    id: str
    at: str
    request: dict[str, Any]
    result: dict[str, Any]


class CaseMigration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rehearsal or an apply: what ran, statement by statement."""

    at: str
    kind: str
    state: str
    facts: dict[str, Any]
    journal: list[Any]


class CaseEngine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A database the request spoke to: its URL without a password, product and version if it answered."""

    database: str
    dialect: str
    version: str = ""
    settings: dict[str, str] = {}
    problem: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All a colleague needs: the trace with its steps, plans, raw timings, the request as cURL and pytest.

    `backlight_case` is the format's version, `made` UTC ISO 8601, `backlight` the version that wrote it.
    `redacted` names what was cut ("header cookie"). `title` is the request's method and target.
    """

    backlight_case: int
    made: str
    backlight: str
    title: str
    trace: Trace
    curl: str = ""
    pytest: str = ""
    plans: list[CasePlan] = []
    runs: list[CaseRun] = []
    migrations: list[CaseMigration] = []
    engines: list[CaseEngine] = []
    redacted: list[str] = []


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write up a trace: "case" is a file that `trace.import` reads, "html" a report for people.

    `app` is the import path of the application for the pytest inside ("hello:create_app"). `strike` are
    values to cut wherever they stand, besides those that are cut by themselves.
    """

    trace: str
    format: Literal["case", "html"] = "case"
    app: str = ""
    strike: list[str] = []


class ExportResponse(Leaving, frozen=True, kw_only=True, omit_defaults=True):
    """The case or report, and what was cut out of it."""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a case in: its `text`, or the file at `path`."""

    text: str = ""
    path: str = ""


class ImportResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The trace it became (source "import") and what it brought along."""

    trace: str
    title: str
    plans: int = 0
    runs: int = 0
    steps: int = 0


EXPORT = Endpoint("trace.export", "POST", "/api/trace/export", ExportRequest, ExportResponse, "Write it up")
IMPORT = Endpoint(
    "trace.import",
    "POST",
    "/api/trace/import",
    ImportRequest,
    ImportResponse,
    "Take a colleague's case in",
    Scope.WRITE,
    max_body=64 << 20,
)
