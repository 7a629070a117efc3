"""SQLite's error codes as problems."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

from embedded_server.wire.problem import ProblemError, problem

_BY_NAME = {
    "SQLITE_BUSY": "file.locked",
    "SQLITE_LOCKED": "file.locked",
    "SQLITE_PROTOCOL": "file.locked",
    "SQLITE_CORRUPT": "file.corrupt",
    "SQLITE_NOTADB": "file.not_database",
    "SQLITE_CANTOPEN": "file.unreadable",
    "SQLITE_PERM": "file.unreadable",
    "SQLITE_READONLY": "sql.read_only",
    "SQLITE_AUTH": "sql.read_only",
    "SQLITE_FULL": "file.disk",
    "SQLITE_IOERR": "file.disk",
    "SQLITE_INTERRUPT": "job.cancelled",
}
_EXACT = {
    "SQLITE_READONLY_DBMOVED": "file.replaced",
    "SQLITE_IOERR_LOCK": "file.locked",
    "SQLITE_IOERR_SHORT_READ": "file.corrupt",
    "SQLITE_IOERR_CORRUPTFS": "file.corrupt",
}
HINTS = {
    "file.locked": "Another program is writing to the file. Try again, or close the other program.",
    "file.corrupt": "Work on a copy. `sqlite3 FILE .recover` saves what can be read into a new database.",
    "file.not_database": "If the file is encrypted (SQLCipher, SEE), decrypt a copy with its own tool first.",
    "file.disk": "Check free space and whether the disk is mounted read-only.",
    "sql.read_only": "Allow writing in the connection's settings if you mean to change data.",
}
_NEAR = re.compile(r'near "(.*)": syntax error', re.DOTALL)
_UNKNOWN = re.compile(r"no such (?:column|table|function|module): (.+)", re.DOTALL)


def code_of(error: sqlite3.Error) -> str:
    """The problem code of a driver's error by SQLite's (extended) result code."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name in _EXACT:
        return _EXACT[name]
    return _BY_NAME.get("_".join(name.split("_")[:2]), "sql.error")


def translate(error: Exception, sql: str = "", locate: Callable[[str], str] | None = None) -> ProblemError:
    """A driver's exception as a problem; `locate` prepares a statement and gives the error text or ""."""
    text = str(error)
    if not isinstance(error, sqlite3.Error):
        return problem("sql.params", detail=text)
    code = code_of(error)
    if isinstance(error, sqlite3.ProgrammingError):
        if "closed" in text:
            return problem("connection.lost", detail=text)
        code = "sql.params" if "binding" in text.lower() else "sql.error"
    if isinstance(error, sqlite3.InterfaceError):
        code = "sql.params"
    where = position_of(text, sql, locate) if code == "sql.error" and sql else None
    return problem(code, detail=text, hint=_hint(code, text), position=where)


def _hint(code: str, text: str) -> str:
    if "no such collation sequence" in text:
        return (
            "The application that made this database defines this collation itself. Rows can be browsed; "
            "compare and sort this column with COLLATE BINARY."
        )
    if "no such module" in text:
        return "This virtual table needs a SQLite extension that is not built into Backlight."
    return HINTS.get(code, "")


def position_of(text: str, sql: str, locate: Callable[[str], str] | None) -> int | None:
    """The offset of the error in the statement.

    SQLite's message only names the offending token. Of its several places the right one is where a
    statement that ends with the token still gives the same error: an earlier place merely makes the
    statement incomplete.
    """
    near = _NEAR.search(text)
    if near:
        places = [match.start() for match in re.finditer(re.escape(near[1]), sql)] if near[1] else []
        if len(places) > 1 and locate is not None:
            for place in places[:50]:
                if locate(sql[: place + len(near[1])]) == text:
                    return place
        return places[0] if len(places) == 1 else None
    unknown = _UNKNOWN.search(text)
    if unknown:
        name = re.escape(unknown[1].rsplit(".", 1)[-1])
        found = [match.start() for match in re.finditer(rf"(?<![\w$]){name}(?![\w$])", sql)]
        return found[0] if found else None
    return None
