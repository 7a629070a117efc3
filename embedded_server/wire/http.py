"""Requests: composing, importing, sending, replaying N times, comparing before and after, exporting."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Scope
from .leaving import Leaving
from .replays import Answer, Comparison, Rule, Run, Sent, Tone

EnvironmentClass = Literal["local", "shared", "production"]
Format = Literal["curl", "har", "pytest"]
ImportFormat = Literal["", "har", "curl"]


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request that can be sent.

    `url` is absolute; everything behind the host is sent as written. `headers` are sent in this order and
    spelling and nothing is added but what HTTP cannot do without (Host, Content-Length); values are Latin-1,
    others travel as UTF-8; a name that ends with a colon is sent without the usual blank behind it. `body`
    is text, or `body_base64` where it is no text. `{{name}}` in URL, headers and body stands for a variable
    of the environment, `{{secret:name}}` for one of its secrets. `needs` says what an import could not bring
    along ("cookies"). `writes` when its capture wrote to the database.
    """

    id: str = ""
    name: str = ""
    folder: str = ""
    at: str = ""
    method: str = "GET"
    url: str = ""
    headers: list[tuple[str, str]] = []
    body: str | None = None
    body_base64: str = ""
    trace: str = ""
    needs: list[str] = []
    writes: bool = False
    notes: list[str] = []


class TokenRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that has to be fresh at each replay: where it is found, and where it is put.

    `find`: "json" (`name` is a JSON Pointer), "header", "html" (the name of an input or of a meta element),
    "cookie". Looked for in every earlier answer of the run; with `fetch` (a path) that page is asked for
    first. `put` "header", "field" (of a form body), "cookie" or "json" (`as_name` is a JSON Pointer): only
    where the request has it already, or always with `add`. `template` wraps the value: "Bearer {}".
    """

    find: Literal["json", "header", "html", "cookie"]
    name: str
    put: Literal["header", "field", "cookie", "json"]
    as_name: str = ""
    fetch: str = ""
    template: str = "{}"
    add: bool = False


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where requests are sent.

    `base_url` replaces scheme, host and port ("" keeps the request's own). `class` "" means by host: this
    machine is local, everything else shared. `cookies`: "captured" sends the Cookie header as it stands,
    "jar" lets cookies that were set during the run win over it, "none" sends none. `login` requests are
    replayed first. `copy` says that the application behind it works on a copy of its database, so that
    replays may write. `secrets` are the names of stored secrets; their values never come out.
    """

    name: str = ""
    base_url: str = ""
    class_: Literal["", "local", "shared", "production"] = msgspec.field(default="", name="class")
    cookies: Literal["jar", "captured", "none"] = "jar"
    login: list[Draft] = []
    rules: list[TokenRule] = []
    variables: dict[str, str] = {}
    secrets: list[str] = []
    copy: bool = False
    insecure: bool = False
    proxy: str = ""


class SendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Send one request: `request` itself, a saved `draft`, or what `trace` captured.

    `environment` names a saved one, `base_url` overrides its address. What may write needs `confirm`: the
    host's name, as for `http.replay`. `dry_run` only shows what would be sent.
    """

    request: Draft | None = None
    draft: str = ""
    trace: str = ""
    environment: str = ""
    base_url: str = ""
    confirm: str = ""
    timeout_ms: int = 30_000
    max_bytes: int = 10 << 20
    dry_run: bool = False
    origin: str = ""


class SendResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was sent and what came back; `trace` is what it made the application do, once reported."""

    run: Run
    sent: Sent
    answer: Answer
    environment: str = ""
    class_: EnvironmentClass = msgspec.field(default="local", name="class")
    hint: str = ""


class Alternate(msgspec.Struct, frozen=True, kw_only=True):
    """The index that is switched off and on between blocks of requests, on a local connection."""

    connection: str
    table: str
    columns: list[str]
    schema: str = ""


class ReplayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Send one request `count` times after `warm_up` uncounted ones, and compare.

    `before_run` is the run to compare with, "" the capture, "first" or "last" the oldest or newest run of
    the same trace. What may write is sent only to this machine, and only with `confirm` (the host's name)
    or in an environment that says it works on a copy. To production one request is sent, no more.
    With `alternate` it is compared with itself: `count` requests without the index and `count` with it, in
    turn, so that what else happens on the machine happens to both.
    """

    trace: str = ""
    draft: str = ""
    request: Draft | None = None
    environment: str = ""
    base_url: str = ""
    count: int = 40
    warm_up: int = 2
    before_run: str = ""
    confirm: str = ""
    rules: list[Rule] = []
    timeout_ms: int = 30_000
    max_bytes: int = 10 << 20
    origin: str = ""
    alternate: Alternate | None = None


class ReplayResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The run that was stored: its exchanges, and how they compare.

    `pressure` is the share (0 to 1) of its time in which work waited for a processor on this machine.
    """

    run: str
    trace: str = ""
    at: str = ""
    title: str = ""
    environment: str = ""
    class_: EnvironmentClass = msgspec.field(default="local", name="class")
    host: str = ""
    state: Literal["done", "cancelled", "failed"] = "done"
    runs: list[Run] = []
    sent: Sent = Sent()
    pressure: float = 0.0
    comparison: Comparison = Comparison()
    hint: str = ""


class DiffRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Compare two stored runs ("" of `before_run`: the capture of the run's trace), or two traces."""

    before_run: str = ""
    after_run: str = ""
    before_trace: str = ""
    after_trace: str = ""
    rules: list[Rule] = []


class RunSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stored run in a list."""

    run: str
    trace: str
    at: str
    environment: str = ""
    host: str = ""
    count: int = 0
    median_ms: float = 0.0
    status: int = 0
    state: str = "done"
    before_run: str = ""
    verdict: str = ""
    tone: Tone = ""


class ListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved. `trace` lists only the runs of that trace; `query` words that occur in a draft."""

    query: str = ""
    trace: str = ""
    limit: int = 200


class ListResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Saved requests, newest first, and runs, newest first."""

    requests: list[Draft] = []
    runs: list[RunSummary] = []


class GetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A saved `draft`, the request of a `trace` as one, or a stored `run`."""

    draft: str = ""
    trace: str = ""
    run: str = ""


class GetResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for."""

    request: Draft | None = None
    replay: ReplayResponse | None = None


class SaveRequest(msgspec.Struct, frozen=True):
    """Keep a request; without an `id` a new one."""

    request: Draft


class SaveResponse(msgspec.Struct, frozen=True):
    """The request as stored."""

    request: Draft


class DeleteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Remove a saved request or an environment with its secrets."""

    draft: str = ""
    environment: str = ""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of other programs: `text` (a HAR document or a curl command), or a file by its `path`.

    `format` "" means by content. Nothing is sent. `dry_run` saves nothing.
    """

    text: str = ""
    path: str = ""
    format: ImportFormat = ""
    folder: str = ""
    dry_run: bool = False


class ImportResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The requests, in order; `notes` what was left out and why; `ask` what has to be supplied before they
    can be replayed: "auth" when the file came without cookies."""

    requests: list[Draft]
    notes: list[str] = []
    ask: list[str] = []
    browser: str = ""


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A trace (or a saved draft) in another program's form.

    Secrets are cut unless `secrets` is true. `app` is the import path of the application factory or object
    for a pytest ("hello:create_app"), `fixture` the name of an existing fixture that gives the Flask app.
    `strike` are values to cut wherever they stand, besides those that are cut by themselves.
    """

    format: Format = "curl"
    trace: str = ""
    draft: str = ""
    secrets: bool = False
    app: str = ""
    fixture: str = ""
    strike: list[str] = []


class ExportResponse(Leaving, frozen=True, kw_only=True, omit_defaults=True):
    """The request in that form, and what was cut out."""


class EnvironmentsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """List the environments; `name` only that one."""

    name: str = ""


class SaveEnvironmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Keep an environment; `secrets` are values by name ("" forgets one), `previous` the name it had."""

    environment: Environment
    secrets: dict[str, str] = {}
    previous: str = ""


class EnvironmentsResponse(msgspec.Struct, frozen=True):
    """All environments by name."""

    environments: list[Environment]


def _post(
    name: str, request: Any, response: Any, summary: str, scope: Scope = Scope.READ, cap: int = 1
) -> Any:
    path = "/api/" + name.replace(".", "/")
    return Endpoint(name, "POST", path, request, response, summary, scope, max_body=cap << 20)


SEND: Endpoint[SendRequest, SendResponse] = _post(
    "http.send", SendRequest, SendResponse, "Send a request", Scope.WRITE, 32
)
REPLAY: Endpoint[ReplayRequest, ReplayResponse] = _post(
    "http.replay", ReplayRequest, ReplayResponse, "Replay and compare", Scope.WRITE, 32
)
DIFF: Endpoint[DiffRequest, Comparison] = _post("http.diff", DiffRequest, Comparison, "Compare two runs")
LIST: Endpoint[ListRequest, ListResponse] = _post(
    "http.list", ListRequest, ListResponse, "Saved requests and runs"
)
GET: Endpoint[GetRequest, GetResponse] = _post("http.get", GetRequest, GetResponse, "One request or run")
SAVE: Endpoint[SaveRequest, SaveResponse] = _post(
    "http.save", SaveRequest, SaveResponse, "Keep a request", Scope.WRITE, 32
)
DELETE: Endpoint[DeleteRequest, Done] = _post(
    "http.delete", DeleteRequest, Done, "Remove a request or environment", Scope.WRITE
)
IMPORT: Endpoint[ImportRequest, ImportResponse] = _post(
    "http.import", ImportRequest, ImportResponse, "Import HAR or curl", Scope.WRITE, 64
)
EXPORT: Endpoint[ExportRequest, ExportResponse] = _post(
    "http.export", ExportRequest, ExportResponse, "Export as curl, HAR or pytest"
)
ENVIRONMENTS: Endpoint[EnvironmentsRequest, EnvironmentsResponse] = _post(
    "http.environments", EnvironmentsRequest, EnvironmentsResponse, "Where requests are sent"
)
SAVE_ENVIRONMENT: Endpoint[SaveEnvironmentRequest, EnvironmentsResponse] = _post(
    "http.save_environment", SaveEnvironmentRequest, EnvironmentsResponse, "Keep an environment", Scope.WRITE
)
