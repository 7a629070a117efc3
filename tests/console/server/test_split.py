"""Scripts cut into statements: exact offsets, each product's own rules, linear time."""

from __future__ import annotations

import pytest
import sqlparse
from hypothesis import example, given
from hypothesis import strategies as st

from embedded_server.console.split import pieces
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.scan import START, Scanner

PRODUCTS = ["postgresql", "sqlite", "mysql", "duckdb", "mssql", "generic"]


def cut(text: str, product: str = "generic") -> list[str]:
    """Statements; what is skipped stands in angle brackets."""
    found = []
    for piece in pieces(text, dialect(product)):
        sql = text[piece.start : piece.end]
        found.append(f"<{piece.skipped}: {sql}>" if piece.skipped else sql)
    return found


CASES: list[tuple[str, str, list[str]]] = [
    ("generic", "select 1; select 2", ["select 1", "select 2"]),
    ("generic", "select 1;", ["select 1"]),
    ("generic", ";; select 1 ;;", ["select 1"]),
    ("generic", "  \n", []),
    ("generic", "-- only a remark\n/* and another */", []),
    ("generic", "-- before\nselect 1; -- behind\nselect 2", ["-- before\nselect 1", "select 2"]),
    ("generic", "select ';', \"a;b\", `c;d`; select 2", ["select ';', \"a;b\", `c;d`", "select 2"]),
    ("generic", "select 'it''s; so'; select 2", ["select 'it''s; so'", "select 2"]),
    ("generic", "select 1 /* ; */ -- ;\n; select 2", ["select 1 /* ; */ -- ;", "select 2"]),
    ("generic", "select 'open; select 2", ["select 'open; select 2"]),
    ("postgresql", "select $$;$$, $a$ ; $$ ; $a$; x", ["select $$;$$, $a$ ; $$ ; $a$", "x"]),
    ("postgresql", "select a$b$c; select $1; x", ["select a$b$c", "select $1", "x"]),
    ("postgresql", "select E'\\';', '\\'; x", ["select E'\\';', '\\'", "x"]),
    ("postgresql", "select like'\\'; x", ["select like'\\'", "x"]),
    ("postgresql", "select /* /* ; */ ; */ 1; x", ["select /* /* ; */ ; */ 1", "x"]),
    ("sqlite", "select /* /* */ 1; x", ["select /* /* */ 1", "x"]),
    ("sqlite", "select [a;b] from t; x", ["select [a;b] from t", "x"]),
    ("postgresql", "select a[1;2]; x", ["select a[1", "2]", "x"]),
    ("mysql", "select 'a\\'; b', \"c\\\";\"; x", ["select 'a\\'; b', \"c\\\";\"", "x"]),
    ("sqlite", "select 'a\\'; x", ["select 'a\\'", "x"]),
    ("mysql", "select 1 # ;\n; select 5--1; x", ["select 1 # ;", "select 5--1", "x"]),
    ("postgresql", "select 1 # 2; x", ["select 1 # 2", "x"]),
    ("mysql", "/*!40101 SET x */; -- remark\n", ["/*!40101 SET x */"]),
    (
        "sqlite",
        "create trigger g after insert on t begin select case 1 when 1 then 2 end; delete from u; end; x",
        ["create trigger g after insert on t begin select case 1 when 1 then 2 end; delete from u; end", "x"],
    ),
    (
        "sqlite",
        "create temp trigger g after insert on t begin select 1; end;",
        ["create temp trigger g after insert on t begin select 1; end"],
    ),
    ("sqlite", "begin; select 1; end; x", ["begin", "select 1", "end", "x"]),
    ("postgresql", "begin isolation level serializable; x", ["begin isolation level serializable", "x"]),
    (
        "postgresql",
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end; x",
        ["create function f() returns int begin atomic select case when true then 1 end; select 2; end", "x"],
    ),
    (
        "postgresql",
        "create rule r as on insert to t do (select 1; select 2); x",
        ["create rule r as on insert to t do (select 1; select 2)", "x"],
    ),
    ("postgresql", "select (1; x", ["select (1", "x"]),
    (
        "mysql",
        "create procedure p() begin if a then b; end if; case c when 1 then select 2; end case; end; x",
        [
            "create procedure p() begin if a then b; end if; case c when 1 then select 2; end case; end",
            "x",
        ],
    ),
    (
        "mysql",
        "create definer=`r`@`%` trigger g before insert on t for each row begin set x=1; end; x",
        ["create definer=`r`@`%` trigger g before insert on t for each row begin set x=1; end", "x"],
    ),
    (
        "mysql",
        "begin; x; commit; begin not atomic select 1; end; x",
        ["begin", "x", "commit", "begin not atomic select 1; end", "x"],
    ),
    (
        "mysql",
        "select 1;\nDELIMITER //\ncreate procedure p() begin a; end//\nselect 2//\ndelimiter ;\nselect 3;",
        [
            "select 1",
            "<DELIMITER: DELIMITER //>",
            "create procedure p() begin a; end",
            "select 2",
            "<DELIMITER: delimiter ;>",
            "select 3",
        ],
    ),
    ("postgresql", "-- a dump\n\n\\restrict x\nset y = 1;", ["<psql command: \\restrict x>", "set y = 1"]),
    ("mysql", "-- a\nDELIMITER //\nselect 1; //", ["<DELIMITER: DELIMITER //>", "select 1;"]),
    ("postgresql", "\\d t\nselect 1 \\g\nselect 2;", ["<psql command: \\d t>", "select 1", "select 2"]),
    (
        "postgresql",
        "copy t (a) from stdin;\n1\t;2\n'\n\\.\nselect 2;",
        ["copy t (a) from stdin", "<COPY data: 1\t;2\n'\n\\.>", "select 2"],
    ),
    ("postgresql", "copy t from '/x/stdin'; select 2", ["copy t from '/x/stdin'", "select 2"]),
    (
        "mssql",
        "create procedure p as begin a; b end\nGO\nx;y\ngo 5 -- five\nz",
        ["create procedure p as begin a; b end", "x", "y", "z"],
    ),
    ("mssql", "select [a;b]\nGO", ["select [a;b]"]),
    (
        "generic",
        "create procedure p is x int; begin y; if a then b; end if; end; select 1",
        ["create procedure p is x int; begin y; if a then b; end if; end", "select 1"],
    ),
    ("generic", "create function f() as 'a;b'; x", ["create function f() as 'a;b'", "x"]),
]


