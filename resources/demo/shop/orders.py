"""Orders for the packing bench: what came in, what is in it, its invoice.

The bench has no accounts, so these pages need no sign-in.
"""

import logging
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from sqlalchemy import select

from .extensions import db
from .logs import timed_listing
from .models import ORDER_STATUS, Order

log = logging.getLogger(__name__)
blueprint = Blueprint("orders", __name__, url_prefix="/orders")


def newest_orders(status: str, limit: int) -> list[Order]:
    """The newest orders in this state."""
    query = select(Order).where(Order.status == status).order_by(Order.created_at.desc()).limit(limit)
    return list(db.session.scalars(query))


def summary(order: Order) -> dict[str, Any]:
    """One line of a listing."""
    return {
        "id": order.id,
        "customer": order.customer.name,
        "country": order.customer.country,
        "status": order.status,
        "amount": order.amount,
        "created_at": order.created_at,
        "coupon": order.coupon,
        "note": order.note,
    }


def listing(status: str, limit: int) -> list[dict[str, Any]]:
    """The newest orders as the bench and the API show them."""
    with timed_listing(log, f"orders status={status} limit={limit}"):
        return [summary(order) for order in newest_orders(status, limit)]


@blueprint.get("/recent")
def recent() -> str:
    """What has to be packed next."""
    status = request.args.get("status", "open")
    if status not in ORDER_STATUS:
        abort(404, description="There is no such state of an order.")
    rows = listing(status, current_app.config["RECENT_ORDERS"])
    return render_template("orders/recent.html", rows=rows, status=status, states=ORDER_STATUS)


@blueprint.get("")
def index() -> str:
    """All orders, newest first, page by page."""
    page = max(1, request.args.get("page", 1, type=int))
    size = current_app.config["ORDERS_PER_PAGE"]
    with timed_listing(log, f"orders page={page}"):
        query = select(Order).order_by(Order.id.desc()).limit(size + 1).offset((page - 1) * size)
        found = list(db.session.scalars(query))
        rows = [summary(order) for order in found[:size]]
    return render_template("orders/list.html", rows=rows, page=page, more=len(found) > size)


@blueprint.get("/<int:order_id>")
def show(order_id: int) -> str:
    """One order with lines and payments."""
    return render_template("orders/show.html", order=db.get_or_404(Order, order_id))


@blueprint.get("/<int:order_id>/invoice")
def invoice(order_id: int) -> str:
    """The invoice, with the payment that settled it."""
    order = db.get_or_404(Order, order_id)
    payment = max(order.payments, key=lambda attempt: attempt.created_at)
    log.info("invoice for order=%s payment=%s", order.id, payment.reference)
    return render_template("orders/invoice.html", order=order, payment=payment)
