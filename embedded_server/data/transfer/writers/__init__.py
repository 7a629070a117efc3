"""One file per family of formats: blocks of rows in, bytes out."""

from __future__ import annotations

from embedded_server.wire.transfer import Format

from .base import Making, Writer
from .delimited import DelimitedWriter
from .inserts import InsertWriter
from .json_rows import JsonLinesWriter, JsonWriter
from .markdown import MarkdownWriter
from .parquet import ParquetWriter
from .workbook import WorkbookWriter

__all__ = ["Making", "Writer", "writer_for"]

_KINDS: dict[Format, type[Writer]] = {
    "csv": DelimitedWriter,
    "tsv": DelimitedWriter,
    "json": JsonWriter,
    "jsonl": JsonLinesWriter,
    "sql": InsertWriter,
    "markdown": MarkdownWriter,
    "xlsx": WorkbookWriter,
    "parquet": ParquetWriter,
}


def writer_for(making: Making) -> Writer:
    """The writer of a format."""
    return _KINDS[making.format](making)
