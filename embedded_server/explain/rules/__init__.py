"""Findings: one file each, found by scanning.

A module offers `ID`, `DOC` (where the manual speaks of it), `SUPPRESSES` (ids of findings that are only its
consequences), `check(case)` that yields findings, and the examples `BAD` (it speaks) and `GOOD` (it is
silent), which the tests run on real databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

import msgspec

from embedded_server.explain.case import Case, Example
from embedded_server.wire.explain import Finding

_WEIGHT = {"high": 1.0, "medium": 0.7, "low": 0.3, "note": 0.05}


class Rule(Protocol):
    """What a module of this package is."""

    ID: str
    DOC: str
    SUPPRESSES: tuple[str, ...]
    BAD: tuple[Example, ...]
    GOOD: tuple[Example, ...]

    def check(self, case: Case) -> Iterable[Finding]:
        """The findings of this kind."""
        raise AttributeError


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule by name."""
    names = sorted(info.name for info in iter_modules(__path__))
    return tuple(cast("Rule", import_module(f"{__name__}.{name}")) for name in names)


def findings(case: Case) -> list[Finding]:
    """What the rules found, the weightiest first and marked as primary; consequences of others left out."""
    found = list(_all(case))
    silenced = {
        other for rule in rules() if any(one.rule == rule.ID for one in found) for other in rule.SUPPRESSES
    }
    kept = [one for one in found if one.rule not in silenced]
    kept.sort(key=_weight, reverse=True)
    return [msgspec.structs.replace(one, primary=place == 0) for place, one in enumerate(kept)]


def _all(case: Case) -> Iterator[Finding]:
    for rule in rules():
        for one in rule.check(case):
            capped = one
            if one.confidence == "high" and not one.measured and one.node >= 0:
                # What rests on the planner's guesses alone is never certain.
                capped = msgspec.structs.replace(one, confidence="medium")
            gain = round((case.plan.execution_ms or 0.0) * one.share, 3) if one.gain_ms == 0 else one.gain_ms
            yield msgspec.structs.replace(capped, gain_ms=gain, doc=one.doc or rule.DOC)


def _weight(finding: Finding) -> float:
    return max(finding.share, 0.01) * _WEIGHT[finding.confidence]
