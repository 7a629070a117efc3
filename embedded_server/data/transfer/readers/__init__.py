"""One file per family of formats: a file in, batches of rows out."""

from __future__ import annotations

from embedded_server.wire.loading import ReadOptions
from embedded_server.wire.transfer import Format

from .base import Batch, Digits, Quoted, Source
from .delimited import DelimitedSource
from .json_rows import JsonSource
from .parquet import ParquetSource

__all__ = ["Batch", "Digits", "Quoted", "Source", "open_source"]


def open_source(kind: Format, path: str, options: ReadOptions) -> Source:
    """The file, ready to be read. `options` are complete. Raises transfer.file."""
    if kind in ("csv", "tsv"):
        return DelimitedSource(path, options)
    if kind in ("json", "jsonl"):
        return JsonSource(path, options)
    if kind == "parquet":
        return ParquetSource(path, options)
    from .workbook import WorkbookSource  # noqa: PLC0415  # lazy: its library takes 0.1 s

    return WorkbookSource(path, options)
