"""What people leave behind: reviews and the audit log."""

from collections.abc import Iterator
from random import Random
from typing import Any

from .clock import DAY, at, busy_times
from .people import STAFF
from .texts import TITLES, review_body

REVIEWS_SINCE = 158 * DAY  # after the opening, when the reviews were introduced
AUDIT_SINCE = 269 * DAY
REVIEW_COLUMNS = ("id", "product_id", "customer_id", "rating", "title", "body", "helpful", "created_at")
AUDIT_COLUMNS = ("id", "at", "user_id", "action", "entity", "entity_id", "detail")
ACTIONS = (
    ("price_changed", "products"),
    ("stock_counted", "products"),
    ("address_changed", "customers"),
    ("refunded", "orders"),
    ("cancelled", "orders"),
    ("sign_in", "users"),
)


def reviews(rng: Random, count: int, customers: int, products: int) -> Iterator[tuple[Any, ...]]:
    """Reviews by date; each product has its own quality."""
    random = rng.random
    quality = [0.2 + random() * 0.8 for _ in range(products)]
    for number, time in enumerate(busy_times(rng, count, start=REVIEWS_SINCE), start=1):
        product = int(random() ** 1.6 * products)
        rating = max(1, 5 - int(random() ** 2 / quality[product] * 3))
        yield (
            number,
            product + 1,
            1 + int(random() * customers),
            rating,
            None if random() < 0.3 else TITLES[int(random() * len(TITLES))],
            review_body(rng, rating),
            int(random() ** 8 * 120),
            at(time),
        )


def audit(rng: Random, count: int, sizes: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Changes by staff, and by nobody when a nightly job made them; ``sizes`` are rows per table."""
    for number, time in enumerate(busy_times(rng, count, start=AUDIT_SINCE), start=1):
        action, entity = ACTIONS[int(rng.random() * len(ACTIONS))]
        who = None if rng.random() < 0.2 else 1 + int(rng.random() * len(STAFF))
        target = who or 1 if action == "sign_in" else 1 + int(rng.random() * sizes[entity])
        yield number, at(time), who, action, entity, str(target), _detail(rng, action)


def _detail(rng: Random, action: str) -> dict[str, Any] | None:
    if action == "price_changed":
        before = 100 + int(rng.random() * 30_000)
        return {
            "from": f"{before / 100:.2f}",
            "to": f"{before * 1.05 / 100:.2f}",
            "reason": rng.choice(("supplier", "sale")),
        }
    if action == "stock_counted":
        return {"difference": int(rng.random() * 9) - 4, "shelves": ["A3", "B1"]}
    return {"ip": f"203.0.113.{int(rng.random() * 256)}"} if rng.random() < 0.5 else None
