"""The forms that rows can be copied in. Those that few need are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from desktop.kit.grid.copy_as import (
    Form,
    Table,
    as_json,
    csv,
    in_list,
    inserts,
    markdown,
    tsv,
    tsv_with_header,
)


def _late(module: str, name: str) -> Form:
    def pieces(table: Table) -> Iterator[str]:
        write: Form = getattr(import_module(f"desktop.kit.grid.{module}"), name)
        return write.pieces(table)

    return Form(pieces)


FORMATS: dict[str, tuple[str, Form]] = {
    "tsv": ("TSV", tsv),
    "tsv_header": ("TSV with column names", tsv_with_header),
    "csv": ("CSV", csv),
    "json": ("JSON", as_json),
    "markdown": ("Markdown", markdown),
    "insert": ("INSERT statements", inserts),
    "update": ("UPDATE statements", _late("copy_update", "updates")),
    "in": ("IN list", in_list),
    "python": ("Python dicts", _late("copy_python", "dicts")),
    "python_tuples": ("Python tuples", _late("copy_python", "tuples")),
    "sqlalchemy": ("SQLAlchemy insert", _late("copy_python", "insert")),
    "sqlalchemy_select": ("SQLAlchemy select by key", _late("copy_python", "select")),
    "pytest": ("pytest fixture", _late("copy_python", "fixture")),
}
# These name rows by their keys, selected or not.
KEYED = ("update", "sqlalchemy_select")
