"""Steps as the statements that Alembic would send."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

from alembic.operations import Operations, ops
from sqlalchemy import DefaultClause

from .build import Batch, Outside, Raw, bound
from .dialects import dialect_of, offline


def statements_of(steps: list[Any], engine: str, *, mariadb: bool = True) -> list[str]:
    """In order. Not for SQLite, whose copies of tables need a database: see `shadow`."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, Raw):
            found.append(step.sql.strip().rstrip(";"))
        else:
            found += offline(dialect_of(engine, mariadb), partial(_invoked, step))
    return found


def _invoked(step: Any, operations: Operations) -> None:
    invoke(operations, step)


def invoke(operations: Operations, step: Any) -> None:
    """Run a step."""
    if isinstance(step, Outside):
        step = step.step
    if isinstance(step, Raw):
        operations.execute(bound(step.sql))
    elif isinstance(step, Batch):
        like = step.like
        with operations.batch_alter_table(
            like.name, schema=like.schema, copy_from=like, recreate="always"
        ) as batch:
            for part in step.steps:
                batch.invoke(_for_copy(part))
    else:
        operations.invoke(step)


def _for_copy(step: Any) -> Any:
    """A copy wants the default itself, code its clause."""
    if isinstance(step, ops.AlterColumnOp) and isinstance(step.modify_server_default, DefaultClause):
        step = copy(step)
        step.modify_server_default = step.modify_server_default.arg
    return step
