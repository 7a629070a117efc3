"""Runs the rules over a graph or over the operations of revisions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import msgspec

from embedded_server.wire.migrations import Finding

from . import rules
from .checking import Around
from .graph import Graph, suppressed
from .operations import operations
from .reader import source_of

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


def of_revision(source: str, around: Around, direction: str = "upgrade") -> tuple[list[Finding], Around]:
    """What the rules say of a revision's code, and the surroundings of the next one."""
    found: list[Finding] = []
    seen: set[tuple[str, str, str]] = set()
    for operation in operations(source, direction):
        for rule in all_rules().values():
            if not hasattr(rule, "check") or (rule.ENGINES and around.engine not in rule.ENGINES):
                continue
            for finding in rule.check(operation, around):
                # A rebuild is one, however many changes it makes.
                if (finding.rule, finding.title, finding.text) not in seen:
                    seen.add((finding.rule, finding.title, finding.text))
                    found.append(finding)
        if operation.kind == "create_table" and operation.table:
            around = replace(around, new=around.new | {operation.table})
    return found, around


def of_plan(graph: Graph, plan: list[str], around: Around, direction: str = "upgrade") -> list[Finding]:
    """What the rules say of revisions that are applied one after the other."""
    found: list[Finding] = []
    for name in plan:
        file = graph.files[name]
        told, around = of_revision(source_of(file.path), around, direction)
        found += [msgspec.structs.replace(one, revision=name, file=graph.file(name)) for one in told]
    return marked(found, graph)


def touched(graph: Graph, plan: list[str], direction: str = "upgrade") -> dict[str, str]:
    """Tables that revisions work on, in order, with the schema that is named for them ("": the default)."""
    names: dict[str, str] = {}
    for name in plan:
        names |= tables_in(source_of(graph.files[name].path), direction)
    return names


def tables_in(source: str, direction: str = "upgrade") -> dict[str, str]:
    """Tables that one revision works on, with their schemas."""
    names: dict[str, str] = {}
    for operation in operations(source, direction):
        schema = operation.text("schema") or operation.text("source_schema")
        for table, place in (
            (operation.table, schema),
            (operation.text("referent"), operation.text("referent_schema")),
        ):
            if table:
                names[table] = place or names.get(table, "")
    return names
