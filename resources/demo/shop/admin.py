"""The back office: report and customers."""

import logging

from flask import Blueprint, abort, render_template, request
from flask_login import current_user, login_required
from sqlalchemy import Date, Numeric, column, desc, func, or_, select, table

from .extensions import db
from .formats import anywhere
from .logs import timed_listing
from .models import Customer, Order, OrderLine, Product

log = logging.getLogger(__name__)
blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# Views are made by a migration; they are no models, so that autogenerate leaves them alone.
REVENUE_BY_DAY = table(
    "revenue_by_day", column("day", Date), column("orders"), column("revenue", Numeric(asdecimal=False))
)
STOCK_LOW = table(
    "stock_low", column("id"), column("sku"), column("name"), column("stock"), column("reorder_level")
)


@blueprint.before_request
@login_required
def staff_only() -> None:
    """Signed in is not enough here."""
    if not current_user.is_staff:
        abort(403, description="This page is for staff.")


@blueprint.get("/report")
def report() -> str:
    """Revenue, best sellers, what runs out, where the customers are."""
    with timed_listing(log, "report"):
        days = db.session.execute(select(REVENUE_BY_DAY).order_by(desc(REVENUE_BY_DAY.c.day)).limit(14)).all()
        best = _best_sellers()
        low = db.session.execute(select(STOCK_LOW).order_by(STOCK_LOW.c.stock).limit(15)).all()
        countries = db.session.execute(
            select(Customer.country, func.count().label("customers"))
            .group_by(Customer.country)
            .order_by(desc("customers"), Customer.country)
            .limit(10)
        ).all()
    return render_template("admin/report.html", days=days, best=best, low=low, countries=countries)


def _best_sellers() -> list[object]:
    turnover = func.sum(OrderLine.quantity * OrderLine.unit_price)
    query = (
        select(
            Product.id, Product.name, func.sum(OrderLine.quantity).label("sold"), turnover.label("turnover")
        )
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.status.in_(("paid", "shipped")))
        .group_by(Product.id, Product.name)
        .order_by(turnover.desc())
        .limit(10)
    )
    return list(db.session.execute(query))


@blueprint.get("/customers")
def customers() -> str:
    """Find a customer by a part of name or e-mail."""
    text = request.args.get("q", "").strip()
    query = select(Customer).order_by(Customer.name, Customer.id).limit(50)
    if text:
        pattern = anywhere(text)
        query = query.where(
            or_(Customer.name.ilike(pattern, escape="/"), Customer.email.ilike(pattern, escape="/"))
        )
    with timed_listing(log, f"customers q={text!r}"):
        rows = db.session.scalars(query).all()
    return render_template("admin/customers.html", rows=rows, q=text)
