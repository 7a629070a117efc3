"""What only SHOW CREATE TABLE tells of a column: its own character set, and what updates it."""

from __future__ import annotations

import warnings
from typing import Any

import msgspec
from sqlalchemy.dialects.mysql.reflection import MySQLTableDefinitionParser

from embedded_server.wire.ddl import ColumnSpec

from .dialects import dialect_of


def completed(columns: list[ColumnSpec], ddl: str) -> list[ColumnSpec]:
    """MODIFY writes a column anew: whatever is not said again is lost."""
    dialect: Any = dialect_of("mysql")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = MySQLTableDefinitionParser(dialect, dialect.identifier_preparer).parse(
            ddl.strip().rstrip(";"), None
        )
    told: dict[str, Any] = {one["name"]: one for one in state.columns}
    return [_completed(one, told.get(one.name, {})) for one in columns]


def _completed(column: ColumnSpec, told: dict[str, Any]) -> ColumnSpec:
    kind = told.get("type")
    words = [column.type]
    if column.type != "json":
        for name, word in (("charset", "CHARACTER SET"), ("collation", "COLLATE")):
            if getattr(kind, name, None):
                words.append(f"{word} {getattr(kind, name)}")
    default = told.get("default") or ""
    return msgspec.structs.replace(
        column,
        type=" ".join(words),
        default="" if column.identity or column.computed or default == "NULL" else default,
    )
