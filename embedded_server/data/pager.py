"""Reads one page: finds its place, runs the one statement it needs, numbers the rows, makes the keys."""

from __future__ import annotations

from collections.abc import Sequence

from embedded_server.engines.base import Fragment
from embedded_server.lanes import Lease
from embedded_server.wire.data import PageRequest
from embedded_server.wire.problem import problem
from embedded_server.wire.values import Cell, RowBlock, Truncated

from . import counts, heaps, jumps, reader, tokens
from .fragments import both
from .keyset import Part, Term, flipped, parts_behind
from .ladder import Ladder
from .reader import Patience, Rows, fitting
from .shape import Shape
from .snapshots import kept as kept_orders
from .snapshots import pages as by_snapshot
from .tokens import Token
from .window import Page, Window

# From so many rows with the same leading sort cell on, the next ones are asked for by equality first.
LONG_RUN = 200
# Beyond this an offset plus a limit no longer fits the 64 bits that databases count rows in.
MOST_SKIPPED = 2**62


class Pager:
    """Pages of one shape on one session. With `early` a slow search ends its page with what it found."""

    def __init__(self, lease: Lease, shape: Shape, *, early: bool = False) -> None:
        self.lease, self.shape, self.early = lease, shape, early
        self.sql = ""
        self.params: Sequence[object] = ()

    @property
    def ladder(self) -> Ladder:
        """Rows of this order whose numbers are known."""
        key = ("ladder", self.shape.fingerprint)
        found = self.shape.table.facts.get(key)
        if found is None:
            found = Ladder()
            self.shape.table.facts.put(key, found)
        assert isinstance(found, Ladder)
        return found

    # --- finding the place ---------------------------------------------------------------------

    def page(self, request: PageRequest, limit: int) -> Page:
        """The window that the request names. Raises data.bad_key."""
        kept = kept_orders.of(self.shape)
        if kept is not None and (found := by_snapshot.page(self, request, limit, kept)) is not None:
            return found
        if request.after is not None or request.last or request.row:
            heap = heaps.size_of(self.lease, self.shape)
            if heap is not None:
                return heaps.HeapPages(self, heap).page(request, limit)
        if request.after is not None:
            token = tokens.decode(request.after, self.shape.fingerprint, len(self.shape.order))
            return self.read(self.behind_token(token, limit), limit)
        if request.last:
            return self.last(limit)
        if request.row is not None and request.row > 0:
            return jumps.to_row(self, min(request.row, MOST_SKIPPED), limit)
        return self.first(limit)

    def first(self, limit: int) -> Page:
        """The first rows."""
        access = "keyset" if self.shape.keyed else "offset"
        return self.read(Window(self.shape.order, edge=True, access=access), limit)

    def last(self, limit: int) -> Page:
        """The last rows: the order backwards, or counted off where there is none."""
        if not self.shape.order:
            count = counts.exact(self.lease, self.shape)
            return self.read(self.numbered(max(count - limit, 0)), limit)
        total = counts.best(self.lease, self.shape)
        number = total.rows if total is not None else 0
        window = Window(
            flipped(self.shape.order),
            back=True,
            number=number,
            exact=total is not None and total.exact,
            edge=True,
        )
        return self.read(window, limit)

    def numbered(self, row: int) -> Window:
        """The window that starts at row number `row`, counted off from the first row."""
        return Window(self.shape.order, offset=row, number=row, edge=row == 0, access="offset")

    def behind(
        self, cells: Sequence[Cell], *, back: bool = False, inclusive: bool = False, run: int = 0
    ) -> tuple[list[Term], list[Part]]:
        """The order of reading and the conditions for the rows behind (or before) a row's sort cells."""
        order = flipped(self.shape.order) if back else self.shape.order
        split = run >= LONG_RUN and len(order) > 1
        return order, parts_behind(order, cells, self.lease.grammar, inclusive=inclusive, split=int(split))

    def behind_token(self, token: Token, limit: int) -> Window:
        """The window that starts behind a page's key."""
        cells = token.key() if self.shape.keyed else None
        if cells is not None and any(isinstance(cell, Truncated) for cell in cells):
            cells = self._whole(cells)
        if cells is None:
            return self._counted_off(token, limit)
        order, parts = self.behind(cells, back=token.back, inclusive=token.inclusive, run=token.run)
        number = token.row + (token.inclusive == token.back)
        return Window(order, parts, back=token.back, number=number, exact=token.exact, origin=token)

    def _counted_off(self, token: Token, limit: int) -> Window:
        """A place known by its number only."""
        by_row = token.cells is not None
        behind = token.row + (1 if by_row and token.inclusive == token.back else 0)
        if not token.back:
            return self.numbered(behind)._replace(exact=token.exact, origin=token)
        start = max(behind - limit, 0)
        window = self.numbered(start)
        return window._replace(exact=token.exact, origin=token, most=behind - start)

    def _whole(self, cells: Sequence[Cell]) -> list[Cell] | None:
        """Sort cells too long for a page are read again by the row's key; null if that is not possible."""
        key = set(self.shape.table.row_key)
        known = [(t.column, c) for t, c in zip(self.shape.order, cells, strict=True) if t.column.name in key]
        if any(isinstance(cell, Truncated) for _, cell in known):
            return None
        grammar = self.lease.grammar
        values = [grammar.value(column, cell) for column, cell in known]
        where = both(
            *(
                Fragment(f"{grammar.operand(column)} = {value.sql}", value.params)
                for (column, _), value in zip(known, values, strict=True)
            )
        )
        wanted = [term.column for term in self.shape.order]
        names = [grammar.cell(column, None) for column in wanted]
        sql = f"SELECT {', '.join(n.sql for n in names)} FROM {self.shape.source} WHERE {where.sql}"
        params = [*(p for n in names for p in n.params), *where.params]
        with self.lease.session.execute(sql, params, cell_bytes=None) as reading:
            found = list(grammar.decode(wanted, reading.block(1)).rows())
        return list(found[0]) if found else None

    # --- reading -------------------------------------------------------------------------------

    def read(self, window: Window, limit: int) -> Page:
        """Run the window and put what it found in its place."""
        count = limit if window.most is None else window.most
        rows = self.rows(window, count) if count > 0 else Rows(len(self.shape.columns), 0)
        if window.back:
            rows.block = RowBlock([column[::-1] for column in rows.block.columns], plain=rows.block.plain)
        return self._placed(window, rows)

    def rows(self, window: Window, count: int) -> Rows:
        """The rows of a window as they come."""
        shape = self.shape
        rows = Rows(len(shape.columns), min(count, fitting(shape.row_bytes)))
        most = rows.missing
        patience = self._patience(window) if shape.searched and self.early else None
        if patience and shape.keyed and not self.lease.engine.capabilities.rows_as_found:
            window, most = self._first_match(window, rows, patience)
        for part in window.parts:
            wanted = min(rows.missing, most)
            if not wanted:
                break
            found = len(rows)
            self._read_part(window, part, rows, wanted, patience)
            most -= len(rows) - found
        rows.more = rows.more or (not most and rows.missing > 0)
        if len(rows):
            shape.row_bytes = rows.row_bytes
        return rows

    @staticmethod
    def _patience(window: Window) -> Patience:
        """How long a search may take: a page that follows another one has time to be a whole one."""
        return Patience.now(reader.PATIENCE if window.origin else reader.AT_ONCE)

    def _first_match(self, window: Window, rows: Rows, patience: Patience) -> tuple[Window, int]:
        """Ask for one match alone, and leave it at that when it took long.

        The window behind it, and how many more to ask for: what an engine finds it keeps until there is a
        lot of it. So no more than will be found in time, or than are shown: then it takes as long again.
        """
        for part in window.parts:
            self._read_part(window, part, rows, 1, first=True)
            if len(rows):
                break
        else:
            return window._replace(parts=()), rows.missing
        cells = [rows.block.columns[column][0] for column in self.shape.places]
        # A cell that is too long to compare by is found again through the key only.
        if patience.over or any(isinstance(cell, Truncated) for cell in cells):
            rows.more = True
            return window, 0
        behind = self.behind(cells, back=window.back)[1]
        most = max(patience._replace(seconds=reader.PATIENCE).soon(1), window.number)
        return window._replace(parts=behind, offset=0), most

    def _read_part(
        self,
        window: Window,
        part: Part,
        rows: Rows,
        count: int,
        patience: Patience | None = None,
        *,
        first: bool = False,
    ) -> None:
        sql, params = self.statement(window, part, count)
        self.sql, self.params = sql, params
        shape, session = self.shape, self.lease.session
        execute = session.execute_first if first else session.execute
        with execute(sql, params, cell_bytes=shape.limit_cells) as reading:
            rows.read(reading, self._decode, shape.row_bytes, patience)

    def statement(self, window: Window, part: Part, count: int) -> tuple[str, list[object]]:
        """The statement for one part of a window with its parameters."""
        shape, grammar = self.shape, self.lease.grammar
        where = both(shape.condition, part.condition)
        condition = f" WHERE {where.sql}" if where.sql else ""
        terms = window.order[part.settled :]
        order = f" ORDER BY {', '.join(term.sql(grammar) for term in terms)}" if terms else ""
        rest = condition + order + grammar.limit(count, window.offset)
        params = [*shape.select.params, *where.params]
        if shape.sorted and grammar.sorts_stored_rows:
            return f"{self._behind_the_sort(rest)}{order}", params
        return shape.select.sql + rest, params

    def _behind_the_sort(self, rest: str) -> str:
        """Cells are made of the rows that are left when all are sorted, not carried through the sort."""
        shape, grammar = self.shape, self.lease.grammar
        asked = {column.name for column in shape.columns}
        names = ", ".join(grammar.name(name) for name in shape.table.columns if name in asked)
        cells = shape.select.sql.removesuffix(shape.source)
        return f"{cells}(SELECT {names} FROM {shape.source}{rest}) AS {grammar.name('sorted')}"

    def _decode(self, block: RowBlock) -> RowBlock:
        return self.lease.grammar.decode(self.shape.columns, block)

    # --- numbering and keys --------------------------------------------------------------------

    def _placed(self, window: Window, rows: Rows) -> Page:
        size = len(rows)
        row, exact = window.number, window.exact
        at_start = window.edge and not window.back
        at_end = window.edge and window.back
        if window.back:
            at_start = not rows.more
            row = max(row - size, 1)
            exact = exact and window.number - size == row
        elif window.most is None:
            at_end = not rows.more
        if at_start:
            row, exact = 0, True
        elif at_end and not exact:
            known = counts.remembered(self.shape)
            if known is not None and known.exact and known.rows > size:
                row, exact = known.rows - size, True
        before = None if at_start or (row == 0 and exact) else self.key_at(rows, 0, row, exact, True, window)
        after = None if at_end else self.key_at(rows, size - 1, row + size - 1, exact, False, window)
        if exact and window.learn:
            self._remember(rows, row, at_end and at_start if window.back else at_end)
        return Page(rows.block, row, exact, after, before, window.access, self.sql, self.params)

    def key_at(self, rows: Rows, place: int, row: int, exact: bool, back: bool, window: Window) -> str | None:
        """The key of a page that ends at this one of its rows, which has number `row`."""
        shape = self.shape
        if not shape.keyed:
            number = max(row if back else row + 1, 0)
            return tokens.encode(Token(tokens.VERSION, shape.fingerprint, back, False, number, exact))
        if not len(rows):
            return self._turned(window, exact, back)
        cells = tokens.block_of([rows.block.columns[column][place] for column in shape.places])
        run = self._run(rows.block.columns[shape.places[0]], back, window)
        return tokens.encode(Token(tokens.VERSION, shape.fingerprint, back, False, row, exact, cells, run))

    def _run(self, cells: Sequence[Cell], back: bool, window: Window) -> int:
        """How many rows up to this end are equal in the first sort cell, earlier pages included."""
        if len(self.shape.order) == 1:
            return 0
        found = tokens.run_of(cells if back else cells[::-1])
        origin = window.origin
        if found == len(cells) and origin is not None and origin.back == back:
            key = origin.key()
            if key and key[0] == cells[0]:
                found += origin.run
        return found

    def _turned(self, window: Window, exact: bool, back: bool) -> str | None:
        """Nothing was found: the way back leads to the very place the window started from."""
        token = window.origin
        if token is None or token.cells is None or token.back == back:
            return None
        inclusive = not token.inclusive
        number = token.row if back else 0 if inclusive else -1
        return tokens.encode(Token(tokens.VERSION, token.order, back, inclusive, number, exact, token.cells))

    def _remember(self, rows: Rows, row: int, at_end: bool) -> None:
        size = len(rows)
        if at_end and (size or row == 0):
            counts.remember(self.shape, row + size)
        if self.shape.keyed and size:
            ladder = self.ladder
            for place in {0, size - 1}:
                ladder.add(row + place, [rows.block.columns[column][place] for column in self.shape.places])


def check_place(request: PageRequest) -> None:
    """Refuse a request that names more than one place, or no rows. Raises request.invalid."""
    if (request.after is not None) + (request.row is not None) + request.last > 1:
        raise problem("request.invalid", detail="Give one of after, row and last.")
    if request.limit < 1:
        raise problem("request.invalid", detail="limit must be at least 1.")
