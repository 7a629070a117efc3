"""The table ``orders`` of the benchmarks: 1 M and 10 M rows, the same in SQLite and PostgreSQL, made once.

Row n is a pure function of n, so any page of any engine can be checked without asking the other.
"""

from __future__ import annotations

import datetime
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import psycopg

from desktop.environment import FileLock
from tests.servers.base import Account, server_root
from tests.servers.postgres import PostgresServer

VERSION = 1
COLUMNS = "id, customer_id, status, amount, created_at, email, note"
SQLITE_TABLE = """create table orders(id integer primary key, customer_id integer, status text,
    amount numeric(12,2), created_at text, email text, note text)"""
POSTGRES_TABLE = SQLITE_TABLE.replace("integer primary key", "bigint primary key")
STATUSES = ("new", "paid", "packed", "sent", "sent", "sent", "returned", "cancelled")
WORDS = ("please", "leave", "it", "with", "the", "neighbour", "ring", "twice", "back", "door", "gift", "wrap")
DAYS = [str(datetime.date(2019, 1, 1) + datetime.timedelta(days=n)) for n in range(2_187)]
TIMES = [f" {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]

Row = tuple[int, int, str, str, str, str, str | None]


def _note(h: int) -> str | None:
    """Three in ten have none; the others have 3 to 9 words."""
    count = h % 10
    return None if count < 3 else " ".join(WORDS[(h * 7 + i * i) % len(WORDS)] for i in range(count))


NOTES = [_note(h) for h in range(4_096)]


def order(n: int) -> Row:
    """Row ``n`` (from 1): id, customer, status, amount as text, ISO time, e-mail, note or NULL."""
    h = (n * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    customer = h % 200_000 + 1
    cents = (h * 7919 + n) % 9_999_999
    second = h * 31 + n * 17
    return (
        n,
        customer,
        STATUSES[(h >> 5) % 8],
        f"{cents // 100}.{cents % 100:02d}",
        DAYS[second // 86_400 % 2_187] + TIMES[second % 86_400],
        f"customer{customer}@example.org",
        NOTES[(h >> 7) % 4_096],
    )


def orders(count: int) -> Iterator[Row]:
    return map(order, range(1, count + 1))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def orders_sqlite(cache: Path, rows: int) -> Path:
    """The SQLite file with ``rows`` rows; written beside its place and renamed when whole."""
    path = cache / f"orders-{rows}-v{VERSION}.sqlite"
    with FileLock(cache / "sqlite.lock"):
        if not path.exists():
            _say(f"making {path.name} (once)")
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            connection = sqlite3.connect(new)
            connection.execute("pragma journal_mode = off")
            connection.execute("pragma synchronous = off")
            connection.execute(SQLITE_TABLE)
            with connection:
                connection.executemany("insert into orders values (?,?,?,?,?,?,?)", orders(rows))
            connection.execute("analyze")
            connection.commit()
            connection.close()
            new.rename(path)
    return path


class PostgresOrders:
    """A private PostgreSQL with one database per table size, running while inside the context manager.

    Its data directory goes back to the cache afterwards, so that only the first run pays for filling it.
    """

    def __init__(self, cache: Path, row_counts: list[int]) -> None:
        self.kept = cache / f"postgres-v{VERSION}"
        self.cache = cache
        self.row_counts = row_counts
        settings = {"shared_buffers": "256MB", "max_wal_size": "4GB", "jit": "off"}
        self.server = PostgresServer(server_root(), "pgbench", settings=settings)
        self.lock = FileLock(cache / "postgres.lock")

    def __enter__(self) -> PostgresOrders:
        self.lock.acquire()
        if self.kept.exists():
            # Moved, not copied: as root the server runs as another user, who cannot reach the cache.
            self.server.folder.mkdir()
            shutil.move(self.kept, self.server.folder / "data")
            Account.unprivileged("postgres").own(self.server.folder)
            self.server.start()
        else:
            self.server.create()
        for rows in self.row_counts:
            self._fill(rows)
        self._warm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop(signal.SIGINT)  # a clean end: the data directory is used again
        shutil.move(self.server.folder / "data", self.kept)
        shutil.rmtree(self.server.folder, ignore_errors=True)
        self.lock.release()

    def _warm(self) -> None:
        """Have the system hold the files: what is compared is programs, not the disk's mood."""
        for path in (self.server.folder / "data" / "base").rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    while file.read(1 << 20):
                        continue

    def _fill(self, rows: int) -> None:
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            name = self.database(rows)
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                return
            _say(f"filling PostgreSQL with {rows:,} orders (once)")
            connection.execute(f"create database {name}_new".encode())
        with psycopg.connect(self.server.conninfo(f"{name}_new"), autocommit=True) as connection:
            connection.execute(POSTGRES_TABLE.encode())
            with connection.cursor().copy(f"copy orders ({COLUMNS}) from stdin".encode()) as copy:
                for row in orders(rows):
                    copy.write_row(row)
            connection.execute("vacuum (analyze, freeze) orders")
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(f"alter database {name}_new rename to {name}".encode())

    def database(self, rows: int) -> str:
        return f"orders_{rows}"

    def conninfo(self, rows: int = 0) -> str:
        """A libpq connection string of the database with ``rows`` rows (0: the maintenance database)."""
        return self.server.conninfo(self.database(rows) if rows else "postgres")

    def url(self, rows: int) -> str:
        """The SQLAlchemy URL of the database with ``rows`` rows."""
        return self.server.url(self.database(rows))


def scratch(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """A throw-away folder for what a case writes."""
    return tempfile.TemporaryDirectory(prefix=f"blt-bench-{prefix}-")
