"""What differs between two answers: status, headers, body; and what of it counts for nothing.

Noise is what differed between two equal requests, at exactly the same place and in the same way: a place
that was stable is never covered. Beside it stand the rules of the caller, and a few kinds of values that are
new in every answer by their nature (Date, the value of a session cookie, a CSRF token).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from embedded_server.wire.replays import Difference, DifferenceKind, Noise, Part, Rule
from embedded_server.wire.trace import Message

from . import paths
from .bodies import body_of, digest, is_html, is_json
from .header_diff import header_diff
from .html_diff import html_diff
from .json_diff import json_diff

MOST = 2000
SHOWN = 300
LEARNT = "differs between two equal requests"
_LINES = 20_000
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?\Z")
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\Z", re.I)
_TYPES = {
    "timestamp": _TIMESTAMP,
    "uuid": _UUID,
    "number": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z"),
    "token": re.compile(r"[\w.+/=-]{8,}\Z"),
}

# part, kind, path, the two values, and a reason why it is noise by its nature
_Raw = tuple[Part, DifferenceKind, str, Any, Any, str]


def diff_messages(
    before: Message,
    after: Message,
    *,
    statuses: tuple[int, int] = (0, 0),
    rules: Sequence[Rule] = (),
    noise: Iterable[Noise] = (),
) -> list[Difference]:
    """Every place where two answers differ, real ones before noise, at most `MOST`."""
    known = {(one.part, one.kind, one.path) for one in noise}
    found: list[Difference] = []
    for part, kind, path, one, other, reason in _raw(before, after, statuses):
        if not reason and (part, kind, path) in known:
            reason = LEARNT
        reason = reason or _overlooked(rules, part, kind, path, one, other)
        found.append(
            Difference(part=part, kind=kind, path=path, before=_shown(one), after=_shown(other), noise=reason)
        )
        if len(found) >= MOST:
            break
    return sorted(found, key=_is_noise)


def learn(first: Message, second: Message, *, statuses: tuple[int, int] = (0, 0)) -> list[Noise]:
    """The noise of a request, from the answers to it and to an equal one."""
    return [
        Noise(part=one.part, kind=one.kind, path=one.path)
        for one in diff_messages(first, second, statuses=statuses)
        if not one.noise
    ]


def real(differences: Iterable[Difference]) -> list[Difference]:
    """Those that count."""
    return [one for one in differences if not one.noise]


def _is_noise(difference: Difference) -> bool:
    return bool(difference.noise)


def _raw(before: Message, after: Message, statuses: tuple[int, int]) -> Iterator[_Raw]:
    if statuses[0] != statuses[1]:
        yield "status", "changed", "", statuses[0], statuses[1], ""
    same = body_of(before) == body_of(after)
    for kind, path, one, other, reason in header_diff(before.headers, after.headers, same_body=same):
        yield "header", kind, path, one, other, reason
    if not same:
        yield from _bodies(before, after)


def _bodies(before: Message, after: Message) -> Iterator[_Raw]:
    if before.body is None or after.body is None:
        yield "body", "changed", "", _sized(before), _sized(after), ""
        return
    if is_json(before) and is_json(after):
        documents = _json(before.body), _json(after.body)
        if None not in documents:
            for kind, path, one, other in json_diff(documents[0][0], documents[1][0]):  # type: ignore[index]
                yield "body", kind, path, one, other, ""
            return
    if is_html(before) and is_html(after):
        try:
            yield from _html(before.body, after.body)
            return
        except RecursionError:
            pass
    for kind, path, old, new in _text(before.body, after.body):
        yield "body", kind, path, old, new, ""


def _html(before: str, after: str) -> list[_Raw]:
    found: list[_Raw] = []
    for kind, path, one, other in html_diff(before, after):
        token = path.endswith("#token")
        found.append(("body", kind, path.removesuffix("#token"), one, other, "token" if token else ""))
    return found


def _json(text: str) -> tuple[Any] | None:
    try:
        return (msgspec.json.decode(text.encode("utf-8", "surrogatepass")),)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _text(before: str, after: str) -> Iterator[tuple[DifferenceKind, str, str | None, str | None]]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _LINES:
        yield "changed", "", f"{len(old)} lines", f"{len(new)} lines"
        return
    if old == new:
        yield "changed", "", "other line ends", "other line ends"
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(b - a, d - c)):
            one = old[a + step] if a + step < b else None
            other = new[c + step] if c + step < d else None
            kind: DifferenceKind = "added" if one is None else "removed" if other is None else "changed"
            yield kind, f"line {(c if other is not None else a) + step + 1}", one, other


def _sized(message: Message) -> str:
    return f"{message.body_bytes:,} bytes, {digest(body_of(message))}"


def _overlooked(
    rules: Sequence[Rule], part: Part, kind: DifferenceKind, path: str, one: Any, other: Any
) -> str:
    if part != "body":
        return ""
    for rule in rules:
        if rule.action == "ignore" and paths.covers(rule.path, path):
            return f"rule: ignore {rule.path}"
        if paths.matches(rule.path, path) and _holds(rule, kind, one, other):
            return f"rule: {rule.action} {rule.path}"
    return ""


def _holds(rule: Rule, kind: DifferenceKind, one: Any, other: Any) -> bool:
    if rule.action == "order":
        return kind == "order"
    if kind != "changed":
        return False
    if rule.action == "tolerance":
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and abs(one - other) <= rule.value
    form = _TYPES.get(rule.kind)
    return form is not None and bool(form.match(str(one)) and form.match(str(other)))


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8", "replace")
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
