"""What a revision does to the schema, read from its code: Alembic's operations and plain SQL texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .reader import function_of

# Parameters of Alembic's operations by place; batch operations have no table.
_PLACES = {
    "create_table": ("table",),
    "drop_table": ("table",),
    "rename_table": ("table", "new_name"),
    "add_column": ("table", "column"),
    "drop_column": ("table", "column"),
    "alter_column": ("table", "column"),
    "create_index": ("name", "table", "columns"),
    "drop_index": ("name", "table"),
    "create_foreign_key": ("name", "table", "referent", "columns", "referent_columns"),
    "create_unique_constraint": ("name", "table", "columns"),
    "create_check_constraint": ("name", "table", "condition"),
    "create_primary_key": ("name", "table", "columns"),
    "drop_constraint": ("name", "table", "kind"),
    "execute": ("sql",),
    "bulk_insert": ("table", "rows"),
}
_RENAMED = {"table_name": "table", "index_name": "name", "constraint_name": "name", "column_name": "column"}
_RENAMED |= {"source_table": "table", "referent_table": "referent", "local_cols": "columns", "sqltext": "sql"}
_RENAMED |= {"type_": "type", "new_table_name": "new_name"}
# A call is followed into functions of the same file this deep.
DEPTH = 3


@dataclass(frozen=True)
class Code:
    """An argument that is no literal: its text."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column as it is declared; `default` and `type` are code."""

    name: str
    type: str = ""
    nullable: bool = True
    default: str = ""
    generated: str = ""
    primary: bool = False
    refers: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation. `kind` is Alembic's name; `named` holds its arguments by our names."""

    kind: str
    table: str = ""
    line: int = 0
    named: dict[str, Any] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    batch: bool = False
    # Inside autocommit_block: outside of any transaction.
    autocommit: bool = False
    sql: str = ""

    def text(self, name: str) -> str:
        """An argument as text, "" if it is not there."""
        value = self.named.get(name)
        return value.text if isinstance(value, Code) else "" if value is None else str(value)

    def on(self, name: str) -> bool:
        """Whether a switch is written out as on."""
        return self.named.get(name) is True


