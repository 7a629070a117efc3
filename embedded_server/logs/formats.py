"""Log formats: data files that say how a record begins and what its parts are.

A stream often mixes formats (Flask's own lines, Werkzeug's, a traceback between them), so a log is read by a
`Reading`: one format first, others beside it. A line that none of them recognises continues the record above.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from embedded_server.wire.logs import ROW_BYTES
from embedded_server.wire.problem import problem

from .levels import PLAIN, code_of, code_of_number, code_of_status
from .times import micros

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "log_formats"
# Of a line so much is matched: what a format names stands at the beginning.
HEAD_BYTES = 4096
# JSON lines are parsed whole up to this size; longer ones only begin a record.
JSON_BYTES = 1 << 20
_ANSI = re.compile(rb"\x1b\[[0-9;]*m")
PLAIN_NAME = "plain"


class Parsed(NamedTuple):
    """A line that begins a record. `body` is the character at which its message begins in the line's text, if
    it stands there; `message` is it else."""

    code: int
    word: str = ""
    time: str = ""
    logger: str = ""
    message: str | None = None
    body: int = 0


class Fast(msgspec.Struct, frozen=True):
    """What the array kernel needs: how a line starts (d digit, U upper case, ? anything) and where its level
    stands: at one of these columns, or at the beginning of one of these words (from 0, by single spaces).
    `ends` are the characters that may follow it."""

    start: str
    columns: list[int] = []
    words: list[int] = []
    ends: str = " ]:"


class Keys(msgspec.Struct, frozen=True):
    """Names under which JSON lines keep what matters."""

    time: list[str] = []
    level: list[str] = []
    logger: list[str] = []
    message: list[str] = []


class FormatFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of one file of `resources/log_formats`."""

    title: str
    kind: str = "text"
    pattern: str = ""
    time: str = ""
    status: str = ""
    fast: Fast | None = None
    keys: Keys | None = None
    samples: list[dict[str, str]] = []


@dataclass(frozen=True)
class Format:
    """One format. `parse` answers null for a line that begins no record of it."""

    name: str
    file: FormatFile
    pattern: re.Pattern[bytes]
    status: re.Pattern[bytes] | None = None

    def parse(self, line: bytes) -> Parsed | None:
        """What a line says, if it begins a record of this format."""
        found = self.pattern.match(line, 0, HEAD_BYTES)
        if found is None:
            return None
        groups = found.groupdict()
        word = _text(groups.get("level"))
        code = self.code(line) or PLAIN
        body = len(line[: found.start("message")].decode("utf-8", "replace"))
        return Parsed(code, word, _text(groups.get("time")), _text(groups.get("logger")), None, body)

    def code(self, line: bytes) -> int | None:
        """Only the level of a line that begins a record; the index asks it of every line it must."""
        found = self.pattern.match(line, 0, HEAD_BYTES)
        if found is None:
            return None
        if self.status is not None:
            status = self.status.search(_ANSI.sub(b"", line[:HEAD_BYTES]))
            return code_of_status(int(status[1])) if status else PLAIN
        return code_of(found["level"].decode()) if "level" in self.pattern.groupindex else PLAIN

    def at(self, time: str) -> int | None:
        """A time of this format in microseconds."""
        return micros(time, self.file.time) if time and self.file.time else None

    def fields(self, line: bytes) -> dict[str, Any]:
        """All named parts of a line that begins a record."""
        found = self.pattern.match(line, 0, HEAD_BYTES)
        if found is None:
            return {}
        known = ("time", "level", "logger", "message")
        return {
            name: _text(value) for name, value in found.groupdict().items() if value and name not in known
        }


@dataclass(frozen=True)
class JsonFormat(Format):
    """One JSON object a line."""

    @property
    def _names(self) -> list[str]:
        return (self.file.keys or Keys()).level

    @cached_property
    def _levels(self) -> msgspec.json.Decoder[Any]:
        """A decoder that looks at the level's names only."""
        fields = [(f"level{number}", Any, None) for number in range(len(self._names))]
        renamed = {f"level{number}": name for number, name in enumerate(self._names)}
        return msgspec.json.Decoder(msgspec.defstruct("Levels", fields, rename=renamed))

    def code(self, line: bytes) -> int | None:
        """The level an object names."""
        if self.pattern.match(line) is None:
            return None
        if len(line) <= JSON_BYTES:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                values = self._levels.decode(line)
                return _code(_first({name: getattr(values, name) for name in values.__struct_fields__}))
        # Too long, or cut: `parse` sees as much of it.
        return _code(_first(_beginning(line[:ROW_BYTES]), self._names)) if len(line) >= ROW_BYTES else None

    def parse(self, line: bytes) -> Parsed | None:
        """What an object says of level, time, logger and message."""
        if self.pattern.match(line) is None:
            return None
        values = _object(line)
        if values is None and len(line) >= ROW_BYTES:
            values = _beginning(line[:ROW_BYTES])
        if values is None:
            return None
        keys = self.file.keys or Keys()
        level = _first(values, keys.level)
        word = _word(level)
        code = _code(level)
        message = _first(values, keys.message)
        time, logger = _first(values, keys.time), _first(values, keys.logger)
        shown = "" if message is None else str(message)
        rest = _rest(values, keys)
        return Parsed(code, word, _word(time), _word(logger), f"{shown}  {rest}" if rest else shown)

    def fields(self, line: bytes) -> dict[str, Any]:
        """The object itself."""
        return _object(line) or {}


