"""The shop is slow for honest reasons, and the cures work."""

import ast
import logging
import re
import shutil
import subprocess
import sys

import pytest
from generator.build import SQLITE_BUILD
from shop.extensions import db
from shop.models import Customer, Order
from sqlalchemy import func, select

API = "/api/orders?status=open&limit=20"
LISTING = "SELECT * FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 20"
# What the generator may set on the file it builds, and what makes foreign keys work.
PRAGMAS = {"foreign_keys", "journal_mode", "synchronous", "cache_size"}
SPEED_UP = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536")
COUNT_STATEMENTS = """
import sys
from shop import create_app
from shop.extensions import db
from sqlalchemy import event
app, seen = create_app(sys.argv[1]), []
with app.app_context():
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
page = app.test_client().get(sys.argv[2])
sys.stdout.write(f"{len(seen)} {page.get_data(as_text=True)}")
"""


def plan(query):
    with db.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]


@pytest.mark.parametrize("path", ["/orders/recent", API])
def test_recent_orders_ask_for_each_customer(visitor, statements, path):
    newest = (
        select(Order.customer_id).where(Order.status == "open").order_by(Order.created_at.desc()).limit(20)
    )
    different = len(set(db.session.scalars(newest)))
    db.session.remove()
    statements.clear()
    assert visitor.get(path).status_code == 200
    customers = [s for s in statements if "FROM customers WHERE customers.id = ?" in s]
    assert len(customers) == different > 15
    assert len(statements) == 1 + different


def test_the_full_size_shows_twenty_different_customers(visitor, statements):
    """At full size the newest twenty orders have twenty customers; here they are made to."""
    newest = select(Order).where(Order.status == "open").order_by(Order.created_at.desc()).limit(20)
    for number, order in enumerate(db.session.scalars(newest), start=1):
        order.customer_id = number
    db.session.commit()
    db.session.remove()
    statements.clear()
    visitor.get("/orders/recent")
    assert len(statements) == 21


def test_loading_the_customers_at_once_takes_two_statements(demo_folder, database, visitor, tmp_path):
    """The change that the readme tells: same answer, two statements."""
    copy = tmp_path / "copy"
    shutil.copytree(demo_folder, copy, ignore=shutil.ignore_patterns("__pycache__", "instance"))
    before = visitor.get(API).get_data(as_text=True)
    module = copy / "shop" / "orders.py"
    text = module.read_text(encoding="utf-8")
    changed = text.replace(
        "select(Order).where(", "select(Order).options(selectinload(Order.customer)).where(", 1
    )
    assert changed != text
    module.write_text(f"from sqlalchemy.orm import selectinload\n{changed}", encoding="utf-8")
    command = [sys.executable, "-c", COUNT_STATEMENTS, f"sqlite:///{database}", API]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"2 {before}"


def test_the_listing_reads_every_order_until_the_index_is_there(app):
    assert [step for step in plan(LISTING) if "SCAN orders" in step or "TEMP B-TREE" in step] == plan(LISTING)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX ix_orders_status_created_at ON orders (status, created_at)")
        connection.exec_driver_sql("ANALYZE orders")
    assert plan(LISTING) == ["SEARCH orders USING INDEX ix_orders_status_created_at (status=?)"]


def test_few_orders_are_open(app):
    total, few = (
        db.session.scalar(select(func.count()).select_from(Order).where(*condition))
        for condition in ((), (Order.status == "open",))
    )
    assert 20 < few < total * 0.05


def test_searches_cannot_use_an_index(app):
    text = str(select(Customer.id).where(Customer.email.ilike("%deniz%")).compile(db.engine))
    assert plan(text.replace("?", "'%deniz%'"))[0].startswith("SCAN customers")


def test_a_slow_listing_is_logged_where_it_happened(app, visitor, caplog):
    app.config["SLOW_LISTING_MS"] = 0
    visitor.get("/orders/recent")
    record = next(r for r in caplog.records if r.name == "shop.orders")
    assert record.levelno == logging.WARNING and record.getMessage().startswith("slow listing")
    assert record.filename == "orders.py"
    caplog.clear()
    app.config["SLOW_LISTING_MS"] = 1e9
    visitor.get("/orders/recent")
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def sources(folder, *suffixes):
    found = [p for p in folder.rglob("*") if p.suffix in suffixes and "__pycache__" not in p.parts]
    assert found
    return found


def test_nothing_waits_on_purpose(demo_folder):
    words = re.compile(
        r"\bsleep\b|pg_sleep|sleep\s*\(|benchmark\s*\(|randomblob|generate_series|recursive|waitfor|\bwait\("
    )
    for path in sources(demo_folder, ".py", ".html", ".mako", ".ini"):
        assert not words.search(path.read_text(encoding="utf-8").lower()), path


def test_no_loop_turns_without_an_end_or_a_purpose(demo_folder):
    for path in sources(demo_folder, ".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.While):
                assert not isinstance(node.test, ast.Constant), f"{path}:{node.lineno}"
            if isinstance(node, (ast.For, ast.While)):
                assert not all(isinstance(part, ast.Pass) for part in node.body), f"{path}:{node.lineno}"


def test_pragmas_only_enforce_keys_and_speed_up_the_generator(demo_folder):
    assert SQLITE_BUILD == SPEED_UP
    for path in sources(demo_folder, ".py"):
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"PRAGMA\s+(\w+)", text))
        assert named <= PRAGMAS, path
        if "shop" in path.parts:
            assert named <= {"foreign_keys"}, path
