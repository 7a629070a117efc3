"""Requests as a probe reports them, posted through the real intake."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from embedded_server.wire.probe import (
    IngestRequest,
    ProbeFrame,
    ProbeLog,
    ProbeRequest,
    ProbeRoute,
    ProbeStatement,
)
from embedded_server.wire.trace import Application, Message, Span, TracedException

SHOP = Application(name="shop", pid=4711, python="3.11.7", framework="Flask", git_revision="7c1e00aa")
_numbers = count(1)

ORDERS = (
    "SELECT orders.id AS orders_id, orders.status AS orders_status, orders.created_at AS orders_created_at\n"
    "FROM orders \nWHERE orders.status = ? ORDER BY orders.created_at DESC\n LIMIT ? OFFSET ?"
)
CUSTOMER = (
    "SELECT customers.id AS customers_id, customers.name AS customers_name \n"
    "FROM customers \nWHERE customers.id = ?"
)
USER = "SELECT users.id AS users_id, users.email AS users_email FROM users WHERE users.id = ?"


def request(target: str = "/", **more: Any) -> ProbeRequest:
    """A small request; ids and times are new ones each time."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "id": f"{number:04x}{time.time_ns():016x}",
        "at": time.time(),
        "method": "GET",
        "target": target,
        "status": 200,
        "duration_ms": 18.0,
        "host": "127.0.0.1:5000",
        "route": target.partition("?")[0],
        "logs": [ProbeLog(start_ms=17.0, level="INFO", logger="werkzeug", message=f'"GET {target}" 200')],
    }
    return ProbeRequest(**(given | more))


def recent_orders(database: str = "sqlite:///shop.db", **more: Any) -> ProbeRequest:
    """The slow page: one slow listing, one customer each for its twenty rows."""
    frames = [
        ProbeFrame("/srv/shop/auth.py", 31, "load_user", "return db.session.get(User, session['user'])"),
        ProbeFrame("/srv/shop/orders.py", 38, "recent", "orders = db.session.scalars(query).all()"),
        ProbeFrame("/srv/shop/orders.py", 41, "recent", "names = [order.customer.name for order in orders]"),
    ]
    place = {"dialect": "sqlite", "database": database, "transaction": 1}
    customers = [
        ProbeStatement(
            start_ms=306.0 + 3.7 * n,
            duration_ms=3.7,
            sql=CUSTOMER,
            params=[4217 + n],
            rows=None,
            frames=[2],
            **place,
        )
        for n in range(20)
    ]
    given: dict[str, Any] = {
        "status": 200,
        "duration_ms": 421.0,
        "ttfb_ms": 420.0,
        "route": "/orders/recent",
        "request": Message(
            headers=[("Host", "127.0.0.1:5000"), ("Cookie", "session=…"), ("Accept", "application/json")]
        ),
        "response": Message(
            headers=[("Content-Type", "application/json"), ("Content-Length", "46")],
            body='{"orders": [{"id": 90389, "status": "open"}]}',
            body_bytes=46,
            content_type="application/json",
        ),
        "statements": [
            ProbeStatement(start_ms=3.0, duration_ms=6.0, sql=USER, params=[12], frames=[0], **place),
            ProbeStatement(
                start_ms=14.0, duration_ms=288.0, sql=ORDERS, params=["open", 20, 0], frames=[1], **place
            ),
            *customers,
        ],
        "frames": frames,
        "logs": [
            ProbeLog(start_ms=2.0, level="DEBUG", logger="shop.auth", message="session ok user=12"),
            ProbeLog(
                start_ms=382.0,
                level="WARNING",
                logger="shop.orders",
                message="slow listing 374 ms",
                file="/srv/shop/orders.py",
                line=44,
            ),
            ProbeLog(start_ms=420.9, level="INFO", logger="werkzeug", message='"GET /orders/recent" 200'),
        ],
        "spans": [Span(kind="template", name="orders/recent.html", start_ms=384.0, duration_ms=35.0)],
    }
    return request("/orders/recent", **(given | more))


def failing(**more: Any) -> ProbeRequest:
    """A request that ends in an exception that nothing handles."""
    frames = [
        {
            "file": "/srv/shop/cart.py",
            "line": 77,
            "function": "checkout",
            "source": "total = sum(cart.lines)",
        },
        {"file": "/usr/lib/flask/app.py", "line": 902, "function": "dispatch_request", "own": False},
    ]
    cause = {"type": "KeyError", "message": "'price'"}
    error = msgspec.convert(
        {"type": "TypeError", "message": "unsupported operand", "frames": frames, "cause": cause},
        TracedException,
    )
    return request(
        "/checkout", **({"method": "POST", "status": 500, "duration_ms": 57.0, "exception": error} | more)
    )


def post(
    workspace: Path,
    *requests: ProbeRequest,
    application: Application = SHOP,
    routes: Sequence[ProbeRoute] = (),
) -> list[str]:
    """Hand requests to the server of a workspace as the probe does; answers their ids."""
    found = json.loads((workspace / "ingest.json").read_text())
    body = IngestRequest(
        routes=list(routes),
        application=application,
        requests=[msgspec.Raw(msgspec.json.encode(sent)) for sent in requests],
    )
    headers = {"Authorization": f"Bearer {found['token']}", "Content-Type": "application/json"}
    sent = Request(f"{found['url']}/api/probe/ingest", msgspec.json.encode(body), headers)
    with urlopen(sent, timeout=30) as answer:
        taken = json.load(answer)
    assert taken["accepted"] == len(requests), taken
    return [one.id for one in requests]
