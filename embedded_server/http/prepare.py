"""From a draft to the bytes that are sent, and every deviation from the draft in words."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote_plus, unquote_plus, urlsplit

import msgspec

from embedded_server.wire.http import Draft, Environment, TokenRule
from embedded_server.wire.problem import problem

from . import rules
from .bodies import header
from .engine import Prepared
from .guard import class_of, is_here
from .jar import Jar, merged, parse

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VARIABLE = re.compile(r"\{\{(secret:)?([\w.-]+)\}\}")
# How a probe or an export marks a value it cut out.
REDACTED = re.compile(r"(?:\[|%5B)redacted|\[REDACTED|‹redacted|<redacted|\*\*\*")
_CUT_FIELD = re.compile(
    rb"(?P<head>(?:^|&)(?P<field>[^=&]+)=)(?:\[|%5B)redacted[^&]*"
    rb"|(?P<before>\"(?P<key>[^\"]+)\"\s*:\s*)\"\[redacted[^\"]*\""
)
_CREDENTIALS = ("cookie", "authorization", "proxy-authorization", "x-csrftoken", "x-api-key")

Secret = Callable[[str], str | None]


def no_secret(_name: str) -> str | None:
    """For drafts without an environment."""
    return None


@dataclass
class Given:
    """What a run has learnt before the request: cookies, tokens by rule."""

    jar: Jar = field(default_factory=Jar)
    tokens: dict[TokenRule, str] = field(default_factory=dict)
    extra: list[tuple[str, str]] = field(default_factory=list)


def split_url(url: str) -> tuple[str, str]:
    """scheme://host:port, and the rest as written. Raises http.invalid."""
    begin = re.match(r"(?i)(https?)://([^/?#\s]+)", url)
    if begin is None:
        hint = "It begins with http:// or https:// and a host."
        raise problem("http.invalid", "The request has no usable address", url[:200], hint)
    authority = begin[2].rpartition("@")[2]
    target = url[begin.end() :].split("#", 1)[0]
    try:
        port = urlsplit(f"//{authority}").port
    except ValueError as error:
        raise problem("http.invalid", "The address has no usable port", authority) from error
    if port == 0:
        raise problem("http.invalid", "The address has no usable port", authority)
    return f"{begin[1].lower()}://{authority}", target if target.startswith("/") else "/" + target


def body_bytes(draft: Draft) -> bytes | None:
    """The draft's body, None for none. Raises http.invalid for broken base64."""
    if draft.body is not None:
        return draft.body.encode("utf-8", "surrogatepass")
    if not draft.body_base64:
        return None
    try:
        return base64.b64decode(draft.body_base64, validate=True)
    except binascii.Error as error:
        raise problem("http.invalid", "The body is no valid base64", str(error)) from error


def base_of(draft: Draft, environment: Environment, base_url: str = "") -> str:
    """Where a draft goes in an environment."""
    wanted = base_url or environment.base_url
    return split_url(wanted)[0] if wanted else split_url(filled(draft.url, environment, no_secret))[0]


def prepare(
    draft: Draft, environment: Environment, base: str, given: Given, secret: Secret = no_secret
) -> tuple[Prepared, list[str]]:
    """The request as it will be sent, and what differs from the draft. Raises http.invalid, http.secret."""
    notes: list[str] = []
    own, target = split_url(filled(draft.url, environment, secret))
    headers = [
        (filled(name, environment, secret), filled(value, environment, secret))
        for name, value in draft.headers
    ]
    body = body_bytes(draft)
    if body is not None and b"{{" in body:
        body = filled(body.decode("latin-1"), environment, secret, "latin-1").encode("latin-1")
    body = _restored(body, secret, notes)
    if urlsplit(own).netloc.lower() != urlsplit(base).netloc.lower():
        notes.append(f"sent to {base} instead of {own}")
        headers = _without_credentials(headers, own, base, notes)
    headers = _without_redacted(headers, notes)
    for rule, value in given.tokens.items():
        before = headers, body
        headers, body = rules.inject(rule, value, headers, body)
        if before != (headers, body):
            notes.append(f"{rule.put} {rule.as_name or rule.name} is fresh")
    headers = _cookies(headers, environment, given, target, notes)
    headers = _framed(_hosted(headers, base, notes), body, notes)
    for name, value in given.extra:
        headers.append((name, value))
    if given.extra:
        notes.append(f"{', '.join(name for name, _ in given.extra)} added")
    local = class_of(environment, base) == "local" and not environment.class_
    prepared = Prepared(
        _method(draft.method),
        base,
        _target_bytes(target),
        [_header_bytes(name, value) for name, value in headers],
        body,
        environment.proxy,
        environment.insecure,
        local and not environment.proxy,
    )
    return prepared, notes


def filled(text: str, environment: Environment, secret: Secret, encoding: str = "") -> str:
    """The text with variables and secrets put in; unknown variables stay. Raises http.secret."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            known = secret(match[2])
            if known is None:
                hint = "Give its value in the environment; it is kept in the system's keyring."
                raise problem("http.secret", f"The secret {match[2]} is not known", environment.name, hint)
            return known.encode().decode(encoding) if encoding else known
        return environment.variables.get(match[2], match[0])

    return _VARIABLE.sub(value, text)


def _restored(body: bytes | None, secret: Secret, notes: list[str]) -> bytes | None:
    """Fields that a capture cut out, filled from the environment's secrets of the same names."""
    if body is None or not REDACTED.search(body.decode("latin-1")):
        return body

    def put(match: re.Match[bytes]) -> bytes:
        name = unquote_plus((match["field"] or match["key"]).decode("latin-1"))
        known = secret(name)
        if known is None:
            notes.append(f"{name} was not captured; an environment's secret of that name fills it in")
            return match[0]
        notes.append(f"{name} is filled in from the environment's secrets")
        if match["key"]:
            return match["before"] + msgspec.json.encode(known)
        return match["head"] + quote_plus(known).encode()

    return _CUT_FIELD.sub(put, body)


