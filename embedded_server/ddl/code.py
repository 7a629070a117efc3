"""Steps as the code of a revision. Names and texts go through `repr`: none can become code."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import render
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from sqlalchemy import Table

from .build import Batch, Outside, Raw, escaped
from .dialects import dialect_of, drawing

_IN = "    "


def code_of(steps: list[Any], engine: str) -> tuple[str, set[str]]:
    """The lines, and the imports they need beside `op` and `sa`."""
    context = drawing(dialect_of(engine))
    lines = [line for step in steps for line in _lines(step, context)]
    return "\n".join(lines), set(context.imports)


def _lines(step: Any, context: AutogenContext) -> list[str]:
    if isinstance(step, Raw):
        return [f"op.execute(sa.text({escaped(step.sql)!r}))"]
    if isinstance(step, Outside):
        inner = _lines(step.step, context)
        return ["with op.get_context().autocommit_block():", *(_IN + line for line in inner)]
    if isinstance(step, Batch):
        return _batch(step, context)
    prefix = render._alembic_autogenerate_prefix(context)
    if isinstance(step, ops.RenameTableOp):
        return [f"op.rename_table({step.table_name!r}, {step.new_table_name!r}{_schema(step)})"]
    if isinstance(step, ops.CreatePrimaryKeyOp):
        parts = _listed(step, [step.constraint_name], [list(step.columns)], context)
        return [f"{prefix}create_primary_key({parts})"]
    if isinstance(step, ops.CreateCheckConstraintOp):
        condition: Any = step.condition
        text = f"sa.text({condition.text!r})"
        return [
            f"{prefix}create_check_constraint({_listed(step, [step.constraint_name], [], context, text)})"
        ]
    if isinstance(step, ops.CreateIndexOp):
        return [_index(step, prefix)]
    text = "\n".join(render.render_op(context, step))
    using = step.kw.get("postgresql_using") if isinstance(step, ops.AlterColumnOp) else None
    if using:
        text = f"{text[:-1]},\n           postgresql_using={using!r})"
    return text.splitlines()


def _batch(step: Batch, context: AutogenContext) -> list[str]:
    name = repr(str(step.like.name)) + (f", schema={step.like.schema!r}" if step.like.schema else "")
    with context._within_batch():
        inner = [_IN + line for part in step.steps for line in _lines(part, context)]
    return [
        f"with op.batch_alter_table({name}, recreate='always', copy_from=sa.Table(",
        *(_IN + line for line in _table(step.like, context)),
        ")) as batch_op:",
        *(inner or [_IN + "pass"]),
    ]


def _table(table: Table, context: AutogenContext) -> list[str]:
    """A table's code: columns, then constraints in a fixed order, then indexes and options."""
    lines = [f"{str(table.name)!r}, sa.MetaData(),"]
    lines += [f"{render._render_column(column, context)}," for column in table.columns]
    drawn = [render._render_constraint(one, context, table.metadata) for one in table.constraints]
    lines += [f"{text}," for text in sorted(text for text in drawn if text)]
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        names = ", ".join(repr(str(column.name)) for column in index.columns)
        options = "".join(
            f", {name}={_option(value)}" for name, value in index.kwargs.items() if value is not None
        )
        lines.append(f"sa.Index({str(index.name)!r}, {names}, unique={index.unique!r}{options}),")
    lines += [f"{name}={value!r}," for name, value in sorted(table.kwargs.items())]
    return lines + ([f"comment={table.comment!r},"] if table.comment else [])


def _listed(step: Any, first: list[Any], last: list[Any], context: AutogenContext, code: str = "") -> str:
    inside = context._has_batch
    items = [repr(one) for one in first]
    items += [] if inside else [repr(step.table_name)]
    items += [repr(one) for one in last] + ([code] if code else [])
    return ", ".join(items) + ("" if inside else _schema(step))


def _schema(step: Any) -> str:
    return f", schema={step.schema!r}" if step.schema else ""


def _index(step: ops.CreateIndexOp, prefix: str) -> str:
    columns = ", ".join(_part(one) for one in step.columns)
    items = [repr(step.index_name)]
    items += [] if prefix != "op." else [repr(step.table_name)]
    items.append(f"[{columns}]")
    items += ["unique=True"] if step.unique else []
    items += [f"{name}={_option(value)}" for name, value in step.kw.items()]
    items += ["if_not_exists=True"] if step.if_not_exists else []
    items += [f"schema={step.schema!r}"] if step.schema and prefix == "op." else []
    return f"{prefix}create_index({', '.join(items)})"


def _part(column: Any) -> str:
    return repr(column) if isinstance(column, str) else f"sa.text({column.text!r})"


def _option(value: Any) -> str:
    return f"sa.text({value.text!r})" if hasattr(value, "text") else repr(value)
