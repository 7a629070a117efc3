"""Coupons, orders with their lines, and payments."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from .clock import DAY, OPENED, SPAN, UNTIL, at, busy_times, chances, since_opening
from .names import REGIONS
from .texts import order_note

Row = tuple[Any, ...]

LINES_PER_ORDER = (22, 24, 19, 14, 9, 5, 3, 2, 1, 1)  # weight of 1, 2, 3... lines
STATES = ("open", "paid", "shipped", "refunded", "cancelled")
# Chances of the states by age in days: up to 3, up to 21, older.
BY_AGE = (
    (3, chances((55, 35, 5, 0, 5))),
    (21, chances((18, 30, 45, 3, 4))),
    (99_999, chances((1.4, 2, 88, 5, 3.6))),
)
METHODS = ("card", "wallet", "transfer", "account")
METHOD_CHANCES = chances((58, 22, 8, 12))
BRANDS = ("mastercard", "visa")
DIGITS = str.maketrans("abcdef", "012345")
PAYMENT_STATE = {
    "open": "authorised",
    "paid": "captured",
    "shipped": "captured",
    "refunded": "refunded",
    "cancelled": "voided",
}
# When migrations added columns; rows from before have none of it.
COUPONS_SINCE = datetime(2023, 11, 20)
SHIPPING_SINCE = datetime(2025, 1, 15, 15, 47)
SEASONS = (("SPRING", 3, 15), ("SUMMER", 6, 15), ("AUTUMN", 9, 10), ("WINTER", 11, 20))
STREETS = (
    "Mill Lane",
    "Bahnhofstraße",
    "Rue de l'Église",
    "İstiklal Caddesi",
    "中央通り",
    "شارع النيل",
    "Calle Mayor",
)

COUPON_COLUMNS = ("code", "percent", "starts_at", "ends_at", "used")
ORDER_COLUMNS = (
    *("id", "customer_id", "status", "amount", "created_at", "coupon", "discount", "note", "shipping"),
    "updated_at",
)
LINE_COLUMNS = ("order_id", "line_no", "product_id", "quantity", "unit_price")
PAYMENT_COLUMNS = (
    *("id", "order_id", "method", "status", "amount", "reference", "created_at", "captured_at", "details"),
)


@dataclass
class Buyers:
    """Who can buy: names and countries by customer number, and when each registered (sorted)."""

    names: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    registered: list[int] = field(default_factory=list)


@dataclass
class Chunk:
    """Some orders with everything that belongs to them."""

    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


def basket_sizes(seed: int, orders: int) -> list[int]:
    """How many lines each order has."""
    sizes = range(1, len(LINES_PER_ORDER) + 1)
    return Random(f"{seed}/baskets").choices(sizes, LINES_PER_ORDER, k=orders)


def seasons() -> list[tuple[str, int, datetime, datetime | None]]:
    """Every coupon: code, percent, start, end (None: for ever)."""
    found: list[tuple[str, int, datetime, datetime | None]] = [("WELCOME5", 5, COUPONS_SINCE, None)]
    for year in (2023, 2024, 2025, 2026):
        for name, month, percent in SEASONS:
            start = datetime(year, month, 20)
            if start >= COUPONS_SINCE and start < UNTIL:
                code = "AUTUMN10" if (year, name) == (2026, "AUTUMN") else f"{name}{year % 100}"
                found.append((code, percent, start, start + timedelta(days=75)))
    return found


class Sales:
    """Makes orders in the order they came in; keeps count of coupons and payments between chunks."""

    def __init__(self, seed: int, count: int, buyers: Buyers, prices: Sequence[int]) -> None:
        self.rng = Random(f"{seed}/orders")
        self.buyers = buyers
        self.prices = prices
        self.sizes = basket_sizes(seed, count)
        self.times = busy_times(self.rng, count)
        self.popular = self.rng.sample(range(1, len(prices) + 1), k=len(prices))
        self.coupons = seasons()
        self.used: Counter[str] = Counter()
        self.cities = {code: region.cities for region in REGIONS for code in region.countries}
        self.payment_id = 0
        self.epoch_ms = int(OPENED.replace(tzinfo=UTC).timestamp() * 1000)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All orders, ``size`` at a time."""
        for start in range(0, len(self.times), size):
            chunk = Chunk()
            for number in range(start, min(start + size, len(self.times))):
                self._add_order(chunk, number + 1, self.times[number], self.sizes[number])
            yield chunk

    def coupon_rows(self) -> Iterator[Row]:
        """The coupons with the number of orders that redeemed them."""
        for code, percent, start, end in self.coupons:
            yield code, percent, start, end, self.used[code]

    def _add_order(self, chunk: Chunk, order_id: int, time: int, size: int) -> None:
        rng, random, moment = self.rng, self.rng.random, at(time)
        customer = self._customer(time)
        total = self._add_lines(chunk.lines, order_id, size)
        coupon, percent = self._coupon(moment)
        discount = total * percent // 100
        amount = total - discount
        age = (SPAN - time) / DAY
        bounds = next(bounds for days, bounds in BY_AGE if age <= days)
        status = STATES[bisect_right(bounds, random())]
        changed = min(moment + timedelta(microseconds=int(random() * 6 * DAY)), UNTIL)
        chunk.orders.append(
            (
                order_id,
                customer,
                status,
                amount,
                moment,
                coupon,
                discount,
                order_note(rng),
                self._shipping(customer) if moment >= SHIPPING_SINCE else None,
                moment if status == "open" else changed,
            )
        )
        self._add_payments(chunk.payments, order_id, status, amount, moment)

    def _customer(self, time: int) -> int:
        """Somebody who had registered by then; newer customers buy more."""
        known = bisect_right(self.buyers.registered, time)
        return known - int(self.rng.random() ** 1.3 * known)

    def _add_lines(self, lines: list[Row], order_id: int, size: int) -> int:
        """The order's lines, of different products; returns their sum in cents."""
        random, popular, chosen, total = self.rng.random, self.popular, set[int](), 0
        while len(chosen) < size:
            product = popular[int(random() ** 2 * len(popular))]
            if product in chosen:
                continue
            chosen.add(product)
            quantity = 1 if random() < 0.72 else 2 + int(random() ** 3 * 8)
            price = self.prices[product - 1]
            lines.append((order_id, len(chosen), product, quantity, price))
            total += quantity * price
        return total

    def _coupon(self, moment: datetime) -> tuple[str | None, int]:
        """What the customer typed, and the percentage it was worth."""
        dice = self.rng.random()
        if moment < COUPONS_SINCE or dice < 0.72:
            return None, 0
        if dice < 0.78:
            return "", 0
        valid = [c for c in self.coupons if c[2] <= moment and (c[3] is None or moment <= c[3])]
        code, percent, _, _ = valid[-1] if dice < 0.95 else valid[0]
        if dice > 0.995:
            return code[:-1], 0
        self.used[code] += 1
        return code if dice < 0.985 else code.lower(), percent

    def _shipping(self, customer: int) -> dict[str, Any]:
        random, country = self.rng.random, self.buyers.countries[customer - 1]
        cities = self.cities[country]
        return {
            "recipient": self.buyers.names[customer - 1],
            "street": f"{STREETS[int(random() * len(STREETS))]} {1 + int(random() * 180)}",
            "city": cities[int(random() * len(cities))],
            "country": country,
        }

    def _add_payments(
        self, payments: list[Row], order_id: int, status: str, amount: int, moment: datetime
    ) -> None:
        """One payment, now and then after a failed attempt; none yet for what is bought on account."""
        method = METHODS[bisect_right(METHOD_CHANCES, self.rng.random())]
        if method == "account":
            if status in ("open", "cancelled"):
                return
            method, moment = "transfer", min(moment + timedelta(days=9), UNTIL)
        if self.rng.random() < 0.02:
            payments.append(self._payment(order_id, method, "failed", amount, moment))
            moment += timedelta(seconds=95)
        payments.append(self._payment(order_id, method, PAYMENT_STATE[status], amount, moment))

    def _payment(self, order_id: int, method: str, state: str, amount: int, moment: datetime) -> Row:
        self.payment_id += 1
        # UUID version 7: begins with the time, so that the unique index grows at its end.
        token = f"{self.epoch_ms + since_opening(moment) // 1000:012x}7{self.rng.getrandbits(76):019x}"
        card = method == "card" and moment >= SHIPPING_SINCE
        captured = moment + timedelta(seconds=3 + since_opening(moment) % 86_000)
        return (
            self.payment_id,
            order_id,
            method,
            state,
            amount,
            f"{token[:8]}-{token[8:12]}-{token[12:16]}-{token[16:20]}-{token[20:]}",
            moment,
            min(captured, UNTIL) if state in ("captured", "refunded") else None,
            {"brand": BRANDS[token[-1] < "9"], "last4": token[-4:].translate(DIGITS)} if card else None,
        )
