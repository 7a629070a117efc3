"""The JSON API."""

import logging
from typing import Any

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from sqlalchemy import func, select, update

from .catalogue import matching_products
from .errors import Conflict
from .extensions import db
from .models import ORDER_STATUS, AuditEntry, Order, Product
from .orders import listing

log = logging.getLogger(__name__)
blueprint = Blueprint("api", __name__, url_prefix="/api")


def window(largest: int) -> tuple[int, int]:
    """limit and offset of the query string; 400 outside their bounds."""
    try:
        limit, offset = int(request.args.get("limit", 20)), int(request.args.get("offset", 0))
    except ValueError:
        abort(400, description="limit and offset are whole numbers.")
    if not 1 <= limit <= largest or offset < 0:
        abort(400, description=f"limit is between 1 and {largest}, offset is not negative.")
    return limit, offset


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A listing line as JSON values: amounts as text, instants in ISO 8601."""
    return {**row, "amount": str(row["amount"]), "created_at": row["created_at"].isoformat()}


@blueprint.get("/orders")
def orders() -> ResponseReturnValue:
    """The newest orders in one state."""
    status = request.args.get("status", "open")
    if status not in ORDER_STATUS:
        abort(400, description=f"status is one of {', '.join(ORDER_STATUS)}.")
    limit, _ = window(largest=500)
    return jsonify(orders=[plain(row) for row in listing(status, limit)], status=status, limit=limit)


@blueprint.get("/orders/<int:order_id>")
def order(order_id: int) -> ResponseReturnValue:
    """One order with its lines."""
    found = db.get_or_404(Order, order_id, description=f"There is no order {order_id}.")
    return jsonify(
        id=found.id,
        status=found.status,
        amount=str(found.amount),
        discount=str(found.discount),
        created_at=found.created_at.isoformat(),
        updated_at=found.updated_at.isoformat(),
        coupon=found.coupon,
        note=found.note,
        shipping=found.shipping,
        customer={"id": found.customer.id, "name": found.customer.name, "country": found.customer.country},
        lines=[
            {
                "line": line.line_no,
                "sku": line.product.sku,
                "name": line.product.name,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
            }
            for line in found.lines
        ],
    )


@blueprint.post("/orders/<int:order_id>/cancel")
@login_required
def cancel(order_id: int) -> ResponseReturnValue:
    """Cancel an order that has not left the house; needs the session and an X-CSRFToken header."""
    found = db.get_or_404(Order, order_id, description=f"There is no order {order_id}.")
    if not current_user.is_staff and found.customer_id != current_user.customer_id:
        abort(403, description="This is somebody else's order.")
    if found.status not in ("open", "paid"):
        message = f"Order {order_id} is {found.status} and cannot be cancelled."
        raise Conflict("not_cancellable", message, status=found.status)
    undo(found)
    who = current_user.id
    db.session.add(AuditEntry(user_id=who, action="cancelled", entity="orders", entity_id=str(order_id)))
    db.session.commit()
    log.info("order=%s cancelled by user=%s", order_id, who)
    return jsonify(id=order_id, status="cancelled")


def undo(found: Order) -> None:
    """Put the goods back on the shelf and release the money."""
    found.status = "cancelled"
    for line in found.lines:
        db.session.execute(
            update(Product).where(Product.id == line.product_id).values(stock=Product.stock + line.quantity)
        )
    for payment in found.payments:
        if payment.status in ("authorised", "captured"):
            payment.status = "voided" if payment.status == "authorised" else "refunded"


@blueprint.get("/products")
def products() -> ResponseReturnValue:
    """Products, searched with q."""
    limit, offset = window(largest=200)
    query = matching_products(request.args.get("q", "").strip(), request.args.get("category", type=int))
    total = db.session.scalar(select(func.count()).select_from(query.subquery()))
    rows = db.session.scalars(query.order_by(Product.id).limit(limit).offset(offset))
    items = [
        {
            "id": row.id,
            "sku": row.sku,
            "name": row.name,
            "price": str(row.price),
            "stock": row.stock,
            "attributes": row.attributes,
            "picture": url_for("catalogue.thumbnail", product_id=row.id),
        }
        for row in rows
    ]
    return jsonify(products=items, total=total, limit=limit, offset=offset)
