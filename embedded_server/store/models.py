"""Tables of the workspace. A change here needs a revision in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# The newest revision in migrations/versions; a test compares the two.
HEAD = "0001"


class Base(DeclarativeBase):
    """Base of the workspace's tables."""


class ConnectionRow(Base):
    """A saved connection; never holds a password."""

    __tablename__ = "connection"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column("class", String)
    read_only: Mapped[bool] = mapped_column(Boolean)
    color: Mapped[str] = mapped_column(String, default="")
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    zone: Mapped[str] = mapped_column(String, default="")
    has_secret: Mapped[bool] = mapped_column(Boolean, default=False)
    last_used: Mapped[str] = mapped_column(String, default="")


class HistoryRow(Base):
    """A statement that was run."""

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String)
    connection: Mapped[str] = mapped_column(String)
    sql: Mapped[str] = mapped_column(Text)
    elapsed_ms: Mapped[float] = mapped_column(Float)
    count: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String, default="console")

    __table_args__ = (Index("ix_history_connection_id", "connection", "id"),)
