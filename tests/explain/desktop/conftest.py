"""A database that is slow for want of an index."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.live import PATIENCE

__all__ = ["PATIENCE", "SLOW"]
SLOW = "SELECT id, status FROM orders WHERE status = :status ORDER BY created_at DESC LIMIT 20"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150,000 orders, no index but the key."""
    path = tmp_path_factory.mktemp("filled") / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at INTEGER);"
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 150000)"
        " INSERT INTO orders SELECT n, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n * 79 % 10007 FROM c;"
        "ANALYZE;"
    )
    connection.close()
    return path


@pytest.fixture
def database(filled: Path, tmp_path: Path) -> str:
    """A copy for the test to change."""
    return str(shutil.copy(filled, tmp_path / "shop.db"))
