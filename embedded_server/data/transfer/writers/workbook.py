"""Workbooks (.xlsx), written row by row: numbers and dates where a sheet carries them exactly, else text."""

from __future__ import annotations

import contextlib
import datetime
import html
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import IO

from embedded_server.data.transfer.cell_texts import LOOKS, NOT_TEXT, affinity, plain_text
from embedded_server.wire.data import Column
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import SAFE_INTEGER, BadText, Cell, RowBlock

from .base import Making, Writer

MOST_ROWS, MOST_COLUMNS, MOST_TEXT = 1_048_576, 16_384, 32_767
TOO_LONG = f"A cell of a workbook holds {MOST_TEXT:,} characters; the text is cut."
BLOB_IN_TEXT = "A binary value in a column of texts comes back as a text."
LOOKS_LIKE = "A text that looks like a number or bytes comes back as one in a column without a type."
_HEADS = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/styles.xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/>'
    '<xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetViews><sheetView workbookViewId="0">{freeze}</sheetView></sheetViews><sheetData>'
)
_FREEZE = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
# What XML cannot hold, a carriage return that it would drop, and what looks like our own escape.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.0+)?)?", re.ASCII)
# Excel takes 1900 for a leap year, so days count from here only from March 1900 on.
_EPOCH, _FIRST = datetime.datetime(1899, 12, 30), datetime.datetime(1900, 3, 1)
_PLAIN_MOMENTS = re.compile(r"date|datetime(\(\d\))?|timestamp(\(\d\))?( without time zone)?", re.IGNORECASE)
_DAY = 86_400


