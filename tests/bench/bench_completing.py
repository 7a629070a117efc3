"""Suggestions among 20,000 tables: every keystroke of a statement, and letters behind a very long list."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from embedded_server.console.completion.complete import complete
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.completion import COMPLETE, CompleteRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.many import name_of

TABLES = 20_000
# What is typed, each beginning of it once: a key a time.
TYPED = "SELECT o.id, c.v FROM order_order_00000 o JOIN stock_order_00002 c ON c.id = o.id WHERE o.v"
LONG = "SELECT * FROM order_order_00000 o WHERE o.id IN (" + ", ".join(map(str, range(4000))) + ") AND o."


def _many(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("pragma synchronous = off")
        for number in range(TABLES):
            connection.execute(f"create table {name_of(number)} (id integer primary key, v text)")
    connection.close()


def _keys(services: Services, url: str, text: str, first: int) -> Side:
    def side() -> Work:
        taken = []
        for at in range(first, len(text) + 1):
            request = CompleteRequest(sql=text[:at], position=at, connection=url)
            begin = time.perf_counter()
            complete(request, Call(f"b{at}", COMPLETE.name, services))
            taken.append((time.perf_counter() - begin) * 1000)
        taken.sort()
        figures = {"worst key ms": taken[-1], "usual key ms": taken[len(taken) // 2]}
        return Work(1, figures=figures)

    return side


def completion(setting: Setting) -> Iterator[Case]:
    """A statement typed letter by letter, and letters behind a very long list."""
    with tempfile.TemporaryDirectory(prefix="blt-bench-") as folder:
        path = Path(folder) / "many.db"
        _many(path)
        services = Services(Workspace(Path(folder) / "workspace"))
        url = f"sqlite:///{path}"
        request = CompleteRequest(sql=TYPED, connection=url, wait_ms=60_000)
        complete(request, Call("warm", COMPLETE.name, services))
        sides = {"typed": _keys(services, url, TYPED, 1), "long": _keys(services, url, LONG, len(LONG) - 5)}
        bars = [Bar(side, what="worst key ms", limit=50.0) for side in sides]
        yield Case("suggestions among 20,000 tables", sides, rows=1, bars=bars)
        services.close()


CASES: list[CaseMaker] = [completion]