@pytest.mark.parametrize(("product", "text", "expected"), CASES)
def test_statements(product: str, text: str, expected: list[str]) -> None:
    assert cut(text, product) == expected


def test_sqlparse_finishes_a_routine_that_never_begins() -> None:
    # Between IS and a BEGIN that never comes the scanner cannot tell declarations from statements.
    text = "create function f() returns int as select 1; select 2; select 3"
    assert cut(text) == ["create function f() returns int as select 1", "select 2", "select 3"]


def test_lines_are_those_of_the_statements() -> None:
    text = "a;\n\n  b\n;\n-- remark\nc"
    assert [(piece.line, text[piece.start : piece.end]) for piece in pieces(text, dialect(""))] == [
        (1, "a"),
        (3, "b"),
        (5, "-- remark\nc"),
    ]


FRAGMENTS = [
    "select 1",
    ";",
    "'",
    "''",
    '"',
    "`",
    "[",
    "]",
    "--",
    "/*",
    "*/",
    "\n",
    "$$",
    "$a$",
    "E'",
    "\\",
    "#",
]
FRAGMENTS += [
    "begin",
    "end",
    "case",
    "create function f()",
    "create trigger g",
    "create procedure p",
    "as",
    "x",
]
FRAGMENTS += [
    "delimiter //\n",
    "//",
    "\n\\d x\n",
    "copy t from stdin;\n",
    "\\.\n",
    "\ngo\n",
    " ",
    "(",
    ")",
    "😀",
    "/",
]
scripts = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)


@given(scripts, st.sampled_from(PRODUCTS))
def test_pieces_and_what_lies_between_are_the_whole_text(text: str, product: str) -> None:
    at = 0
    for piece in pieces(text, dialect(product)):
        assert at <= piece.start < piece.end <= piece.stop <= len(text)
        assert piece.line == text.count("\n", 0, piece.start) + 1
        at = piece.stop
    # Nothing but blanks, separators and remarks may be left over: scanned alone it holds no statement.
    between, at = [], 0
    for piece in pieces(text, dialect(product)):
        between.append(text[at : piece.start])
        at = piece.stop
    assert all(not cut(rest, product) or product == "mysql" for rest in between)


@example("select 1/*\n//*/;select 2", "sqlite")
@given(scripts, st.sampled_from(PRODUCTS))
def test_scanning_line_by_line_is_scanning_at_once(text: str, product: str) -> None:
    spoken = dialect(product)
    whole = Scanner(spoken)
    at_once = [(e.what, e.start, e.stop, e.why) for e in whole.feed(text) if e.what != "skip"]
    by_line, state, offset = [], START, 0
    for line in text.splitlines(keepends=True) if "\n" in text else [text]:
        scanner = Scanner(spoken)
        events = scanner.feed(line, state)
        by_line += [(e.what, e.start + offset, e.stop + offset, e.why) for e in events if e.what != "skip"]
        state, offset = scanner.state, offset + len(line)
    assert by_line == at_once
    assert state == whole.state


WORDS = ["select a, b", "from t", "where x = 1", "insert into t values (1, 2)", "'it''s'", "'a;b'", '"n;m"']
AGREED = [*WORDS, "(select 1)", "/* ; */", "-- ;\n", "\n", " ", "update t set y = 2", "null", "a.b"]
simple = st.lists(st.lists(st.sampled_from(AGREED), min_size=1, max_size=8).map(" ".join), max_size=6)


@given(simple)
def test_equal_to_sqlparse_on_plain_statements(statements: list[str]) -> None:
    text = ";\n".join(statements)
    theirs = [part.strip().rstrip(";").rstrip() for part in sqlparse.split(text)]
    ours = cut(text)
    assert [_code(part) for part in theirs if _code(part)] == [_code(part) for part in ours]


def _code(text: str) -> list[str]:
    """A statement without its comments: to whom a comment between two belongs is where both may differ."""
    return sqlparse.format(text, strip_comments=True).split()


ROWS = {
    "insert": "INSERT INTO `t` VALUES (1,'abc','it''s -- x',2.5,NULL),(2,'d','e',3,4);\n",
    "remarks": "/* a */ select a-b/c from t -- x\n where x='1';\n",
    "trigger": "create trigger a after insert on t begin select 1; end;\n",
    "dollars": "create function f() returns int language sql as $$ select 1; select 2 $$;\n",
    "opens": "(/*",
    "quotes": "'",
}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("kind", ROWS)
def test_steps_grow_with_the_text_and_no_faster(product: str, kind: str) -> None:
    def steps(size: int) -> int:
        scanner = Scanner(dialect(product))
        scanner.feed(ROWS[kind] * (size // len(ROWS[kind])))
        return scanner.steps

    small, large = steps(20_000), steps(80_000)
    assert large <= 80_000 + 10
    assert large <= 4.2 * small + 10
