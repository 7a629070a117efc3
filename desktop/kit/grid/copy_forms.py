"""The forms that rows can be copied in. Those that few need are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from desktop.kit.grid.copy_as import Table, as_json, csv, in_list, inserts, markdown, tsv, tsv_with_header

Write = Callable[[Table], str]


def _late(table: Table, module: str, name: str) -> str:
    write: Write = getattr(import_module(f"desktop.kit.grid.{module}"), name)
    return write(table)


def _python(name: str) -> Write:
    return partial(_late, module="copy_python", name=name)


FORMATS: dict[str, tuple[str, Write]] = {
    "tsv": ("TSV", tsv),
    "tsv_header": ("TSV with column names", tsv_with_header),
    "csv": ("CSV", csv),
    "json": ("JSON", as_json),
    "markdown": ("Markdown", markdown),
    "insert": ("INSERT statements", inserts),
    "update": ("UPDATE statements", partial(_late, module="copy_update", name="updates")),
    "in": ("IN list", in_list),
    "python": ("Python dicts", _python("dicts")),
    "python_tuples": ("Python tuples", _python("tuples")),
    "sqlalchemy": ("SQLAlchemy insert", _python("insert")),
    "sqlalchemy_select": ("SQLAlchemy select by key", _python("select")),
    "pytest": ("pytest fixture", _python("fixture")),
}
# These name rows by their keys, selected or not.
KEYED = ("update", "sqlalchemy_select")
