"""A case as one page of HTML for people: no script, nothing from outside, light or dark as the reader's."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from statistics import median
from typing import Any

from embedded_server.wire.cases import Case
from embedded_server.wire.trace import Group, Step

_STYLE = """
:root{color-scheme:light dark;--bg:#f4f4f1;--card:#fbfbf9;--line:#dbdad3;--text:#20242a;--dim:#5a626d;
--ok:#1b7247;--error:#b42318;--accent:#8a5c00}
@media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#191c21;--line:#2b3038;
--text:#d9dce2;--dim:#9aa3b1;--ok:#4fb286;--error:#f07f78;--accent:#f0b429}}
body{background:var(--bg);color:var(--text);font:14px/1.5 Inter,system-ui,sans-serif;max-width:1080px;
margin:32px auto;padding:0 20px}h1{font-size:22px;margin:0}h2{font-size:15px;margin:28px 0 8px}
.dim{color:var(--dim)}.ok{color:var(--ok)}.error{color:var(--error)}.warn{color:var(--accent)}
pre,code{font:12.5px/1.5 "JetBrains Mono",ui-monospace,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:10px 12px;
overflow:auto;margin:6px 0}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line)}
td,th{border-bottom:1px solid var(--line);padding:4px 10px;text-align:left;vertical-align:top;font-weight:400}
th{color:var(--dim)}.r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
"""


def page(case: Case) -> str:
    """The whole document."""
    summary = case.trace.summary
    head = (
        f"<h1>{_text(case.title)}</h1><p class=dim>{summary.status} &middot; {summary.duration_ms:,.1f} ms"
        f" &middot; {summary.statements} statements &middot; {_text(summary.at)}"
        f" &middot; written by Backlight {case.backlight} on {_text(case.made)}</p>"
    )
    parts = [
        head,
        *_origin(case),
        *_steps(case),
        *_statements(case),
        *_plans(case),
        *_runs(case),
        *_rest(case),
    ]
    title = _text(case.title)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        + "\n".join(parts)
        + "</html>\n"
    )


def _origin(case: Case) -> list[str]:
    rows = [(f"database {one.dialect}", f"{one.database} {one.version}{one.problem}") for one in case.engines]
    app = case.trace.application
    if app is not None:
        revision = f"{app.git_revision}{' with uncommitted changes' if app.git_dirty else ''}"
        rows += [
            ("application", app.name),
            ("git revision", revision),
            ("Alembic head", ", ".join(app.alembic_heads)),
        ]
        rows += [("versions", ", ".join(f"{name} {version}" for name, version in app.versions.items()))]
    rows += [("cut out", ", ".join(case.redacted) or "nothing")]
    return ["<h2>Where it ran</h2>", _table([(name, value) for name, value in rows if value])]


def _steps(case: Case) -> list[str]:
    if not case.trace.steps:
        return []
    return ["<h2>What was done</h2>", *(_step(step) for step in case.trace.steps)]


def _step(step: Step) -> str:
    text = f"<p><b>{_text(step.kind)}</b> {_text(step.text)} <span class=dim>{_text(step.at)}</span></p>"
    rows = step.facts.get("rows")
    if isinstance(rows, list):
        cells = [(row.get("label", ""), row.get("before", ""), row.get("after", "")) for row in rows]
        return text + _table([("", "before", "after"), *cells])
    if not step.facts:
        return text
    return text + _pre(json.dumps(step.facts, ensure_ascii=False, indent=1))


def _statements(case: Case) -> list[str]:
    groups = case.trace.groups
    if not groups:
        return []
    rows = [
        (f"{group.count}\u00d7", group.sql, _about(group), f"{group.total_ms:,.1f} ms") for group in groups
    ]
    listed = [
        f"{one.number} {one.start_ms:.1f} ms +{one.duration_ms:.2f} ms\n{one.sql}\n{_values(one.params)}"
        for one in case.trace.statements
    ]
    whole = _pre("\n".join(listed))
    every = f"<details><summary class=dim>every statement in order</summary>{whole}</details>"
    return ["<h2>Statements</h2>", _table(rows), every]


def _about(group: Group) -> str:
    place = f"{group.caller.file}:{group.caller.line}" if group.caller is not None else ""
    return " ".join(part for part in (group.mark, place, ", ".join(group.values)) if part)


def _values(params: Any) -> str:
    return "" if params is None else json.dumps(params, ensure_ascii=False, default=str)


def _plans(case: Case) -> list[str]:
    parts = ["<h2>Plans</h2>"] if case.plans else []
    for one in case.plans:
        plan = one.plan.get("plan", {})
        findings = [
            f"{found.get('title', '')} {found.get('text', '')}" for found in one.plan.get("findings", [])
        ]
        parts += [_pre(one.sql), *(f"<p class=warn>{_text(text)}</p>" for text in findings)]
        parts.append(
            _pre("\n".join(_node(node) for node in plan.get("nodes", [])) or str(plan.get("text", "")))
        )
    return parts


def _node(node: dict[str, Any]) -> str:
    words = [node.get("operator", ""), node.get("relation", ""), node.get("detail", "")]
    own = node.get("self_ms")
    words.append(f"{own:.2f} ms" if own is not None else "")
    return "  " * int(node.get("depth", 0)) + " ".join(word for word in words if word)


def _runs(case: Case) -> list[str]:
    parts = ["<h2>Replays, every timing</h2>"] if case.runs else []
    for one in case.runs:
        times = [run.get("ms", run.get("total_ms", 0.0)) for run in one.result.get("runs", [])]
        middle = f", median {median(times):,.2f} ms" if times else ""
        parts.append(f"<p>{_text(one.at)} {_text(one.id)}: {len(times)} requests{middle}</p>")
        parts.append(_pre(" ".join(f"{time:.2f}" for time in times)))
    return parts


def _rest(case: Case) -> list[str]:
    trace = case.trace
    parts = []
    if trace.exception is not None:
        parts += ["<h2>Exception</h2>", _pre(f"{trace.exception.type}: {trace.exception.message}")]
    if trace.logs:
        lines = [f"{one.start_ms:9.1f} ms {one.level:8} {one.logger} {one.message}" for one in trace.logs]
        parts += ["<h2>Log lines</h2>", _pre("\n".join(lines))]
    for title, text in (("As cURL", case.curl), ("As a test", case.pytest)):
        if text:
            parts += [f"<h2>{title}</h2>", _pre(text)]
    return parts


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{body}</table>"


def _pre(text: str) -> str:
    return f"<pre>{_text(text)}</pre>"


def _text(value: object) -> str:
    return html.escape(str(value))
