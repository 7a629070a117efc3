"""Under pytest: every request of a test's client carries the test's id, and what the test does outside of
requests is a record of its own (`method` TEST)."""

from __future__ import annotations

from typing import Any

from . import wsgi
from .hooks import activate
from .record import CURRENT, Record, finish

_test = [""]


def install() -> None:
    """Follow pytest's runner from test to test."""
    from _pytest import runner  # noqa: PLC0415  # lazy: only under pytest

    activate()
    original = runner.runtestprotocol

    def runtestprotocol(item: Any, *args: Any, **kwargs: Any) -> Any:
        _test[0] = item.nodeid[:300]
        record = Record("TEST", item.nodeid[:2000])
        record.test = _test[0]
        token = CURRENT.set(record)
        try:
            reports = original(item, *args, **kwargs)
            if any(report.failed for report in reports):
                record.status = 500
            return reports
        finally:
            CURRENT.reset(token)
            _test[0] = ""
            if record.statements or record.logs or record.status:
                finish(record)

    runner.runtestprotocol = runtestprotocol
    begin = wsgi._begin

    def begin_in_test(environ: Any) -> Record:
        record = begin(environ)
        record.test = _test[0]
        return record

    wsgi._begin = begin_in_test
