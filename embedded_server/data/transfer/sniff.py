"""Looking at the beginning of a file: its format, encoding, delimiter, header."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from embedded_server.wire.loading import ReadOptions
from embedded_server.wire.problem import problem
from embedded_server.wire.transfer import ENDINGS, READABLE, Format

_SAMPLE = 256 << 10
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|"
_VALUE = re.compile(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?%?|\d{4}-\d\d-\d\d.*|true|false|null|\\N|", re.IGNORECASE)


def format_of(path: str, asked: str) -> Format:
    """The format by the file's ending. Raises transfer.path, transfer.format."""
    if not os.path.isabs(path) or "\0" in path:
        raise problem("transfer.path", "The file cannot be read there.", f"{path!r} is no absolute path.")
    if not os.path.isfile(path):
        raise problem("file.missing", detail=path)
    found = asked or ENDINGS.get(path.rsplit(".", 1)[-1].lower(), "")
    if not found:
        raise problem("transfer.format", detail=f"{path} has an ending that tells no format; give one.")
    if found not in READABLE:
        raise problem("transfer.format", detail=f"{found} cannot be imported.")
    return found  # type: ignore[return-value]


def beginning(path: str) -> bytes:
    """The first bytes of a file. Raises file.unreadable."""
    try:
        with open(path, "rb") as file:
            return file.read(_SAMPLE)
    except OSError as error:
        raise problem("file.unreadable", detail=f"{path}: {error.strerror}") from error


def encoding_of(sample: bytes) -> str:
    """By the byte order mark, by zeros, else UTF-8, else Windows' Western letters."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if sample[:4096].count(0) > len(sample[:4096]) // 4:
        return "utf-16-le" if sample[1:2] == b"\0" else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError as error:
        # Text of another encoding is full of bad bytes; a few in UTF-8 are damage, told row by row.
        return "utf-8" if _mostly_utf8(sample) else "cp1252" if error else ""
    return "utf-8"


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    beyond = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") * 4 < beyond


def complete(path: str, kind: Format, options: ReadOptions) -> tuple[ReadOptions, list[str]]:
    """The options with what was left open filled in, and what is odd. Raises transfer.options."""
    notes: list[str] = []
    if kind not in ("csv", "tsv", "json", "jsonl", "sql"):
        return msgspec.structs.replace(options, header=options.header is not False), notes
    sample = beginning(path)
    encoding = options.encoding or encoding_of(sample)
    try:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(sample).removeprefix("\ufeff")
    except LookupError as error:
        raise problem("transfer.options", detail=f"There is no encoding {encoding!r}.") from error
    if not options.encoding and encoding == "cp1252":
        notes.append("The file is not UTF-8; it is read as Windows-1252. Choose another encoding if need be.")
    if "\0" in text:
        notes.append("The file holds NUL characters.")
    if kind not in ("csv", "tsv"):
        return msgspec.structs.replace(options, encoding=encoding), notes
    lines = text.split("\n", options.skip)[-1] if options.skip else text
    delimiter = options.delimiter or ("\t" if kind == "tsv" else delimiter_of(lines))
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise problem("transfer.options", detail="A delimiter is one character, no quote and no line end.")
    header = options.header if options.header is not None else has_header(lines, delimiter)
    return msgspec.structs.replace(options, encoding=encoding, delimiter=delimiter, header=header), notes


def _records(text: str, delimiter: str, most: int = 100) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:
        pass
    return rows


def delimiter_of(text: str) -> str:
    """The one that cuts most rows into the same number of fields, more than one."""
    best, score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = Counter(map(len, _records(text, delimiter)))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        found = count / sum(widths.values()) * min(width - 1, 3)
        if found > score:
            best, score = delimiter, found
    return best


def has_header(text: str, delimiter: str) -> bool:
    """Whether the first row looks like names: no value, none empty, none twice."""
    rows = _records(text, delimiter)
    return bool(rows) and looks_like_names(rows[0])


def looks_like_names(row: Sequence[Any]) -> bool:
    """Whether none of these is a value, empty, or there twice."""
    texts = [str(cell).strip() if cell is not None else "" for cell in row]
    return len(set(texts)) == len(texts) and not any(map(_VALUE.fullmatch, texts))
