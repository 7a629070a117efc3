"""MySQL's and MariaDB's spelling of SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.engines.support import placeholders
from embedded_server.wire.data import Column, Order
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Cell, RowBlock, Truncated

from . import types

# The name of a result column whose long values arrive cut; behind it the limit in bytes. (The server strips
# control characters from the beginning of a name, not from its middle.)
CUT_MARK = "backlight\x01cut "
# The name of a result column whose FLOATs arrive with all their digits.
SINGLE_MARK = "backlight\x01float"
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


class MysqlGrammar(Grammar):
    """Grammar of MySQL and MariaDB, with `%s` for parameters.

    Enumerations sort by their labels, not by their places in the type: conditions compare labels, and
    a page must be able to continue behind one.
    """

    placeholder = "%s"
    nulls_are_smallest = True
    # `(a, b) > (x, y)` is understood but reads no index.
    has_row_values = False
    counts_met_rows = False
    empty_insert = "() VALUES ()"
    sqlglot_dialect = "mysql"

    def name(self, identifier: str) -> str:
        return "`" + identifier.replace("`", "``") + "`"

    def escape(self, sql: str) -> str:
        return placeholders.escape(sql, placeholders.MYSQL)

    # --- reading ---------------------------------------------------------------------------------

    def cell(self, column: Column, limit: int | None) -> Fragment:
        """The column itself, or, where a value may be longer than `limit`, the value or its cut form.

        A cut text is base64 of its first `limit` bytes, a colon and its length; a cut binary its
        beginning followed by its length as eight bytes. Either is longer than any value that is left whole.
        """
        name = self.name(column.name)
        if types.is_single(column.type):
            exact = f"IF(CAST(CONCAT({name}) AS FLOAT) = {name}, CONCAT({name}), CONCAT({name} + 0e0))"
            return Fragment(f"{exact} AS `{SINGLE_MARK}`")
        if limit is None or types.fits(column.type, column.collation, limit):
            return Fragment(name)
        if column.kind == "binary":
            size_of = f"LENGTH({name})"
            head = f"LEFT(CAST({name} AS BINARY), {limit})"
            long = f"CONCAT({head}, UNHEX(LPAD(HEX({size_of}), 16, '0')))"
        else:
            size_of = f"LENGTH({self._unicode(column)})"
            head = f"LEFT(CAST(CONVERT(LEFT({name}, {limit}) USING utf8mb4) AS BINARY), {limit})"
            long = f"CONCAT(TO_BASE64({head}), ':', {size_of})"
        return Fragment(f"IF({size_of} <= {limit}, {name}, {long}) AS `{CUT_MARK}{limit}`")

    def _unicode(self, column: Column) -> str:
        """The value as text in the encoding that it is sent in."""
        name = self.name(column.name)
        is_sent = column.collation.startswith(("utf8mb4", "utf8mb3", "utf8_"))
        return name if is_sent else f"CONVERT({name} USING utf8mb4)"

    def decode(self, columns: Sequence[Column], block: RowBlock) -> RowBlock:
        return block

    def piece(self, column: Column, offset: int, length: int) -> Fragment:
        if not self._sliced(column):
            return Fragment(self.cell(column, None).sql)
        source = self.name(column.name)
        if column.kind == "binary":
            source = f"CAST({source} AS BINARY)"
        return Fragment(f"SUBSTRING({source}, {offset + 1}, {length})")

    def size(self, column: Column) -> Fragment:
        if not self._sliced(column):
            return Fragment("NULL")
        function = "LENGTH" if column.kind == "binary" else "CHAR_LENGTH"
        return Fragment(f"{function}({self.name(column.name)})")

    def _sliced(self, column: Column) -> bool:
        return column.kind in ("text", "binary", "json") and types.base(column.type) != "bit"

    # --- conditions ------------------------------------------------------------------------------

    def operand(self, column: Column) -> str:
        name = self.name(column.name)
        if types.base(column.type) == "json":
            return f"CAST({name} AS CHAR)"
        return name

    def value(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, Truncated):
            raise problem("data.bad_filter", detail=f"Only the beginning of this {column.name} is known.")
        if isinstance(cell, BadText):
            return Fragment(f"CONVERT({self.placeholder} USING utf8mb4)", (cell.raw,))
        if types.base(column.type) == "bit" and isinstance(cell, bytes):
            return Fragment(self.placeholder, (int.from_bytes(cell),))
        if column.kind == "number" and isinstance(cell, str | float):
            return Fragment(self.placeholder, (_number(column, cell),))
        if column.kind in ("text", "time", "uuid", "json") and isinstance(cell, int | float):
            cell = str(cell)  # against a number the server would compare what digits a text begins with
        if isinstance(cell, str) and not types.holds(column.collation, cell):
            # Else the comparison itself is refused for an illegal mix of collations.
            return Fragment(f"{self.placeholder} COLLATE utf8mb4_bin", (cell,))
        return Fragment(self.placeholder, (cell,))

    def assigned(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, str) and column.kind in ("text", "json", "time", "uuid"):
            return Fragment(self.placeholder, (cell,))  # the server refuses what the column cannot hold
        return self.value(column, cell)

    def _searched(self, column: Column) -> str:
        """The text that a search looks through, character by character."""
        name = self.name(column.name)
        if column.kind == "binary":
            return f"CONVERT(CONVERT(CAST({name} AS BINARY) USING latin1) USING utf8mb4) COLLATE utf8mb4_bin"
        return f"CONVERT({name} USING utf8mb4) COLLATE utf8mb4_bin"

    def regex(self, column: Column, pattern: str) -> Fragment | None:
        return Fragment(f"{self._searched(column)} REGEXP %s", (pattern,))

    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        escaped = re.sub(r"([%_!])", r"!\1", text)
        pattern = ("" if where == "starts" else "%") + escaped + ("" if where == "ends" else "%")
        # Not every server takes a backslash for an escape; an exclamation mark is one when it is said.
        return Fragment(f"LOWER({self._searched(column)}) LIKE LOWER(%s) ESCAPE '!'", (pattern,))

    def like(self, column: Column, pattern: str) -> Fragment:
        name = self.name(column.name)
        source = name if column.kind == "text" else f"CONVERT({name} USING utf8mb4)"
        return Fragment(f"{source} LIKE %s", (pattern,))

    def order(self, column: Column, order: Order) -> str:
        operand = self.operand(column)
        if types.base(column.type) in ("enum", "set"):
            operand = f"CONCAT({operand})"
        term = f"{operand} DESC" if order.desc else operand
        if not order.nulls or (order.nulls == "first") == self.nulls_first(order.desc):
            return term
        return f"ISNULL({self.name(column.name)}){' DESC' if order.nulls == 'first' else ''}, {term}"

    # --- literals --------------------------------------------------------------------------------

    def literal(self, column: Column | None, cell: Cell) -> str:
        if isinstance(cell, Truncated):
            cell = cell.prefix
        is_bit = column is not None and types.base(column.type) == "bit"
        if is_bit and isinstance(cell, bytes):
            return f"b'{int.from_bytes(cell):b}'"
        if isinstance(cell, BadText):
            return f"CONVERT({written(cell.raw)} USING utf8mb4)"
        is_number = column is not None and column.kind == "number"
        if is_number and isinstance(cell, str) and _NUMBER.fullmatch(cell):
            return cell
        return written(cell)


def _number(column: Column, cell: str | float) -> int | float | Decimal:
    """A number as the server must compare it: a text would be compared as a DOUBLE, which rounds."""
    if types.base(column.type) in ("float", "double", "real"):
        try:
            number = float(cell)
        except ValueError:
            raise _no_number(column, cell) from None
        return types.nearest_single(number) if types.base(column.type) == "float" else number
    if isinstance(cell, str) and _INTEGER.fullmatch(cell):
        return int(cell)
    try:
        exact = Decimal(cell) if isinstance(cell, str) else Decimal(repr(cell))
    except InvalidOperation:
        raise _no_number(column, cell) from None
    if not exact.is_finite():
        raise _no_number(column, cell)
    return exact


def _no_number(column: Column, cell: Any) -> Exception:
    # The server would take it for 0.
    return problem("data.bad_filter", detail=f"{cell!r} is not a number, as those in {column.name} are.")


def written(value: Any) -> str:
    """A value as SQL text that means the same whatever the server's rules for backslashes."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        text = repr(value)
        return text if "e" in text else f"{text}e0"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"x'{bytes(value).hex()}'"
    text = str(value)
    if "\\" in text or "\0" in text:
        return f"_utf8mb4 x'{text.encode().hex()}'"
    return "'" + text.replace("'", "''") + "'"
