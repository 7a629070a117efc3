"""The site and the API, through Flask's test client on a real database."""

import logging

import pytest
from shop import create_app
from shop.extensions import db
from shop.models import AuditEntry, Coupon, Order, Payment, Product, Review, User, WebSession
from sqlalchemy import func, select

CHECKOUT = {
    "recipient": "Deniz Aydın",
    "street": "İstiklal Caddesi 12",
    "city": "İstanbul",
    "method": "card",
    "coupon": "",
    "note": "ring twice",
}


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def an_order(*conditions):
    return db.session.scalars(select(Order).where(*conditions).order_by(Order.id)).first()


def products_in_stock(number):
    return db.session.scalars(select(Product).where(Product.stock > 5, Product.active).limit(number)).all()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["Departments", "Kitchen", "/products/"]),
        ("/products", ["1 of ", "in stock", "Next"]),
        ("/products?q=kettle", ["Kettle"]),
        ("/products/1", ["Add to cart", "Reviews ("]),
        ("/reviews/top", ["Top rated", "★"]),
        ("/orders/recent", ["Packing bench", "open"]),
        ("/orders/recent?status=shipped", ["shipped"]),
        ("/orders", ["Older"]),
        ("/orders?page=2", ["Newer"]),
        ("/orders/1", ["Order 1", "Payments"]),
        ("/cart", ["The cart is empty"]),
        ("/login", ["Password"]),
        ("/static/app.css", ["font"]),
    ],
)
def test_pages_answer(visitor, path, words):
    response = visitor.get(path)
    assert response.status_code == 200
    assert [word for word in words if word not in response.text] == []


def test_every_route_is_visited_by_a_test(app):
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    assert routes == {
        *("/", "/products", "/products/<int:product_id>", "/products/<int:product_id>/thumbnail.png"),
        *("/products/<int:product_id>/reviews", "/reviews/top", "/cart", "/checkout", "/login", "/logout"),
        *("/orders", "/orders/recent", "/orders/<int:order_id>", "/orders/<int:order_id>/invoice"),
        *("/admin/report", "/admin/customers", "/api/orders", "/api/orders/<int:order_id>"),
        *("/api/orders/<int:order_id>/cancel", "/api/products", "/static/<path:filename>"),
    }


def test_product_pages_do_not_overlap_and_end(visitor, app):
    app.config["PRODUCTS_PER_PAGE"] = 500
    seen = []
    for page in (1, 2, 3, 4):
        seen.append(
            {
                part.split('"')[0]
                for part in visitor.get(f"/products?page={page}").text.split('href="/products/')[1:]
            }
        )
    active = db.session.scalar(select(func.count()).where(Product.active))
    assert len(seen[0] | seen[1] | seen[2]) == active == sum(map(len, seen)) and not seen[3]


def test_search_takes_wildcards_literally(visitor):
    assert ">0 found" in visitor.get("/products?q=%25%25").text
    assert ">0 found" in visitor.get("/products?q=_____").text
    assert ">0 found" not in visitor.get("/products?q=60 °C").text


def test_pictures_are_images_or_missing(visitor):
    there, missing = (
        db.session.scalar(select(Product.id).where(condition).limit(1))
        for condition in (Product.thumbnail.is_not(None), Product.thumbnail.is_(None))
    )
    response = visitor.get(f"/products/{there}/thumbnail.png")
    assert response.mimetype == "image/png" and response.data.startswith(b"\x89PNG")
    assert visitor.get(f"/products/{missing}/thumbnail.png").status_code == 404


def test_sign_in_and_out(visitor, caplog):
    caplog.set_level(logging.INFO)
    assert visitor.sign_in("wrong").status_code == 401
    visits = count(WebSession)
    response = visitor.sign_in()
    assert response.status_code == 302 and response.location == "/"
    assert count(WebSession) == visits + 1
    assert "user=12 signed in" in caplog.text and "sign-in refused" in caplog.text
    assert "Deniz Aydın" in visitor.get("/").text
    assert visitor.post("/logout").status_code == 302
    assert "Sign in" in visitor.get("/").text


def test_users_without_a_password_or_switched_off_stay_out(visitor):
    staff = db.session.scalars(select(User).where(User.password_hash.is_(None))).first()
    form = {"email": staff.email, "password": "demo"}
    assert visitor.post("/login", form).status_code == 401
    demo = db.session.get(User, 12)
    demo.active = False
    db.session.commit()
    assert visitor.sign_in().status_code == 401


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/cart", "/cart"),
        ("//evil.example", "/"),
        ("https://evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("x", "/"),
    ],
)
def test_sign_in_leads_back_only_to_this_site(visitor, target, location):
    form = {"email": "demo@example.org", "password": "demo"}
    response = visitor.post("/login", form, query_string={"next": target})
    assert response.location == location


