"""Migrations: handlers of the `migrations` endpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from embedded_server.jobs import Call
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.migration_runs import (
    APPLY,
    CHECK,
    GENERATE,
    PREVIEW,
    RUNS,
    ApplyEvent,
    ApplyRequest,
    CheckRequest,
    CheckResponse,
    GenerateRequest,
    GenerateResponse,
    PreviewRequest,
    PreviewResponse,
    RunsRequest,
    RunsResponse,
)
from embedded_server.wire.migrations import (
    GRAPH,
    INTERPRETERS,
    PROJECTS,
    SETTINGS,
    STATUS,
    GraphRequest,
    GraphResponse,
    InterpretersRequest,
    InterpretersResponse,
    Project,
    ProjectsRequest,
    ProjectsResponse,
    SettingsRequest,
    StatusRequest,
    StatusResponse,
)
from embedded_server.wire.problem import ProblemError, problem

from .applying import Work, apply, not_twice, permitted
from .generate import check, generate
from .graph import lanes, listed
from .interpreters import candidates, probed
from .lint import of_graph
from .mend import settle, still_open, told_run
from .preview import Plan, plan_of, preview
from .projects import discover, graph_of, locate, with_settings
from .reader import source_of
from .status import fits, status

MOST_RUNS = 500


def project_of(text: str, call: Call) -> Project:
    """The project a request names, with what the user set. Raises migrations.no_project."""
    found = locate(text)
    return with_settings(found, call.services.store.migrations.settings(found.folder))


def projects(request: ProjectsRequest, call: Call) -> ProjectsResponse:
    """Projects below a folder (read, not run), then those remembered. Raises migrations.no_project.

    A database that cannot be asked fits no project.
    """
    store = call.services.store.migrations
    found: list[Project] = []
    if request.folder:
        folder = Path(os.path.expanduser(request.folder))
        if not folder.is_dir():
            raise problem("migrations.no_project", detail=request.folder, hint="There is no such folder.")
        found = [with_settings(one, store.settings(one.folder)) for one in discover(folder.absolute())]
    have = {one.folder for one in found}
    for remembered in store.folders():
        if remembered in have or not Path(remembered).is_dir():
            continue
        try:
            found.append(project_of(remembered, call))
        except ProblemError:
            continue
    if not request.connection:
        return ProjectsResponse(found)
    fitting = [one for one in found if fits(one, graph_of(one), request.connection, call)]
    others = [one for one in found if one not in fitting]
    # What the user added by hand is meant before what merely lies in the folder.
    added = [one for one in fitting if one.folder in store.folders()]
    best = added if added else fitting
    return ProjectsResponse([*fitting, *others], best[0].folder if len(best) == 1 else "")


def settings(request: SettingsRequest, call: Call) -> Done:
    """Remember a project and its settings, or forget it. Raises migrations.no_project."""
    store = call.services.store.migrations
    if request.forget:
        store.forget(request.project)
    else:
        store.remember(locate(request.project).folder, request.settings)
    call.services.events.emit("migrations.projects", project=request.project)
    return Done()


def interpreters(request: InterpretersRequest, call: Call) -> InterpretersResponse:
    """Candidates best first; a probe starts each one and asks what is installed. Runs no project code."""
    project = project_of(request.project, call)
    found = candidates(project)
    if request.probe:
        checked = []
        for candidate in found:
            call.check()
            checked.append(probed(candidate, project.kind))
        found = checked
    usable = [one.path for one in found if not one.problem] if request.probe else []
    return InterpretersResponse(found, usable[0] if usable else "")


def graph(request: GraphRequest, call: Call) -> GraphResponse:
    """The revisions, from the files alone. Broken files are findings. Raises migrations.no_project,
    migrations.no_revision for a `source` that is not there."""
    begun = time.perf_counter()
    project = project_of(request.project, call)
    found = graph_of(project)
    text = ""
    if request.source:
        revision = found.resolve(request.source)
        if not revision:
            raise problem("migrations.no_revision", detail=request.source)
        text = source_of(found.files[revision].path)
    return GraphResponse(
        project,
        listed(found),
        list(found.heads),
        list(found.bases),
        of_graph(found),
        max(lanes(found).values(), default=0) + 1,
        text,
        round((time.perf_counter() - begun) * 1000, 3),
    )


def stand(request: StatusRequest, call: Call) -> StatusResponse:
    """Where databases stand, read from their version tables; runs no project code.

    A database that cannot be asked has a problem in its entry. Raises migrations.no_project.
    """
    project = project_of(request.project, call)
    found = graph_of(project)
    names = request.connections or ([request.connection] if request.connection else [])
    statuses = [status(project, found, name, call) for name in names]
    if len(names) == 1 and statuses[0].problem is not None:
        raise ProblemError(statuses[0].problem)
    return StatusResponse(statuses, list(found.heads), statuses[0].pending if statuses else found.pending([]))


def show(request: PreviewRequest, call: Call) -> PreviewResponse:
    """What applying would do: findings by files and table facts, SQL, or a rehearsal.

    Times in milliseconds, measured. Raises migrations.no_revision, migrations.no_rehearsal before the first
    statement where nothing could be taken back, and the problems of running the project's own code.
    """
    project = project_of(request.project, call)
    return preview(request, project, graph_of(project), call)


def run(request: ApplyRequest, call: Call) -> Iterator[ApplyEvent]:
    """Run revisions; the last event says how it ended. Raises before anything ran: sql.read_only,
    migrations.confirm, migrations.busy, migrations.no_revision."""
    project = project_of(request.project, call)
    profile, target = call.services.reached(request.connection, allow_write=request.allow_write)
    permitted(request, profile, target)
    found = graph_of(project)
    if request.direction == "stamp":
        revision = "base" if request.revision == "base" else found.resolve(request.revision)
        if not revision:
            raise problem("migrations.no_revision", detail=request.revision)
        where = status(project, found, request.connection, call)
        plan = Plan(project, found, "stamp", revision, [revision], where)
    else:
        plan = plan_of(project, found, request.connection, request.revision, request.direction, call)
    with call.session(request.connection, allow_write=request.allow_write) as lease:
        version = lease.info.server_version
    work = Work(request, plan, profile, target, version)
    not_twice(work, call)
    return apply(work, call)


def runs(request: RunsRequest, call: Call) -> RunsResponse:
    """Past applies, newest first. One that nobody saw the end of is explained from its journal and from where
    the database stands. Raises migrations.no_run."""
    settle(call)
    store = call.services.store.migrations
    if request.id:
        record = store.run(request.id)
        if record is None:
            raise problem("migrations.no_run", detail=request.id)
        return RunsResponse([told_run(record, whole=True)])
    limit = max(1, min(request.limit, MOST_RUNS))
    found = store.runs(request.project, request.connection, limit=MOST_RUNS if request.open else limit)
    return RunsResponse([told_run(one) for one in (still_open(found) if request.open else found)][:limit])


def write(request: GenerateRequest, call: Call) -> GenerateResponse:
    """A new revision, or with `dry_run` what it would be. Never overwrites. Raises request.invalid for
    operations that are none, migrations.behind when models are compared with a database that lacks revisions,
    migrations.exists, and the problems of running the project's own code."""
    project = project_of(request.project, call)
    return generate(request, project, graph_of(project), call)


def warn(request: CheckRequest, call: Call) -> CheckResponse:
    """Findings about operations on a database's tables, the worst first. Raises request.invalid."""
    return CheckResponse(check(request.connection, request.operations, call))


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    PROJECTS: projects,
    SETTINGS: settings,
    INTERPRETERS: interpreters,
    GRAPH: graph,
    STATUS: stand,
    PREVIEW: show,
    APPLY: run,
    RUNS: runs,
    GENERATE: write,
    CHECK: warn,
}
