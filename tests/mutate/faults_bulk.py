"""Faults in the quick ways of import and export, and in id snapshots."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "embedded_server/data/transfer"
QUICK = ("tests/data/transfer/test_quick_ways.py",)

FAULTS = [
    Fault(
        "bulk-quoted-null-is-null",
        f"{ROOM}/readers/cutting.py",
        "and _quoted_null(delimiter, null).search(text):",
        "and null and _quoted_null(delimiter, null).search(text):",
        QUICK,
    ),
    Fault(
        "bulk-ragged-rows-run-together",
        f"{ROOM}/readers/cutting.py",
        'or ends.count("\\n") != len(ends) or',
        "or",
        QUICK,
    ),
    Fault(
        "bulk-decimals-rounded",
        f"{ROOM}/quick_convert.py",
        "is None or self._too_many.search(joined) is not None:",
        "is None:",
        QUICK,
    ),
    Fault(
        "bulk-integers-too-long-passed",
        f"{ROOM}/quick_convert.py",
        "and _longest(values) <= self._digits:",
        "and _longest(values) <= self._digits + 1:",
        QUICK,
    ),
    Fault(
        "bulk-dates-lose-their-time",
        f"{ROOM}/quick_convert.py",
        "return None if self._dates and _TIME_OF_DAY.search(joined) is not None else values",
        "return values",
        QUICK,
    ),
    Fault(
        "bulk-error-of-the-reader-swallowed",
        f"{ROOM}/ahead.py",
        "            if error is not None:\n                raise error",
        "            if error is not None:\n                return",
        QUICK,
    ),
]
