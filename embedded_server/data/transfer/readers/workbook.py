"""Workbooks (.xlsx), row by row; dates come as ISO text."""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
from collections.abc import Generator
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from embedded_server.wire.loading import ReadOptions
from embedded_server.wire.problem import problem

from .base import BATCH_ROWS, Batch, Source, named

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class WorkbookSource(Source):
    """One sheet of a workbook."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        super().__init__(path, options)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions, which do not matter here
                self._book = load_workbook(path, read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
            raise problem("transfer.file", detail=f"This is no workbook (.xlsx): {error}") from error
        self.sheets = list(self._book.sheetnames)
        if options.sheet and options.sheet not in self.sheets:
            raise problem("transfer.options", detail=f"There is no sheet {options.sheet!r} in the workbook.")
        self._sheet = self._book[options.sheet or self.sheets[0]]
        if hasattr(self._sheet, "reset_dimensions"):
            self._sheet.reset_dimensions()  # many programs write wrong ones
        first = next(self._rows(), (0, []))
        header = options.header is not False
        self._first = first[0] + 1 if header else first[0]
        self.columns = named(first[1] if header else [""] * len(first[1]))

    def _rows(self) -> Generator[tuple[int, list[Any]], None, None]:
        rows = self._sheet.iter_rows(values_only=True)
        for line, row in enumerate(rows, 1):
            if line > self.options.skip and any(cell is not None for cell in row):
                yield line, [_cell(cell) for cell in row]

    def batches(self) -> Generator[Batch, None, None]:
        width = len(self.columns)
        rows: list[list[Any]] = []
        lines: list[int] = []
        read = 0
        for line, row in self._rows():
            if line < self._first:
                continue
            read += 1
            rows.append((row + [None] * width)[:width])
            lines.append(line)
            if len(rows) >= BATCH_ROWS:
                yield Batch(list(map(list, zip(*rows, strict=True))), lines, read, 0.0)
                rows, lines = [], []
        if rows:
            yield Batch(list(map(list, zip(*rows, strict=True))), lines, read, 1.0)

    def close(self) -> None:
        self._book.close()


def _cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return _ESCAPE.sub(_unescaped, cell) if "_x" in cell else cell
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return cell


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
