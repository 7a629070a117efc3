"""The log of the benchmarks: what a Python application writes, one in ten thousand lines with a traceback."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path

VERSION = 2
NAMES = ("shop.orders", "shop.auth", "shop.cart.checkout", "werkzeug", "sqlalchemy.engine")
TRACEBACK = """Traceback (most recent call last):
  File "/srv/shop/orders.py", line 41, in recent
    rows = session.execute(query)
  File "/usr/lib/python3/dist-packages/sqlalchemy/engine/base.py", line 1900, in _execute
    raise error
sqlalchemy.exc.OperationalError: (psycopg.OperationalError) deadlock detected
[SQL: SELECT * FROM orders WHERE id = %(id)s]
[parameters: {'id': 4}]
"""


def log(cache: Path, megabytes: int) -> Path:
    """A log of so many megabytes, made once."""
    path = cache / f"log-{VERSION}-{megabytes}.log"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    block = _block().encode()
    with fresh.open("wb") as file:
        left = megabytes * 1_000_000
        second = 1_795_687_200
        while left > 0:
            # The same lines later: the block's hour is put in its place.
            text = block.replace(
                b"@@@@-@@-@@ @@", datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H").encode()
            )
            file.write(text if len(text) <= left else text[: text.rfind(b"\n", 0, left) + 1])
            left -= len(text)
            second += 3600
    os.replace(fresh, path)
    return path


def _block() -> str:
    """An hour of lines, about 13 MB."""
    chance = random.Random(3)
    lines = []
    for n in range(100_000):
        level = "DEBUG" if n % 10 == 0 else "WARNING" if n % 25 == 1 else "ERROR" if n % 100 == 2 else "INFO"
        at = f"@@@@-@@-@@ @@:{n * 36 // 60_000:02d}:{n * 36 // 1000 % 60:02d},{n * 36 % 1000:03d}"
        took = chance.randint(1, 9999)
        text = f"request {chance.getrandbits(64):x} user={chance.randint(1, 9999)} took {took} ms"
        lines.append(f"{at} {level} {NAMES[n % 5]}: {text} status=200 rows={n % 100} cache=miss\n")
        if n % 10_000 == 2:
            lines.append(TRACEBACK)
    return "".join(lines)
