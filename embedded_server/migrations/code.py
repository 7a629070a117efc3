"""Given operations as code of a revision. Names and texts go through `repr`: none can become code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, get_args

from embedded_server.ddl.naming import index_name
from embedded_server.wire.ddl import Operation
from embedded_server.wire.migration_runs import OperationInfo
from embedded_server.wire.problem import problem

_ORDER = re.compile(r"^.+\s(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?$", re.I)


def rendered(operation: dict[str, Any], engine: str) -> OperationInfo:
    """One operation in the form its engine wants. Raises request.invalid."""
    kind = operation.get("op")
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise problem("request.invalid", detail=f"unknown operation {kind!r}", hint=f"Known: {known}")
    if engine in ENGINES and kind != "execute":
        from embedded_server.ddl import rendered as ddl  # noqa: PLC0415  # lazy: Alembic takes its time

        return ddl.rendered(operation, engine)
    maker = _MAKERS.get(kind)
    if maker is None:
        raise problem(
            "request.invalid", detail=f"{kind} needs a connection", hint="Its code differs by database."
        )
    title, upgrade, downgrade = maker(operation, engine)
    key = hashlib.sha256(upgrade.encode()).hexdigest()[:16]
    return OperationInfo(key, title, str(kind), str(operation.get("table", "")), upgrade, downgrade)


def _create_index(operation: dict[str, Any], engine: str) -> tuple[str, str, str]:
    table, columns = _text(operation, "table"), _columns(operation)
    name = str(operation.get("name") or index_name(table, [_shown(column) for column in columns]))
    items = [repr(name), repr(table), f"[{', '.join(_item(column) for column in columns)}]"]
    shared = [f"schema={operation['schema']!r}"] if operation.get("schema") else []
    more = ["unique=True"] if operation.get("unique") else []
    if operation.get("where"):
        more += [
            f"{dialect}_where=sa.literal_column({str(operation['where'])!r})"
            for dialect in ("postgresql", "sqlite")
        ]
    if operation.get("include"):
        more.append(f"postgresql_include={[str(column) for column in operation['include']]!r}")
    if operation.get("method"):
        more.append(f"postgresql_using={str(operation['method'])!r}")
    listed = ", ".join(_shown(column) for column in columns)
    title = f"Create {'unique ' if operation.get('unique') else ''}index {name} on {table} ({listed})"
    return _index(title, engine, [*items, *more, *shared], [repr(name), f"table_name={table!r}", *shared])


def _index(title: str, engine: str, create: list[str], drop: list[str]) -> tuple[str, str, str]:
    if engine != "postgresql":
        return title, f"op.create_index({', '.join(create)})", f"op.drop_index({', '.join(drop)})"
    # A build beside the writers: outside of the transaction; a repeat after a crash finds it there.
    up = ", ".join([*create, "postgresql_concurrently=True", "if_not_exists=True"])
    down = ", ".join([*drop, "postgresql_concurrently=True", "if_exists=True"])
    return title, _outside(f"op.create_index({up})"), _outside(f"op.drop_index({down})")


def _drop_index(operation: dict[str, Any], engine: str) -> tuple[str, str, str]:
    table, name = _text(operation, "table"), _text(operation, "name")
    shared = [f"schema={operation['schema']!r}"] if operation.get("schema") else []
    create: list[str] = []
    if operation.get("columns"):
        columns = _columns(operation)
        create = [repr(name), repr(table), f"[{', '.join(_item(column) for column in columns)}]"]
        create += ["unique=True"] if operation.get("unique") else []
    _, build, drop = _index("", engine, [*create, *shared], [repr(name), f"table_name={table!r}", *shared])
    return f"Drop index {name} of {table}", drop, build if create else ""


def _execute(operation: dict[str, Any], _: str) -> tuple[str, str, str]:
    sql = _text(operation, "sql")
    back = operation.get("reverse")
    short = " ".join(sql.split())
    title = f"Run {short if len(short) <= 60 else short[:59] + '…'}"
    return (
        title,
        f"op.execute(sa.text({_bound(sql)!r}))",
        f"op.execute(sa.text({_bound(str(back))!r}))" if back else "",
    )


# Databases whose schemas are changed; of others an index is written as it is everywhere.
ENGINES = ("sqlite", "postgresql", "mysql", "duckdb")
KINDS = frozenset(str(one.__struct_config__.tag) for one in get_args(Operation))
_MAKERS: dict[str, Callable[[dict[str, Any], str], tuple[str, str, str]]] = {
    "create_index": _create_index,
    "drop_index": _drop_index,
    "execute": _execute,
}


def _outside(line: str) -> str:
    return f"with op.get_context().autocommit_block():\n    {line}"


def _bound(sql: str) -> str:
    """SQLAlchemy takes `:name` in a text for a parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)


def _text(operation: dict[str, Any], name: str) -> str:
    value = operation.get(name)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise problem("request.invalid", detail=f"{operation.get('op')} needs {name!r}")
    return value


def _columns(operation: dict[str, Any]) -> list[Any]:
    columns = operation.get("columns")
    if not isinstance(columns, list) or not columns:
        raise problem("request.invalid", detail=f"{operation.get('op')} needs 'columns', a list of names")
    for column in columns:
        if not isinstance(column, str | dict) or not _shown(column).strip():
            raise problem("request.invalid", detail=f"a column is a name or an expression, not {column!r}")
    return columns


def _is_expression(column: Any) -> bool:
    if isinstance(column, dict):
        return "expression" in column
    return "(" in column or bool(_ORDER.match(column))


def _item(column: Any) -> str:
    shown = _shown(column)
    return f"sa.text({_bound(shown)!r})" if _is_expression(column) else repr(shown)


def _shown(column: Any) -> str:
    if isinstance(column, dict):
        return str(column.get("expression") or column.get("column") or column.get("name") or "")
    return str(column)


def indented(code: list[str]) -> str:
    """Pieces of code as the body of a template's function: its first line is indented already."""
    lines = [line for piece in code for line in piece.splitlines()]
    return "\n    ".join(lines)


def message_of(text: str, operations: list[OperationInfo]) -> str:
    """The revision's message: it becomes a docstring and a file's name. Raises request.invalid."""
    message = text.strip() or (operations[0].title.lower() if operations else "")
    if not message:
        raise problem("request.invalid", detail="A revision needs a message.")
    if len(message) > 200 or '"""' in message or any(letter in "\\\0" or letter < " " for letter in message):
        hint = "One line of at most 200 characters, without backslashes and triple quotes."
        raise problem("request.invalid", detail="The message cannot become a docstring.", hint=hint)
    return message.rstrip('"') if message.endswith('"') else message
