"""Headers of two answers: by name, whatever the order of names; cookies by their own."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.wire.replays import DifferenceKind

# New in every answer, or a consequence of how the connection went.
_VOLATILE = {
    "date": "clock",
    "age": "clock",
    "x-backlight-id": "names the trace",
    "server-timing": "timing",
    "x-runtime": "timing",
    "x-request-id": "names the request",
    "x-correlation-id": "names the request",
    "keep-alive": "connection",
    "connection": "connection",
}
# Say the same as the body does.
_OF_BODY = frozenset({"content-length", "etag", "content-md5", "digest", "last-modified"})

Found = tuple[DifferenceKind, str, str | None, str | None, str]


def header_diff(
    before: list[tuple[str, str]], after: list[tuple[str, str]], *, same_body: bool
) -> Iterator[Found]:
    """Each header that was lost, came or changed, and why it is noise by its nature ("" if it is not)."""
    old, new = _grouped(before), _grouped(after)
    for name in {**old, **new}:
        shown = (new.get(name) or old[name])[0][0]
        ones, others = [v for _, v in old.get(name, [])], [v for _, v in new.get(name, [])]
        if name == "set-cookie":
            yield from _cookies(ones, others)
        elif ones != others:
            yield from _one(name, shown, ones, others, same_body)


def _grouped(headers: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append((name, value))
    return found


def _one(name: str, shown: str, ones: list[str], others: list[str], same_body: bool) -> Iterator[Found]:
    reason = "" if not (ones and others) else _VOLATILE.get(name, "")
    if name in ("x-backlight-id", "connection", "keep-alive"):
        # Whether it stands there at all says nothing about the answer either.
        reason = _VOLATILE[name]
    if not reason and ones and others and name in _OF_BODY and not same_body:
        reason = "follows the body"
    kind: DifferenceKind = "removed" if not others else "added" if not ones else "changed"
    yield kind, shown, "\n".join(ones) if ones else None, "\n".join(others) if others else None, reason


def _cookies(ones: list[str], others: list[str]) -> Iterator[Found]:
    old, new = _by_name(ones), _by_name(others)
    for name in {**old, **new}:
        path = f"Set-Cookie: {name}"
        if name not in new:
            yield "removed", path, "; ".join(old[name]), None, ""
        elif name not in old:
            yield "added", path, None, "; ".join(new[name]), ""
        elif old[name][1:] != new[name][1:]:
            yield "changed", path, "; ".join(old[name][1:]), "; ".join(new[name][1:]), ""
        elif old[name][0] != new[name][0]:
            yield "changed", path, old[name][0], new[name][0], "token"


def _by_name(lines: list[str]) -> dict[str, list[str]]:
    """Cookies by name: the value, then the attributes without the moment they end at."""
    found: dict[str, list[str]] = {}
    for line in lines:
        head, *attributes = (piece.strip() for piece in line.split(";"))
        name, _, value = head.partition("=")
        kept = sorted(a for a in attributes if not a.lower().startswith("expires="))
        found[name] = [value, *kept]
    return found
