"""Home page, products, reviews."""

import logging

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from sqlalchemy import Select, func, or_, select
from wtforms import SelectChoice, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from .extensions import db
from .formats import anywhere
from .logs import timed_listing
from .models import Category, Product, Review

log = logging.getLogger(__name__)
blueprint = Blueprint("catalogue", __name__)


class ReviewForm(FlaskForm):
    """A customer's opinion."""

    rating = SelectField("Stars", choices=[SelectChoice(str(n), "★" * n) for n in range(5, 0, -1)])
    title = StringField("Title", validators=[Length(max=120)])
    body = TextAreaField("Your review", validators=[DataRequired(), Length(max=4000)])
    submit = SubmitField("Publish")


@blueprint.get("/")
def home() -> str:
    """Departments and what is new."""
    departments = db.session.scalars(
        select(Category).where(Category.parent_id.is_(None)).order_by(Category.name)
    ).all()
    newest = db.session.scalars(
        select(Product).where(Product.active).order_by(Product.created_at.desc()).limit(8)
    ).all()
    return render_template("home.html", departments=departments, newest=newest)


def matching_products(text: str, category_id: int | None) -> Select[tuple[Product]]:
    """The active products of a search; the text may stand anywhere in name, description or number."""
    query = select(Product).where(Product.active)
    if text:
        pattern = anywhere(text)
        query = query.where(
            or_(
                Product.name.ilike(pattern, escape="/"),
                Product.description.ilike(pattern, escape="/"),
                Product.sku.ilike(pattern, escape="/"),
            )
        )
    if category_id is not None:
        query = query.join(Product.category).where(
            or_(Category.id == category_id, Category.parent_id == category_id)
        )
    return query


@blueprint.get("/products")
def products() -> str:
    """Products page by page, searched and by category."""
    text = request.args.get("q", "").strip()
    category_id = request.args.get("category", type=int)
    page = max(1, request.args.get("page", 1, type=int))
    size = current_app.config["PRODUCTS_PER_PAGE"]
    with timed_listing(log, f"products q={text!r} page={page}"):
        query = matching_products(text, category_id)
        total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        found = db.session.scalars(
            query.order_by(Product.name, Product.id).limit(size).offset((page - 1) * size)
        )
        rows = found.all()
    pages = max(1, -(-total // size))
    return render_template(
        "products/list.html", rows=rows, total=total, page=page, pages=pages, q=text, category=category_id
    )


@blueprint.get("/products/<int:product_id>")
def product(product_id: int) -> str:
    """One product with its newest reviews."""
    item = db.get_or_404(Product, product_id)
    return render_template("products/show.html", product=item, form=ReviewForm(), **_reviews_of(item))


def _reviews_of(item: Product) -> dict[str, object]:
    count, average = db.session.execute(
        select(func.count(), func.avg(Review.rating)).where(Review.product_id == item.id)
    ).one()
    newest = db.session.scalars(
        select(Review).where(Review.product_id == item.id).order_by(Review.created_at.desc()).limit(10)
    ).all()
    return {"reviews": newest, "count": count, "average": average}


@blueprint.get("/products/<int:product_id>/thumbnail.png")
def thumbnail(product_id: int) -> Response:
    """The picture as it is stored."""
    picture = db.session.scalar(select(Product.thumbnail).where(Product.id == product_id))
    if picture is None:
        abort(404, description="This product has no picture.")
    return Response(bytes(picture), mimetype="image/png", headers={"Cache-Control": "max-age=3600"})


@blueprint.post("/products/<int:product_id>/reviews")
@login_required
def add_review(product_id: int) -> ResponseReturnValue:
    """Publish a review of the signed-in customer."""
    item = db.get_or_404(Product, product_id)
    form = ReviewForm()
    if current_user.customer_id is None:
        abort(403, description="Only customers write reviews.")
    if not form.validate_on_submit():
        return render_template("products/show.html", product=item, form=form, **_reviews_of(item)), 422
    db.session.add(
        Review(
            product_id=item.id,
            customer_id=current_user.customer_id,
            rating=int(form.rating.data),
            title=form.title.data or None,
            body=form.body.data,
        )
    )
    db.session.commit()
    log.info("review of product=%s by user=%s", product_id, current_user.id)
    flash("Thank you for the review.")
    return redirect(url_for("catalogue.product", product_id=product_id))


@blueprint.get("/reviews/top")
def top_reviews() -> str:
    """Best rated products with enough reviews, and the reviews readers found most helpful."""
    rating, count = func.avg(Review.rating), func.count()
    with timed_listing(log, "top reviews"):
        best = db.session.execute(
            select(Product.id, Product.name, rating.label("rating"), count.label("count"))
            .join(Review)
            .group_by(Product.id, Product.name)
            .having(count >= 10)
            .order_by(rating.desc(), Product.id)
            .limit(20)
        ).all()
        helpful = db.session.scalars(
            select(Review).order_by(Review.helpful.desc(), Review.id.desc()).limit(10)
        ).all()
    return render_template("reviews_top.html", best=best, helpful=helpful)
