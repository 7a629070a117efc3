"""Every type of every engine to each format and back: equal, or told before it happens."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.engine import make_url

from embedded_server.wire.transfer import EXPORT, ExportRequest, TextOptions
from tests.data.transfer.conftest import House
from tests.engines.subject import Bench, select

FORMATS = ("csv", "tsv", "json", "jsonl", "sql", "xlsx", "parquet")


def connection_of(bench: Bench) -> str:
    """The URL with its password, as a request may carry it."""
    url = make_url(bench.url)
    secret = bench.subject.secret()
    return (url.set(password=secret) if secret else url).render_as_string(hide_password=False)


def same(left: object, right: object) -> bool:
    return type(left) is type(right) and repr(left) == repr(right)


def tables_of(bench: Bench) -> tuple[str, str]:
    """A table with a column of every type, the nasty values in its rows, and an empty one like it."""
    zoo = bench.subject.zoo
    columns = [f"id {bench.spelling.integer} PRIMARY KEY", *(f"v{n} {one.ddl}" for n, one in enumerate(zoo))]
    rows = []
    for number in range(max(len(one.values) for one in zoo)):
        cells = [one.values[number] if number < len(one.values) else "NULL" for one in zoo]
        rows.append(f"({number + 1}, {', '.join(cells)})")
    return bench.table(*columns, values=rows), bench.table(*columns)


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_is_exported_is_imported_as_it_was(house: House, bench: Bench, format_name: str) -> None:
    table, copy = tables_of(bench)
    bench.let_others_read()
    connection, path = connection_of(bench), house.path(format_name)
    options = TextOptions(table=copy) if format_name == "sql" else TextOptions()
    request = {"table": table, "schema": bench.schema, "format": format_name, "options": options}
    told = house.export(connection, dry_run=True, **request).losses
    if told:
        refused = house.refused(EXPORT, ExportRequest(connection=connection, path=str(path), **request))
        assert refused.code == "transfer.loss" and not path.exists()
    done = house.export(connection, path=str(path), allow_loss=True, **request)
    assert done.losses == told
    house.load(connection, path, table=copy, schema=bench.schema)
    columns, before = select(bench, bench.reader, table, order="ORDER BY id", cell_bytes=None)
    _, after = select(bench, bench.reader, copy, order="ORDER BY id", cell_bytes=None)
    assert len(before) == len(after) == done.rows
    types = {f"v{n}": one.name for n, one in enumerate(bench.subject.zoo)}
    allowed: Counter[str] = Counter()
    for loss in told:
        allowed[loss.column] += loss.count
    for place, column in enumerate(columns):
        pairs = [(one[place], two[place]) for one, two in zip(before, after, strict=True)]
        differing = [pair for pair in pairs if not same(*pair)]
        assert len(differing) <= allowed[column.name], (types.get(column.name), differing, told)
