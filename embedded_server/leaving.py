"""What is about to leave the workspace: values struck out by hand, and every place that holds one."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgspec

from embedded_server.wire.leaving import Cut, Stay
from embedded_server.wire.problem import problem
from embedded_server.wire.trace import Message, Trace, TracedException

T = TypeVar("T")
CUT = "[redacted]"
MARK = re.compile(r"(?:\[|%5B|‹|<)redacted|\*\*\*", re.I)
# Shorter ones are struck out where they are the whole value, not inside of words.
SHORTEST = 3
LISTED, SHOWN = 400, 200
CAPTURED = "cut where it was captured, it never came here"
BY_HAND = "struck out by hand"
# Below these names a number is somebody's value; elsewhere it is the file's own (a time, a count).
_VALUES = frozenset({"params", "values"})


class Striker:
    """Replaces texts wherever they stand, also as JSON, a form or a URL writes them."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = sorted({text for text in texts if text.strip()}, key=len, reverse=True)
        self.counts = dict.fromkeys(self._texts, 0)

    def strike(self, value: T) -> T:
        """The message without them. Raises request.invalid where one is a word of the file itself."""
        if not self._texts:
            return value
        changed = self._walk(msgspec.to_builtins(value), False)
        try:
            return msgspec.convert(changed, type(value))
        except msgspec.ValidationError as error:
            detail, hint = f"the file needs it: {error}", "Strike out a longer part of the value."
            raise problem("request.invalid", "This cannot be struck out", detail, hint) from error

    def text(self, text: str) -> str:
        """One text without them."""
        for wanted in self._texts:
            if len(wanted) < SHORTEST:
                if text == wanted:
                    self.counts[wanted] += 1
                    return CUT
                continue
            for form in _forms(wanted):
                self.counts[wanted] += text.count(form)
                text = text.replace(form, CUT)
        return text

    def _walk(self, item: Any, values: bool) -> Any:
        if isinstance(item, str):
            return self.text(item)
        if isinstance(item, dict):
            return {key: self._walk(one, values or key in _VALUES) for key, one in item.items()}
        if isinstance(item, list | tuple):
            return [self._walk(one, values) for one in item]
        if values and type(item) in (int, float) and str(item) in self.counts:
            self.counts[str(item)] += 1
            return CUT
        return item

    def cuts(self) -> list[Cut]:
        """What was struck out, in words for who struck it out."""
        return [Cut(text, f"{BY_HAND}: {_places(count)}") for text, count in self.counts.items()]

    def told(self) -> list[str]:
        """The same for the file: without the texts themselves."""
        return [f"{BY_HAND}: {_places(count)}" for count in self.counts.values() if count]


def _places(count: int) -> str:
    return f"{count:,} {'place' if count == 1 else 'places'}"


def _forms(text: str) -> list[str]:
    """The text itself and how JSON, forms and URLs write it, the longest first."""
    forms = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        quote(text),
        quote_plus(text),
    }
    return sorted(forms, key=len, reverse=True)


class Survey:
    """Goes through what leaves; every value either was cut or stays."""

    def __init__(self) -> None:
        self.marks: list[str] = []
        self.stays: list[Stay] = []
        self.more = 0
        self._seen: set[tuple[str, str]] = set()

    def value(self, place: str, value: object) -> None:
        """A place and what it holds."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        if not text or (place, text) in self._seen:
            return
        self._seen.add((place, text))
        if MARK.search(text):
            if place not in self.marks:
                self.marks.append(place)
        elif len(self.stays) < LISTED:
            self.stays.append(Stay(place, text[:SHOWN]))
        else:
            self.more += 1

    def target(self, url: str) -> None:
        """The host and each parameter of the query."""
        parts = urlsplit(url)
        self.value("request path", f"{parts.netloc}{parts.path}")
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            self.value(f"query {name}", value)

    def message(self, where: str, headers: list[tuple[str, str]], body: str | None, kind: str) -> None:
        """Headers and body of a request or an answer."""
        for name, value in headers:
            self.value(f"{where} header {name}", value)
        if not body:
            return
        if "x-www-form-urlencoded" in kind:
            for name, value in parse_qsl(body, keep_blank_values=True):
                self.value(f"{where} body {name}", value)
            return
        try:
            self._leaves(f"{where} body", json.loads(body) if "json" in kind else body)
        except ValueError:
            self.value(f"{where} body", body)

    def binary(self, where: str, message: Message) -> None:
        """A body that is no text can only be named."""
        if message.body is None and message.body_base64:
            self.value(f"{where} body", f"{message.body_bytes:,} bytes that are no text")

    def _leaves(self, place: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._leaves(f"{place} {key}", item)
        elif isinstance(value, list):
            for item in value:
                self._leaves(place, item)
        elif value is not None and not isinstance(value, bool):
            self.value(place, value)

    def trace(self, trace: Trace) -> None:
        """Everything of a request that somebody's data can stand in."""
        self.target(trace.summary.target)
        self.value("host", trace.summary.host)
        for where, message in (("request", trace.request), ("response", trace.response)):
            self.message(where, message.headers, message.body, message.content_type)
            self.binary(where, message)
        for one in trace.statements:
            self.value("database", one.database)
            self._leaves("statement value", one.params)
        for line in trace.logs:
            self.value(f"log line of {line.logger}", line.message)
        for span in trace.spans:
            self.value(f"{span.kind} {span.name}", span.detail)
        self._exception(trace.exception)
        if trace.application is not None:
            self.value("application's folder", trace.application.folder)

    def _exception(self, found: TracedException | None) -> None:
        while found is not None:
            self.value(f"exception {found.type}", found.message)
            found = found.cause


def cuts(before: Survey, told: list[str], striker: Striker) -> list[Cut]:
    """Everything cut: by the probe (marks found before anything was cut here), here, and by hand."""
    captured = [Cut(place, CAPTURED) for place in before.marks]
    return captured + [Cut(name, _reason(name)) for name in told] + striker.cuts()


def _reason(name: str) -> str:
    if "looks like" in name:
        return "it looks like a key or a password"
    if "cookie" in name.lower():
        return "a cookie may sign somebody in"
    return "its name says that it is a secret"
