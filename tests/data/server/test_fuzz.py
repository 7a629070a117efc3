"""Whatever a request holds, the answer is rows or a problem that says what is wrong, never a crash."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.wire.data import CATALOG, CELL, COUNT, LOOKUP, PAGE, SOURCE, TABLE
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import encode_json, encode_msgpack, json_decoder

pytestmark = pytest.mark.engine("sqlite")

TABLE_SQL = "create table t(n integer primary key, a, \"b?%s`\" text); insert into t values(1, x'00', '%s')"
ODD = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["n", "a", "b?%s`", "t", "main", "", "'", '"', "\0", "n desc", "-n", "%s", "?", "x'00'", "null", "1..2"]
)
CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["$int", "$float", "$bytes", "$badtext", "$cut", "x"]), inner, max_size=2
        )
    ),
    max_leaves=3,
)
FILTER = st.fixed_dictionaries(
    {"column": ODD | st.just("a")},
    optional={
        "op": st.sampled_from(
            ["expr", "=", "!=", "<", "between", "in", "not in", "contains", "like", "regex", "null"]
        ),
        "value": CELLS,
        "values": st.lists(CELLS, max_size=3),
    },
)
ORDER = ODD | st.fixed_dictionaries(
    {"column": ODD}, optional={"desc": st.booleans(), "nulls": st.sampled_from(["", "first", "last"])}
)
NUMBER = st.integers(-2, 3) | st.integers(-(2**63), 2**63 - 1)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "schema": ODD,
    "columns": st.none() | st.lists(ODD, max_size=3),
    "limit": NUMBER,
    "after": ODD,
    "row": NUMBER,
    "last": st.booleans(),
    "order_by": st.lists(ORDER, max_size=2),
    "filters": st.lists(FILTER, max_size=2),
    "where": ODD,
    "key": st.lists(CELLS, max_size=2),
    "key_columns": st.lists(ODD, max_size=2),
    "column": ODD,
    "offset": NUMBER,
    "length": NUMBER,
    "exact": st.booleans(),
    "values": st.lists(CELLS, max_size=2),
    "count": st.booleans(),
    "name": ODD,
    "kind": st.sampled_from(["view", "trigger", "function", "x"]),
}
NEEDED = {CELL: {"column", "key"}, LOOKUP: {"columns", "values"}, SOURCE: {"name"}}


@pytest.fixture(scope="module")
def url(sqlite_file) -> str:
    return sqlite_file(TABLE_SQL)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_only_answers_and_problems(house, url, data):
    endpoint = data.draw(st.sampled_from([PAGE, PAGE, PAGE, CELL, COUNT, LOOKUP, SOURCE, TABLE, CATALOG]))
    known = {field.encode_name for field in msgspec.structs.fields(endpoint.request)}
    drawn = {"connection": url}
    if "table" in known:
        drawn["table"] = data.draw(st.just("t") | ODD)
    for name, values in PARTS.items():
        if name in known and (name in NEEDED.get(endpoint, ()) or data.draw(st.integers(0, 3)) == 0):
            drawn[name] = data.draw(values)
    try:
        request = json_decoder(endpoint.request).decode(encode_json(drawn))
    except msgspec.ValidationError:
        return
    try:
        answer = house.call(endpoint, request)
    except ProblemError as error:
        assert error.problem.code not in ("server.internal", "connection.lost")
    else:
        encode_json(answer)
        encode_msgpack(answer)