def operations(source: str, direction: str = "upgrade") -> list[Operation]:
    """The operations of a revision in the order in which they stand. Broken code has none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    function = function_of(tree, direction)
    if function is None:
        return []
    return list(_Walk(tree).statements(function.body, _Place(), 0))


@dataclass(frozen=True)
class _Place:
    batches: tuple[tuple[str, str], ...] = ()
    autocommit: bool = False

    def batch(self, name: str) -> str | None:
        return dict(self.batches).get(name)


class _Walk:
    def __init__(self, tree: ast.Module) -> None:
        self._functions = {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef)}

    def statements(self, body: list[ast.stmt], place: _Place, depth: int) -> Iterator[Operation]:
        for statement in body:
            if isinstance(statement, ast.With):
                inner = place
                for item in statement.items:
                    inner = _entered(item, inner)
                yield from self.statements(statement.body, inner, depth)
                continue
            nested = [
                part for name in ("body", "orelse", "finalbody") for part in getattr(statement, name, [])
            ]
            nested += [part for handler in getattr(statement, "handlers", []) for part in handler.body]
            if nested and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield from self.statements(nested, place, depth)
            elif not nested:
                yield from self._calls(statement, place, depth)

    def _calls(self, statement: ast.stmt, place: _Place, depth: int) -> Iterator[Operation]:
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            function = call.func
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                yield from _operation(call, function.attr, function.value.id, place)
            elif isinstance(function, ast.Name) and function.id in self._functions and depth < DEPTH:
                yield from self.statements(self._functions[function.id].body, place, depth + 1)


def _entered(item: ast.withitem, place: _Place) -> _Place:
    call = item.context_expr
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return place
    if call.func.attr == "autocommit_block":
        return replace(place, autocommit=True)
    if call.func.attr == "batch_alter_table" and isinstance(item.optional_vars, ast.Name):
        table = _text(_value(call.args[0])) if call.args else ""
        return replace(place, batches=(*place.batches, (item.optional_vars.id, table)))
    return place


def _operation(call: ast.Call, kind: str, owner: str, place: _Place) -> Iterator[Operation]:
    table = place.batch(owner)
    if kind not in _PLACES or (owner != "op" and table is None):
        return
    places = [name for name in _PLACES[kind] if table is None or name != "table"]
    named = {name: _value(value) for name, value in zip(places, call.args, strict=False)}
    named |= {_RENAMED.get(item.arg, item.arg): _value(item.value) for item in call.keywords if item.arg}
    columns = tuple(found for argument in call.args for found in [_column(argument)] if found is not None)
    made = Operation(
        kind,
        table if table is not None else _text(named.get("table")),
        call.lineno,
        named,
        columns,
        table is not None,
        place.autocommit,
    )
    if kind == "execute":
        sql = _sql(call)
        yield from from_sql(sql, call.lineno, place.autocommit)
    else:
        yield made


def _sql(call: ast.Call) -> str:
    argument: ast.expr | None = call.args[0] if call.args else None
    while isinstance(argument, ast.Call) and argument.args:
        argument = argument.args[0]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "?" for part in argument.values]
        return "".join(map(str, parts))
    return ""


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return Code(ast.unparse(node))


def _text(value: Any) -> str:
    if isinstance(value, Code):
        found = re.search(r"[\"']([^\"']+)[\"']", value.text)
        return found.group(1) if found else ""
    return value if isinstance(value, str) else ""


def _column(node: ast.expr) -> Column | None:
    if not isinstance(node, ast.Call) or not _called(node).endswith("Column"):
        return None
    if not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    named = {item.arg: item.value for item in node.keywords if item.arg}
    rest = [argument for argument in node.args[1:]]
    calls = {_called(argument): argument for argument in rest if isinstance(argument, ast.Call)}
    kinds = [ast.unparse(argument) for argument in rest if not _is_part(argument)]
    primary = _value(named["primary_key"]) is True if "primary_key" in named else False
    nullable = _value(named["nullable"]) is not False if "nullable" in named else not primary
    refers = calls.get("ForeignKey")
    default = named.get("server_default")
    return Column(
        str(node.args[0].value),
        kinds[0] if kinds else ast.unparse(named["type_"]) if "type_" in named else "",
        nullable,
        "" if default is None or _value(default) is None else ast.unparse(default),
        next((name for name in ("Identity", "Computed") if name in calls), ""),
        primary,
        ast.unparse(refers.args[0]).strip("'\"") if refers is not None and refers.args else "",
    )


def _is_part(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _called(node) in (
        "ForeignKey",
        "Identity",
        "Computed",
        "CheckConstraint",
        "Sequence",
    )


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


# --- plain SQL --------------------------------------------------------------------------------------

_NAME = r"((?:\"[^\"]+\"|`[^`]+`|\[[^\]]+\]|[\w$]+)(?:\.(?:\"[^\"]+\"|`[^`]+`|[\w$]+))?)"
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I | re.S))
    for kind, pattern in (
        (
            "create_index",
            rf"^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?P<now>CONCURRENTLY\s+)?{_IF}(?P<name>[\w$\".]+\s+)?ON\s+"
            rf"(?:ONLY\s+)?(?P<table>{_NAME})",
        ),
        ("drop_index", rf"^DROP\s+INDEX\s+(?P<now>CONCURRENTLY\s+)?{_IF}(?P<name>{_NAME})"),
        ("create_table", rf"^CREATE\s+TABLE\s+{_IF}(?P<table>{_NAME})"),
        ("drop_table", rf"^DROP\s+TABLE\s+{_IF}(?P<table>{_NAME})"),
        ("drop_column", rf"^ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+DROP\s+(?:COLUMN\s+)?{_IF}"
         rf"(?!CONSTRAINT)(?P<column>{_NAME})"),
        ("not_null", rf"^ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+ALTER\s+(?:COLUMN\s+)?"
         rf"(?P<column>{_NAME})\s+SET\s+NOT\s+NULL"),
        ("create_foreign_key", rf"^ALTER\s+TABLE\s+{_IF}(?:ONLY\s+)?(?P<table>{_NAME})\s+ADD\s+"
         rf"(?:CONSTRAINT\s+(?P<name>{_NAME})\s+)?FOREIGN\s+KEY\b.*?REFERENCES\s+(?P<referent>{_NAME})"),
    )
)  # fmt: skip


def from_sql(sql: str, line: int = 0, autocommit: bool = False) -> Iterator[Operation]:
    """What a text of SQL does, as far as the rules care; anything else is an "execute"."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.S).strip()
    for kind, pattern in _PATTERNS:
        found = pattern.search(text)
        if found is None:
            continue
        parts = {name: _bare(value) for name, value in found.groupdict().items() if value}
        named: dict[str, Any] = {name: value for name, value in parts.items() if name != "now"}
        if "now" in parts:
            named["postgresql_concurrently"] = True
        if kind == "create_foreign_key" and re.search(r"\bNOT\s+VALID\b", text, re.I):
            named["postgresql_not_valid"] = True
        if kind == "not_null":
            kind, named["nullable"] = "alter_column", False
        yield Operation(kind, parts.get("table", ""), line, named, (), False, autocommit, sql)
        return
    yield Operation("execute", "", line, {"sql": sql}, (), False, autocommit, sql)


def _bare(name: str) -> str:
    return name.strip().rpartition(".")[2].strip('"`[]')
