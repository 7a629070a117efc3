"""SQLAlchemy: every statement of every engine, with its bound values, rows, caller and transaction.

Listens on the `Engine` class, so it does not matter when an engine is made. Never runs a statement itself.
"""

from __future__ import annotations

import os
from typing import Any, Callable

from .config import FUSES, PARAM_CHARS, SQL_CHARS
from .frames import callers
from .record import CURRENT, LOOSE, Record, clock

_fuse, _callers_fuse, _pool_fuse = FUSES["sql"], FUSES["callers"], FUSES["pool"]
_PLAIN = (int, float, bool, type(None))
# Under these names in the dictionaries of SQLAlchemy's own objects.
_KEY, _PLACE = "backlight_request", "_backlight_place"
# A checkout faster than this was no wait.
_WAIT = 0.0005
# Where a kept statement has its number of rows.
_ROWS = 6


def install(sqlalchemy: Any) -> None:
    """Attach the listeners; called once SQLAlchemy is imported."""
    from sqlalchemy import event  # noqa: PLC0415  # lazy: only where it is installed
    from sqlalchemy.engine import Connection, Engine  # noqa: PLC0415  # lazy: only where it is installed
    from sqlalchemy.engine.cursor import CursorFetchStrategy  # noqa: PLC0415  # lazy: only where it is installed
    from sqlalchemy.pool import Pool  # noqa: PLC0415  # lazy: only where it is installed

    if _fuse.on:
        event.listen(Engine, "before_cursor_execute", _before)
        event.listen(Engine, "after_cursor_execute", _after)
        event.listen(Engine, "handle_error", _failed)
        event.listen(Engine, "begin", _begun)
        _count_rows(CursorFetchStrategy)
        _time_end(Connection, "_commit_impl", "commit")
        _time_end(Connection, "_rollback_impl", "rollback")
    if _pool_fuse.on:
        _time_checkout(Engine)
        event.listen(Pool, "checkout", _checked_out)
        event.listen(Pool, "checkin", _checked_in)


def _place(engine: Any) -> tuple[str, str]:
    """Dialect and URL of an engine, without its password."""
    found: tuple[str, str] | None = engine.__dict__.get(_PLACE)
    if found is None:
        url = engine.url
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            url = url.set(database=os.path.abspath(url.database))
        if "password" in url.query:
            url = url.difference_update_query(["password"])
        if url.password is not None:
            url = url._replace(password=None)
        found = (engine.dialect.name, url.render_as_string(hide_password=False))
        engine.__dict__[_PLACE] = found
    return found


def _before(conn: Any, cursor: Any, sql: str, params: Any, context: Any, many: bool) -> None:
    if _fuse.on and context is not None:
        context._backlight_began = clock()


def _after(conn: Any, cursor: Any, sql: str, params: Any, context: Any, many: bool) -> None:
    ended = clock()
    if not _fuse.on:
        return
    try:
        began = getattr(context, "_backlight_began", ended)
        rows = cursor.rowcount
        kept = _keep(conn.engine, began, ended, sql, params, context, many, rows if rows >= 0 else None, "")
        if rows < 0 and cursor.description is not None:
            context._backlight_kept = kept
    except Exception as error:
        _fuse.fault(error)


def _failed(failure: Any) -> None:
    ended = clock()
    if not _fuse.on or failure.statement is None:
        return
    try:
        context = failure.execution_context
        began = getattr(context, "_backlight_began", ended)
        said = f"{type(failure.original_exception).__name__}: {failure.original_exception}"
        many = isinstance(failure.parameters, list)
        engine = failure.engine
        _keep(
            engine,
            began,
            ended,
            failure.statement,
            failure.parameters,
            context,
            many,
            None,
            said[:PARAM_CHARS],
        )
    except Exception as error:
        _fuse.fault(error)


