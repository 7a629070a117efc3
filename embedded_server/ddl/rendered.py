"""An operation as a revision has it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from embedded_server.wire.ddl import Operation
from embedded_server.wire.migration_runs import OperationInfo
from embedded_server.wire.problem import problem

from .code import code_of
from .steps import built


def rendered(operation: dict[str, Any], engine: str) -> OperationInfo:
    """Sentence and code. Raises request.invalid for what is no operation, and the problems of `built`."""
    try:
        one: Operation = msgspec.convert(operation, Operation)
    except msgspec.ValidationError as error:
        raise problem("request.invalid", detail=str(error)) from error
    made = built(one, engine)
    upgrade, imports = code_of(made.up, engine)
    downgrade, more = code_of(made.down, engine) if made.down is not None else ("", set())
    key = hashlib.sha256(upgrade.encode()).hexdigest()[:16]
    kind = str(operation.get("op"))
    return OperationInfo(key, made.title, kind, made.table, upgrade, downgrade, sorted(imports | more))
