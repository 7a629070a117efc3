"""The steps that fill an empty, migrated database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

from shop.models import (
    AuditEntry,
    Category,
    Coupon,
    Customer,
    Order,
    OrderLine,
    Payment,
    Product,
    Review,
    User,
    WebSession,
)
from sqlalchemy import Table

from . import assortment, people, sales, traces
from .clock import since_opening
from .writer import Writer

FULL_SIZE = 104_117  # orders; everything but the products grows with them
CHUNK = 4_000  # rows between two progress lines

Report = Callable[[str, int, int], None]


def scaled(full: int, orders: int, least: int) -> int:
    """The size of a table that has ``full`` rows beside FULL_SIZE orders."""
    return max(least, full * orders // FULL_SIZE)


class Filler:
    """Fills the tables one after the other; every step draws from its own seeded source."""

    def __init__(self, writer: Writer, seed: int, orders: int, report: Report) -> None:
        self.writer = writer
        self.seed = seed
        self.orders = orders
        self.report = report
        self.customers = scaled(50_000, orders, least=40)
        self.buyers = sales.Buyers()
        self.prices: list[int] = []
        self.counts: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        """Fill everything; returns the rows of each table."""
        self._assortment()
        self._people()
        self._sales()
        self._traces()
        return self.counts

    def _assortment(self) -> None:
        shelves = assortment.categories()
        self._table(Category, assortment.CATEGORY_COLUMNS, shelves, len(shelves))
        rows = list(assortment.products(Random(f"{self.seed}/products"), shelves))
        price = assortment.PRODUCT_COLUMNS.index("price")
        self.prices = [row[price] for row in rows]
        self._table(Product, assortment.PRODUCT_COLUMNS, rows, len(rows))

    def _people(self) -> None:
        rows = people.customers(Random(f"{self.seed}/customers"), self.customers)
        self._table(Customer, people.CUSTOMER_COLUMNS, self._remember(rows), self.customers)
        demo = people.demo_customer(self.customers)
        staff = list(people.users(self.seed, Random(f"{self.seed}/users"), demo))
        self._table(User, people.USER_COLUMNS, staff, len(staff))

    def _remember(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Pass customers through and keep what the orders need of them."""
        name, country, created = (people.CUSTOMER_COLUMNS.index(c) for c in ("name", "country", "created_at"))
        for row in rows:
            self.buyers.names.append(row[name])
            self.buyers.countries.append(row[country])
            self.buyers.registered.append(since_opening(row[created]))
            yield row

    def _sales(self) -> None:
        source, done, lines, payments = sales.Sales(self.seed, self.orders, self.buyers, self.prices), 0, 0, 0
        for chunk in source.chunks(CHUNK):
            self.writer.write(Order.__table__, sales.ORDER_COLUMNS, chunk.orders)
            self.writer.write(OrderLine.__table__, sales.LINE_COLUMNS, chunk.lines)
            self.writer.write(Payment.__table__, sales.PAYMENT_COLUMNS, chunk.payments)
            done, lines = done + len(chunk.orders), lines + len(chunk.lines)
            payments += len(chunk.payments)
            self.report("orders", done, self.orders)
        self.counts.update(orders=done, order_lines=lines, payments=payments)
        coupons = list(source.coupon_rows())
        self._table(Coupon, sales.COUPON_COLUMNS, coupons, len(coupons))

    def _traces(self) -> None:
        count = scaled(38_214, self.orders, least=100)
        rows = traces.reviews(Random(f"{self.seed}/reviews"), count, self.customers, len(self.prices))
        self._table(Review, traces.REVIEW_COLUMNS, rows, count)
        count = scaled(9_412, self.orders, least=50)
        rows = people.sessions(Random(f"{self.seed}/sessions"), count, self.customers)
        self._table(WebSession, people.SESSION_COLUMNS, rows, count)
        count = scaled(21_680, self.orders, least=50)
        rows = traces.audit(Random(f"{self.seed}/audit"), count, self.counts)
        self._table(AuditEntry, traces.AUDIT_COLUMNS, rows, count)

    def _table(self, model: Any, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], total: int) -> None:
        table: Table = model.__table__
        source, done = iter(rows), 0
        while chunk := list(islice(source, CHUNK)):
            self.writer.write(table, columns, chunk)
            done += len(chunk)
            self.report(table.name, done, total)
        self.counts[table.name] = done