class _Stream:
    """What a ZIP file is written to."""

    def __init__(self, put: Callable[[bytes], object]) -> None:
        self._put = put

    def write(self, data: bytes) -> int:
        self._put(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""


class WorkbookWriter(Writer):
    """One sheet."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        if len(making.columns) > MOST_COLUMNS:
            raise problem("transfer.format", detail=f"A sheet holds {MOST_COLUMNS:,} columns at the most.")
        self._rows = 0
        self._sheet: IO[bytes] | None = None
        self._zip = zipfile.ZipFile(_Stream(making.put), "w", zipfile.ZIP_DEFLATED, compresslevel=3)  # type: ignore[call-overload]
        self._cells = [_Cells(place, column, making) for place, column in enumerate(making.columns)]

    def begin(self) -> None:
        sheet = html.escape(re.sub(r"[\[\]:*?/\\]", " ", self.making.options.table or "Rows")[:31])
        for name, text in _HEADS.items():
            self._zip.writestr(name, text.replace("{sheet}", sheet))
        self._sheet = sheet_file = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        header = self.making.options.header
        sheet_file.write(_SHEET.format(freeze=_FREEZE if header else "").encode())
        if header:
            names = "".join(_inline(column.name, ' s="1"') for column in self.making.columns)
            sheet_file.write(f"<row>{names}</row>".encode())
            self._rows = 1

    def block(self, block: RowBlock) -> None:
        self._rows += len(block)
        if self._rows > MOST_ROWS:
            raise problem(
                "transfer.format",
                detail=f"A sheet holds {MOST_ROWS:,} rows at the most.",
                hint="Filter the rows, or choose another format.",
            )
        columns = [
            [cells.xml(row, cell) for row, cell in enumerate(column)]
            for cells, column in zip(self._cells, block.columns, strict=True)
        ]
        rows = "".join(f"<row>{''.join(row)}</row>" for row in zip(*columns, strict=True))
        assert self._sheet is not None
        self._sheet.write(rows.encode())

    def end(self) -> None:
        assert self._sheet is not None
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()

    def close(self) -> None:
        # Given up in the middle, what the archive still has to say is of no interest.
        with contextlib.suppress(OSError, ValueError, ProblemError):
            if self._sheet is not None:
                self._sheet.close()
            self._zip.close()


class _Cells:
    """The cells of one column."""

    def __init__(self, place: int, column: Column, making: Making) -> None:
        self._place, self._losses = place, making.losses
        self._number = column.kind == "number"
        self._bool = column.kind == "bool"
        self._sized = re.search(r"\(\d+,\s*\d+\)", column.type) is not None
        self._dated = _PLAIN_MOMENTS.fullmatch(column.type) is not None
        self._affinity = affinity(column.type) if making.grammar.dynamic_types else ""
        self._stored = making.stored

    def xml(self, row: int, cell: Cell) -> str:
        """The cell of a row."""
        if cell is None:
            return "<c/>"
        if isinstance(cell, str):
            return self._text(row, cell)
        if isinstance(cell, bool):
            return f'<c t="b"><v>{int(cell)}</v></c>'
        if isinstance(cell, int):
            return f"<c><v>{cell}</v></c>" if abs(cell) <= SAFE_INTEGER else _inline(str(cell))
        if isinstance(cell, float):
            return self._float(cell)
        if isinstance(cell, BadText):
            self._losses.add(self._place, row, NOT_TEXT, cell)
        elif self._affinity == "text":
            self._losses.add(self._place, row, BLOB_IN_TEXT, cell)
        return self._long(row, plain_text(cell))

    def _float(self, cell: float) -> str:
        text = plain_text(cell)
        # A whole number in a column that keeps what it is given would come back as an integer.
        kept = self._affinity == "none" and self._stored and cell.is_integer()
        if text in ("inf", "-inf", "nan") or text == "-0.0" or kept:
            return _inline(text)
        return f"<c><v>{text}</v></c>"

    def _text(self, row: int, text: str) -> str:
        if self._affinity:
            if self._affinity == "none" and self._stored and LOOKS.fullmatch(text):
                self._losses.add(self._place, row, LOOKS_LIKE, text)
        elif self._number and _is_exact(text, self._sized):
            return f"<c><v>{text}</v></c>"
        elif self._bool and text in ("t", "f"):
            return f'<c t="b"><v>{int(text == "t")}</v></c>'
        elif self._dated:
            serial = _serial(text)
            if serial:
                return serial
        return self._long(row, text)

    def _long(self, row: int, text: str) -> str:
        if len(text) * 2 > MOST_TEXT and len(text.encode("utf-16-le", "surrogatepass")) > MOST_TEXT * 2:
            self._losses.add(self._place, row, TOO_LONG, text)
            text = text.encode("utf-16-le", "surrogatepass")[: MOST_TEXT * 2].decode("utf-16-le", "ignore")
        return _inline(text)


def _inline(text: str, style: str = "") -> str:
    if _ODD.search(text):
        text = _ODD.sub(_escaped, text)
    return (
        f'<c t="inlineStr"{style}><is><t xml:space="preserve">{html.escape(text, quote=False)}</t></is></c>'
    )


def _escaped(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"


def _is_exact(text: str, sized: bool) -> bool:
    """Whether a sheet's number, a double, gives the text back; of a sized decimal its value alone."""
    try:
        number = float(text)
        if number - number != 0 or text.startswith("-0") and not number:
            return False
        if sized:
            return Decimal(plain_text(number)) == Decimal(text)
        whole = str(int(number)) if number.is_integer() and abs(number) <= SAFE_INTEGER else ""
        return text in (whole, plain_text(number), repr(number)) and "e" not in text
    except (ValueError, OverflowError, InvalidOperation):
        return False


def _serial(text: str) -> str:
    """A date or moment without parts of a second as a sheet's own, empty where it has none."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return ""
    try:
        moment = datetime.datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]
    except ValueError:
        return ""
    if moment < _FIRST:
        return ""
    passed = moment - _EPOCH
    if match[4] is None:
        return f'<c s="2"><v>{passed.days}</v></c>'
    return f'<c s="3"><v>{passed.days + passed.seconds / _DAY!r}</v></c>'
