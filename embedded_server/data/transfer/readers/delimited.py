"""CSV and TSV by a regular expression that takes whole pieces of the file at once.

A quote counts only at the beginning of a field. What is malformed is a bad row with its line, and the
reading goes on behind it.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from embedded_server.wire.loading import BadRow, ReadOptions
from embedded_server.wire.problem import problem

from .base import LONGEST_ROW, Batch, Quoted, Source, named
from .cutting import Columns, columns_of

_PIECE, _FIRST_PIECE = 1 << 18, 1 << 16
_LARGE = 2 << 20
_SHOWN = 80
_QUOTED = r'"(?>[^"]*+(?:""[^"]*+)*)"'


@lru_cache(maxsize=16)
def _fields(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf"({_QUOTED}|[^{mark}\r\n]*+)({mark}|\r\n|\n|\r|\Z)")


class Cut(NamedTuple):
    """Fields in one list with what ended each, or whole `columns`; `rest` belongs to a later piece."""

    fields: list[str]
    ends: list[str]
    rest: str
    columns: Columns | None = None


class DelimitedSource(Source):
    """A file of fields between delimiters. The options are complete: nothing is to be found out."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        super().__init__(path, options)
        self._delimiter = options.delimiter or ","
        self._size = max(os.path.getsize(path), 1)
        self.large = self._size > _LARGE
        self._line = 1
        self._read = 0
        self._left = 0
        self._width = 0
        self._has_header = options.header is not False
        first = next(self._rows(_FIRST_PIECE), None)
        names = first[1] if first is not None else []
        self.columns = named(names if self._has_header else [""] * len(names))
        self._width = len(self.columns)

    # --- pieces ----------------------------------------------------------------------------------

    def _texts(self, size: int) -> Generator[tuple[str, bool, float], None, None]:
        """The file's text in pieces, whether it is the last one, and the share that was read."""
        options = self.options
        errors = "surrogateescape" if _is_ascii_like(options.encoding) else "strict"
        decoder = codecs.getincrementaldecoder(options.encoding or "utf-8")(errors)
        with open(self.path, "rb") as file:
            while True:
                # As much again as is left of the last piece: a long row is not put together by small ones.
                raw = file.read(max(size, self._left))
                try:
                    text = decoder.decode(raw, not raw)
                except UnicodeDecodeError as error:
                    raise problem(
                        "transfer.file",
                        detail=f"Line {self._line:,} or behind it is not {options.encoding}: {error.reason}.",
                        hint="Choose another encoding.",
                    ) from error
                yield text, not raw, file.tell() / self._size
                if not raw:
                    return

    def _cuts(self, size: int, *, quick: bool = True) -> Generator[tuple[Cut, float], None, None]:
        rest, beginning, skip = "", True, self.options.skip
        self._left = 0
        for text, last, share in self._texts(size):
            text = rest + text
            if beginning and text:
                text, beginning = text.removeprefix("\ufeff"), False
            while skip and "\n" in text:
                text = text.partition("\n")[2]
                skip -= 1
                self._line += 1
            if skip:
                rest = "" if last else text
                continue
            # A carriage return at the end may be half of a line end.
            end = len(text) if last else max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
            found = self._quickly(text[:end]) if quick and end and self._width else None
            cut = found or self._cut(text[:end], last)
            rest = cut.rest + text[end:]
            self._left = len(rest)
            if len(rest) > LONGEST_ROW:
                raise problem(
                    "transfer.file",
                    detail=f"The row in line {self._line:,} is longer than {LONGEST_ROW >> 20} MB.",
                    hint="A quote may be missing, or the file is no text with line ends.",
                )
            yield cut, share

    def _quickly(self, text: str) -> Cut | None:
        """Whole columns, many times as fast; null where it would not tell what is wrong, or what stood in
        quotes where that matters."""
        if self.marks and ("\\x" in text or (self.loose and '"' in text)):
            return None
        if not text.isascii() and _has_surrogates(text):
            return None
        columns = columns_of(text, self._delimiter, self._width, self.options.null)
        return None if columns is None else Cut([], [], "", columns)

    def _cut(self, text: str, last: bool) -> Cut:
        if not text:
            return Cut([], [], "")
        pairs = _fields(self._delimiter).findall(text)
        if pairs and pairs[-1] == ("", "") and (len(pairs) == 1 or pairs[-2][1] != self._delimiter):
            pairs.pop()  # behind the last line end is nothing
        fields, ends = map(list, zip(*pairs, strict=True)) if pairs else ([], [])
        if '"' in text and not last and any(_is_open(field) for field in fields):
            return self._behind_open(text)
        return Cut(fields, ends, "")

    def _behind_open(self, text: str) -> Cut:
        """Up to the row whose quoted field is not closed in this piece."""
        fields: list[str] = []
        ends: list[str] = []
        row_fields, row_start = 0, 0
        for match in _fields(self._delimiter).finditer(text):
            if _is_open(match[1]):
                return Cut(fields[:row_fields], ends[:row_fields], text[row_start:])
            fields.append(match[1])
            ends.append(match[2])
            if match[2] != self._delimiter:
                row_fields, row_start = len(fields), match.end()
        return Cut(fields, ends, "")

    # --- rows ------------------------------------------------------------------------------------

    def _rows(self, size: int) -> Generator[tuple[int, list[str]], None, None]:
        """Rows one by one, with their lines: for the header and what is ragged."""
        for cut, _ in self._cuts(size, quick=False):
            yield from self._split(cut)

    def _split(self, cut: Cut) -> Generator[tuple[int, list[str]], None, None]:
        row: list[str] = []
        line = self._line
        for field, end in zip(cut.fields, cut.ends, strict=True):
            row.append(field)
            if end != self._delimiter:
                begun = line
                line += 1 + sum(_line_ends(one) for one in row)
                self._line = line
                yield begun, row
                row = []

    def batches(self) -> Generator[Batch, None, None]:
        self._line, self._read = 1, 0
        header = self._has_header
        for cut, share in self._cuts(_PIECE):
            if cut.columns is not None:
                yield from self._quick_batch(cut.columns, share, header=header)
                header = False
                continue
            if header and cut.fields:
                first = next(number for number, end in enumerate(cut.ends, 1) if end != self._delimiter)
                self._line += 1 + sum(_line_ends(one) for one in cut.fields[:first])
                cut = Cut(cut.fields[first:], cut.ends[first:], cut.rest)
                header = False
            if cut.fields:
                yield self._batch(cut, share)

    def _batch(self, cut: Cut, share: float) -> Batch:
        columns = self._rectangle(cut)
        if columns is None:
            return self._ragged(cut, share)
        lines = self._numbered(zip(*columns, strict=True), len(columns[0]), "\n" in "".join(cut.fields))
        return Batch([self._values(column) for column in columns], lines, self._read, share)

    def _quick_batch(self, found: Columns, share: float, *, header: bool) -> Generator[Batch, None, None]:
        columns, inside = found
        if header:
            self._line += 1 + sum(_line_ends(column[0]) for column in columns)
            columns = [column[1:] for column in columns]
        if not len(columns[0]):
            return
        lines = self._numbered(zip(*columns, strict=True), len(columns[0]), inside)
        null = self.options.null
        values: list[Sequence[Any]] = [
            [None if field == null else field for field in column] if null in column else column
            for column in columns
        ]
        yield Batch(values, lines, self._read, share, texts=True)

    def _numbered(self, rows: Iterable[Sequence[str]], count: int, inside: bool) -> Sequence[int]:
        """The lines of the rows; goes on behind them."""
        self._read += count
        if not inside:
            self._line += count
            return range(self._line - count, self._line)
        sizes = (1 + sum(map(_line_ends, row)) for row in rows)
        lines = list(accumulate(sizes, initial=self._line))
        self._line = lines.pop()
        return lines

    def _rectangle(self, cut: Cut) -> list[list[str]] | None:
        """The columns, null where a row has another number of fields or a field is malformed."""
        width, fields, ends = self._width, cut.fields, cut.ends
        rows, over = divmod(len(fields), width)
        if (
            over
            or len(ends) - ends.count(self._delimiter) != rows
            or self._delimiter in ends[width - 1 :: width]
        ):
            return None
        text = "".join(fields)
        if '"' in text and any(map(_is_malformed, fields)):
            return None
        if not text.isascii() and _has_surrogates(text):
            return None
        return [fields[place::width] for place in range(width)]

    def _ragged(self, cut: Cut, share: float) -> Batch:
        good: list[list[str]] = []
        lines: list[int] = []
        bad: list[BadRow] = []
        for line, row in self._split(cut):
            if row == [""] and self._width > 1:
                continue  # an empty line; in a file of one column it is NULL
            self._read += 1
            reason = self._why_bad(row)
            if reason:
                bad.append(BadRow(line, reason, value=_shown(self._delimiter.join(row))))
            else:
                good.append(row)
                lines.append(line)
        columns = list(map(list, zip(*good, strict=True))) if good else [[] for _ in range(self._width)]
        return Batch([self._values(column) for column in columns], lines, self._read, share, bad)

    def _why_bad(self, row: list[str]) -> str:
        for field in row:
            if _is_open(field):
                return "A quote is opened and never closed."
            if _is_malformed(field):
                return "There is text behind a closing quote."
            if not field.isascii() and _has_surrogates(field):
                return "The row holds bytes that are not UTF-8."
        if len(row) != self._width:
            fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
            return f"The row has {fields} instead of {self._width}."
        return ""

    def _values(self, column: Sequence[str]) -> Sequence[Any]:
        null = self.options.null
        if not any(field[:1] == '"' for field in column):
            return [None if field == null else field for field in column] if null in column else column
        kind = Quoted if self.marks else str
        return [
            kind(field[1:-1].replace('""', '"')) if field[:1] == '"' else None if field == null else field
            for field in column
        ]


def _is_ascii_like(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in ("", "utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii")


_WHOLE = re.compile(_QUOTED)


def _is_open(field: str) -> bool:
    """Whether it begins with a quote that is not closed."""
    return field[:1] == '"' and _WHOLE.match(field) is None


def _is_malformed(field: str) -> bool:
    return field[:1] == '"' and _WHOLE.fullmatch(field) is None


def _line_ends(field: str) -> int:
    return field.count("\n")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _shown(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