def _keep(
    engine: Any,
    began: float,
    ended: float,
    sql: str,
    params: Any,
    context: Any,
    many: bool,
    rows: Any,
    said: str,
) -> Any:
    record = CURRENT.get() or LOOSE.record()
    sets = 1
    if many and isinstance(params, (list, tuple)):
        sets = len(params)
        params = params[0] if params else None
    names = None
    compiled = getattr(context, "compiled", None)
    # What compiles DDL has no parameters and says nothing about them.
    if compiled is not None and getattr(compiled, "positional", False):
        names = compiled.positiontup
    dialect, url = _place(engine)
    frames = callers(3) if _callers_fuse.on else ()
    wait, record.wait = record.wait, 0.0
    if len(sql) > SQL_CHARS:
        sql = sql[:SQL_CHARS]
        record.drop("sql_text")
    values = _snapshot(params)
    number = record.transaction
    kept = [
        began,
        ended,
        sql,
        values,
        names,
        sets,
        rows,
        said,
        frames,
        dialect,
        url,
        number,
        wait,
        "statement",
    ]
    record.add_statement(kept)
    return kept


def _count_rows(strategy: Any) -> None:
    """Some drivers (SQLite's) do not know how many rows a query has: those that are fetched are counted."""
    for name in ("fetchone", "fetchmany", "fetchall"):
        _count(strategy, name, getattr(strategy, name))


def _count(strategy: Any, name: str, original: Callable[..., Any]) -> None:
    def fetch(self: Any, result: Any, *args: Any, **kwargs: Any) -> Any:
        rows = original(self, result, *args, **kwargs)
        kept = result.context.__dict__.get("_backlight_kept")
        if kept is not None:
            fetched = len(rows) if isinstance(rows, list) else rows is not None
            kept[_ROWS] = (kept[_ROWS] or 0) + int(fetched)
        return rows

    setattr(strategy, name, fetch)


def _snapshot(params: Any) -> Any:
    """The values as they are now, long ones cut; what else they are is decided when they are sent."""
    if isinstance(params, dict):
        return {key: value if value.__class__ in _PLAIN else _clipped(value) for key, value in params.items()}
    if isinstance(params, (tuple, list)):
        return [value if value.__class__ in _PLAIN else _clipped(value) for value in params]
    return None if params is None else _clipped(params)


def _clipped(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (str, bytes, bytearray)):
        return (
            value if len(value) <= PARAM_CHARS and not isinstance(value, bytearray) else value[:PARAM_CHARS]
        )
    if isinstance(value, (list, tuple)):
        return [_clipped(item) for item in value[:100]]
    if isinstance(value, dict):
        return {str(key): _clipped(item) for key, item in list(value.items())[:100]}
    return str(value)[:PARAM_CHARS]


# --- transactions --------------------------------------------------------------------------------------


def _begun(conn: Any) -> None:
    record = CURRENT.get()
    if record is not None:
        record.transactions += 1
        record.transaction = record.transactions


def _time_end(connection: Any, name: str, kind: str) -> None:
    """Commits and rollbacks take time too, and their events come before they are done."""
    original: Callable[..., Any] = getattr(connection, name, None)
    if original is None:
        return

    def timed(self: Any, *args: Any, **kwargs: Any) -> Any:
        began = clock()
        try:
            return original(self, *args, **kwargs)
        finally:
            record = CURRENT.get()
            if record is not None and _fuse.on:
                _note_end(record, self.engine, began, kind)

    setattr(connection, name, timed)


def _note_end(record: Record, engine: Any, began: float, kind: str) -> None:
    try:
        dialect, url = _place(engine)
        frames = callers(3) if _callers_fuse.on else ()
        number = record.transaction
        record.add_statement(
            (began, clock(), kind.upper(), None, None, 1, None, "", frames, dialect, url, number, 0.0, kind)
        )
    except Exception as error:
        _fuse.fault(error)


# --- the pool ------------------------------------------------------------------------------------------


def _time_checkout(engine: Any) -> None:
    original: Callable[..., Any] = engine.raw_connection

    def raw_connection(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = CURRENT.get()
        if record is None or not _pool_fuse.on:
            return original(self, *args, **kwargs)
        began = clock()
        said = ""
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise
        finally:
            waited = clock() - began
            if waited >= _WAIT or said:
                record.wait += waited
                record.add_span("pool", "connection", began, "", said)

    engine.raw_connection = raw_connection


def _checked_out(connection: Any, entry: Any, proxy: Any) -> None:
    record = CURRENT.get()
    if record is not None and _pool_fuse.on:
        record.connections += 1
        entry.info[_KEY] = record


def _checked_in(connection: Any, entry: Any) -> None:
    info: dict[str, Any] = entry.info
    record = info.pop(_KEY, None)
    if record is not None:
        record.connections -= 1
