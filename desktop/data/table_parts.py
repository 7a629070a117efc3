"""The parts of a table's tab besides its rows: made, and loaded, when one is first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from embedded_server.wire.data import TableResponse
from embedded_server.wire.refs import TableRef

from .sql_text import SqlText
from .structure_view import RelationsView, StructureView


def make_part(
    part: int, table: TableResponse, open_table: Callable[[TableRef], object], connection: str
) -> QWidget:
    """Structure (1), relations (2) or DDL (3) of a table."""
    if part == 3:
        text = SqlText(f"DDL of {table.table}")
        text.show_sql(table.ddl or "-- The database gives no DDL for this object.")
        return text
    view = StructureView() if part == 1 else RelationsView()
    view.show_table(table, open_table, connection)
    return view