@dataclass(frozen=True)
class Reading:
    """How a log is read: formats in order of trust. With none every line is a record without level."""

    formats: tuple[Format, ...] = ()
    forced: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """The first format's name."""
        return self.formats[0].name if self.formats else PLAIN_NAME

    def parse(self, line: bytes) -> tuple[Parsed, Format | None] | None:
        """A line that begins a record, and the format that says so; null for one that continues."""
        for form in self.formats:
            parsed = form.parse(line)
            if parsed is not None:
                return parsed, form
        return None if self.formats else (Parsed(PLAIN), None)

    def at(self, line: bytes) -> int | None:
        """When a record was written, if its first line says so."""
        found = self.parse(line)
        return None if found is None or found[1] is None else found[1].at(found[0].time)

    def code(self, line: bytes) -> int:
        """The level code of a line, 0 for one that continues a record."""
        for form in self.formats:
            code = form.code(line)
            if code is not None:
                return code
        return 0 if self.formats else PLAIN


@cache
def formats() -> dict[str, Format]:
    """All formats by name, read from their files."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        given = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), FormatFile)
        found[path.stem] = _made(path.stem, given)
    return found


def _made(name: str, given: FormatFile) -> Format:
    if given.kind == "json":
        return JsonFormat(name, given, re.compile(rb"\s*\{"))
    pattern = re.compile(
        rb"(?:\x1b\[[0-9;]*m)*" + given.pattern.strip().encode(), re.VERBOSE | re.ASCII | re.S
    )
    status = re.compile(given.status.encode()) if given.status else None
    return Format(name, given, pattern, status)


def forced(name: str) -> Reading:
    """The reading by one format. Raises request.invalid for a name that is none."""
    if name == PLAIN_NAME:
        return Reading((), forced=True)
    if name not in formats():
        known = ", ".join([*formats(), PLAIN_NAME])
        raise problem("request.invalid", f"There is no log format “{name}”", hint=f"Known formats: {known}")
    return Reading((formats()[name],), forced=True)


def scores(lines: Sequence[bytes]) -> list[tuple[Format, float]]:
    """Formats that read any of these lines, best first, with the share of lines that begin a record."""
    seen = [line for line in lines if line.strip()]
    found = []
    for form in formats().values():
        hits = [parsed for line in seen if (parsed := form.parse(line)) is not None]
        if hits:
            # A level says more than its absence: between equals the format that finds one is right.
            known = sum(1 for parsed in hits if parsed.code != PLAIN or parsed.time)
            found.append((form, len(hits) / len(seen), known))
    found.sort(key=lambda each: (each[1], each[2]), reverse=True)
    return [(form, share) for form, share, _ in found]


def recognise(lines: Sequence[bytes]) -> Reading:
    """The formats of a log, from lines of it: the best one, then those that read what it leaves."""
    chosen: list[Format] = []
    rest = [line for line in lines if line.strip()]
    for _ in range(4):
        best = scores(rest)[:1]
        if not best:
            break
        form = best[0][0]
        chosen.append(form)
        rest = [line for line in rest if form.parse(line) is None]
    return Reading(tuple(chosen))


def sample_lines(parts: Iterable[bytes]) -> list[bytes]:
    """Whole lines of a log's beginning and end, to recognise it by."""
    lines: list[bytes] = []
    for part in parts:
        lines += [line.rstrip(b"\r") for line in part.split(b"\n")[:2000]]
    return lines


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")


def _word(value: Any) -> str:
    return "" if value is None else str(value)


def _object(line: bytes) -> dict[str, Any] | None:
    if len(line) > JSON_BYTES:
        return None
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


_PAIR = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"|-?[\d.]+)')


def _beginning(line: bytes) -> dict[str, Any]:
    """The simple pairs of an object of which only the beginning is at hand."""
    found: dict[str, Any] = {}
    for name, value in _PAIR.findall(line):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            found.setdefault(name.decode(), msgspec.json.decode(value))
    return found


def _code(level: Any) -> int:
    return code_of_number(level) if isinstance(level, int | float) else code_of(_word(level))


def _first(values: dict[str, Any], names: list[str] | None = None) -> Any:
    for name in values if names is None else names:
        value = values.get(name)
        if value is not None and not isinstance(value, dict | list | bool):
            return value
    return None


def _rest(values: dict[str, Any], keys: Keys) -> str:
    """What the line says beside level, time, logger and message, as `name=value`."""
    named = {*keys.time, *keys.level, *keys.logger, *keys.message}
    shown = (
        f"{name}={value if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in values.items()
        if name not in named
    )
    return " ".join(shown)
