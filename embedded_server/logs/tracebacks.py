"""Python tracebacks in a record: exceptions from root cause to the last one, frames, the SQL they name."""

from __future__ import annotations

import re

from embedded_server.wire.logs import TracebackPart
from embedded_server.wire.trace import Frame

_HEAD = re.compile(r"^[\s|+]*Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^[\s|]*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?\s*$')
_MARKS = re.compile(r"^[\s|]*[\^~]+[\s\^~]*$")
_ERROR = re.compile(r"^[|\s]*(?P<type>[A-Za-z_][\w.]*(?:\.[A-Za-z_]\w*)*)(?:: (?P<message>.*)|:?)$")
_RELATIONS = {
    "The above exception was the direct cause of the following exception:": "caused",
    "During handling of the above exception, another exception occurred:": "handling",
}
_LIBRARY = re.compile(r"site-packages|dist-packages|[/\\]lib[/\\]python\d|[/\\]Lib[/\\]|^<frozen ")
_SQL = re.compile(r"^\[SQL: (?P<sql>.*?)\]\s*(?=^\[parameters: |^\(Background on|\Z)", re.M | re.S)
_LOG_SQL = re.compile(r"STATEMENT:\s+(?P<sql>.+)", re.S)


def parts_of(text: str) -> list[TracebackPart]:
    """The exceptions of a record's text; empty if it holds no traceback."""
    found: list[TracebackPart] = []
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        if _HEAD.match(lines[place]):
            part, place = _part(lines, place + 1)
            found.append(part)
        else:
            relation = _RELATIONS.get(lines[place].strip(" |"))
            if relation and found:
                found[-1] = TracebackPart(found[-1].type, found[-1].message, found[-1].frames, relation)
            place += 1
    return found


def _part(lines: list[str], place: int) -> tuple[TracebackPart, int]:
    frames: list[Frame] = []
    while place < len(lines):
        frame = _FRAME.match(lines[place])
        if frame is not None:
            source = lines[place + 1].strip(" |") if _is_source(lines, place + 1) else ""
            frames.append(_frame(frame, source))
            place += 2 if source else 1
        elif _MARKS.match(lines[place]) or lines[place].lstrip(" |").startswith("[Previous line repeated"):
            place += 1
        elif lines[place].strip(" |") and not lines[place].startswith("  "):
            break
        else:
            place += 1
    error = _ERROR.match(lines[place]) if place < len(lines) else None
    if error is None:
        return TracebackPart("", "", frames), place
    message = [error["message"] or ""]
    place += 1
    while place < len(lines) and not _ends(lines[place]):
        message.append(lines[place])
        place += 1
    return TracebackPart(error["type"], "\n".join(message).strip(), frames), place


def _ends(line: str) -> bool:
    return _HEAD.match(line) is not None or line.strip(" |") in _RELATIONS


def _is_source(lines: list[str], place: int) -> bool:
    if place >= len(lines) or _FRAME.match(lines[place]) or _MARKS.match(lines[place]):
        return False
    return lines[place].strip(" |") != "" and lines[place].lstrip("|").startswith("    ")


def _frame(found: re.Match[str], source: str) -> Frame:
    file = found["file"]
    own = _LIBRARY.search(file) is None
    return Frame(file=file, line=int(found["line"]), function=found["function"] or "", source=source, own=own)


def sql_of(text: str) -> str:
    """The statement that a record names: SQLAlchemy's `[SQL: ...]`, PostgreSQL's STATEMENT; "" for none."""
    found = _SQL.search(text)
    if found is not None:
        return found["sql"].strip()
    logged = _LOG_SQL.search(text)
    return logged["sql"].strip() if logged is not None else ""
