"""A row's inspector tells which requests touched the row, and leads to them."""

from __future__ import annotations

import sqlite3

import pytest

from desktop.context import Launch
from embedded_server.wire.probe import ProbeStatement

from .captured import request


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders(id integer primary key, status text)")
        connection.executemany("insert into orders values (?, ?)", [(1, "open"), (2, "paid"), (3, "paid")])
    connection.close()
    return str(path)


def statement(database: str, sql: str, *params) -> ProbeStatement:
    return ProbeStatement(
        duration_ms=1.0, sql=sql, params=list(params), dialect="sqlite", database=f"sqlite:///{database}"
    )


def sections(panel) -> dict[str, list[str]]:
    from desktop.kit.widgets import KeyValueList  # noqa: PLC0415  # lazy: tests without a window load no Qt

    lists = [found for found in panel.findChildren(KeyValueList) if found is not panel.fields]
    return {found.accessibleName(): [row.value for row in found.rows()] for found in lists}


def test_requests_that_touched_the_row_stand_under_its_fields(shell, send, database, until):
    read = statement(database, "SELECT orders.id FROM orders WHERE orders.id = ?", 1)
    write = statement(database, "UPDATE orders SET status=? WHERE orders.id = ?", "open", 1)
    other = statement(database, "SELECT orders.id FROM orders WHERE orders.id = ?", 2)
    ids = send(
        request("/orders/1", statements=[read]),
        request("/orders/2", statements=[other]),
        request("/orders/1/open", method="POST", statements=[write, read]),
    )
    shell.launch(Launch(database, "orders"))
    tab = shell.window.bench.current()
    until(lambda: "Seen in requests" in sections(tab.panel))
    assert sections(tab.panel)["Seen in requests"] == [
        "POST /orders/1/open · 2 statements · changed it",
        "GET /orders/1 · 1 statement",
    ]
    rows = next(
        found
        for found in tab.panel.findChildren(type(tab.panel.fields))
        if found.accessibleName() == "Seen in requests"
    )
    assert rows.rows()[0].key.endswith("ago") or rows.rows()[0].key == "just now"
    rows.rows()[1].open()
    assert shell.window.bench.current().ref.trace == ids[0]


def test_a_row_that_no_request_touched_has_no_such_section(shell, send, database, until):
    send(request("/orders/2", statements=[statement(database, "SELECT * FROM orders WHERE id = ?", 2)]))
    shell.launch(Launch(database, "orders"))
    tab = shell.window.bench.current()
    until(lambda: tab.panel._flow is not None and tab.panel._flow.done)
    assert "Seen in requests" not in sections(tab.panel)
