"""The cart (kept in the session cookie) and the checkout."""

import logging
import uuid
from decimal import ROUND_DOWN, Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from sqlalchemy import select, update
from wtforms import SelectChoice, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from .errors import Conflict
from .extensions import db
from .models import AuditEntry, Coupon, Customer, Order, OrderLine, Payment, Product, now

log = logging.getLogger(__name__)
blueprint = Blueprint("cart", __name__)
CENT = Decimal("0.01")
METHODS = [
    SelectChoice("card", "Card"),
    SelectChoice("wallet", "Wallet"),
    SelectChoice("account", "On account"),
]


class CheckoutForm(FlaskForm):
    """Where to send it and how it is paid."""

    recipient = StringField("Name", validators=[DataRequired(), Length(max=120)])
    street = StringField("Street", validators=[DataRequired(), Length(max=120)])
    city = StringField("City", validators=[DataRequired(), Length(max=80)])
    method = SelectField("Payment", choices=METHODS)
    coupon = StringField("Coupon", validators=[Length(max=20)])
    note = TextAreaField("Note for the courier", validators=[Length(max=2000)])
    submit = SubmitField("Buy")


def cart_lines() -> list[tuple[Product, int]]:
    """Products and quantities in the cart, in the order they were added."""
    quantities = {int(key): int(value) for key, value in session.get("cart", {}).items()}
    if not quantities:
        return []
    found = {p.id: p for p in db.session.scalars(select(Product).where(Product.id.in_(quantities)))}
    return [(found[key], quantity) for key, quantity in quantities.items() if key in found]


def total_of(lines: list[tuple[Product, int]]) -> Decimal:
    """What the cart costs without a discount."""
    return sum((product.price * quantity for product, quantity in lines), Decimal(0))


@blueprint.get("/cart")
def show() -> str:
    """The cart with the checkout form."""
    lines = cart_lines()
    return render_template("cart.html", lines=lines, total=total_of(lines), form=CheckoutForm())


@blueprint.post("/cart")
def add() -> ResponseReturnValue:
    """Set the quantity of one product; 0 takes it out."""
    product = db.get_or_404(Product, request.form.get("product_id", 0, type=int))
    quantity = request.form.get("quantity", 1, type=int)
    if not 0 <= quantity <= 99:
        abort(400, description="A quantity is between 0 and 99.")
    cart = {key: value for key, value in session.get("cart", {}).items() if key != str(product.id)}
    if quantity:
        cart[str(product.id)] = quantity
    session["cart"] = cart
    flash(f"{product.name}: {quantity} in the cart." if quantity else f"{product.name} was taken out.")
    return redirect(url_for("cart.show"))


@blueprint.post("/checkout")
@login_required
def checkout() -> ResponseReturnValue:
    """Buy what is in the cart, in one transaction."""
    form, lines = CheckoutForm(), cart_lines()
    if not lines:
        raise Conflict("empty_cart", "The cart is empty.")
    if current_user.customer is None:
        abort(403, description="Only customers buy.")
    if not form.validate_on_submit():
        return render_template("cart.html", lines=lines, total=total_of(lines), form=form), 422
    order = place_order(current_user.customer, lines, form)
    order_id, amount = order.id, order.amount
    detail = {"amount": str(amount), "lines": len(lines)}
    who = current_user.id
    db.session.add(
        AuditEntry(
            user_id=who, action="order_placed", entity="orders", entity_id=str(order_id), detail=detail
        )
    )
    db.session.commit()
    session.pop("cart", None)
    log.info("order=%s placed by user=%s amount=%s", order_id, who, amount)
    return redirect(url_for("orders.show", order_id=order_id))


def place_order(customer: Customer, lines: list[tuple[Product, int]], form: CheckoutForm) -> Order:
    """Write order, lines, stock, coupon and payment; raises Conflict when the stock does not suffice."""
    total = total_of(lines)
    percent = redeem(form.coupon.data.strip().upper()) if form.coupon.data else 0
    discount = (total * percent / 100).quantize(CENT, ROUND_DOWN)
    order = Order(
        customer_id=customer.id,
        status="open",
        amount=total - discount,
        discount=discount,
        coupon=form.coupon.data,
        note=form.note.data or None,
        shipping={
            "recipient": form.recipient.data,
            "street": form.street.data,
            "city": form.city.data,
            "country": customer.country,
        },
    )
    for number, (product, quantity) in enumerate(lines, start=1):
        take_from_stock(product, quantity)
        order.lines.append(
            OrderLine(line_no=number, product_id=product.id, quantity=quantity, unit_price=product.price)
        )
    if form.method.data != "account":
        order.payments.append(
            Payment(
                method=form.method.data, status="authorised", amount=order.amount, reference=str(uuid.uuid4())
            )
        )
    db.session.add(order)
    db.session.flush()
    return order


def redeem(code: str) -> int:
    """Count one use of a coupon and return its percentage; an unknown or expired one gives nothing."""
    coupon, moment = db.session.get(Coupon, code), now()
    if coupon is None or coupon.starts_at > moment or (coupon.ends_at and coupon.ends_at < moment):
        log.warning("coupon %r is not valid", code)
        flash("The coupon is not valid, so it was left out.")
        return 0
    db.session.execute(update(Coupon).where(Coupon.code == code).values(used=Coupon.used + 1))
    return coupon.percent


def take_from_stock(product: Product, quantity: int) -> None:
    """Lower the stock unless it would become negative; two buyers cannot both take the last piece."""
    taken = db.session.execute(
        update(Product)
        .where(Product.id == product.id, Product.stock >= quantity)
        .values(stock=Product.stock - quantity)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:
        raise Conflict("out_of_stock", f"{product.name} is sold out.", product_id=product.id)
