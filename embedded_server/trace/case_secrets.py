"""What is cut from a trace before it leaves the workspace, and how that is told.

The probe cut secrets before anything left the application; this is the second look, at what came in by other
ways (a replay, an import) and at what a person typed.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from embedded_server.wire.trace import Message, Trace

CUT = "[redacted]"
# How a probe marks what it cut itself: that may stay, it only says "same" or "changed".
_DONE = re.compile(r"\[redacted[^\]]*\]", re.I)
_HEADERS = frozenset(
    [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-csrftoken",
        "x-csrf-token",
    ]
)
_KEY = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|credential|session|csrf|xsrf|jwt|\bauth\b", re.I
)
_FORM = re.compile(r"(?P<key>(?:^|(?<=&))[^=&]*)=(?P<value>[^&]*)")
_QUERY = re.compile(r"(?P<key>(?:(?<=[?&]))[^=&#]*)=(?P<value>[^&#]*)")


class Cutter:
    """Cuts one trace; `cut` lists what was, without repeating itself."""

    def __init__(self) -> None:
        self.cut: list[str] = []

    def trace(self, trace: Trace) -> Trace:
        """The trace without secrets in its headers, bodies, target and bound values by name."""
        summary = msgspec.structs.replace(
            trace.summary, target=self._pairs(_QUERY, trace.summary.target, "query")
        )
        statements = [
            msgspec.structs.replace(one, params=self._value(one.params, "statement value"))
            for one in trace.statements
        ]
        return msgspec.structs.replace(
            trace,
            summary=summary,
            request=self._message(trace.request, "request"),
            response=self._message(trace.response, "response"),
            statements=statements,
        )

    def _message(self, message: Message, where: str) -> Message:
        headers = [(name, self._header(name, value, where)) for name, value in message.headers]
        return msgspec.structs.replace(message, headers=headers, body=self._body(message, where))

    def _header(self, name: str, value: str, where: str) -> str:
        if name.lower() not in _HEADERS or _DONE.fullmatch(value.strip()):
            return value
        self._tell(f"{where} header {name.lower()}")
        return CUT

    def _body(self, message: Message, where: str) -> str | None:
        body = message.body
        if not body:
            return body
        if "json" in message.content_type:
            try:
                decoded = json.loads(body)
            except ValueError:
                return body
            before = len(self.cut)
            safe = self._value(decoded, f"{where} body")
            return json.dumps(safe, ensure_ascii=False) if len(self.cut) > before else body
        if "x-www-form-urlencoded" in message.content_type:
            return self._pairs(_FORM, body, f"{where} body")
        return body

    def _pairs(self, pattern: re.Pattern[str], text: str, where: str) -> str:
        def one(match: re.Match[str]) -> str:
            if not _KEY.search(match["key"]) or not match["value"] or "redacted" in match["value"].lower():
                return match[0]
            self._tell(f"{where} {match['key']}")
            return f"{match['key']}={CUT}"

        return pattern.sub(one, text)

    def _value(self, value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return {key: self._named(key, item, where) for key, item in value.items()}
        return [self._value(item, where) for item in value] if isinstance(value, list) else value

    def _named(self, key: Any, item: Any, where: str) -> Any:
        if not _KEY.search(str(key)) or isinstance(item, dict | list | bool) or item in (None, ""):
            return self._value(item, where)
        if isinstance(item, str) and _DONE.search(item):
            return item
        self._tell(f"{where} {key}")
        return CUT

    def _tell(self, what: str) -> None:
        if what not in self.cut:
            self.cut.append(what)
