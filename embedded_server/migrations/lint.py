"""Runs the rules over a graph or over the operations of revisions."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import msgspec

from embedded_server.wire.migrations import Finding

from . import rules
from .graph import Graph, suppressed

_RANK = {"error": 0, "warn": 1, "info": 2}


@cache
def all_rules() -> dict[str, ModuleType]:
    """Rule modules by id."""
    found = {}
    for module_info in iter_modules(rules.__path__, rules.__name__ + "."):
        module = import_module(module_info.name)
        found[module.ID] = module
    return dict(sorted(found.items()))


def of_graph(graph: Graph) -> list[Finding]:
    """What is wrong with the history as a whole."""
    found = [
        finding
        for rule in all_rules().values()
        if hasattr(rule, "check_graph")
        for finding in rule.check_graph(graph)
    ]
    return marked(found, graph)


def marked(findings: list[Finding], graph: Graph) -> list[Finding]:
    """Suppressed ones marked with their reason, the worst first."""
    told = [
        msgspec.structs.replace(one, suppressed=suppressed(one, graph.files.get(one.revision)))
        for one in findings
    ]
    return sorted(told, key=lambda one: (bool(one.suppressed), _RANK[one.severity]))
