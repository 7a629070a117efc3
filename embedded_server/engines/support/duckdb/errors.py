"""DuckDB's exceptions as problems."""

from __future__ import annotations

import re

import duckdb

from embedded_server.wire.problem import ProblemError, problem

_CARET = re.compile(r"\n\nLINE (\d+): (.*)\n( *)\^", re.DOTALL)
_NEAR = re.compile(r'at or near "(.+?)"', re.DOTALL)
_HOLDER = re.compile(r"Conflicting lock is held in (.+?) \(PID (\d+)\)")
_READ_ONLY = ("attached in read-only mode", "launched in read-only mode")
_HINTS = {
    "file.not_database": "If the file is encrypted or of another program, open it with its own tool first.",
    "file.corrupt": "Work on a copy, or restore the file from a backup.",
    "file.disk": "Check free space and whether the disk is mounted read-only.",
    "sql.read_only": "Allow writing in the connection's settings if you mean to change data.",
}
_IO = (
    ("Could not set lock", "file.locked"),
    ("not a valid DuckDB database", "file.not_database"),
    ("Could not read enough bytes", "file.corrupt"),
    ("Corrupt", "file.corrupt"),
    ("checksum", "file.corrupt"),
    ("does not exist", "file.missing"),
    ("No space left", "file.disk"),
    ("Read-only file system", "file.disk"),
    ("Permission denied", "file.unreadable"),
)


def translate(error: Exception, sql: str = "", shift: int = 0) -> ProblemError:
    """A problem with the place in `sql`; `shift` lines stand before it in what was really run."""
    text = str(error)
    caret = _CARET.search(text)
    detail = text[: caret.start()] if caret else text
    code = _code(error, text)
    where = _position(caret, sql, shift) if caret and sql else None
    near = _NEAR.search(detail)
    if where is not None and near:
        # Characters of several bytes on earlier lines pull the caret to the left.
        exact = sql.find(near[1], where)
        where = exact if exact >= 0 else where
    return problem(code, detail=detail.strip(), hint=_hint(code, text), position=where)


def opening(error: Exception, path: str) -> ProblemError:
    """A failed attempt to open a file: what is no database at all is told as such."""
    found = translate(error).problem
    code, hint = found.code, found.hint
    if code == "sql.error":
        code = "file.not_database" if "sqlite" in found.detail.lower() else "file.unreadable"
        hint = "This is a SQLite file: open it as a sqlite:/// URL." if code == "file.not_database" else hint
    return problem(code, detail=f"{path}: {found.detail}", hint=hint)


def _code(error: Exception, text: str) -> str:
    if isinstance(error, duckdb.InterruptException):
        return "job.cancelled"
    if isinstance(error, duckdb.IOException | duckdb.SerializationException):
        return next((code for words, code in _IO if words in text), "sql.error")
    if any(words in text for words in _READ_ONLY):
        return "sql.read_only"
    if isinstance(error, duckdb.ConnectionException | duckdb.FatalException):
        return "connection.lost"
    if "prepared statement parameters" in text or isinstance(error, OverflowError):
        return "sql.params"
    return "sql.error"


def _hint(code: str, text: str) -> str:
    holder = _HOLDER.search(text)
    if holder:
        return f"It is open for writing in {holder[1]} (process {holder[2]}); close it there."
    if "Out of Memory" in text:
        return "The statement needed more than the memory this database is allowed (1 GB)."
    return _HINTS.get(code, "")


def _position(caret: re.Match[str], sql: str, shift: int) -> int | None:
    """The offset that the message's `LINE n: ...` and its caret point to; long lines come as excerpts."""
    number, excerpt = int(caret[1]) - 1 - shift, caret[2]
    column = len(caret[3]) - len(f"LINE {caret[1]}: ")
    lines = sql.splitlines(keepends=True)
    if not 0 <= number < len(lines):
        return None
    if excerpt.startswith("..."):
        start = lines[number].find(excerpt[3:].removesuffix("..."))
        column = start + column - 3 if start >= 0 else -1
    return sum(map(len, lines[:number])) + column if column >= 0 else None
