"""Export, preview and import through `call --script` on four engines: in one process and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_both_ways import url
from tests.server.test_call import run

__all__ = ["url"]
MAKE = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, note VARCHAR(40), amount NUMERIC(12, 2));\n"
    "CREATE TABLE copy(id INTEGER PRIMARY KEY, note VARCHAR(40), amount NUMERIC(12, 2));\n"
    "INSERT INTO t VALUES (1, 'a', 1.10), (2, NULL, 20.00), (3, 'é''s', -3.50), (4, '', NULL);"
)


def script(url: str, folder: Path) -> list[tuple[str, dict[str, Any]]]:
    file = str(folder / "t.csv")
    table = {"connection": url, "table": "t", "path": file}
    copy = {"connection": url, "table": "copy", "path": file}
    return [
        ("console.run", {"connection": url, "sql": MAKE, "allow_write": True}),
        ("data.export", table | {"order_by": ["id"], "overwrite": True}),
        ("data.preview", copy),
        ("data.import", copy | {"dry_run": True}),
        ("data.import", copy),
        ("data.import", copy),
        ("data.export", table),
        ("data.page", {"connection": url, "table": "copy", "order_by": ["id"]}),
        ("console.run", {"connection": url, "sql": "DROP TABLE t; DROP TABLE copy", "allow_write": True}),
    ]


@pytest.mark.parametrize("way", [(), ("--server",)], ids=["here", "over HTTP"])
def test_a_table_goes_out_and_comes_back(url: str, tmp_path: Path, way: tuple[str, ...]) -> None:
    lines = [
        json.dumps({"id": str(number), "name": name, "request": request})
        for number, (name, request) in enumerate(script(url, tmp_path))
    ]
    _, answers = run("--script", "-", *way, workspace=tmp_path / "ws", stdin="\n".join(lines))
    by_id: dict[str, list[Any]] = {}
    for answer in answers:
        by_id.setdefault(answer["id"], []).append(answer)
    exported = by_id["1"][-1]["response"]
    assert exported["state"] == "done" and exported["rows"] == 4 and "losses" not in exported
    text = (tmp_path / "t.csv").read_text()
    assert text.splitlines()[1:4] == ["1,a,1.1", "2,,20", "3,é's,-3.5"] or text.splitlines()[1:4] == [
        "1,a,1.10",
        "2,,20.00",
        "3,é's,-3.50",
    ]
    assert text.splitlines()[4].startswith('4,"",')
    preview = by_id["2"][0]["response"]
    assert [column.get("target") for column in preview["columns"]] == ["id", "note", "amount"]
    assert preview["rows"][1][1] is None and preview["rows"][3][1] == ""
    assert by_id["3"][-1]["response"]["rows"] == 4 and by_id["4"][-1]["response"]["rows"] == 4
    twice = by_id["5"][-1]
    assert twice["problem"]["code"] == "transfer.row" and "Line 2" in twice["problem"]["detail"]
    assert by_id["6"][-1]["problem"]["code"] == "transfer.exists"
    assert [row[1] for row in by_id["7"][0]["response"]["rows"]] == ["a", None, "é's", ""]
