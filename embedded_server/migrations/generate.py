"""Writes revisions with the project's own tools and template: from given operations, or from its models."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.wire.migration_runs import GenerateRequest, GenerateResponse, OperationInfo
from embedded_server.wire.migrations import Finding, Project
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.refs import RevisionRef

from .code import indented, message_of, rendered
from .facts import around_of
from .graph import Graph, shown
from .interpreters import chosen
from .lint import of_revision, tables_in
from .place import parts_of
from .runner import events, job_of, running

_TITLES = {
    "CreateTableOp": "Create table {table}",
    "DropTableOp": "Drop table {table}",
    "AddColumnOp": "Add column {table}.{name}",
    "DropColumnOp": "Drop column {table}.{name}",
    "AlterColumnOp": "Change column {table}.{name}",
    "CreateIndexOp": "Create index {name} on {table}",
    "DropIndexOp": "Drop index {name} of {table}",
    "CreateForeignKeyOp": "Add foreign key {name} to {table}",
    "CreateUniqueConstraintOp": "Add unique constraint {name} to {table}",
    "CreateCheckConstraintOp": "Add check {name} to {table}",
    "DropConstraintOp": "Drop constraint {name} of {table}",
    "RenameTableOp": "Rename table {table}",
}
_BEHIND = "not up to date"
_OUTSIDE = (
    "On PostgreSQL the index is built beside the writers, outside of the transaction: its own revision."
)
_NO_TABLES = "env.py sees no tables: it does not import the project's models."


def generate(request: GenerateRequest, project: Project, graph: Graph, call: Call) -> GenerateResponse:
    """The answer of `migrations.generate`."""
    answer = _from_models(request, project, call) if request.models else _given(request, project, call)
    answer = _checked(answer, request, project, graph, call)
    if answer.revision and not request.dry_run:
        _tell(answer, request, project, call)
    return answer


def _given(request: GenerateRequest, project: Project, call: Call) -> GenerateResponse:
    engine, schema = _engine(request, call)
    listed = [rendered(_bare(operation, schema), engine) for operation in request.operations]
    taken = [one for one in listed if request.accept is None or one.key in request.accept]
    if not taken:
        raise problem("request.invalid", detail="No operation was given.")
    message = message_of(request.message, taken)
    notes = [_OUTSIDE] if any("autocommit_block" in one.upgrade for one in taken) else []
    job = job_of(
        project,
        "write",
        run_environment=False,
        preview=request.dry_run,
        rev_id=uuid4().hex[:12],
        message=message,
        head=request.head or "head",
        upgrades=indented([one.upgrade for one in taken]),
        downgrades=indented([one.downgrade for one in reversed(taken) if one.downgrade]),
        imports="\n".join(sorted({line for one in taken for line in one.imports})),
    )
    found = _written(job, project, call)
    return GenerateResponse(listed, found["source"], [], found["revision"], found["file"], None, notes)


def _engine(request: GenerateRequest, call: Call) -> tuple[str, str]:
    """The database's product, and the schema that needs no naming in it."""
    if not request.connection:
        return "", ""
    name = engine_for(call.services.target(request.connection)[1].url).name
    if not any(one.get("schema") for one in request.operations):
        return name, ""
    with call.session(request.connection) as lease:
        return name, lease.info.default_schema


def _bare(operation: dict[str, Any], schema: str) -> dict[str, Any]:
    """Without the schema where it is the default one: autogenerate leaves it out as well."""
    same = schema and operation.get("schema") == schema
    return {name: value for name, value in operation.items() if not (same and name == "schema")}


def _from_models(request: GenerateRequest, project: Project, call: Call) -> GenerateResponse:
    if not request.connection:
        raise problem("request.invalid", detail="Models are compared with a database: name a connection.")
    write = not request.dry_run
    if write and request.accept == []:
        raise problem("request.invalid", detail="No operation was accepted.")
    _, target = call.services.reached(request.connection, allow_write=request.allow_write)
    job = job_of(
        project,
        "autogenerate",
        target=parts_of(target),
        read_only=True,
        preview=request.dry_run,
        accept=request.accept,
        rev_id=uuid4().hex[:12],
        message=message_of(request.message or ("" if write else "changes of the models"), []),
        head=request.head or "head",
    )
    try:
        found = _written(job, project, call)
    except ProblemError as error:
        if _BEHIND in error.problem.detail:
            hint = "Apply the pending revisions first."
            raise problem("migrations.behind", detail=request.connection, hint=hint) from error
        raise
    listed = [_info(one) for one in found["operations"]]
    notes = [_NO_TABLES] if found["tables"] == 0 else []
    return GenerateResponse(
        listed, found["source"], [], found["revision"], found["file"], found["tables"], notes
    )


def _written(job: dict[str, Any], project: Project, call: Call) -> dict[str, Any]:
    """What the child tells of the file: written, or only shown."""
    found: dict[str, Any] = {"source": "", "revision": "", "file": "", "operations": [], "tables": 0}
    with running(chosen(project).path, job) as runner:
        for event in events(runner, call):
            if event["ev"] == "operations":
                found["operations"] += event["operations"]
                found["tables"] += event["tables"]
            elif event["ev"] in ("written", "shown"):
                found |= {name: event[name] for name in ("source", "revision", "file")}
    return found


def _info(one: dict[str, Any]) -> OperationInfo:
    title = _TITLES.get(one["kind"], one["kind"]).format(table=one["table"], name=one["name"])
    return OperationInfo(one["key"], title, one["kind"], one["table"], one["upgrade"], one["downgrade"])


def _checked(
    answer: GenerateResponse, request: GenerateRequest, project: Project, graph: Graph, call: Call
) -> GenerateResponse:
    """What the rules say of the new revision on this database."""
    if not answer.source:
        return answer
    around = around_of(request.connection, tables_in(answer.source), call)
    told, _ = of_revision(answer.source, around)
    file = shown_file(answer.file, graph)
    findings: list[Finding] = [
        msgspec.structs.replace(one, revision=answer.revision, file=file) for one in told
    ]
    return msgspec.structs.replace(answer, findings=findings, file=file)


def shown_file(path: str, graph: Graph) -> str:
    """A written file relative to the project."""
    return shown(Path(path), graph.root)


def check(connection: str, given: list[dict[str, Any]], call: Call) -> list[Finding]:
    """What the rules say of operations that are no revision yet."""
    request = GenerateRequest("", connection, operations=given)
    engine, schema = _engine(request, call)
    code = indented([rendered(_bare(one, schema), engine).upgrade for one in given])
    source = f"def upgrade():\n    {code}\n"
    return of_revision(source, around_of(connection, tables_in(source), call))[0]


def _tell(answer: GenerateResponse, request: GenerateRequest, project: Project, call: Call) -> None:
    title = request.message.strip() or (answer.operations[0].title if answer.operations else answer.revision)
    data = {"project": project.folder, "revision": answer.revision, "file": answer.file}
    call.services.events.emit("migrations.written", **data)
    ref = RevisionRef(project.folder, answer.revision, request.connection, title)
    facts = {
        "revision": answer.revision,
        "title": title,
        "file": answer.file,
        "statements": [one.upgrade for one in answer.operations],
        "findings": [msgspec.to_builtins(one) for one in answer.findings],
    }
    call.services.step(request.origin, "migration", f"Revision {answer.revision}: {title}", ref, facts)
