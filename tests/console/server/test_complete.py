"""What fits at the cursor: on every engine, in broken SQL, never in strings, without asking the database."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.console.completion import words
from embedded_server.console.completion.complete import complete
from embedded_server.console.completion.names import Reader
from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.completion import COMPLETE, CompleteRequest, CompleteResponse, Suggestion
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sql.dialect import dialect
from tests.engines.subject import subjects
from tests.waiting import wait_until

from .conftest import Desk

SHOP = """
    CREATE TABLE customers (id {integer} NOT NULL PRIMARY KEY, name {text}, email {text});
    CREATE TABLE orders (id {integer} NOT NULL PRIMARY KEY, customer_id {integer} REFERENCES customers(id),
        status {text}, {order});
    CREATE TABLE order_items (id {integer} NOT NULL PRIMARY KEY, order_id {integer} REFERENCES orders(id),
        quantity {integer});
    CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
"""
KEYS = "ALTER TABLE {0} ADD CONSTRAINT {0}_fk FOREIGN KEY ({1}) REFERENCES {2}(id)"


def ask(desk: Desk, sql: str, **fields: object) -> CompleteResponse:
    """The answer where | stands."""
    text = sql.replace("|", "", 1)
    request = CompleteRequest(sql=text, position=sql.index("|"), connection=desk.url, **fields)
    return desk.call(COMPLETE, request)


def names(answer: CompleteResponse, kind: str = "") -> list[str]:
    return [one.text for one in answer.suggestions if kind in ("", one.kind)]


def taken(sql: str, answer: CompleteResponse, number: int = 0) -> str:
    """The text after a suggestion was taken."""
    text, one = sql.replace("|", "", 1), answer.suggestions[number]
    return text[: answer.start] + (one.insert or one.text) + text[answer.end :]


@pytest.fixture
def shop(services: Services, engine_name: str, engine_url: str) -> Desk:
    """Tables with foreign keys and a name that needs quotes, made once per engine."""
    subject = subjects()[engine_name]
    desk = Desk(services, engine_url, subject)
    if subject.secret() is not None:
        services.secrets.remember(engine_url, subject.secret())
    if engine_url not in _MADE:
        _MADE.add(engine_url)
        s = subject.spelling
        order = f"{engine_for(engine_url).grammar.name('Order Date')} {s.key_text}"
        script = SHOP.format(integer=s.integer, text=s.key_text, order=order)
        if engine_for(engine_url).name == "mysql":
            # Here a column's own REFERENCES means nothing.
            for one in (("orders", "customer_id", "customers"), ("order_items", "order_id", "orders")):
                script += KEYS.format(*one) + ";"
        assert all(one.error is None for one in desk.run(script, session="").statements)
    return desk


_MADE: set[str] = set()


# --- on every engine ---------------------------------------------------------------------------------


def test_columns_of_an_alias_and_what_is_taken_runs(shop: Desk) -> None:
    answer = ask(shop, "SELECT o.| FROM orders o")
    assert names(answer) == ["id", "customer_id", "status", "Order Date"]
    assert "key" in answer.suggestions[0].detail and "→ customers" in answer.suggestions[1].detail
    for number in range(4):
        assert shop.one(taken("SELECT o.| FROM orders o", answer, number)).error is None


def test_tables_and_views_and_what_is_typed_may_be_broken(shop: Desk) -> None:
    assert {"orders", "order_items", "open_orders"} <= set(names(ask(shop, "SELECT * FROM or|")))
    assert names(ask(shop, "SELECT * FROM ord|"))[0] == "orders"
    assert names(ask(shop, "SELECT a, b, ( FROM oitem|"), "table")[0] == "order_items"
    assert "customers" in names(ask(shop, "DELETE FROM cu| WHERE"))


def test_a_join_is_offered_with_its_condition_from_the_foreign_key(shop: Desk) -> None:
    sql = "SELECT count(*) FROM orders o JOIN |"
    answer = ask(shop, sql)
    assert set(names(answer, "join")) == {
        "customers c ON c.id = o.customer_id",
        "order_items oi ON oi.order_id = o.id",
    }
    assert shop.one(taken(sql, answer)).error is None
    sql = "SELECT count(*) FROM orders o JOIN customers c ON |"
    answer = ask(shop, sql)
    assert names(answer)[0] == "c.id = o.customer_id"
    assert shop.one(taken(sql, answer)).error is None


def test_the_column_list_of_an_insert(shop: Desk) -> None:
    found = names(ask(shop, "INSERT INTO orders (id, |) VALUES (1)"))
    assert found == ["customer_id", "status", "Order Date"]
    sql = "INSERT INTO orders |"
    answer = ask(shop, sql)
    assert answer.suggestions[0].kind == "columns" and answer.suggestions[0].back == 1
    written = taken(sql, answer)
    assert shop.one(written[:-1] + "1, NULL, 'open', 'x')").affected == 1


def test_a_quoted_name_that_is_half_typed(shop: Desk) -> None:
    sign = {"mysql": "`"}.get(engine_for(shop.url).name, '"')
    sql = f"SELECT {sign}Ord| FROM orders"
    answer = ask(shop, sql)
    assert names(answer)[0] == "Order Date"
    assert shop.one(taken(sql, answer)).error is None
    sql = f"SELECT {sign}Ord|{sign} FROM orders"
    assert taken(sql, ask(shop, sql)).count(sign) == 2


def test_every_function_that_is_offered_exists(desk: Desk) -> None:
    name = engine_for(desk.url).name
    offered = words.functions(dialect(name))
    known = functions_of(desk, name, offered)
    assert [one for one in offered if one not in known] == []


def functions_of(desk: Desk, name: str, offered: tuple[str, ...]) -> set[str]:
    """What the server says it has; of one that does not tell, those it does not call unknown."""
    queries = {
        "postgresql": "SELECT DISTINCT proname FROM pg_catalog.pg_proc",
        "sqlite": "SELECT DISTINCT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list",
        "duckdb": "SELECT DISTINCT function_name FROM duckdb_functions()",
    }
    if name not in queries:
        answer = desk.run(";".join(f"SELECT {one}(1)" for one in offered), on_error="continue")
        failed = [(str(one.error["detail"]) if one.error else "") for one in answer.statements]
        unknown = [one for one, why in zip(offered, failed, strict=True) if " does not exist" in why.lower()]
        return set(offered) - set(unknown)
    found = {str(row[0]).lower() for row in desk.rows(queries[name], limit=100_000)}
    if name == "postgresql":
        # These are syntax, not entries of the catalogue.
        found |= {"coalesce", "nullif", "greatest", "least", "trim", "substring", "position", "overlay"}
    return found | {"coalesce", "nullif", *_WINDOW} if name == "duckdb" else found


_WINDOW = [
    "row_number",
    "rank",
    "dense_rank",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
] + ["percent_rank", "cume_dist"]


def test_reserved_words_are_known(desk: Desk) -> None:
    name = engine_for(desk.url).name
    queries = {
        "postgresql": "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')",
        "duckdb": "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved')",
    }
    if name not in queries:
        pytest.skip("not applicable: the server does not tell its reserved words")
    told = {str(row[0]) for row in desk.rows(queries[name], limit=10_000)}
    assert sorted(told - words.reserved(dialect(name))) == []


def test_a_table_named_with_any_reserved_word_can_be_completed(shop: Desk) -> None:
    grammar = engine_for(shop.url).grammar
    for name in ("group", "select", "Mixed", "with blank", "user", "table", "rank", "key", "end"):
        shop.one(f"CREATE TABLE {grammar.name(name)} (id {shop.spelling.integer})")
        answer = ask(shop, f"SELECT * FROM {name.split()[0]}|")
        found = [(one.text, one.kind) for one in answer.suggestions]
        number = found.index((name, "table"))
        result = shop.one(taken(f"SELECT * FROM {name.split()[0]}|", answer, number))
        shop.one(f"DROP TABLE {grammar.name(name)}")
        assert [column.name for column in result.columns] == ["id"]


# --- what fits where ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lite_shop(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("complete")
    path = folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SHOP.format(integer="INTEGER", text="TEXT", order='"Order Date" TEXT'))
    connection.close()
    services = Services(Workspace(folder / "workspace"))
    yield Desk(services, f"sqlite:///{path}")
    services.close()


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("se|", ["select"]),
        ("SELECT * FROM orders WHERE st|", ["status"]),
        ("SELECT * FROM orders WHERE status = 'x' AND cu|", ["customer_id"]),
        ("SELECT cust| FROM orders", ["customer_id"]),
        ("SELECT x.| FROM (SELECT id, count(*) AS n FROM orders GROUP BY id) x", ["id", "n"]),
        ("SELECT x.| FROM (SELECT * FROM customers) x", ["id", "name", "email"]),
        ("WITH a AS (SELECT id, status FROM orders) SELECT a.| FROM a", ["id", "status"]),
        ("WITH a(one, two) AS (SELECT id, status FROM orders) SELECT | FROM a", ["one", "two"]),
        ("WITH a AS (SELECT 1 AS n), b AS (SELECT | FROM a) SELECT * FROM b", ["n"]),
        ("WITH newest AS (SELECT 1) SELECT * FROM new|", ["newest"]),
        (
            "SELECT (SELECT max(id) FROM order_items WHERE order_id = o.|) FROM orders o",
            ["id", "customer_id"],
        ),
        ("SELECT id FROM orders UNION SELECT | FROM customers", ["id", "name", "email"]),
        ("SELECT count(| FROM orders", ["id", "customer_id"]),
        ("UPDATE orders SET st| WHERE id = 1", ["status"]),
        ("UPDATE orders |", ["SET"]),
        ("UPDATE orders SET status = 'a', |", ["id", "customer_id"]),
        ("SELECT o.id, | FROM orders AS o", ["id", "customer_id"]),
        ("SELECT status AS state FROM orders ORDER BY sta|", ["state", "status"]),
        ("SELECT * FROM orders o JOIN order_items i USING (|", ["id"]),
        ("SELECT * FROM orders GROUP |", ["BY"]),
        ("SELECT * FROM orders WHERE status IS |", ["NULL", "NOT NULL"]),
        ("CREATE INDEX i ON orders (|", ["id", "customer_id"]),
        ("SELECT CAST(id AS | FROM orders", ["INTEGER"]),
        ("SELECT * FROM main.|", ["customers"]),
        ("SELECT * FROM orders o LEFT |", ["JOIN"]),
        ("SELECT orders.|", ["id", "customer_id"]),
        ("INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET status = excluded.|", ["id"]),
        ("SELECT * FROM ord|;\nSELECT 1", ["orders"]),
        ("SELECT * FROM orders WHERE |\n\nSELECT * FROM customers", ["id", "customer_id", "status"]),
        ("SELECT 1;\nUPDATE customers SET na|", ["name"]),
        ("SELECT 1 FROM order_items o; SELECT o.| FROM orders o", ["id", "customer_id"]),
        ("select sta|tus from orders", ["status"]),
        ("SELECT * FROM orders o, customers c WHERE c.|", ["id", "name", "email"]),
        ("DELETE FROM orders WHERE cus|", ["customer_id"]),
        ("ALTER TABLE orders ADD |", ["COLUMN"]),
    ],
)
def test_what_comes_first(lite_shop: Desk, sql: str, first: list[str]) -> None:
    assert names(ask(lite_shop, sql))[: len(first)] == first


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'or|",
        "SELECT 'it''s or|",
        "SELECT 1 -- or|",
        "SELECT /* or|",
        "SELECT 12|",
        "SELECT * FROM orders WHERE id = :na|",
        "SELECT id AS na| FROM orders",
        "SELECT * FROM orders LIMIT |",
    ],
)
def test_nothing_in_strings_comments_numbers_and_new_names(lite_shop: Desk, sql: str) -> None:
    assert names(ask(lite_shop, sql)) == []


def test_behind_a_closed_string_or_comment_it_goes_on(lite_shop: Desk) -> None:
    assert "AND" in names(ask(lite_shop, "SELECT * FROM orders WHERE status = 'a' |"))
    assert names(ask(lite_shop, "SELECT /* 'or */ or| FROM orders"))[0] == "Order Date"
    assert names(ask(lite_shop, "SELECT 'it''s', st| FROM orders"))[0] == "status"


def test_inside_a_routines_body(lite_shop: Desk) -> None:
    sql = "CREATE FUNCTION f() RETURNS int AS $x$ BEGIN SELECT o.| FROM orders o; END $x$ LANGUAGE plpgsql"
    assert names(ask(lite_shop, sql, dialect="postgresql"))[:2] == ["id", "customer_id"]


def test_an_alias_may_be_typed_so_nothing_is_certain(lite_shop: Desk) -> None:
    assert not ask(lite_shop, "SELECT * FROM orders o|").certain
    assert ask(lite_shop, "SELECT * FROM orders o WHERE st|").certain


def test_a_name_of_two_tables_is_written_with_its_table(lite_shop: Desk) -> None:
    answer = ask(lite_shop, "SELECT | FROM orders o JOIN customers c ON c.id = o.customer_id")
    written = {one.text: one.insert for one in answer.suggestions if one.kind == "column"}
    assert written["status"] == "status"
    assert [one.insert for one in answer.suggestions if one.text == "id"] == ["o.id", "c.id"]


def test_keywords_follow_the_case_that_is_typed(lite_shop: Desk) -> None:
    assert names(ask(lite_shop, "select * from orders wh|"))[0] == "where"
    assert names(ask(lite_shop, "select * from orders |"))[0] == "where"
    assert names(ask(lite_shop, "SELECT * FROM orders |"))[0] == "WHERE"


def test_what_was_taken_lately_comes_first_among_equals(lite_shop: Desk) -> None:
    assert names(ask(lite_shop, "SELECT * FROM o|"))[:3] == ["orders", "open_orders", "order_items"]
    found = names(ask(lite_shop, "SELECT * FROM o|", recent=["order_items", "open_orders", "customers"]))
    assert found[:3] == ["order_items", "open_orders", "orders"]


def test_beginnings_before_words_before_letters(lite_shop: Desk) -> None:
    assert names(ask(lite_shop, "SELECT * FROM o|"), "table") == ["orders", "order_items", "customers"]
    assert names(ask(lite_shop, "SELECT * FROM items|"))[0] == "order_items"
    assert names(ask(lite_shop, "SELECT * FROM odit|"))[0] == "order_items"


def test_it_is_capped_and_says_so(lite_shop: Desk) -> None:
    answer = ask(lite_shop, "SELECT | FROM orders", limit=3)
    assert len(answer.suggestions) == 3 and answer.more


def test_parentheses_that_stand_there_are_not_doubled(lite_shop: Desk) -> None:
    assert ask(lite_shop, "SELECT coun|").suggestions[0] == Suggestion("count", "function", "count()", back=1)
    assert ask(lite_shop, "SELECT coun|(id)").suggestions[0] == Suggestion("count", "function", "count")


def test_without_a_connection_keywords_alone(services: Services) -> None:
    request = CompleteRequest(sql="sel", dialect="sqlite")
    answer = complete(request, Call("x", COMPLETE.name, services))
    assert names(answer)[0] == "select" and not answer.loading


# --- where names come from ---------------------------------------------------------------------------


def test_the_database_is_asked_once_and_never_again(lite: Desk, tmp_path) -> None:
    assert names(ask(lite, "SELECT x.| FROM t x")) == ["id", "v"]
    (tmp_path / "lite.db").unlink()
    read = reads(lite)
    assert names(ask(lite, "SELECT x.| FROM t x", wait_ms=0)) == ["id", "v"]
    assert names(ask(lite, "SELECT * FROM t|", wait_ms=0))[0] == "t"
    assert reads(lite) == read


def reads(desk: Desk) -> int:
    """How often names were read from the database, those under way included."""
    reader = desk.services.room("console.names", Reader)
    wait_until(lambda: not reader._under_way, "the end of reading")
    return sum(event.kind == "console.names" for event in desk.services.events._events)


def test_own_ddl_is_known_at_once(lite: Desk) -> None:
    assert "fresh" not in names(ask(lite, "SELECT * FROM fr|"))
    lite.one("CREATE TABLE fresh (n INTEGER)")
    assert names(ask(lite, "SELECT * FROM fr|"))[0] == "fresh"
    lite.one("ALTER TABLE fresh ADD COLUMN added TEXT")
    assert names(ask(lite, "SELECT x.| FROM fresh x")) == ["n", "added"]


def test_without_patience_it_says_that_names_are_being_read(lite: Desk) -> None:
    answer = ask(lite, "SELECT * FROM t|", wait_ms=0)
    wait_until(lambda: not ask(lite, "SELECT * FROM t|", wait_ms=0).loading, "the names")
    assert answer.loading or names(answer)[0] == "t"
    assert names(ask(lite, "SELECT * FROM t|", wait_ms=0))[0] == "t"


def test_names_that_cannot_be_read_are_a_warning(services: Services, tmp_path) -> None:
    path = tmp_path / "text.db"
    path.write_text("this is no database at all, but long enough to look like one" * 20)
    desk = Desk(services, f"sqlite:///{path}")
    answer = ask(desk, "SELECT * FROM t|")
    assert answer.warning and not answer.loading
    assert names(ask(desk, "sel|"))[0] == "select"


def test_an_unknown_connection_is_a_problem(services: Services) -> None:
    with pytest.raises(ProblemError) as caught:
        ask(Desk(services, "no such connection"), "SELECT |")
    assert caught.value.problem.code == "connection.unknown"


# --- nothing crashes it ------------------------------------------------------------------------------

SCRIPTS = [
    """
    WITH RECURSIVE r(n, path) AS (SELECT 1, '{a}' UNION ALL SELECT n + 1, path || "x" FROM r WHERE n < (5))
    SELECT r.*, o."Order Date", (SELECT max(id) FROM order_items i WHERE i.order_id = o.id) FROM r, orders o
    LEFT JOIN (customers c JOIN order_items USING (id)) ON c.id = o.id AND EXTRACT(year FROM now()) > 1
    WHERE status IN ('a', 'b') AND NOT EXISTS (SELECT 1 FROM t) GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1
    """,
    """
    INSERT INTO orders (id, status) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET status = excluded.status;
    UPDATE orders o SET status = upper(o.status), customer_id = NULL FROM customers c WHERE c.id = o.id;
    """,
    """
    CREATE FUNCTION f(a int) RETURNS trigger AS $b$ DECLARE x int; BEGIN IF NEW.id > 1 THEN UPDATE orders SET
    status = 'x' WHERE id = NEW.id; END IF; RETURN NEW; END $b$ LANGUAGE plpgsql; -- end
    /* a /* b */ c */
    """,
    """
    CREATE TABLE x (a int PRIMARY KEY, b text DEFAULT 'q', FOREIGN KEY (a) REFERENCES orders (id));
    CREATE UNIQUE INDEX i ON x (a, lower(b)) WHERE a > 0; MERGE INTO orders USING customers ON (1=1) WHEN
    MATCHED THEN DELETE; SELECT a::int, b[1:2], $1, :name, data ->> 'k' FROM generate_series(1, 2) g(x)
    """,
]


@pytest.mark.parametrize("product", ["postgresql", "sqlite", "mysql", "duckdb", "generic"])
@pytest.mark.parametrize("script", range(len(SCRIPTS)))
def test_no_prefix_of_a_real_script_breaks_it(lite_shop: Desk, product: str, script: int) -> None:
    text = SCRIPTS[script]
    for at in range(len(text) + 1):
        for sql in (text[:at], text):
            asked = CompleteRequest(sql=sql, position=at, connection=lite_shop.url, dialect=product, limit=9)
            answer = lite_shop.call(COMPLETE, asked)
            assert answer.start <= at <= answer.end <= len(sql)


@given(st.text("aox '\"`$-/*().,;\n#[]se:", max_size=60), st.integers(0, 60))
def test_no_text_breaks_it(text: str, at: int) -> None:
    with Workspaceless() as services:
        for product in ("postgresql", "mysql", "mssql"):
            request = CompleteRequest(sql=text, position=min(at, len(text)), dialect=product)
            answer = complete(request, Call("x", COMPLETE.name, services))
            assert answer.start <= min(at, len(text)) <= answer.end


class Workspaceless:
    """Completion without a connection needs nothing of the services."""

    def __enter__(self) -> Services:
        return Services.__new__(Services)

    def __exit__(self, *_: object) -> None:
        return None


def test_parentheses_a_thousand_deep(lite_shop: Desk) -> None:
    answer = ask(lite_shop, "SELECT * FROM " + "(SELECT * FROM " * 2000 + "|")
    assert answer.start == answer.end
