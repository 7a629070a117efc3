"""Under pytest each test is a record: what its client requested carries the test's id."""

from __future__ import annotations

from typing import Any

from . import wsgi
from .hooks import activate
from .record import Record

_test = [""]


def install() -> None:
    """Follow pytest's runner from test to test."""
    from _pytest import runner  # noqa: PLC0415  # lazy: only under pytest

    activate()
    original = runner.runtestprotocol

    def runtestprotocol(item: Any, *args: Any, **kwargs: Any) -> Any:
        _test[0] = item.nodeid
        try:
            return original(item, *args, **kwargs)
        finally:
            _test[0] = ""

    runner.runtestprotocol = runtestprotocol
    begin = wsgi._begin

    def begin_in_test(environ: Any) -> Record:
        record = begin(environ)
        record.test = _test[0][:300]
        return record

    wsgi._begin = begin_in_test
