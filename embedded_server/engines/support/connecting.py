"""Making a DBAPI connection through SQLAlchemy, one at a time: pooling is the business of the lanes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from embedded_server.engines.base import Target
from embedded_server.wire.problem import problem


def url_of(target: Target) -> URL:
    """The target as a SQLAlchemy URL: options join the query, the secret becomes the password.

    Raises connection.invalid with the reason, never with the password.
    """
    try:
        url = make_url(target.url)
    except (ArgumentError, ValueError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    if target.secret is not None:
        url = url.set(password=target.secret)
    return url.update_query_dict(target.options) if target.options else url


def unpooled(url: str | URL, creator: Callable[[], Any] | None = None, **options: Any) -> Engine:
    """A SQLAlchemy engine that opens a new connection each time and keeps none.

    `creator` makes the DBAPI connection itself; everything else about the URL's dialect stays.
    """
    if creator is not None:
        options["creator"] = creator
    return create_engine(url, poolclass=NullPool, **options)
