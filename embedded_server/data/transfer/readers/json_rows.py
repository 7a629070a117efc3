"""JSON: an array of objects, objects one after the other, or one a line; read piece by piece.

Numbers keep their digits. Tagged values (`{"$bytes": ...}`, see `wire/values.py`) are what they stand for,
other objects and arrays come as their JSON text.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Generator
from typing import Any

from embedded_server.wire.loading import BadRow, ReadOptions
from embedded_server.wire.problem import problem
from embedded_server.wire.values import from_json

from .base import BATCH_ROWS, LONGEST_ROW, Batch, Digits, Source

_PIECE = 1 << 20
_BETWEEN = re.compile(r"[\s,]*")
_LOOKED_AT = 1000
_MOST_DIGITS = 4000


def _whole(text: str) -> Any:
    """A whole number; what Python's would lose or refuse stays as it was written."""
    return Digits(text) if text == "-0" or len(text) > _MOST_DIGITS else int(text)


_decoder = json.JSONDecoder(parse_float=Digits, parse_int=_whole)


class JsonSource(Source):
    """Records of a file; the columns are the names of the first thousand."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        super().__init__(path, options)
        self._size = max(os.path.getsize(path), 1)
        names: dict[str, None] = {}
        for number, (_, record, _) in enumerate(self._records()):
            names.update(dict.fromkeys(record) if isinstance(record, dict) else {})
            if number >= _LOOKED_AT:
                break
        self.columns = list(names)

    def _records(self) -> Generator[tuple[int, Any, float], None, None]:
        """Values with the line each begins in and the share read; a `BadRow` for what is none."""
        decoder = codecs.getincrementaldecoder(self.options.encoding or "utf-8")("strict")
        text, line, last = "", 1, False
        with open(self.path, "rb") as file:
            begun = False
            while not last:
                # As much again as is left: a long record is not looked through anew for every small piece.
                raw = file.read(max(_PIECE, len(text)))
                last = not raw
                try:
                    text += decoder.decode(raw, last)
                except UnicodeDecodeError as error:
                    raise problem(
                        "transfer.file", detail=f"Not UTF-8 behind line {line:,}: {error}"
                    ) from error
                if not begun:
                    text = text.removeprefix("\ufeff").lstrip(" \t\r")
                    begun = bool(text.strip())
                    if begun and text.lstrip()[:1] == "[":
                        head = text.index("[") + 1
                        line += text.count("\n", 0, head)
                        text = text[head:]
                share = file.tell() / self._size
                at = 0
                for record, begins, at in _values(text, last):
                    line += text.count("\n", begins[0], begins[1])
                    yield line, record, share
                    line += text.count("\n", begins[1], at)
                text = text[at:]
                if len(text) > LONGEST_ROW:
                    raise problem(
                        "transfer.file",
                        detail=f"The record in line {line:,} is longer than {LONGEST_ROW >> 20} MB.",
                    )

    def batches(self) -> Generator[Batch, None, None]:
        rows: list[list[Any]] = []
        lines: list[int] = []
        bad: list[BadRow] = []
        read, share = 0, 0.0
        for line, record, share in self._records():
            read += 1
            if isinstance(record, BadRow):
                bad.append(BadRow(line, record.reason, value=record.value))
            elif not isinstance(record, dict):
                bad.append(BadRow(line, "The record is no object.", value=str(record)[:80]))
            else:
                rows.append([_value(record.get(name)) for name in self.columns])
                lines.append(line)
            if len(rows) + len(bad) >= BATCH_ROWS:
                yield self._batch(rows, lines, read, share, bad)
                rows, lines, bad = [], [], []
        if rows or bad:
            yield self._batch(rows, lines, read, share, bad)

    def _batch(
        self, rows: list[list[Any]], lines: list[int], read: int, share: float, bad: list[BadRow]
    ) -> Batch:
        columns = list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in self.columns]
        return Batch(list(columns), lines, read, share, bad)


def _values(text: str, last: bool) -> Generator[tuple[Any, tuple[int, int], int], None, None]:
    """Whole values of the text, where the blanks before each began and ended, and where it ends."""
    at = 0
    while True:
        match = _BETWEEN.match(text, at)
        start = match.end() if match else at
        if start >= len(text) or (text[start] == "]" and not text[start + 1 :].strip()):
            return
        try:
            value, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            stop = text.find("\n", start)
            if not last and (stop < 0 or not _is_broken(text[start:stop])):
                return  # it may go on in the next piece
            end = stop if stop >= 0 else len(text)
            value = BadRow(0, f"This is not JSON: {error}", value=text[start : min(end, start + 80)])
        if end >= len(text) and not last and not isinstance(value, dict | list | BadRow):
            return  # a number may go on
        yield value, (at, start), end
        at = end


def _is_broken(line: str) -> bool:
    """Whether a line that should be a whole record is none: what comes later cannot mend it."""
    return line.rstrip().rstrip(",").endswith("}")


def _value(value: Any) -> Any:
    if isinstance(value, dict | list):
        try:
            return from_json(value)
        except ValueError:
            return json.dumps(value, ensure_ascii=False)
    return value


def value_text(value: Any) -> str:
    """A value as it would stand in a preview."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
