"""A dialect without a connection, and Alembic's contexts on it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from alembic.autogenerate.api import AutogenContext
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, DefaultClause, Dialect, TextClause
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect

from embedded_server.wire.problem import problem

# Alembic tells of each context it makes.
logging.getLogger("alembic").setLevel(logging.WARNING)
ENGINES = ("sqlite", "postgresql", "mysql", "duckdb")
# With another style a per cent sign would be doubled in texts and names.
_STYLE = "named"


@cache
def dialect_of(engine: str, mariadb: bool = True) -> Dialect:
    """The dialect of an engine. Raises schema.unsupported for one that is only read."""
    if engine == "postgresql":
        make: Any = PGDialect
        return cast("Dialect", make(paramstyle=_STYLE))
    if engine == "mysql":
        found = mysql.dialect(paramstyle=_STYLE, is_mariadb=mariadb)
        found.server_version_info = (10, 11) if mariadb else (8, 0)
        return found
    if engine == "duckdb":
        return _duckdb()
    if engine == "sqlite":
        return sqlite.dialect()
    raise problem("schema.unsupported", f"Schemas are not changed on {engine or 'this database'}.")


def _duckdb() -> Dialect:
    import duckdb_sqlalchemy  # noqa: PLC0415  # lazy: it loads DuckDB, which few connections need
    from duckdb_sqlalchemy import alembic_impl  # noqa: F401, PLC0415  # lazy: as above

    return duckdb_sqlalchemy.Dialect(paramstyle=_STYLE)


def offline(dialect: Dialect, work: Callable[[Operations], object]) -> list[str]:
    """The statements that operations would send, without a connection."""
    sent: list[str] = []

    class Heard(io.StringIO):
        def write(self, text: str) -> int:
            sent.append(text.strip())
            return len(text)

    options = {"as_sql": True, "output_buffer": Heard(), "transactional_ddl": False}
    work(Operations(MigrationContext.configure(dialect=dialect, opts=options)))
    return [text.removesuffix(";").rstrip() for text in sent if text.strip("; \n")]


def drawing(dialect: Dialect, *, batch: bool = False) -> AutogenContext:
    """What Alembic needs to write code; `imports` fills with what the code asks for."""
    options = {
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "render_item": _item,
        "render_as_batch": batch,
        "user_module_prefix": None,
    }
    context = AutogenContext(MigrationContext.configure(dialect=dialect), opts=options)
    context.imports = set()
    return context


def _item(kind: str, item: Any, _: AutogenContext) -> str | bool:
    """Texts keep the escapes of their colons, which Alembic undoes: `:name` is a parameter to `sa.text`."""
    if kind == "server_default" and isinstance(item, DefaultClause) and isinstance(item.arg, TextClause):
        return f"sa.text({item.arg.text!r})"
    if kind == "check" and isinstance(item, CheckConstraint) and isinstance(item.sqltext, TextClause):
        name = f", name={str(item.name)!r}" if item.name else ""
        return f"sa.CheckConstraint(sa.text({item.sqltext.text!r}){name})"
    return False
