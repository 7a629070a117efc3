"""Where a database stands, read from its version table and the project's files: none of its code runs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.child_env import child_env
from embedded_server.wire.migrations import Project, Status, Unknown
from embedded_server.wire.problem import ProblemError

from .graph import Graph

GIT_SECONDS = 5.0
MOST_COMMITS = 3
_TABLE = re.compile(r"version_table\s*=\s*[\"']([^\"']+)[\"']")
_SCHEMA = re.compile(r"version_table_schema\s*=\s*[\"']([^\"']+)[\"']")


def status(project: Project, graph: Graph, connection: str, call: Call, *, trace: bool = True) -> Status:
    """What the database has of the project. A database that does not answer has a problem instead.

    `trace` asks git where unknown revisions come from.
    """
    try:
        profile, _ = call.services.target(connection)
    except ProblemError as error:
        return Status(connection, problem=error.problem)
    try:
        with call.session(connection) as lease:
            table, current = versions(project, lease)
            engine, read_only = lease.engine.name, lease.info.read_only
    except ProblemError as error:
        if error.problem.code == "job.cancelled":
            raise
        return Status(connection, class_=profile.class_, problem=error.problem)
    known = [name for name in current if name in graph.files]
    applied = graph.ancestors(known)
    return Status(
        connection,
        current,
        [name for name in reversed(graph.order) if name in applied],
        graph.pending(known),
        [
            diagnosed(name, project) if trace else Unknown(name, "")
            for name in current
            if name not in graph.files
        ],
        table,
        engine,
        profile.class_,
        read_only,
    )


def fits(project: Project, graph: Graph, connection: str, call: Call) -> bool:
    """Whether the database was last at revisions that the project has."""
    found = status(project, graph, connection, call, trace=False)
    return bool(found.current) and not found.unknown


def versions(project: Project, lease: Lease) -> tuple[str, list[str]]:
    """The version table's name and the revisions in it; none where the table is not there."""
    try:
        text = (Path(project.script) / "env.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named, placed = _TABLE.search(text), _SCHEMA.search(text)
    table = named.group(1) if named else "alembic_version"
    schema = placed.group(1) if placed else ""
    try:
        lease.session.columns(schema or lease.info.default_schema, table)
    except ProblemError as error:
        if error.problem.code == "data.unknown_table":
            return "", []
        raise
    source = lease.grammar.table(schema, table)
    with lease.session.execute(f"SELECT {lease.grammar.name('version_num')} FROM {source}") as reading:
        rows = list(reading.block(1000).rows())
    return table, sorted(str(row[0]) for row in rows)


def diagnosed(revision: str, project: Project) -> Unknown:
    """A revision that no file has: which commits of the project's history have it."""
    commits = _commits(revision, project)
    text = f"The database is at {revision}, which no file of this project has."
    if commits:
        text += f" Commit {commits[0]} has it: check that branch out, or merge it."
    else:
        text += " It was written elsewhere, or its file was deleted without a downgrade."
    return Unknown(revision, text, commits)


def _commits(revision: str, project: Project) -> list[str]:
    """Commits that brought the revision's file, newest first, each with the branches that hold it."""
    if not re.fullmatch(r"[\w.-]{1,64}", revision):
        return []
    folder = project.script
    words = (
        "log",
        "--all",
        f"-S{revision}",
        "--diff-filter=A",
        "--format=%h\t%s",
        f"-n{MOST_COMMITS}",
        "--",
        ".",
    )
    found = []
    for line in _git(folder, *words, "--", ".").splitlines():
        commit, _, subject = line.partition("\t")
        branches = _git(folder, "branch", "-a", "--contains", commit, "--format=%(refname:short)").split()
        where = f" ({', '.join(branches[:3])})" if branches else ""
        found.append(f"{commit} {subject}{where}")
    return found


def _git(folder: str, *words: str) -> str:
    try:
        done = subprocess.run(
            ("git", "-C", folder, *words),
            env=child_env(),
            capture_output=True,
            timeout=GIT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
