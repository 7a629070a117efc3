"""Settings: read from the environment, with defaults that suit a developer's machine."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

# The drivers this project installs, for URLs that name only the engine.
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def settings(database_url: str | None, instance: Path) -> dict[str, Any]:
    """All settings of one application."""
    return {
        # Set SECRET_KEY wherever others reach the shop; the fallback only signs cookies on loopback.
        "SECRET_KEY": os.environ.get("SECRET_KEY") or "development",
        "SESSION_COOKIE_NAME": "shop_session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 1_000_000,
        "SQLALCHEMY_DATABASE_URI": resolve_url(database_url or os.environ.get("DATABASE_URL"), instance),
        "SQLALCHEMY_ENGINE_OPTIONS": {"json_serializer": partial(json.dumps, ensure_ascii=False)},
        "PRODUCTS_PER_PAGE": 24,
        "ORDERS_PER_PAGE": 50,
        "RECENT_ORDERS": 20,
        # A listing that takes longer is worth a line in the log.
        "SLOW_LISTING_MS": float(os.environ.get("SLOW_LISTING_MS", "20")),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO").upper(),
        "LOG_FILE": os.environ.get("LOG_FILE") or None,
    }


def resolve_url(text: str | None, instance: Path) -> URL:
    """The database URL with its driver; SQLite paths are made absolute against the current folder."""
    if not text:
        instance.mkdir(parents=True, exist_ok=True)
        return URL.create("sqlite", database=str(instance / "shop.db"))
    url = make_url(text)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and _is_plain_path(url.database):
        url = url.set(database=str(Path(url.database or "").resolve()))
    return url


def _is_plain_path(database: str | None) -> bool:
    return bool(database) and database != ":memory:" and not str(database).startswith("file:")