def test_back_office_is_for_staff(visitor):
    response = visitor.get("/admin/report")
    assert response.status_code == 302 and response.location == "/login?next=/admin/report"
    visitor.sign_in()
    assert "Best sellers" in visitor.get("/admin/report").text
    assert "deniz@example.org" in visitor.get("/admin/customers?q=deniz@").text
    assert "Nobody of that name" in visitor.get("/admin/customers?q=%25zz").text
    db.session.get(User, 12).role = "customer"
    db.session.commit()
    assert visitor.get("/admin/report").status_code == 403


@pytest.mark.parametrize("path", ["/login", "/cart", "/checkout", "/logout", "/products/1/reviews"])
def test_forms_without_a_token_are_refused(visitor, path):
    visitor.sign_in()
    orders = count(Order)
    response = visitor.client.post(path, data=CHECKOUT)
    assert response.status_code == 400 and "CSRF" in response.text
    assert count(Order) == orders


def test_a_token_of_another_session_is_refused(visitor, app):
    foreign = type(visitor)(app).token()
    visitor.sign_in()
    response = visitor.client.post("/cart", data={"product_id": 1, "csrf_token": foreign})
    assert response.status_code == 400


def fill_cart(visitor, products):
    for product in products:
        visitor.post("/cart", {"product_id": product.id, "quantity": 2})


def test_checkout_writes_everything_in_one_transaction(visitor, statements):
    visitor.sign_in()
    one, two = products_in_stock(2)
    stock, total = (one.stock, two.stock), 2 * (one.price + two.price)
    fill_cart(visitor, (one, two))
    assert str(total) in visitor.get("/cart").text.replace(",", "")
    used = db.session.get(Coupon, "AUTUMN10").used
    statements.clear()
    response = visitor.post("/checkout", {**CHECKOUT, "coupon": "welcome5"})
    written = [s.split()[:3] for s in statements if s.startswith(("INSERT", "UPDATE"))]
    order = db.session.get(Order, int(response.location.rsplit("/", 1)[1]))
    db.session.refresh(one)
    db.session.refresh(two)
    assert [line.product_id for line in order.lines] == [one.id, two.id]
    assert order.amount + order.discount == total and order.discount > 0 and order.coupon == "welcome5"
    assert (one.stock, two.stock) == (stock[0] - 2, stock[1] - 2)
    assert [payment.status for payment in order.payments] == ["authorised"]
    assert order.shipping["city"] == "İstanbul" and order.customer.name == "Deniz Aydın"
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.entity_id) == ("order_placed", str(order.id))
    assert len({" ".join(words) for words in written}) == 6
    assert db.session.get(Coupon, "AUTUMN10").used == used
    assert "The cart is empty" in visitor.get("/cart").text
    assert f">{order.id}<" in visitor.get("/orders/recent").text


def test_nothing_is_written_when_one_product_is_sold_out(visitor):
    visitor.sign_in()
    one, two = products_in_stock(2)
    fill_cart(visitor, (one, two))
    stock, two.stock = one.stock, 1
    db.session.commit()
    orders = count(Order)
    response = visitor.post("/checkout", CHECKOUT)
    assert response.status_code == 409 and "sold out" in response.text
    db.session.refresh(one)
    assert one.stock == stock and count(Order) == orders


def test_checkout_needs_a_cart_a_customer_and_an_address(visitor):
    assert visitor.post("/checkout", CHECKOUT).location == "/login"
    visitor.sign_in()
    assert visitor.post("/checkout", CHECKOUT).status_code == 409
    fill_cart(visitor, products_in_stock(1))
    assert visitor.post("/checkout", {**CHECKOUT, "street": ""}).status_code == 422
    db.session.get(User, 12).customer_id = None
    db.session.commit()
    assert visitor.post("/checkout", CHECKOUT).status_code == 403


def test_an_expired_coupon_gives_nothing(visitor):
    visitor.sign_in()
    fill_cart(visitor, products_in_stock(1))
    response = visitor.post("/checkout", {**CHECKOUT, "coupon": "SPRING24"}, follow_redirects=True)
    assert "coupon is not valid" in response.text
    assert db.session.scalars(select(Order).order_by(Order.id.desc())).first().discount == 0


def test_the_cart_forgets_and_refuses(visitor):
    (product,) = products_in_stock(1)
    fill_cart(visitor, (product,))
    assert visitor.post("/cart", {"product_id": product.id, "quantity": 100}).status_code == 400
    assert visitor.post("/cart", {"product_id": 10**6}).status_code == 404
    visitor.post("/cart", {"product_id": product.id, "quantity": 0})
    assert "The cart is empty" in visitor.get("/cart").text


def test_reviews_are_written_by_customers(visitor):
    visitor.sign_in()
    form = {"rating": "4", "title": "", "body": "とても良い"}
    assert visitor.post("/products/3/reviews", {**form, "body": ""}).status_code == 422
    before = count(Review)
    assert visitor.post("/products/3/reviews", form).status_code == 302
    review = db.session.scalars(select(Review).order_by(Review.id.desc())).first()
    assert (count(Review), review.rating, review.title, review.customer_id) == (before + 1, 4, None, 720)
    assert "とても良い" in visitor.get("/products/3").text


