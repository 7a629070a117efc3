"""Diagrams as numbers: who stands in which layer, and that no box covers another."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.data.diagram.graph import Box, Edge, Graph, Name
from desktop.data.diagram.layout import arrange, layers
from embedded_server.wire.data import Column, ForeignKey, Index, Reference, TableResponse

NAMES = [Name("", letter) for letter in "abcdefghijkl"]


@st.composite
def graphs(draw) -> Graph:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    graph = Graph(names[0], {name: Box(name) for name in names})
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=30))
    graph.edges = [Edge(child, ("x",), parent, ("id",)) for child, parent in dict.fromkeys(pairs)]
    return graph


@settings(max_examples=80, deadline=None)
@given(graph=graphs(), data=st.data())
def test_no_box_covers_another_and_layers_go_from_left_to_right(graph, data):
    size = st.tuples(st.integers(10, 300), st.integers(10, 400))
    sizes = {name: data.draw(size) for name in graph.boxes}
    places = arrange(graph, sizes, 50, 20)
    assert set(places) == set(graph.boxes)
    for one, other in combinations(places, 2):
        (left, top), (width, height) = places[one], sizes[one]
        (left2, top2), (width2, height2) = places[other], sizes[other]
        beside = left + width <= left2 or left2 + width2 <= left
        below = top + height <= top2 or top2 + height2 <= top
        assert beside or below, (one, other)
    where = layers(graph)
    for one, other in combinations(places, 2):
        if where[one] < where[other]:
            assert places[one][0] + sizes[one][0] < places[other][0]
    assert arrange(graph, sizes, 50, 20) == places, "the same every time"


def test_children_stand_left_and_parents_right():
    a, b, c, d = NAMES[:4]
    graph = Graph(a, {name: Box(name) for name in (a, b, c, d)})
    pairs = [(a, b), (c, a), (d, b)]
    graph.edges = [Edge(child, ("x",), parent, ("id",)) for child, parent in pairs]
    assert layers(graph) == {a: 0, b: 1, c: -1, d: 0}


def table(name: str, **fields) -> TableResponse:
    return TableResponse(name, "main", "table", **fields)


def test_what_a_table_tells_becomes_boxes_and_edges():
    columns = [Column("id", key=1, nullable=False), Column("customer_id", nullable=True), Column("note")]
    orders = table(
        "orders",
        columns=columns,
        primary_key=["id"],
        foreign_keys=[ForeignKey("fk", ["customer_id"], "customers", ["id"])],
        references=[Reference("payments", ["order_id"], ["id"])],
    )
    graph = Graph(Name("main", "orders"))
    graph.add(orders, neighbours=True)
    assert {name.table for name in graph.boxes} == {"orders", "customers", "payments"}
    assert {name.table for name in graph.unread()} == {"customers", "payments"}
    assert [(e.child.table, e.parent.table, e.optional) for e in graph.edges] == [
        ("orders", "customers", True),
        ("payments", "orders", False),
    ]
    payments = table(
        "payments",
        columns=[Column("id", key=1), Column("order_id", nullable=False)],
        primary_key=["id"],
        indexes=[Index("u", ["order_id"], unique=True)],
        foreign_keys=[
            ForeignKey("fk", ["order_id"], "orders", ["id"]),
            ForeignKey("far", ["method_id"], "methods", ["id"]),
        ],
    )
    graph.add(payments, neighbours=False)
    assert Name("main", "methods") not in graph.boxes, "only neighbours that were asked for"
    assert [edge.single for edge in graph.edges] == [False, True]
    assert [(f.name, f.key, f.refers) for f in graph.boxes[Name("main", "payments")].fields] == [
        ("id", True, False),
        ("order_id", False, True),
    ]
