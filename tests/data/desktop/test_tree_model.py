"""The tree: lines, folding, filtering over tables and columns, any number of tables."""

from __future__ import annotations

import sys

import pytest

from desktop.data.tree_model import GroupLine, RoutineLine, SchemaLine, TableLine, TreeModel, estimate_text
from desktop.data.tree_view import TreeView
from desktop.kit.theme import theme
from embedded_server.wire.data import CatalogResponse, CatalogSchema, CatalogTable, Routine
from tests.desktop.kit.beside import Beside


def catalog(*schemas: CatalogSchema) -> CatalogResponse:
    return CatalogResponse("c", "postgresql", list(schemas), "public")


def shop(name="public", default=True) -> CatalogSchema:
    tables = [
        CatalogTable("customers", rows=50_000, columns=["id", "email"]),
        CatalogTable("orders", rows=104_117, columns=["id", "customer_id"]),
        CatalogTable("revenue", "view"),
    ]
    routines = [Routine("total", "function", "(int)"), Routine("audit", "trigger", table="orders")]
    return CatalogSchema(name, tables, routines, default)


def names(model: TreeModel) -> list[str]:
    return [model.data(model.index(row)) for row in range(model.rowCount())]


def test_one_schema_is_shown_flat():
    model = TreeModel()
    model.set_catalog(catalog(shop()))
    assert names(model) == ["customers", "orders", "revenue", "Functions", "Triggers"]
    assert isinstance(model.line(0), TableLine) and isinstance(model.line(3), GroupLine)


def test_several_schemas_fold():
    model = TreeModel()
    model.set_catalog(catalog(shop(), shop("audit", default=False), CatalogSchema("far", loaded=False)))
    assert names(model) == [
        "public",
        "customers",
        "orders",
        "revenue",
        "Functions",
        "Triggers",
        "audit",
        "far",
    ]
    assert model.toggle(6) == "", "its content is known"
    assert names(model)[6:9] == ["audit", "customers", "orders"]
    assert model.toggle(0) == "" and names(model)[:2] == ["public", "audit"]
    assert model.toggle(names(model).index("far")) == "far", "its content must be fetched"


def test_routines_open_under_their_heading():
    model = TreeModel()
    model.set_catalog(catalog(shop()))
    model.toggle(3)
    assert names(model)[3:5] == ["Functions", "total"] and isinstance(model.line(4), RoutineLine)


@pytest.mark.parametrize(
    ("text", "kept", "hidden"),
    [
        ("cust", ["customers", "orders"], 3),
        ("EMAIL", ["customers"], 4),
        ("total", ["Functions", "total"], 4),
        ("nothing", [], 5),
        ("  ", ["customers", "orders", "revenue", "Functions", "Triggers"], 0),
    ],
)
def test_filtering_by_table_column_and_routine(text, kept, hidden):
    model = TreeModel()
    model.set_catalog(catalog(shop()))
    model.set_filter(text)
    assert names(model) == kept and model.hidden == hidden


def test_a_column_match_says_which():
    model = TreeModel()
    model.set_catalog(catalog(shop()))
    model.set_filter("customer_id")
    assert [line.match for line in (model.line(0),)] == ["customer_id"]


def test_schemas_without_a_match_disappear_and_open_ones_return():
    model = TreeModel()
    other = CatalogSchema("other", [CatalogTable("zebra")])
    model.set_catalog(catalog(shop(), other))
    model.set_filter("zebra")
    assert names(model) == ["other", "zebra"]
    model.set_filter("")
    assert names(model)[-1] == "other" and isinstance(model.line(model.rowCount() - 1), SchemaLine)


def test_finding_a_table_by_schema():
    model = TreeModel()
    model.set_catalog(catalog(shop(), shop("audit", default=False)))
    assert model.find_table("public", "orders") == 2
    assert model.find_table("audit", "orders") == -1, "folded away"
    assert model.find_table("", "orders") == 2


def test_thirty_thousand_tables():
    model = TreeModel()
    tables = [CatalogTable(f"table_{number:05}", columns=[f"column_{number}"]) for number in range(30_000)]
    model.set_catalog(catalog(CatalogSchema("public", tables, default=True)))
    assert model.rowCount() == 30_000
    model.set_filter("table_29999")
    assert names(model) == ["table_29999"] and model.hidden == 29_999


def test_what_is_not_seen_of_thirty_thousand_tables_costs_no_call(qtbot):
    """A view lays out every row: where each of them calls Python, every letter typed is waited for."""
    model = TreeModel()
    view = TreeView(model)
    qtbot.addWidget(view)
    view.resize(200, 300)
    with qtbot.waitExposed(view):
        view.show()
    tables = [CatalogTable(f"table_{number:05}") for number in range(30_000)]
    model.set_catalog(catalog(CatalogSchema("public", tables, default=True)))
    # Whatever is made when it is first needed.
    view.doItemsLayout()
    view.grab()
    calls: list[str] = []

    def note(frame, event, _):
        if event == "call":
            calls.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        view.doItemsLayout()
        view.grab()
    finally:
        sys.setprofile(None)
    assert view.verticalScrollBar().maximum() > 30_000
    assert 0 < len(calls) < 3000, set(calls)


def test_the_bar_of_a_selected_table_stands_where_the_focus_is(qtbot):
    model = TreeModel()
    view = TreeView(model)
    keys = Beside(qtbot, view)
    model.set_catalog(catalog(shop()))
    view.setCurrentIndex(model.index(1, 0))
    keys.come()
    middle = view.visualRect(model.index(1, 0)).center().y()
    assert view.grab().toImage().pixelColor(0, middle) == theme().color("select_line")
    keys.go()
    assert view.grab().toImage().pixelColor(0, middle) == theme().color("select")


def test_a_column_found_by_its_letters_only_is_named():
    model = TreeModel()
    table = CatalogTable("t", columns=["Straße", "a", "bc"])
    model.set_catalog(catalog(CatalogSchema("public", [table], default=True)))
    for text, match in (("STRASSE", "Straße"), ("c", "bc"), ("bc", "bc")):
        model.set_filter(text)
        assert model.line(0) == TableLine("public", table, match)
    model.set_filter("ab")
    assert names(model) == [], "not across two columns"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (None, ""),
        (0, "~0"),
        (9_412, "~9,412"),
        (104_117, "~104\u2009k"),
        (9_999, "~9,999"),
        (10_000, "~10\u2009k"),
        (12_345_678, "~12.3\u2009M"),
        (40_000_000_000, "~40\u2009G"),
    ],
)
def test_estimates_read_short(rows, text):
    assert estimate_text(rows) == text