def test_api_lists_orders(visitor):
    answer = visitor.get("/api/orders?status=open&limit=20").json
    assert len(answer["orders"]) == 20
    assert {row["status"] for row in answer["orders"]} == {"open"}
    moments = [row["created_at"] for row in answer["orders"]]
    assert moments == sorted(moments, reverse=True) and moments[0].endswith("+00:00")
    order = db.session.get(Order, answer["orders"][0]["id"])
    row = answer["orders"][0]
    assert (row["customer"], row["country"]) == (order.customer.name, order.customer.country)
    assert (row["amount"], row["coupon"], row["note"]) == (str(order.amount), order.coupon, order.note)


def test_api_shows_an_order_with_its_lines(visitor):
    answer = visitor.get("/api/orders/1400").json
    order = db.session.get(Order, 1400)
    assert answer["amount"] == str(order.amount) and answer["customer"]["name"] == order.customer.name
    assert [line["quantity"] for line in answer["lines"]] == [line.quantity for line in order.lines]
    assert answer["shipping"] == order.shipping


def test_api_pages_through_products(visitor):
    first = visitor.get("/api/products?q=lamp&limit=5").json
    second = visitor.get("/api/products?q=lamp&limit=5&offset=5").json
    assert first["total"] == second["total"] > 10
    assert not {p["id"] for p in first["products"]} & {p["id"] for p in second["products"]}
    assert visitor.get(first["products"][0]["picture"]).status_code in (200, 404)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/orders/99999999", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/api/orders?status=lost", 400, "bad_request"),
        ("/api/orders?limit=0", 400, "bad_request"),
        ("/api/orders?limit=x", 400, "bad_request"),
        ("/api/products?offset=-1", 400, "bad_request"),
    ],
)
def test_api_errors_have_one_shape(visitor, path, status, code):
    response = visitor.get(path)
    assert response.status_code == status
    assert response.json["error"]["code"] == code and response.json["error"]["message"]


def test_api_cancels_what_has_not_left_the_house(visitor):
    order = an_order(Order.status == "paid", Order.payments.any(Payment.status == "captured"))
    shipped = an_order(Order.status == "shipped")
    line = order.lines[0]
    stock = line.product.stock
    path = f"/api/orders/{order.id}/cancel"
    assert visitor.call(path).status_code == 401
    visitor.sign_in()
    refused = visitor.client.post(path)
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "csrf")
    assert visitor.call(path).json == {"id": order.id, "status": "cancelled"}
    db.session.expire_all()
    assert order.status == "cancelled" and line.product.stock == stock + line.quantity
    assert "captured" not in {payment.status for payment in order.payments}
    again, gone = visitor.call(path), visitor.call(f"/api/orders/{shipped.id}/cancel")
    assert again.status_code == gone.status_code == 409
    assert gone.json["error"]["code"] == "not_cancellable" and gone.json["error"]["status"] == "shipped"


def test_a_customer_cancels_only_own_orders(visitor):
    user = db.session.get(User, 12)
    user.role = "customer"
    db.session.commit()
    visitor.sign_in()
    foreign = an_order(Order.status == "open", Order.customer_id != user.customer_id)
    assert visitor.call(f"/api/orders/{foreign.id}/cancel").status_code == 403


def test_people_get_a_page_for_errors(visitor):
    response = visitor.get("/orders/99999999")
    assert response.status_code == 404 and "<h1>404</h1>" in response.text
    assert visitor.get("/orders/recent?status=lost").status_code == 404


def test_the_invoice_of_an_unpaid_order_fails_for_real(visitor, caplog):
    paid = an_order(Order.payments.any())
    unpaid = an_order(~Order.payments.any(), Order.status == "open")
    assert f"{paid.payments[-1].reference}" in visitor.get(f"/orders/{paid.id}/invoice").text
    response = visitor.get(f"/orders/{unpaid.id}/invoice")
    assert response.status_code == 500 and "<h1>500</h1>" in response.text
    record = next(r for r in caplog.records if r.levelname == "ERROR")
    assert record.name == "shop" and record.exc_info[0] is ValueError
    assert visitor.get(f"/orders/{unpaid.id}").status_code == 200


def test_the_log_file_takes_the_lines_of_shop_and_server(database, tmp_path):
    path = tmp_path / "shop.log"
    application = create_app(f"sqlite:///{database}", LOG_FILE=str(path), SLOW_LISTING_MS=0)
    application.test_client().get("/orders/recent")
    logging.getLogger("werkzeug").warning("served")
    create_app(f"sqlite:///{database}")
    logging.getLogger("shop.orders").warning("after the file was closed")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2].split(" ms")[0].rstrip("0123456789 ") for line in lines] == [
        "WARNING shop.orders slow listing",
        "WARNING werkzeug served",
    ]
    with application.app_context():
        db.engine.dispose()
