"""The rows of a database table as a row source: pages through the server, counted in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject

from desktop.api.client import Client
from desktop.kit.long_column import LongColumn
from desktop.kit.order_snapshot import OrderSnapshot
from desktop.kit.page_loader import PageLoader
from desktop.kit.page_plan import Wish
from desktop.kit.row_total import RowTotal
from desktop.kit.rows import MISSING, Block, LoadedValue, Missing, Progress, RowSource, Value
from desktop.kit.table_reading import RemoteValue, read_rows, whole_value
from embedded_server.wire.data import (
    PAGE,
    CellRequest,
    Column,
    CountRequest,
    Filter,
    Order,
    PageRequest,
    PageResponse,
)
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.refs import TableRef
from embedded_server.wire.snapshots import SnapshotRequest
from embedded_server.wire.values import BadText, Cell, Truncated, cells_to_json


class TableSource(RowSource):
    """Rows of `ref` by position; see `RowSource`.

    The first page tells the columns, so that rows stand on the screen after one round trip. Counting
    begins behind it. `dialect` is the engine's name, for copied INSERT statements.
    """

    def __init__(
        self, client: Client, ref: TableRef, dialect: str = "", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._client = client
        self.ref = ref
        self._dialect = dialect
        self._order: list[Order] = []
        self._filters: list[Filter] = []
        self._where = ""
        self._count_wanted = True
        # The next page is read from what the database has now, whatever is remembered.
        self._anew = False
        self._total = RowTotal(client, self, self._counted)
        self.snapshot = OrderSnapshot(client, self)
        self._heard: PageResponse | None = None
        self._loader = PageLoader(client, self._request, self._total, self)
        self._loader.landed.connect(self._landed)
        self._loader.moved.connect(self.moved)
        self._loader.opened.connect(self.reshaped)
        self._loader.troubled.connect(self.troubled)
        client.online_changed.connect(self._online)

    # --- what the view asks ------------------------------------------------------------------------

    def columns(self) -> list[Column]:
        return self._loader.columns

    def row_count(self) -> int:
        return self._total.rows or 0

    def exact(self) -> bool:
        return self._total.exact

    def loading(self) -> bool:
        return self._total.rows is None and self._loader.problem is None

    def counting(self) -> bool:
        return self._total.counting

    def count_elapsed_ms(self) -> int:
        """How long the exact count has been running."""
        return self._total.elapsed_ms()

    def numbers_exact(self, row: int) -> bool:
        page = self._loader.pages.at(row)
        return page.exact if page is not None else all(page.exact for page in self._loader.pages)

    def block(self, row: int) -> Block | None:
        return self._loader.pages.at(row) or self._loader.lingering(row)

    def cell(self, row: int, column: int) -> Cell | Missing:
        page = self._loader.pages.at(row)
        if page is None or column not in page.cells:
            return MISSING
        return page.cells[column][row - page.first]

    def row_key(self, row: int) -> list[Cell] | None:
        page = self._loader.pages.at(row)
        if page is None or page.keys is None:
            return None
        key = list(page.keys[row - page.first])
        return None if any(isinstance(cell, Truncated) for cell in key) else key

    def key_columns(self) -> list[str]:
        return self._loader.key_columns

    def table_path(self) -> tuple[str, ...]:
        return (self.ref.schema, self.ref.table) if self.ref.schema else (self.ref.table,)

    def dialect(self) -> str:
        return self._dialect

    def problem(self) -> Problem | None:
        return self._loader.problem

    def response(self) -> PageResponse | None:
        """The newest page's answer: how the rows were reached, their SQL, the time it took."""
        return self._loader.response

    def shown_sql(self) -> str:
        """Filter and order as one SELECT with literals, as the server wrote it for the newest page."""
        response = self.response()
        return response.shown_sql if response is not None else ""

    # --- order and filters -------------------------------------------------------------------------

    def can_order(self) -> bool:
        return True

    def can_filter(self) -> bool:
        return True

    def order_by(self) -> list[Order]:
        return list(self._order)

    def filters(self) -> list[Filter]:
        return list(self._filters)

    def where(self) -> str:
        """The raw SQL condition."""
        return self._where

    def set_order(self, order: list[Order]) -> None:
        self._order = list(order)
        self._forget_order()
        self._loader.restart()
        self.reshaped.emit()

    def set_filters(self, filters: list[Filter]) -> None:
        self._filters = list(filters)
        self._narrowed()

    def set_where(self, where: str) -> None:
        """Show only rows that pass this SQL condition too."""
        self._where = where
        self._narrowed()

    def filtered(self) -> bool:
        return bool(self._filters or self._where)

    def show_all(self) -> None:
        self._filters, self._where = [], ""
        self._narrowed()

    def _narrowed(self) -> None:
        self._total.forget()
        self._forget_order()
        self._count_wanted = True
        self._loader.restart()
        self.reshaped.emit()

    # --- fetching ----------------------------------------------------------------------------------

    def want(self, first: int, last: int, columns: list[int], spare: Sequence[int] = ()) -> None:
        self._loader.wish(Wish(max(0, first), max(0, last), tuple(columns), tuple(spare)))

    def refresh(self) -> None:
        if self._total.rows is not None:
            self._total.doubt(self._total.rows)
        self._count_wanted = True
        self._anew = True
        self._forget_order()
        self._loader.refresh()

    def retry(self) -> None:
        self._loader.retry()

    def count(self) -> None:
        """Count the rows exactly, now."""
        self._count_wanted = False
        self._total.start(
            CountRequest(
                connection=self.ref.connection,
                table=self.ref.table,
                schema=self.ref.schema,
                filters=self._filters,
                where=self._where,
                view=self._loader.view,
            )
        )

    def stop_counting(self) -> bool:
        """Give up the exact count; false if none was running."""
        return self._total.stop()

    def cancel(self) -> bool:
        stopped = self._loader.cancel()
        stopped = self.snapshot.stop() or stopped
        return self._total.stop() or stopped

    def _request(self, **place: Any) -> PageRequest:
        return PageRequest(
            connection=self.ref.connection,
            table=self.ref.table,
            schema=self.ref.schema,
            order_by=list(self._order),
            filters=self._filters,
            where=self._where,
            # A slow search shows what it has found; the rows behind it are asked for like any others.
            early=bool(self._filters or self._where),
            refresh=self._anew,
            **place,
        )

    def _forget_order(self) -> None:
        """What the newest page said was of another order, or of before."""
        self._heard = self.response()
        self.snapshot.forget()

    def _order_kept(self) -> None:
        """Have the order remembered if the newest page was long in coming."""
        ref, response = self.ref, self.response()
        if response is self._heard:
            return
        self._heard = response
        request = SnapshotRequest(
            connection=ref.connection,
            table=ref.table,
            schema=ref.schema,
            order_by=list(self._order),
            filters=self._filters,
            where=self._where,
        )
        self.snapshot.heard(response.snapshot if response is not None else None, request)

    def _landed(self, first: int, last: int) -> None:
        self._anew = False
        self._order_kept()
        if self._count_wanted and not self._total.exact:
            self.count()
        self._count_wanted = False
        self.counted.emit()
        self.arrived.emit(first, last)

    def _counted(self) -> None:
        self._loader.count_known()
        self.counted.emit()

    def _online(self, online: bool) -> None:
        """The server is there again, perhaps another one: nothing of before is certain."""
        if online:
            self.refresh()

    # --- values ------------------------------------------------------------------------------------

    def value(self, row: int, column: int) -> Value | None:
        cell = self.cell(row, column)
        if isinstance(cell, BadText):
            return LoadedValue(cell.raw)
        if isinstance(cell, Truncated):
            request = self._cell_request(column, self.row_key(row))
            return RemoteValue(self, self._client, request, cell) if request is not None else None
        return LoadedValue(cell) if isinstance(cell, str | bytes) else None

    async def whole(self, row: int, column: int, cell: Truncated) -> str | bytes:
        request = self._cell_request(column, self.row_key(row) or await self._fetch_key(row))
        if request is None:
            raise problem("data.no_key", detail="The whole value cannot be fetched: its row has no key.")
        return await whole_value(self._client, request)

    async def _fetch_key(self, row: int) -> list[Cell] | None:
        """The key of a row that is no longer in the cache; null if it cannot be found again for certain."""
        names = self.key_columns()
        if not names:
            return None
        answer = await self._client.call(PAGE, self._request(columns=names, limit=1, row=row, view=""))
        if answer.row != row or not answer.row_exact or not len(answer.rows):
            return None
        named = dict(zip((column.name for column in answer.columns), answer.rows.columns, strict=True))
        return [named[name][0] for name in names]

    async def read(self, first: int, last: int, columns: list[int], progress: Progress) -> list[LongColumn]:
        cells, row = self._at_hand(first, last, columns)
        if row > last:
            progress(last - first + 1, last - first + 1)
            return cells
        before = self._loader.pages.at(row - 1) if row else None
        after = before.next if before is not None and before.end == row else None
        names = [self.columns()[column].name for column in columns]
        ready = row - first

        def onward(done: int, _: int) -> None:
            progress(ready + done, last - first + 1)

        rest = await read_rows(self._client, self._request, (row, after), last, names, onward)
        for have, more in zip(cells, rest, strict=True):
            have.add(more)
        return cells

    async def keys(self, first: int, last: int, progress: Progress) -> list[LongColumn]:
        named = [column.name for column in self.columns()]
        if not set(self.key_columns()) <= set(named):
            return []
        places = [named.index(name) for name in self.key_columns()]
        # What is staged is laid over rows by others: a key is asked for as it is stored.
        return await TableSource.read(self, first, last, places, progress)

    def _at_hand(self, first: int, last: int, columns: list[int]) -> tuple[list[LongColumn], int]:
        """The cells from `first` on as far as the cache reaches, and the row where it ends."""
        cells = [LongColumn() for _ in columns]
        row = first
        while row <= last:
            page = self._loader.pages.at(row)
            if page is None or not page.cells.keys() >= set(columns):
                break
            stop = min(page.end, last + 1)
            for into, column in zip(cells, columns, strict=True):
                into.add(page.cells[column][row - page.first : stop - page.first])
            row = stop
        return cells, row

    def _cell_request(self, column: int, key: list[Cell] | None) -> CellRequest | None:
        if key is None:
            return None
        return CellRequest(
            connection=self.ref.connection,
            table=self.ref.table,
            schema=self.ref.schema,
            column=self.columns()[column].name,
            key=cells_to_json(key),
            key_columns=self.key_columns(),
        )
