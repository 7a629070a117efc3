"""`main.py replay`: requests out of a file, sent again to an address; the exit code says if they held."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace, default_folder
from embedded_server.wire.http import Draft, ReplayRequest, ReplayResponse
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.replays import Answer, Difference
from embedded_server.wire.values import encode_json

from .compare import Side, compare
from .junit import junit
from .recorded import Recorded, read
from .replay import replay, stored_side
from .verdict import judge

CHECKS = ("status", "body", "slower", "queries")
# Against a single recorded time: slower when three of four exchanges took this many times as long.
SLOWER = 1.5
USAGE = """python3 main.py replay FILE --to URL [--count N] [--fail-on CHECKS] [--junit OUT] [--json OUT]

FILE is a HAR file, a trace, a saved request, or what --json wrote earlier. CHECKS, with commas: status,
body (against what FILE recorded; what differs between two equal requests is noise), slower, queries
(statements per request, reported by an application under the probe). Requests that may change data are left
out unless --confirm HOST."""


@dataclass
class Outcome:
    """What became of one request of the file."""

    name: str
    skipped: str = ""
    problem: str = ""
    failures: list[str] = field(default_factory=list)
    response: ReplayResponse | None = None
    diff: list[Difference] = field(default_factory=list)
    seconds: float = 0.0
    draft: Draft = field(default_factory=Draft)
    answer: Answer | None = None

    @property
    def failed(self) -> bool:
        """Whether a check failed, or the request could not be sent."""
        return bool(self.failures or self.problem)


def main(words: Sequence[str]) -> int:
    """Entry of the mode: 0 all held, 1 one failed, 2 the command line is off."""
    options = _parser().parse_args(words)
    checks = [one.strip() for one in options.fail_on.split(",") if one.strip()]
    unknown = sorted(set(checks) - set(CHECKS))
    if unknown:
        print(f"unknown check {', '.join(unknown)}: choose from {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    try:
        requests = read(Path(options.file))
        outcomes = _run(requests, options, checks)
    except ProblemError as error:
        shown = error.problem
        print(f"{shown.title} {shown.detail}\n{shown.hint}".strip(), file=sys.stderr)
        return 1
    if options.junit:
        Path(options.junit).write_bytes(junit(outcomes))
    if options.json:
        Path(options.json).write_bytes(encode_json(_report(outcomes)))
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(bool(outcome.skipped) for outcome in outcomes)
    print(f"{len(outcomes)} requests, {failed} failed, {skipped} left out")
    return 1 if failed or len(outcomes) == skipped else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py replay", usage=USAGE)
    parser.add_argument("file")
    parser.add_argument("--to", required=True, metavar="URL")
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--fail-on", default="status,body")
    parser.add_argument("--confirm", default="", metavar="HOST")
    parser.add_argument("--environment", default="", help="a saved one: its login, tokens and secrets")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--junit", metavar="OUT")
    parser.add_argument("--json", metavar="OUT")
    parser.add_argument("--workspace", type=Path, metavar="DIR")
    return parser


def _run(requests: list[Recorded], options: argparse.Namespace, checks: list[str]) -> list[Outcome]:
    services = Services(Workspace(options.workspace or default_folder()))
    try:
        outcomes = []
        for one in requests:
            outcome = _one(one, options, checks, services)
            outcomes.append(outcome)
            _say(outcome)
        return outcomes
    finally:
        services.close()


def _say(outcome: Outcome) -> None:
    word = "skip" if outcome.skipped else "FAIL" if outcome.failed else "ok"
    told = outcome.skipped or outcome.problem or "; ".join(outcome.failures)
    times = outcome.response.comparison.after_ms if outcome.response else []
    middle = f" {sorted(times)[len(times) // 2]:,.1f} ms" if times else ""
    print(f"{word:5}{outcome.name}{middle}{': ' + told if told else ''}", flush=True)


def _one(one: Recorded, options: argparse.Namespace, checks: list[str], services: Services) -> Outcome:
    outcome = Outcome(one.draft.name or f"{one.draft.method} {one.draft.url}", draft=one.draft)
    request = ReplayRequest(
        request=one.draft,
        base_url=options.to,
        environment=options.environment,
        count=max(2, options.count),
        warm_up=options.warm_up,
        confirm=options.confirm,
        timeout_ms=int(options.timeout * 1000),
    )
    call = Call(uuid4().hex, "http.replay", services)
    try:
        with services.jobs.running(call):
            outcome.response = replay(request, call)
            after = stored_side(outcome.response.run, call)
    except ProblemError as error:
        told = f"{error.problem.title} {error.problem.detail}".strip()
        if error.problem.code in ("http.confirm", "http.blocked"):
            outcome.skipped = told
        else:
            outcome.problem = told
        return outcome
    outcome.seconds, outcome.answer = sum(after.times) / 1000, after.first
    _check(outcome, one, after, checks)
    return outcome


def _check(outcome: Outcome, one: Recorded, after: Side, checks: list[str]) -> None:
    """Fill in what does not hold."""
    statuses = sorted({run.status for run in after.runs})
    if "status" in checks and one.status and statuses != [one.status]:
        outcome.failures.append(f"status {', '.join(map(str, statuses))} instead of {one.status}")
    if one.answer is not None:
        before = Side("", [], {1: one.answer}, one.measured, capture=True)
        found = compare(before, after)
        outcome.diff = [one for one in found.diff if not one.noise]
    told = [one for one in outcome.diff if one.part == "body"]
    if "body" in checks and told:
        shown = ", ".join(f"{one.kind} {one.path or '(all)'}" for one in told[:5])
        outcome.failures.append(f"{len(told)} differences in the body: {shown}")
    if "slower" in checks and (reason := _slower(one, after)):
        outcome.failures.append(reason)
    if "queries" in checks and (reason := _queries(one, after)):
        outcome.failures.append(reason)


def _slower(one: Recorded, after: Side) -> str:
    if len(one.times) > 1:
        verdict = judge(one.times, after.times, paces=(one.paces, after.paces))
        return verdict.text if verdict.timing == "slower" else ""
    if not one.times or not one.times[0] or len(after.times) < 2:
        return ""
    quarter = quantiles(after.times, n=4)[0]
    if quarter <= one.times[0] * SLOWER:
        return ""
    return f"slower: three of four took over {quarter:,.0f} ms, recorded were {one.times[0]:,.0f} ms"


def _queries(one: Recorded, after: Side) -> str:
    before, now = one.measured.statements, after.measured.statements
    if before is None:
        return ""
    if now is None:
        return "the application reported no statements: run it under the probe"
    return f"{now:,.0f} statements instead of {before:,.0f}" if now > before else ""


def _report(outcomes: list[Outcome]) -> dict[str, Any]:
    """What `--json` writes: read again by a later replay as what is to be compared with."""
    listed = []
    for outcome in outcomes:
        response, times = outcome.response, outcome.response.comparison.after_ms if outcome.response else []
        listed.append(
            {
                "name": outcome.name,
                "failed": outcome.failed,
                "failures": outcome.failures,
                "skipped": outcome.skipped,
                "problem": outcome.problem,
                "request": outcome.draft,
                "status": response.runs[0].status if response else 0,
                "times": times,
                "statements": _statements(response),
                "runs": response.runs if response else [],
                "diff": outcome.diff,
                "answer": outcome.answer,
            }
        )
    return {"replays": listed}


def _statements(response: ReplayResponse | None) -> int | None:
    counts = [one.after for one in response.comparison.statements] if response else []
    return sum(counts) if counts else None
