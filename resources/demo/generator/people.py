"""Customers, users and their sessions."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from .clock import DAY, OPENED, SPAN, UNTIL, at, busy_times
from .names import REGIONS, UNUSUAL, WEIGHTS, full_name
from .texts import AGENTS, LONG_NOTES

DEMO_EMAIL = "demo@example.org"
DEMO_PASSWORD = "demo"
DEMO_USER = 12
DEMO_CUSTOMER = 4217

STAFF = (
    *(
        "Grete Lindqvist",
        "Tariq Haddad",
        "Mei 陈梅",
        "Paulo Gonçalves",
        "Ọlá Adéyẹmí",
        "Sıla Koç",
        "Bram de Wit",
    ),
    *(
        "Ноа Мельник",
        "Aoife O'Shea",
        "健 田中",
        "Rüdiger Groß",
        "Deniz Aydın",
        "Lucía Ibáñez",
        "Kwame Boateng",
    ),
    *(
        "Zsófia Szűcs",
        "Ingrid Ångström",
        "Yusuf الشريف",
        "Hana Dvořáková",
        "Léa Garçon",
        "Sam Taylor",
        "Priya शर्मा",
    ),
    *("Nikos Οικονόμου", "Dagný Þórsdóttir", "Emre Yılmaz", "Chloé Bœuf", "Jonas Weiß", "Iva Petrović"),
)
CUSTOMER_COLUMNS = (
    *("id", "name", "email", "phone", "country", "locale", "born_on", "newsletter", "credit", "note"),
    "created_at",
)
USER_COLUMNS = (
    *("id", "email", "name", "role", "password_hash", "customer_id", "active", "created_at"),
    "last_login_at",
)
SESSION_COLUMNS = ("id", "user_id", "customer_id", "address", "agent", "started_at", "last_seen_at")


def demo_customer(customers: int) -> int:
    """The customer behind the demo user; a small shop has no number 4217."""
    return min(DEMO_CUSTOMER, customers)


def customers(rng: Random, count: int) -> Iterator[tuple[Any, ...]]:
    """Customers in the order they registered, from half a year before the opening until now."""
    random, demo = rng.random, demo_customer(count)
    regions = rng.choices(REGIONS, WEIGHTS, k=count)
    times = busy_times(rng, count, growth=0.8)
    for number, (region, time) in enumerate(zip(regions, times, strict=True), start=1):
        name, latin = full_name(rng, region)
        country = region.countries[int(random() ** 1.5 * len(region.countries))]
        email = f"{latin}{number}@example.{'org' if random() < 0.6 else 'com'}"
        if random() < 0.004:
            name = UNUSUAL[int(random() * len(UNUSUAL))]
        if number == demo:
            name, email, country = "Deniz Aydın", "deniz@example.org", "TR"
        yield (
            number,
            name,
            email,
            None if random() < 0.35 else f"+{region.dialling} {int(1e8 + random() * 9e8)}",
            country,
            region.locale,
            None if random() < 0.45 else date(1940, 1, 1) + timedelta(days=int(random() * 25_000)),
            random() < 0.3,
            0 if random() < 0.93 else int(random() * 12_000) - 2_000,
            None if random() < 0.95 else rng.choice(LONG_NOTES),
            at(time - 180 * DAY),
        )


def users(seed: int, rng: Random, demo: int) -> Iterator[tuple[Any, ...]]:
    """Staff; only the demo user has a password."""
    for number, name in enumerate(STAFF, start=1):
        is_demo = number == DEMO_USER
        yield (
            number,
            DEMO_EMAIL if is_demo else f"staff{number}@example.org",
            name,
            "admin" if number in (1, DEMO_USER) else "staff",
            password_hash(DEMO_PASSWORD, f"seed{seed}") if is_demo else None,
            demo if is_demo else None,
            is_demo or rng.random() > 0.15,
            OPENED + timedelta(days=number * 3, minutes=rng.randrange(600)),
            None if rng.random() < 0.2 else UNTIL - timedelta(microseconds=rng.randrange(30 * DAY)),
        )


def password_hash(password: str, salt: str) -> str:
    """Werkzeug's format of an scrypt hash, with a fixed salt so that the content depends on the seed only.

    The password stands in the readme, so a cheap hash does.
    """
    n, r, p = 2**11, 8, 1
    key = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p)
    return f"scrypt:{n}:{r}:{p}${salt}${key.hex()}"


def sessions(rng: Random, count: int, customers: int) -> Iterator[tuple[Any, ...]]:
    """Visits of the last 40 days."""
    random = rng.random
    for time in busy_times(rng, count, start=SPAN - 40 * DAY):
        staff = random() < 0.1
        length = int(random() ** 3 * 3 * 3_600_000_000)
        yield (
            str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            1 + int(random() * len(STAFF)) if staff else None,
            None if staff or random() < 0.3 else 1 + int(random() * customers),
            f"198.51.100.{int(random() * 256)}" if random() < 0.8 else f"2001:db8::{rng.getrandbits(32):x}",
            AGENTS[int(random() ** 1.5 * len(AGENTS))],
            at(time),
            min(at(time + length), UNTIL),
        )
