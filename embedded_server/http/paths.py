"""One grammar of places in a message: JSON Pointer, with `*` and `[key=value]`.

`/orders/[id=5]/lines/*/price`. `~0` is `~`, `~1` is `/`; a key that is `*` is written `~2`, one that begins
with `[` begins with `~3`. Rules, noise and the window all speak it.
"""

from __future__ import annotations

from functools import lru_cache

_ESCAPED = (("~", "~0"), ("/", "~1"))


def escaped(key: str) -> str:
    """An object's key as a segment."""
    for plain, written in _ESCAPED:
        key = key.replace(plain, written)
    if key == "*":
        return "~2"
    return "~3" + key[1:] if key.startswith("[") else key


def unescaped(segment: str) -> str:
    """The key that a segment stands for."""
    if segment == "~2":
        return "*"
    if segment.startswith("~3"):
        segment = "[" + segment[2:]
    for plain, written in reversed(_ESCAPED):
        segment = segment.replace(written, plain)
    return segment


def keyed(key: str, value: object) -> str:
    """The segment of a list's element that is known by the value of one of its keys."""
    text = str(value)
    for plain, written in _ESCAPED:
        key, text = key.replace(plain, written), text.replace(plain, written)
    return f"[{key}={text}]"


@lru_cache(maxsize=4096)
def segments(path: str) -> tuple[str, ...]:
    """The written segments of a path; "" is the whole document."""
    return tuple(path.split("/")[1:]) if path else ()


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern (with `*`) names exactly this path."""
    asked, given = segments(pattern), segments(path)
    return len(asked) == len(given) and _begins(asked, given)


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern names this path or something above it."""
    asked, given = segments(pattern), segments(path)
    return len(asked) <= len(given) and _begins(asked, given)


def _begins(asked: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return all(one in ("*", other) for one, other in zip(asked, given, strict=False))
