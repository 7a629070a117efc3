"""Secrets cut out of what leaves the workspace: by the name of a header, field or key, and by their looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import msgspec

from embedded_server.wire.http import Draft

from .jar import parse

CUT = "[redacted]"
_PARTS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "api_key", "access_key",
    "private_key", "credential", "csrf", "xsrf", "session", "authorization", "signature", "jwt",
    "samlresponse",
)  # fmt: skip
_WHOLE = frozenset({"auth", "otp", "pin", "cvv", "cvc", "sid", "x_forwarded_for", "x_real_ip", "remote_addr"})
_LOOKS = re.compile(
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=://)[^\s/@:\"'<>]+:[^\s/@\"'<>]+(?=@)",
    re.S,
)
_PART = re.compile(r'(name="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n)(.*?)(?=\r\n--)', re.S)


def is_secret(name: str) -> bool:
    """Whether the value of something of that name is a secret."""
    plain = name.lower().replace("-", "_").replace(".", "_")
    return plain in _WHOLE or any(part in plain for part in _PARTS)


class Cutter:
    """Cuts and remembers what it cut, by name."""

    def __init__(self, *, keep: bool = False) -> None:
        self._keep = keep
        self.cut: list[str] = []

    def _note(self, name: str) -> str:
        if name not in self.cut:
            self.cut.append(name)
        return CUT

    def text(self, text: str) -> str:
        """Values that look like secrets, wherever they stand."""
        if self._keep:
            return text

        def gone(_: re.Match[str]) -> str:
            return self._note("a value that looks like a key")

        return _LOOKS.sub(gone, text)

    def headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Cookies by name, others whole."""
        return headers if self._keep else [(name, self._header(name, value)) for name, value in headers]

    def _header(self, name: str, value: str) -> str:
        plain = name.lower()
        if plain == "cookie":
            return "; ".join(f"{key}={self._note(f'cookie {key}')}" for key, _ in parse(value)) or value
        if plain == "set-cookie":
            first, semicolon, rest = value.partition(";")
            key = first.partition("=")[0]
            return f"{key}={self._note(f'cookie {key}')}{semicolon}{rest}"
        return self._note(f"header {name}") if is_secret(plain) else self.text(value)

    def url(self, url: str) -> str:
        """Parameters of the query by name, user and password of the host."""
        if self._keep:
            return url
        head, question, query = self.text(url).partition("?")
        return head + question + self._form(query, "parameter") if question else head

    def body(self, body: str, content_type: str) -> str:
        """A form, a JSON document, or text."""
        if self._keep:
            return body
        kind = content_type.lower()
        if "urlencoded" in kind:
            return self._form(body, "field")
        if "multipart" in kind:
            return re.sub(
                r'(name="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n)(.*?)(?=\r\n--)', self._part, body, flags=re.S
            )
        if "json" in kind or body[:1] in ("{", "["):
            return self.text(self._json(body))
        return self.text(body)

    def _part(self, match: re.Match[str]) -> str:
        return match[1] + (self._note(f"field {match[2]}") if is_secret(match[2]) else match[3])

    def _form(self, text: str, what: str) -> str:
        pieces = []
        for piece in text.split("&"):
            name, equals, _ = piece.partition("=")
            plain = unquote_plus(name)
            secret = bool(equals) and is_secret(plain)
            pieces.append(
                f"{name}={quote_plus(self._note(f'{what} {plain}'))}" if secret else self.text(piece)
            )
        return "&".join(pieces)

    def _json(self, text: str) -> str:
        try:
            document = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
        changed = walk(document, self._value)
        return text if changed == document else msgspec.json.encode(changed).decode()

    def _value(self, key: str, value: Any) -> Any:
        if not is_secret(key) or isinstance(value, dict | list | bool) or value is None:
            return value
        return self._note(f"value {key}")

    def draft(self, draft: Draft) -> Draft:
        """A request without its secrets."""
        kind = next((value for name, value in draft.headers if name.lower() == "content-type"), "")
        return msgspec.structs.replace(
            draft,
            url=self.url(draft.url),
            headers=self.headers(draft.headers),
            body=None if draft.body is None else self.body(draft.body, kind),
        )


def walk(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """A JSON document with each value under a key changed."""
    if isinstance(value, dict):
        return {name: walk(change(name, item), change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [walk(change(key, item) if key else item, change, key) for item in value]
    return value
