"""Tokens that have to be fresh: found in earlier answers, put into the request."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from embedded_server.wire.http import Draft, TokenRule

from . import forms, html_diff
from .bodies import header
from .jar import Jar

# What common frameworks call the token against forged forms.
_FIELDS = ("csrf_token", "csrfmiddlewaretoken", "_csrf_token", "_csrf", "authenticity_token")
_HEADERS = ("X-CSRFToken", "X-CSRF-Token", "X-XSRF-TOKEN")
_METAS = {"X-CSRFToken": "csrf-token", "X-CSRF-Token": "csrf-token", "X-XSRF-TOKEN": "csrf-token"}


def found(rule: TokenRule, headers: Sequence[tuple[str, str]], body: bytes, jar: Jar) -> str | None:
    """The rule's value in an answer, None if it is not there."""
    if rule.find == "header":
        return next((value for name, value in headers if name.lower() == rule.name.lower()), None)
    if rule.find == "cookie":
        return jar.get(rule.name)
    text = body.decode("utf-8", "replace")
    if rule.find == "html":
        return next(iter(html_diff.values(text, rule.name)), None)
    try:
        value = forms.at(msgspec.json.decode(body), rule.name)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, str) else None if value is None else msgspec.json.encode(value).decode()


def implied(draft: Draft, body: bytes) -> list[TokenRule]:
    """The rule that a request with a well-known token asks for: fetch its page, take the token from there.

    The page is the one the request came from (Referer), else the one it goes to.
    """
    page = _page(draft)
    kind = header(draft.headers, "content-type")
    rules = [
        TokenRule(find="html", name=name, put="field", as_name=name, fetch=page)
        for name in _FIELDS
        if forms.has_field(body, kind, name)
    ]
    given = {name.lower() for name, _ in draft.headers}
    rules += [
        TokenRule(find="html", name=_METAS[name], put="header", as_name=name, fetch=page)
        for name in _HEADERS
        if name.lower() in given
    ]
    return rules


def _page(draft: Draft) -> str:
    referer, own = urlsplit(header(draft.headers, "referer")), urlsplit(draft.url)
    if referer.path and referer.netloc == own.netloc:
        return referer.path + (f"?{referer.query}" if referer.query else "")
    return own.path or "/"


def inject(
    rule: TokenRule, value: str, headers: list[tuple[str, str]], body: bytes | None
) -> tuple[list[tuple[str, str]], bytes | None]:
    """The request's headers and body with the value in its place."""
    name = rule.as_name or rule.name
    text = rule.template.replace("{}", value)
    if rule.put == "header":
        return _with_header(headers, name, text, add=rule.add), body
    if rule.put == "cookie":
        return headers, body  # put by the caller, beside the jar's
    if body is None:
        return headers, body
    if rule.put == "json":
        return headers, forms.with_json(body, name, text, add=rule.add)
    return headers, forms.with_field(body, header(headers, "content-type"), name, text, add=rule.add)


def _with_header(
    headers: list[tuple[str, str]], name: str, value: str, *, add: bool
) -> list[tuple[str, str]]:
    known = any(key.lower() == name.lower() for key, _ in headers)
    if not known:
        return [*headers, (name, value)] if add else headers
    return [(key, value if key.lower() == name.lower() else old) for key, old in headers]
