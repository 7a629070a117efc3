"""A pytest plugin: writes what happened to each test as JSON lines, for the runner's counts and verdict."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

REPORT = "BACKLIGHT_TEST_REPORT"
AGAIN = "BACKLIGHT_TEST_AGAIN"  # set: these tests failed before, among others


class Recorder:
    """Collects one record a test: its worst phase decides the outcome."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = self.records.setdefault(
            report.nodeid, {"id": report.nodeid, "outcome": "passed", "reason": "", "seconds": 0.0}
        )
        record["seconds"] = round(record["seconds"] + report.duration, 3)
        record["properties"] = [list(pair) for pair in report.user_properties]
        if report.failed:
            record["outcome"] = "failed" if report.when == "call" else "error"
        elif report.skipped and record["outcome"] == "passed":
            record["outcome"] = "xfailed" if hasattr(report, "wasxfail") else "skipped"
            record["reason"] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.records[report.nodeid] = _broken(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        with open(os.environ[REPORT], "a", encoding="utf-8") as file:
            for record in self.records.values():
                if os.environ.get(AGAIN):
                    record["again"] = True
                file.write(json.dumps(record) + "\n")
        return (yield)


def _reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr or "")


def _broken(nodeid: str) -> dict[str, Any]:
    return {"id": nodeid, "outcome": "error", "reason": "collection", "seconds": 0.0, "properties": []}


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get(REPORT) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(), "backlight-recorder")
