"""A pytest plugin: files that take long go to the workers first, so that none is left with one at the end.

What they took in the run that made the baseline stands in tests/seconds.json.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.counts import Counts

TABLE = Path(__file__).resolve().parents[1] / "seconds.json"
LONG = 3.0  # seconds; what takes less fills the gaps in the order it was found


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, in the workers of a whole run; its scheduler hands files out as they come."""
    if not hasattr(config, "workerinput") or not TABLE.exists():
        return
    seconds = json.loads(TABLE.read_text(encoding="utf-8"))
    items.sort(key=lambda item: -seconds.get(item.path.relative_to(ROOT).as_posix(), 0))


def write_order(counts: Counts) -> None:
    """Note what the files of this run took."""
    files: Counter[str] = Counter()
    for test, seconds in counts.seconds.items():
        files[test.partition("::")[0]] += seconds
    table = {file: round(seconds) for file, seconds in files.most_common() if seconds >= LONG}
    TABLE.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
