"""Row sources for tests: any number of rows, each computed from its position."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.kit.rows import Block, RowSource
from embedded_server.wire.data import Column, Filter, ForeignTarget, Order
from embedded_server.wire.problem import Problem
from embedded_server.wire.values import Cell

BLOCK = 128
ORDERS = (
    Column("id", "bigint", "number", key=1),
    Column("customer_id", "bigint", "number", references=ForeignTarget("customers", "id")),
    Column("status", "order_status", "text"),
    Column("amount", "numeric(12,2)", "number"),
    Column("created_at", "timestamptz", "time"),
    Column("coupon", "text", "text", nullable=True),
    Column("note", "text", "text", nullable=True),
)
STATUS = ("paid", "open", "refunded", "shipped")
COUPON: tuple[Cell, ...] = (None, "AUTUMN10", "", "WELCOME5", None)
# Row 0 to 4 hold: ring twice, back entrance, NULL, two blanks, the empty text.
NOTE: tuple[Cell, ...] = ("ring twice", "back entrance\nleave with neighbour", None, " two blanks  ", "")


def order_cell(row: int, column: int) -> Cell:
    """The cell of an invented order."""
    day, mixed = 23 - row // 900 % 20, (row * 2654435761) % 2**32
    return (
        90417 + row * 7,
        str(4100 + mixed % 800),
        STATUS[mixed % 4],
        f"{mixed % 98000 / 100 + 20:.2f}",
        f"2026-11-{day:02d} {mixed % 24:02d}:{mixed % 60:02d}:{row % 60:02d}.{mixed % 10**6:06d}+00",
        COUPON[mixed % 5],
        NOTE[row % 5],
    )[column]


class Formula(RowSource):
    """Cells by a formula; remembers what the view wanted, can hold rows back and hand them out later."""

    def __init__(
        self,
        rows: int,
        columns: Sequence[Column] = ORDERS,
        cell: Callable[[int, int], Cell] = order_cell,
        *,
        exact: bool = True,
        guessed: bool = False,
    ) -> None:
        super().__init__()
        self.rows, self.is_exact, self.guessed = rows, exact, guessed
        self._columns = list(columns)
        self._formula = cell
        self._blocks: dict[int, Block] = {}
        self.wishes: list[tuple[int, int, list[int]]] = []
        self.withheld: Callable[[int], bool] = lambda row: False
        self.trouble: Problem | None = None
        self.order: list[Order] = []
        self.conditions: list[Filter] = []
        self.retried = self.cancelled = 0
        self.busy = False

    def columns(self):
        return self._columns

    def row_count(self):
        return self.rows

    def exact(self):
        return self.is_exact

    def numbers_exact(self, row):
        return not self.guessed

    def block(self, row):
        first = row // BLOCK * BLOCK
        if not 0 <= row < self.rows or self.withheld(row):
            return None
        if first not in self._blocks:
            if len(self._blocks) > 64:
                self._blocks.clear()
            length = min(BLOCK, self.rows - first)
            cells = {
                column: [self._formula(first + at, column) for at in range(length)]
                for column in range(len(self._columns))
            }
            self._blocks[first] = Block(first, length, cells)
        return self._blocks[first]

    def want(self, first, last, columns, spare=()):
        self.wishes.append((first, last, columns))

    def can_order(self):
        return True

    def can_filter(self):
        return True

    def order_by(self):
        return list(self.order)

    def set_order(self, order):
        self.order = list(order)
        self.reshaped.emit()

    def filters(self):
        return list(self.conditions)

    def set_filters(self, filters):
        self.conditions = list(filters)
        self.reshaped.emit()

    def problem(self):
        return self.trouble

    def retry(self):
        self.retried += 1
        self.trouble = None
        self.troubled.emit()

    def cancel(self):
        self.cancelled += 1
        return self.busy

    def row_key(self, row):
        return [self._formula(row, 0)] if 0 <= row < self.rows else None

    def table_path(self):
        return ("public", "orders")

    def dialect(self):
        return "postgresql"

    def grow(self, rows: int, *, exact: bool = True) -> None:
        """Another number of rows is known now."""
        self.rows, self.is_exact = rows, exact
        self._blocks.clear()
        self.counted.emit()

    def fail(self, problem: Problem) -> None:
        """Rows cannot be read."""
        self.trouble = problem
        self.troubled.emit()


class Kept:
    """A row that stays where it is."""

    def __init__(self, row: int) -> None:
        self._row = row

    def row(self) -> int | None:
        return self._row


class EditedFormula(Formula):
    """A formula whose cells can be edited: an `Editing` of its own that keeps what it was asked."""

    def __init__(self, rows: int = 200) -> None:
        super().__init__(rows, cell=self._edited)
        self.values: dict[tuple[int, int], Cell] = {}
        self.asked: list[tuple] = []
        self.reason = ""

    def _edited(self, row: int, column: int) -> Cell:
        return self.values.get((row, column), order_cell(row, column))

    def editing(self):
        return self

    def why_not(self, row, column):
        return self.reason

    def why_no_rows(self):
        return self.reason

    def place(self, row):
        return Kept(row)

    def content(self, row, column):
        cell = self._edited(row, column)
        return "" if cell is None else str(cell)

    def is_long(self, row, column):
        return False

    def set_cells(self, settings, title=""):
        self.asked.append(("set", [tuple(setting) for setting in settings]))
        self.values |= {(setting.row, setting.column): setting.value for setting in settings}
        self._blocks.clear()
        self.arrived.emit(0, self.rows - 1)
        return ""

    async def take_block(self, settings, new, title):
        reason = self.set_cells(settings, title) if settings else ""
        if new:
            self.add_rows(new)
        return reason

    def revert(self, spots):
        self.asked.append(("revert", list(spots)))
        return ""

    def add_rows(self, values):
        self.asked.append(("add", list(values)))
        self.grow(self.rows + len(values))
        return self.rows - len(values)

    def clone_rows(self, rows):
        self.asked.append(("clone", list(rows)))
        self.grow(self.rows + len(rows))
        return self.rows - len(rows)

    def delete_rows(self, rows):
        self.asked.append(("delete", list(rows)))
        return ""

    def undo(self):
        self.asked.append(("undo",))
        return "Set 1 cell"

    def redo(self):
        self.asked.append(("redo",))
        return "Set 1 cell"

    def undo_title(self):
        return "Set 1 cell"

    def redo_title(self):
        return "Set 1 cell"
