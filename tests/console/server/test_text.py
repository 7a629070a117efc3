"""Placeholders, classification, redaction and layout: pure functions on SQL text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.console.format import format_sql
from embedded_server.console.redact import redacted, without_secrets
from embedded_server.engines.registry import engines
from embedded_server.engines.support.binding import bind
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sql.classify import classify
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.placeholders import placeholders
from embedded_server.wire.sql.tokens import tokens

PG, LITE, MY = dialect("postgresql"), dialect("sqlite"), dialect("mysql")


def keys(sql: str, product: str = "postgresql") -> list[str]:
    return [mark.key for mark in placeholders(sql, dialect(product))]


@pytest.mark.parametrize(
    ("product", "sql", "expected"),
    [
        ("postgresql", "select :a, x::int, y := :b, (:c), :a", ["a", "b", "c", "a"]),
        ("postgresql", "select ':x', \":y\" -- :z\n /* :w */ , $q$ :v $q$", []),
        ("postgresql", "where data ? 'k' and data ?| array['x'] and a = ? and b in (?, ?)", ["1", "2", "3"]),
        ("postgresql", "data->'a' ? ?", ["1"]),
        ("postgresql", "select a[1:2], a[x:y], $2, $1", ["2", "1"]),
        ("postgresql", "select %s, 10 %s, x = %(name)s, 5 % s", ["1", "name"]),
        ("sqlite", "select ?, ?7, @x, $y, :z limit ?", ["1", "7", "x", "y", "z", "2"]),
        ("mysql", "select ?, @session, @@global.x, :z", ["1", "z"]),
        ("mysql", "create procedure p() begin select :x; end", []),
        ("postgresql", "select '12:30'::time, now() - interval '1:x'", []),
        ("postgresql", "SELECT path ^? ARRAY[?], a ^ ? FROM t WHERE id=?", ["1", "2", "3"]),
        ("mysql", "SELECT a ^? FROM t", ["1"]),
    ],
)
def test_placeholders(product: str, sql: str, expected: list[str]) -> None:
    assert keys(sql, product) == expected


@given(st.text(max_size=80), st.sampled_from(["postgresql", "sqlite", "mysql", "duckdb", "generic"]))
def test_tokens_cover_everything_but_blanks(text: str, product: str) -> None:
    at = 0
    for token in tokens(text, dialect(product)):
        assert not text[at : token.start].strip()
        assert token.end > token.start >= at
        at = token.end
    assert not text[at:].strip()


def bound(sql: str, values: dict[str, object], product: str = "postgresql"):
    engine = engines()[product]
    return bind(sql, dialect(product), engine.grammar, values)[0]


def test_values_go_to_the_driver_in_its_own_style() -> None:
    found = bound("select :a, '%', x % 2, :b, :a", {"a": "1", "b": {"$int": "9007199254740993"}})
    assert found.sql == "select %s, '%', x %% 2, %s, %s"
    assert found.params == ("1", 9007199254740993, "1")
    found = bound("select @x || $y", {"x": None, "y": {"$bytes": "AAE="}}, "sqlite")
    assert (found.sql, found.params) == ("select ? || ?", (None, b"\0\x01"))


def test_a_statement_without_placeholders_is_sent_as_it_is() -> None:
    found = bound("select '100%', 5 % 2, data ? 'k'", {"unused": 1})
    assert (found.sql, found.params) == ("select '100%', 5 % 2, data ? 'k'", None)


@given(st.lists(st.sampled_from([":a", ":bb", "x", " % ", "'%s'", " ", "+", "?", "1"]), max_size=12))
def test_every_offset_leads_back_to_where_it_came_from(parts: list[str]) -> None:
    sql = "select :a, " + " ".join(parts)
    found = bound(sql, {"a": 1, "bb": 2, **{str(n): n for n in range(20)}})
    assert "".join(text for _, _, text in found.places) == sql
    for place, start, text in found.places:
        assert sql.startswith(text, start)
        if "%" in text or text.startswith((":", "?")):
            assert found.original(place) == start
        else:
            assert found.sql.startswith(text, place)
            for inside in range(len(text)):
                assert found.original(place + inside) == start + inside
    assert found.original(10**6) == len(sql)


def test_missing_values_are_named_all_at_once() -> None:
    with pytest.raises(ProblemError) as caught:
        bound("select :a, ?, :b, ?", {"a": 1, "1": 1})
    problem = caught.value.problem
    assert problem.code == "sql.params"
    assert problem.detail == ":b, 2"
    assert problem.position == len("select :a, ?, ")


def test_a_value_that_is_no_cell_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        bound("select :a", {"a": [1]})
    assert caught.value.problem.code == "sql.params"


READS = [
    ("postgresql", "select count(*), lower(a) from t join b using (x) where a in (1) and exists (select 1)"),
    ("sqlite", "with x(a) as (select 1) select * from x"),
    ("sqlite", "(select 1) union (select 2)"),
    ("postgresql", "values (1), (2)"),
    ("postgresql", "table t"),
    ("duckdb", "from t select a"),
    ("mysql", "show tables"),
    ("mysql", "explain delete from t"),
    ("postgresql", "explain (analyze, buffers) select 1"),
    ("sqlite", "pragma table_info(t)"),
    ("sqlite", "pragma main.user_version"),
    ("mysql", "describe t"),
    ("postgresql", "/* delete from t */ select 'insert into t'"),
    ("postgresql", "select * from t as x(a, b)"),
]
MAY_WRITE = [
    ("postgresql", "insert into t values (1)"),
    ("postgresql", "with d as (delete from t returning *) select * from d"),
    ("postgresql", "select * into u from t"),
    ("mysql", "select * from t into outfile 'x'"),
    ("postgresql", "select * from t for update"),
    ("postgresql", "select * from t for no key update"),
    ("mysql", "select * from t lock in share mode"),
    ("postgresql", "select nextval('s')"),
    ("postgresql", "select my.f(1)"),
    ("postgresql", 'select "count"(1)'),
    ("postgresql", "explain analyze delete from t"),
    ("mysql", "analyze table t"),
    ("mysql", "select /*!50000 sleep(1), */ 1"),
    ("mysql", "select @x := 1"),
    ("sqlite", "pragma user_version = 3"),
    ("sqlite", "pragma wal_checkpoint"),
    ("sqlite", "pragma journal_mode(delete)"),
    ("postgresql", "call p()"),
    ("postgresql", "copy t to stdout"),
    ("postgresql", "begin"),
    ("postgresql", "do $$ begin end $$"),
    ("postgresql", "set x = 1"),
]


@pytest.mark.parametrize(("product", "sql"), READS)
def test_surely_only_reads(product: str, sql: str) -> None:
    assert classify(sql, dialect(product)).reads_only


@pytest.mark.parametrize(("product", "sql"), MAY_WRITE)
def test_may_write(product: str, sql: str) -> None:
    assert not classify(sql, dialect(product)).reads_only


def test_what_a_statement_is() -> None:
    assert classify("-- remark\n update t set a = 1", PG).kind == "UPDATE"
    assert classify("(select 1)", PG).kind == "SELECT"
    assert not classify("insert into t values (1) returning id", PG).waits
    assert not classify("with d as (delete from t returning *) select * from d", PG).waits
    assert classify("select * from t for update", PG).waits


@pytest.mark.parametrize(
    ("sql", "hidden"),
    [
        (
            "ALTER USER x WITH PASSWORD 'se''cret' VALID UNTIL 'x'",
            "ALTER USER x WITH PASSWORD '***' VALID UNTIL 'x'",
        ),
        ("create user a identified by 'secret'", "create user a identified by '***'"),
        (
            "create user a identified with caching_sha2_password by 'secret'",
            "create user a identified with caching_sha2_password by '***'",
        ),
        ("set password = PASSWORD('secret')", "set password = PASSWORD('***')"),
        (
            "create server s options (user 'me', password 'secret')",
            "create server s options (user 'me', password '***')",
        ),
        ("pragma key = 'secret'", "pragma key = '***'"),
        ("create subscription s connection 'host=h password=secret'", None),
        ("attach 'postgres://u:secret@h/db' as x", "attach 'postgres://u:***@h/db' as x"),
        ("select 'password' from t where note = 'x'", "select 'password' from t where note = 'x'"),
        ("select 1 where key = 'visible'", "select 1 where key = 'visible'"),
        ("alter role r password $$secret$$", "alter role r password '***'"),
    ],
)
def test_passwords_are_cut(sql: str, hidden: str | None) -> None:
    found = redacted(sql, PG)
    assert found == (hidden or "create subscription s connection 'host=h password=***'")
    assert "secret" not in found


def test_an_error_message_does_not_repeat_a_password() -> None:
    sql = "alter user me password 'secret'"
    assert "secret" not in without_secrets("LINE 1: alter user me password 'secret' \"secret\"", sql, PG)


LAYOUTS = [
    "select a,b from t where x=1 and y in (select z from u) order by 1 desc",
    "insert into t(a,b) values (1,'x  y'),(2,'--'); update t set a=a||'q' where b is null",
    "select a -- remark\n, b /* two\n lines */ from t",
    "create table t (a int primary key, b numeric(10,2) default 0.10, c text check (c <> ''))",
    "select * from User u, status where Name = 'x'",
    "select $$ body;  here $$, data->>'a', x::int[] from t",
]


@pytest.mark.parametrize("sql", LAYOUTS)
def test_layout_changes_only_blanks_and_the_case_of_reserved_words(sql: str) -> None:
    text, notice = format_sql(sql, PG, 4, "upper")
    assert notice == ""
    assert [part.lower() for part in _words(text)] == [part.lower() for part in _words(sql)]
    assert "Name" in text or "Name" not in sql
    assert " User" in text or "User" not in sql


def _words(sql: str) -> list[str]:
    return [" ".join(sql[token.start : token.end].split()) for token in tokens(sql, PG)]


def test_a_layout_that_would_change_more_is_not_taken() -> None:
    # sqlparse ends this comment at its first */, PostgreSQL at its second.
    sql = "select /* a /* b */ c,d */ e from t"
    text, notice = format_sql(f"select 1;\n{sql}; select  2", PG, 4, "lower")
    assert sql in text
    assert "line 2" in notice
    assert text.startswith("select 1") and text.endswith("select 2")


@given(
    st.lists(
        st.sampled_from(["select", "a", ",", "'x'", "from", "(", ")", "--c\n", "1", "and", "\n"]), max_size=20
    )
)
def test_layout_never_changes_the_tokens(parts: list[str]) -> None:
    sql = " ".join(parts)
    text, _ = format_sql(sql, LITE, 2, "as is")
    assert [sql[t.start : t.end] for t in tokens(sql, LITE)] == [
        text[t.start : t.end] for t in tokens(text, LITE)
    ]


def test_layout_of_a_very_long_statement_gives_it_back() -> None:
    sql = "select " + ", ".join(map(str, range(6000)))
    assert format_sql(sql, MY, 4, "upper")[0] == sql