def _method(method: str) -> str:
    if not _METHOD.match(method):
        raise problem("http.invalid", "The method is not a word", repr(method[:60]))
    return method


def _target_bytes(target: str) -> bytes:
    if re.search(r"[\x00-\x20\x7f]", target):
        hint = "Write a blank as %20."
        raise problem("http.invalid", "The address has blanks or control characters", target[:200], hint)
    return target.encode("utf-8", "surrogateescape")


def _header_bytes(name: str, value: str) -> tuple[bytes, bytes]:
    if not _METHOD.match(name.removesuffix(":")) or (name.endswith(":") and not value):
        raise problem("http.invalid", "A header's name is not a word", repr(name[:60]))
    if re.search(r"[\r\n\0]", value):
        raise problem("http.invalid", f"The header {name} has a line break or NUL", repr(value[:60]))
    try:
        return name.encode("ascii"), value.encode("latin-1")
    except UnicodeEncodeError:
        return name.encode("ascii"), value.encode("utf-8", "surrogatepass")


def _without_credentials(
    headers: list[tuple[str, str]], own: str, base: str, notes: list[str]
) -> list[tuple[str, str]]:
    """Cookies and keys go to the host they were captured from, and to no other one."""
    here, there = urlsplit(own).hostname or "", urlsplit(base).hostname or ""
    if here == there or (is_here(here) and is_here(there)):
        return headers
    kept = [(name, value) for name, value in headers if name.lower() not in _CREDENTIALS]
    gone = sorted({name for name, _ in headers if name.lower() in _CREDENTIALS})
    notes += [f"{name} not sent to another host" for name in gone]
    return kept


def _without_redacted(headers: list[tuple[str, str]], notes: list[str]) -> list[tuple[str, str]]:
    """What was cut out of a capture cannot be sent."""
    kept: list[tuple[str, str]] = []
    for name, value in headers:
        if not REDACTED.search(value):
            kept.append((name, value))
        elif name.lower() == "cookie":
            pairs = [f"{key}={one}" for key, one in parse(value) if not REDACTED.search(one)]
            notes.append("cookies that were not captured are left out")
            if pairs:
                kept.append((name, "; ".join(pairs)))
        else:
            notes.append(f"{name} was not captured and is left out")
    return kept


def _cookies(
    headers: list[tuple[str, str]], environment: Environment, given: Given, target: str, notes: list[str]
) -> list[tuple[str, str]]:
    captured = header(headers, "cookie")
    if environment.cookies == "none":
        if captured:
            notes.append("no cookies")
        return [(name, value) for name, value in headers if name.lower() != "cookie"]
    fresh = given.jar.pairs(target) if environment.cookies == "jar" else {}
    fresh |= {
        rule.as_name or rule.name: rule.template.replace("{}", value)
        for rule, value in given.tokens.items()
        if rule.put == "cookie"
    }
    if not fresh:
        return headers
    text = merged(captured, fresh)
    if text == captured:
        return headers
    notes.append(f"cookies are fresh: {', '.join(fresh)}")
    if not captured:
        return [*headers, ("Cookie", text)]
    return [(name, text if name.lower() == "cookie" else value) for name, value in headers]


def _hosted(headers: list[tuple[str, str]], base: str, notes: list[str]) -> list[tuple[str, str]]:
    """The Host header first, as libcurl sends it, and that of the place it goes to."""
    place = urlsplit(base).netloc
    names = [name.lower() for name, _ in headers]
    if "host" not in names:
        return [("Host", place), *headers]
    at = names.index("host")
    name, value = headers[at]
    if at or name != "Host":
        notes.append("Host moved first" if at else "Host is spelled so")
    if value.lower() != place.lower() and any(note.startswith("sent to") for note in notes):
        notes.append("Host follows the environment")
        value = place
    rest = [one for number, one in enumerate(headers) if number != at and names[number] != "host"]
    return [("Host", value), *rest]


def _framed(headers: list[tuple[str, str]], body: bytes | None, notes: list[str]) -> list[tuple[str, str]]:
    """A length that fits the body; what says the length twice is refused."""
    names = [name.lower() for name, _ in headers]
    if "transfer-encoding" in names:
        if "content-length" in names:
            detail = "Content-Length and Transfer-Encoding"
            raise problem("http.invalid", "The request says its length in two ways", detail)
        return headers
    if body is None:
        if header(headers, "content-length") not in ("", "0"):
            notes.append("Content-Length left out: there is no body")
            return [one for one in headers if one[0].lower() != "content-length"]
        return headers
    length = str(len(body))
    if "content-length" not in names:
        notes.append("Content-Length added")
        return [*headers, ("Content-Length", length)]
    if header(headers, "content-length") != length:
        notes.append("Content-Length follows the body")
    return [(name, length if name.lower() == "content-length" else value) for name, value in headers]
