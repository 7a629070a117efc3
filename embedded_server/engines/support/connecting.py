"""Making a DBAPI connection through SQLAlchemy, one at a time: pooling is the business of the lanes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool


def unpooled(url: str | URL, creator: Callable[[], Any] | None = None, **options: Any) -> Engine:
    """A SQLAlchemy engine that opens a new connection each time and keeps none.

    `creator` makes the DBAPI connection itself; everything else about the URL's dialect stays.
    """
    if creator is not None:
        options["creator"] = creator
    return create_engine(url, poolclass=NullPool, **options)
