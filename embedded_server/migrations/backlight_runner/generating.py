"""New revision files: from operations that were given as text, or from the models."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from alembic import autogenerate
from alembic.autogenerate import render
from alembic.operations import ops
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from .channel import Channel
from .environment import Environment


class Exists(Exception):
    """The file is there already; nothing is ever overwritten."""


class Shown(BaseException):
    """The file's text was told; it is not to be written."""


def write(job: dict[str, Any], environment: Environment, channel: Channel) -> None:
    """Write a revision with the project's own template. `upgrades` and `downgrades` are indented code."""
    _templates(job, channel)
    script = environment.script
    made = script.generate_revision(
        job["rev_id"],
        job["message"],
        head=job.get("head") or "head",
        refresh=True,
        upgrades=job["upgrades"],
        downgrades=job["downgrades"],
        imports=job.get("imports") or "",
        config=environment.config,
    )
    if made is None:
        raise RuntimeError("Alembic wrote no file")
    _tell(made, channel)


def _tell(made: Any, channel: Channel) -> None:
    path = os.path.abspath(made.path)
    channel.say("written", revision=made.revision, file=path, source=_read(path))


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _templates(job: dict[str, Any], channel: Channel) -> None:
    """Never write over a file; a preview is written beside, told, and removed."""
    original = ScriptDirectory._generate_template

    def guarded(script: Any, source: Any, target: Any, **named: Any) -> None:
        if os.path.exists(str(target)):
            raise Exists(str(target))
        if not job.get("preview"):
            original(script, source, target, **named)
            return
        handle, path = tempfile.mkstemp(suffix=".py")
        os.close(handle)
        try:
            original(script, source, Path(path), **named)
            text = _read(path)
        finally:
            os.unlink(path)
        channel.say(
            "shown", revision=str(named.get("up_revision")), file=os.path.abspath(str(target)), source=text
        )
        raise Shown()

    ScriptDirectory._generate_template = guarded  # type: ignore[method-assign,assignment]


class FromModels:
    """Compares models and database; tells the operations, and writes those accepted."""

    def __init__(self, job: dict[str, Any], environment: Environment, channel: Channel) -> None:
        self.job = job
        self.environment = environment
        self.channel = channel
        self.tables = 0
        arguments = {
            "message": job.get("message") or "",
            "autogenerate": True,
            "sql": False,
            "head": job.get("head") or "head",
            "splice": False,
            "branch_label": None,
            "version_path": None,
            "rev_id": job.get("rev_id"),
            "depends_on": None,
        }
        self.revision = autogenerate.RevisionContext(environment.config, environment.script, arguments)

    def go(self) -> None:
        """Run env.py to compare, then tell or write."""
        script = self.environment.script
        with EnvironmentContext(self.environment.config, script, fn=self._compare, dont_mutate=True):
            script.run_env()
        found = [one for made in self.revision.generated_revisions for one in made.upgrade_ops_list]
        if any(not one.is_empty() for one in found):
            self._write()

    def _compare(self, current: Any, context: Any) -> list[Any]:
        metadata = context.opts.get("target_metadata")
        many = metadata if isinstance(metadata, (list, tuple)) else [metadata]
        self.tables = sum(len(one.tables) for one in many if one is not None)
        self.revision.run_autogenerate(current, context)
        found = []
        accepted = self.job.get("accept")
        for made in self.revision.generated_revisions:
            for upgrade, downgrade in zip(made.upgrade_ops_list, made.downgrade_ops_list):
                listed = self._listed(upgrade, context)
                found += listed
                if accepted is not None:
                    keep(upgrade, downgrade, [one["key"] in accepted for one in listed])
        self.channel.say("operations", operations=found, tables=self.tables, engine=context.dialect.name)
        return []

    def _listed(self, container: Any, context: Any) -> list[dict[str, Any]]:
        drawing = autogenerate.api.AutogenContext(context, autogenerate=True)
        found = []
        for operation in flat(container):
            code = _code(drawing, operation)
            back = _code(drawing, operation.reverse()) if hasattr(operation, "reverse") else ""
            inner = operation.ops[0] if isinstance(operation, ops.ModifyTableOps) else operation
            found.append(
                {
                    "key": hashlib.sha256(code.encode()).hexdigest()[:16],
                    "kind": type(inner).__name__,
                    "table": str(
                        getattr(inner, "table_name", "") or getattr(inner, "source_table", "") or ""
                    ),
                    "name": _named(inner),
                    "upgrade": code,
                    "downgrade": back,
                }
            )
        return found

    def _write(self) -> None:
        _templates(self.job, self.channel)
        for made in self.revision.generate_scripts():
            if made is not None:
                _tell(made, self.channel)


def flat(container: Any) -> list[Any]:
    """Every operation by itself; those on one table are wrapped singly, as templates render them."""
    found: list[Any] = []
    for operation in container.ops:
        if isinstance(operation, ops.ModifyTableOps):
            found += [
                ops.ModifyTableOps(operation.table_name, [one], schema=operation.schema)
                for one in operation.ops
            ]
        else:
            found.append(operation)
    return found


def keep(upgrade: Any, downgrade: Any, wanted: list[bool]) -> None:
    """Drop the operations that were not accepted, in both directions."""
    if all(wanted):
        return
    answers = iter(wanted)
    left: list[Any] = []
    for operation in upgrade.ops:
        if isinstance(operation, ops.ModifyTableOps):
            operation.ops = [one for one in operation.ops if next(answers)]
            if operation.ops:
                left.append(operation)
        elif next(answers):
            left.append(operation)
    upgrade.ops = left
    downgrade.ops = upgrade.reverse().ops


def _code(drawing: Any, operation: Any) -> str:
    lines = "\n".join(render.render_op(drawing, operation)).strip().splitlines()
    inner = bool(lines) and lines[0].startswith("with ")
    return "\n".join([*lines[:1], *("    " + line if inner else line for line in lines[1:])])


def _named(operation: Any) -> str:
    for name in ("index_name", "constraint_name", "column_name"):
        value = getattr(operation, name, None)
        if value:
            return str(value)
    column = getattr(operation, "column", None)
    return str(column.name) if column is not None else ""
