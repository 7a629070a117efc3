"""The tables of the shop."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Enum, ForeignKey, String, Text, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .extensions import db
from .types import BigId, Document, Money, Picture, UtcDateTime

ORDER_STATUS = ("open", "paid", "shipped", "refunded", "cancelled")
UTF8 = {"mysql_charset": "utf8mb4", "mariadb_charset": "utf8mb4"}


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


class User(UserMixin, db.Model):
    """Somebody who signs in: staff, or a customer with an account."""

    __tablename__ = "users"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(190), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    # NULL: signs in through the company's single sign-on, which this installation does not have.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer: Mapped["Customer | None"] = relationship()

    @property
    def is_active(self) -> bool:
        """Flask-Login refuses the sign-in of a user who was switched off."""
        return self.active

    @property
    def is_staff(self) -> bool:
        """May see the back office."""
        return self.role in ("admin", "staff")


class Customer(db.Model):
    """Who buys."""

    __tablename__ = "customers"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(190), unique=True)
    phone: Mapped[str | None] = mapped_column(String(30))
    country: Mapped[str] = mapped_column(String(2), index=True)
    locale: Mapped[str] = mapped_column(String(12))
    born_on: Mapped[date | None]
    newsletter: Mapped[bool] = mapped_column(server_default=false())
    credit: Mapped[Decimal] = mapped_column(Money, server_default="0")
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Category(db.Model):
    """A shelf; shelves stand in departments (parent)."""

    __tablename__ = "categories"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Product(db.Model):
    """What is sold."""

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock_not_negative"), UTF8)
    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    sku: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Money)
    stock: Mapped[int]
    reorder_level: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    weight_kg: Mapped[float | None]
    attributes: Mapped[dict[str, Any] | None] = mapped_column(Document)
    # Pictures are read one by one; a list of products must not carry them.
    thumbnail: Mapped[bytes | None] = mapped_column(Picture, deferred=True)
    category: Mapped[Category] = relationship()
    reviews: Mapped[list["Review"]] = relationship(back_populates="product")


class Coupon(db.Model):
    """A discount in percent, valid for a time."""

    __tablename__ = "coupons"
    __table_args__ = (UTF8,)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    percent: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used: Mapped[int] = mapped_column(server_default="0")


class Order(db.Model):
    """A purchase."""

    __tablename__ = "orders"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str] = mapped_column(Enum(*ORDER_STATUS, name="order_status"))
    amount: Mapped[Decimal] = mapped_column(Money)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # As the customer typed it: NULL from the counter, '' from a form left blank, not always one of ours.
    coupon: Mapped[str | None] = mapped_column(String(20))
    discount: Mapped[Decimal] = mapped_column(Money, server_default="0")
    note: Mapped[str | None] = mapped_column(Text)
    shipping: Mapped[dict[str, Any] | None] = mapped_column(Document)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)
    customer: Mapped[Customer] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.line_no", cascade="all, delete-orphan"
    )
    payments: Mapped[list["Payment"]] = relationship(back_populates="order", order_by="Payment.id")


class OrderLine(db.Model):
    """One product of an order, at the price of that day."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"), UTF8)
    order_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Money)
    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


class Payment(db.Model):
    """One attempt to pay an order; an order bought on account has none until the transfer arrives."""

    __tablename__ = "payments"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    method: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(Money)
    reference: Mapped[str] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    captured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any] | None] = mapped_column(Document)
    order: Mapped[Order] = relationship(back_populates="payments")


class Review(db.Model):
    """A customer's opinion of a product."""

    __tablename__ = "reviews"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"), UTF8)
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    rating: Mapped[int]
    title: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    helpful: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    product: Mapped[Product] = relationship(back_populates="reviews")
    customer: Mapped[Customer] = relationship()


class WebSession(db.Model):
    """A visit to the site, kept for fraud checks."""

    __tablename__ = "sessions"
    __table_args__ = (UTF8,)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(250))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class AuditEntry(db.Model):
    """Who changed what."""

    __tablename__ = "audit_log"
    __table_args__ = (UTF8,)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Document)
