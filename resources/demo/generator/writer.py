"""Fast writing of many rows through the driver: executemany, or COPY on PostgreSQL.

Rows hold plain values: amounts are cents, instants are UTC without a zone, documents are dicts. They are
written in the form in which the application's own column types write them.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from shop.types import Money, UtcDateTime
from sqlalchemy import JSON, Table
from sqlalchemy.engine import Connection

Row = tuple[Any, ...]

COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _seconds(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")


def _zoned(value: datetime) -> str:
    return value.isoformat(" ", "microseconds") + "+00"


def _decimal(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _double(cents: int) -> float:
    return cents / 100


_document = json.JSONEncoder(ensure_ascii=False).encode


def _copy_text(value: Any) -> str:
    """A value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(COPY_ESCAPES)
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)


class Writer:
    """Writes rows on one connection inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.raw: Any = connection.connection.driver_connection
        send = {"sqlite": self._executemany, "mysql": self._executemany, "mariadb": self._executemany}
        if connection.dialect.driver == "psycopg":
            send["postgresql"] = self._copy
        if self.dialect not in send:
            raise ValueError(f"the generator cannot write through {self.dialect}+{connection.dialect.driver}")
        self._send = send[self.dialect]

    def write(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows whose values stand in the order of ``columns``."""
        encoded = list(zip(*rows, strict=True))
        for index, name in enumerate(columns):
            codec = self._codec(table.c[name].type)
            if codec is not None:
                encoded[index] = tuple(None if value is None else codec(value) for value in encoded[index])
        self._send(table.name, columns, list(zip(*encoded, strict=True)))

    def _codec(self, kind: Any) -> Callable[[Any], Any] | None:
        if isinstance(kind, UtcDateTime):
            return _zoned if self.dialect == "postgresql" else _seconds
        if isinstance(kind, Money):
            return _double if self.dialect == "sqlite" else _decimal
        if isinstance(kind, JSON):
            return _document
        return str if kind.python_type.__name__ == "date" else None

    def _executemany(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        mark = "?" if self.dialect == "sqlite" else "%s"
        marks = ", ".join([mark] * len(columns))
        cursor = self.raw.cursor()
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        cursor.close()

    def _copy(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        fields = [[_copy_text(value) for value in column] for column in zip(*rows, strict=True)]
        block = "".join("\t".join(row) + "\n" for row in zip(*fields, strict=True))
        with (
            self.raw.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            copy.write(block)
