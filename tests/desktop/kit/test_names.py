"""Short names of connections."""

from __future__ import annotations

import pytest

from desktop.kit.names import short_name


@pytest.mark.parametrize(
    ("connection", "short"),
    [
        ("the shop", "the shop"),
        ("/data/shop.db", "shop.db"),
        ("C:\\data\\shop.db", "shop.db"),
        ("postgresql+psycopg://me@/shop?host=/tmp/run/pg&port=5433", "shop"),
        ("mysql://me@db.example/", "db.example"),
        ("", ""),
    ],
)
def test_the_name_of_the_database_stands_for_its_address(connection, short):
    assert short_name(connection) == short
