"""The generated data: the same for the same seed, rich, consistent, whole or not there at all."""

import hashlib
import io
import json
import signal
import sqlite3
import unicodedata
from contextlib import closing

import generate
import pytest
from generator.build import BuildError, build
from generator.fill import FULL_SIZE
from generator.sales import basket_sizes
from shop import create_app
from shop.extensions import db
from shop.models import Order, WebSession
from sqlalchemy import select


def rows(path, query):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def digest(path):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


def silent(*_step):
    pass


def test_same_seed_and_size_give_the_same_content(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        build(f"sqlite:///{tmp_path}/{name}.db", 60, seed, silent)
    assert digest(tmp_path / "a.db") == digest(tmp_path / "b.db")
    assert digest(tmp_path / "a.db") != digest(tmp_path / "c.db")


def test_full_size_has_enough_of_everything():
    assert FULL_SIZE >= 104_000
    assert sum(basket_sizes(7, FULL_SIZE)) >= 300_000


def test_counts_are_what_is_in_the_tables(generated):
    path, counts, _ = generated
    assert counts["orders"] == 1500
    assert counts["order_lines"] == sum(basket_sizes(7, 1500))
    assert counts["products"] == 1200
    for table, count in counts.items():
        assert rows(path, f"SELECT count(*) FROM {table}") == [(count,)], table
    assert set(counts) == set(db.metadata.tables)


def test_every_step_reports_up_to_its_total(generated):
    _, counts, steps = generated
    last = {step: (done, total) for step, done, total in steps}
    assert all(done == total for done, total in last.values())
    assert last["orders"] == (1500, 1500)
    assert last["customers"][0] == counts["customers"]


def test_references_hold_and_the_file_is_sound(generated):
    path = generated[0]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_amounts_add_up(generated):
    query = """
        SELECT count(*) FROM orders o WHERE abs(o.amount + o.discount -
        (SELECT sum(quantity * unit_price) FROM order_lines l WHERE l.order_id = o.id)) > 0.001
    """
    assert rows(generated[0], query) == [(0,)]
    assert rows(generated[0], "SELECT count(*) FROM orders WHERE discount > 0")[0][0] > 50


def test_coupons_count_their_orders(generated):
    redeemed = "SELECT upper(coupon), count(*) FROM orders WHERE discount > 0 GROUP BY 1"
    used = dict(rows(generated[0], "SELECT code, used FROM coupons WHERE used > 0"))
    assert sum(used.values()) >= sum(count for _, count in rows(generated[0], redeemed)) > 0
    assert set(used) >= {code for code, _ in rows(generated[0], redeemed)}


def test_missing_and_empty_coupons_both_occur(generated):
    kinds = "SELECT sum(coupon IS NULL), sum(coupon = ''), sum(coupon <> '') FROM orders"
    assert min(rows(generated[0], kinds)[0]) > 20


def test_names_come_in_many_scripts(generated):
    names = [name for (name,) in rows(generated[0], "SELECT name FROM customers")]
    assert "Deniz Aydın" in names
    letters = {unicodedata.name(c, "").split(" ")[0] for name in names for c in name if c.isalpha()}
    assert letters >= {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "HANGUL"}
    notes = "".join(note for (note,) in rows(generated[0], "SELECT note FROM orders WHERE note IS NOT NULL"))
    assert "🐕" in notes


def test_instants_have_microseconds_and_state_follows_age(generated):
    path = generated[0]
    shape = "dddd-dd-dd dd:dd:dd.dddddd".replace("d", "[0-9]")
    for table in ("orders", "users"):
        assert rows(path, f"SELECT count(*) FROM {table} WHERE created_at NOT GLOB '{shape}'") == [(0,)]
    assert rows(path, "SELECT count(DISTINCT substr(created_at, 21)) > 1400 FROM orders") == [(1,)]
    ((recent, old),) = rows(
        path,
        "SELECT avg(CASE WHEN created_at > '2026-11-03' THEN status = 'open' END),"
        " avg(CASE WHEN created_at <= '2026-11-03' THEN status = 'open' END) FROM orders",
    )
    assert recent > 0.15 > 0.04 > old


def test_notes_documents_and_pictures(generated):
    path = generated[0]
    lengths = [n for (n,) in rows(path, "SELECT length(note) FROM orders WHERE note IS NOT NULL")]
    assert min(lengths) == 0 and max(lengths) > 800
    for (text,) in rows(path, "SELECT shipping FROM orders WHERE shipping IS NOT NULL"):
        assert set(json.loads(text)) == {"recipient", "street", "city", "country"}
    pictures = [p for (p,) in rows(path, "SELECT thumbnail FROM products WHERE thumbnail IS NOT NULL")]
    assert all(p.startswith(b"\x89PNG\r\n\x1a\n") and p.endswith(b"IEND\xaeB`\x82") for p in pictures)
    assert max(map(len, pictures)) > 64 * 1024 and len(pictures) < 1200


def test_views_answer(generated):
    path = generated[0]
    total = rows(
        path, "SELECT round(sum(amount), 2) FROM orders WHERE status NOT IN ('cancelled', 'refunded')"
    )
    ((revenue,),) = rows(path, "SELECT sum(revenue) FROM revenue_by_day")
    assert revenue == pytest.approx(total[0][0])
    low = rows(path, "SELECT stock, reorder_level FROM stock_low")
    assert low and all(stock <= level for stock, level in low)


def test_rows_are_stored_as_the_application_stores_them(app, generated):
    """Reading a generated row and writing it anew must not change a byte."""
    order = db.session.scalars(select(Order).where(Order.coupon == "", Order.shipping.is_not(None))).first()
    values = {c.key: getattr(order, c.key) for c in Order.__table__.columns if c.key != "id"}
    copy = Order(**values)
    visit = db.session.scalars(select(WebSession)).first()
    db.session.add_all([copy, WebSession(**{**_values(visit), "id": "copy"})])
    db.session.commit()
    path = db.engine.url.database
    columns = ", ".join(f"{c}, typeof({c})" for c in values)
    stored = rows(path, f"SELECT {columns} FROM orders WHERE id IN ({order.id}, {copy.id}) ORDER BY id")
    assert stored[0] == stored[1]
    columns = ", ".join(c for c in _values(visit) if c != "id")
    stored = rows(path, f"SELECT {columns} FROM sessions WHERE id IN ('{visit.id}', 'copy')")
    assert stored[0] == stored[1]


def _values(item):
    return {c.key: getattr(item, c.key) for c in type(item).__table__.columns}


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path, capsys):
    target = tmp_path / "shop.db"
    target.write_bytes(b"precious")
    assert generate.main(["--url", f"sqlite:///{target}", "--orders", "5"]) == 2
    assert target.read_bytes() == b"precious"
    assert "--replace" in capsys.readouterr().err
    assert generate.main(["--url", f"sqlite:///{target}", "--orders", "5", "--replace", "--progress"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"step": "orders", "done": 5, "total": 5} in lines
    assert lines[-1]["step"] == "done" and lines[-1]["user"]["email"] == "demo@example.org"
    assert rows(target, "SELECT count(*) FROM orders") == [(5,)]


def test_a_failure_leaves_no_file(tmp_path):
    def broken(step, done, _total):
        if step == "orders" and done:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        build(f"sqlite:///{tmp_path}/shop.db", 50, 7, broken)
    assert list(tmp_path.iterdir()) == []


def test_sizes_below_one_are_refused(tmp_path):
    with pytest.raises(BuildError):
        build(f"sqlite:///{tmp_path}/shop.db", 0, 7, silent)


class SignalAt(io.StringIO):
    """A standard output that sends this process a signal when a step is printed."""

    def __init__(self, step, number, folder):
        super().__init__()
        self.step, self.number, self.folder, self.files = step, number, folder, []

    def write(self, text):
        if f'"{self.step}"' in text and not self.files:
            self.files = list(self.folder.iterdir())
            signal.raise_signal(self.number)
        return super().write(text)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_file(tmp_path, monkeypatch, capsys, number):
    output = SignalAt("customers", number, tmp_path)
    monkeypatch.setattr("sys.stdout", output)
    arguments = ["--progress", "--url", f"sqlite:///{tmp_path}/shop.db", "--orders", "50"]
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    # Who starts the tests in the background has their Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert generate.main(arguments) == 130
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert [path.suffix for path in output.files] == [".part"] and list(tmp_path.iterdir()) == []
    assert "nothing was kept" in capsys.readouterr().err


def test_small_shops_still_have_the_demo_user(tmp_path):
    build(f"sqlite:///{tmp_path}/tiny.db", 1, 3, silent)
    app = create_app(f"sqlite:///{tmp_path}/tiny.db")
    with app.app_context():
        name = "SELECT c.name FROM users u JOIN customers c ON c.id = u.customer_id WHERE u.id = 12"
        assert rows(tmp_path / "tiny.db", name) == [("Deniz Aydın",)]
        db.engine.dispose()
