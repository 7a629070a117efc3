"""How many tests each capability and engine has, and whether that fell against the committed baseline."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BASELINE = Path(__file__).resolve().parents[1] / "counts.json"
ALLOWED_FALL = 0.05
COLUMNS = ("all", "sqlite", "postgresql", "mariadb", "duckdb", "generic", "gui", "skipped")


@dataclass
class Counts:
    """Outcomes of a run: ``table[capability][column]`` passed tests, ``outcomes`` over all."""

    table: dict[str, Counter[str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    not_run: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)

    def add(self, record: dict[str, Any]) -> None:
        properties = [tuple(pair) for pair in record["properties"]]
        capability = next((value for key, value in properties if key == "capability"), "house")
        row = self.table.setdefault(capability, Counter())
        outcome = record["outcome"]
        self.outcomes[outcome] += 1
        if outcome in ("failed", "error"):
            self.failed.append(record["id"])
        if record.get("again") and outcome == "passed":
            self.unsteady.append(record["id"])
        self.seconds[record["id"]] = record["seconds"]
        if outcome == "skipped":
            row["skipped"] += 1
            markers = {value for key, value in properties if key == "marker"}
            if markers and not record["reason"].startswith("not applicable"):
                self.not_run.append(f"{record['id']}: {record['reason']}")
            return
        row["all"] += 1
        for key, value in set(properties):
            if key == "engine" or (key, value) == ("marker", "gui"):
                row[value] += 1

    def lines(self) -> list[str]:
        """The table for people: one line a capability, one column an engine."""
        width = max([len("tests per capability"), *map(len, self.table)])
        out = ["tests per capability".ljust(width) + "".join(name.rjust(11) for name in COLUMNS)]
        total: Counter[str] = Counter()
        for name in sorted(self.table):
            total.update(self.table[name])
            out.append(self._line(name, self.table[name], width))
        return [*out, self._line("total", total, width)]

    def _line(self, name: str, row: Counter[str], width: int) -> str:
        return name.ljust(width) + "".join(str(row[column] or "-").rjust(11) for column in COLUMNS)

    def summary(self, seconds: float) -> str:
        """The last line of a run, worded as pytest's own."""
        words = [("failed", "failed"), ("passed", "passed"), ("skipped", "skipped")]
        words += [("xfailed", "xfailed"), ("error", "errors")]
        parts = [f"{self.outcomes[key]} {word}" for key, word in words if self.outcomes[key]]
        return f"===== {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s ====="


def read_records(path: Path) -> Counts:
    """The counts of a run's report; a test that ran in two stages counts once, by its worse outcome.

    Of a test that failed and was run once more by itself, that second run counts.
    """
    rank = ("skipped", "xfailed", "passed", "failed", "error")
    last: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        known = last.get(record["id"])
        if (
            known is None
            or record.get("again")
            or rank.index(record["outcome"]) > rank.index(known["outcome"])
        ):
            last[record["id"]] = record
    counts = Counts()
    for record in last.values():
        counts.add(record)
    return counts


def compare(counts: Counts, in_ci: bool) -> list[str]:
    """What fell by more than 5 % against the baseline; what only CI runs is compared only there."""
    if not BASELINE.exists():
        return ["tests/counts.json is missing: make it with --update-counts"]
    fallen = []
    for capability, row in json.loads(BASELINE.read_text(encoding="utf-8")).items():
        if capability == "packaging" and not in_ci:
            continue
        now = counts.table.get(capability, Counter())
        for column, before in row.items():
            if now[column] < before * (1 - ALLOWED_FALL):
                fallen.append(f"{capability}/{column}: {before} tests before, {now[column]} now")
    return fallen


def write_baseline(counts: Counts) -> None:
    """Make this run the baseline; capabilities that this run did not cover keep their numbers."""
    table = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    for capability, row in counts.table.items():
        table[capability] = {c: row[c] for c in COLUMNS if row[c] and c != "skipped"}
    BASELINE.write_text(json.dumps(table, indent=2, sort_keys=True) + "\n", encoding="utf-8")
