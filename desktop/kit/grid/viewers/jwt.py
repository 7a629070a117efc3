"""A JSON Web Token read, not verified: anybody can read one, only who has the key can vouch for it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from desktop.kit.grid.viewers.uuid_facts import Fact

MOST_CHARACTERS = 64 * 1024
_SHAPE = re.compile(r"(?:Bearer\s+)?(eyJ[\w-]+)\.([\w-]*)\.([\w-]*)\Z", re.ASCII | re.IGNORECASE)
_MOMENTS = {"exp": "expires", "nbf": "not before", "iat": "issued", "auth_time": "signed in"}
_WORDS = {"iss": "issuer", "sub": "subject", "aud": "audience", "jti": "token id"}
_LONGEST = 2000


def looks_like_jwt(text: str) -> bool:
    """Whether a text has the three parts, the first of them a header."""
    found = _SHAPE.match(text.strip()) if len(text) <= MOST_CHARACTERS else None
    return found is not None and isinstance(_json(found[1]), dict)


def jwt_facts(text: str, now: datetime | None = None) -> list[Fact]:
    """Signature, times in words, then header and payload member by member; nothing if it is none."""
    found = _SHAPE.match(text.strip()) if len(text) <= MOST_CHARACTERS else None
    header = _json(found[1]) if found is not None else None
    if found is None or not isinstance(header, dict):
        return []
    payload = _json(found[2])
    facts = [Fact("signature", _signature(header, found[3]))]
    if isinstance(payload, dict):
        moments = [name for name in _MOMENTS if name in payload]
        facts += [_moment(name, payload[name], now or datetime.now(UTC)) for name in moments]
    facts += [Fact(f"header.{name}", _shown(value)) for name, value in header.items()]
    if isinstance(payload, dict):
        facts += [Fact(_label(name), _shown(value)) for name, value in payload.items()]
    else:
        facts.append(Fact("payload", "not JSON: perhaps encrypted" if found[2] else "empty"))
    return facts


def _signature(header: dict[str, Any], signature: str) -> str:
    name = _shown(header.get("alg", "no algorithm named"))
    if name.lower() == "none" or not signature:
        return f"none ({name}): anybody can have written this"
    return f"{name}, not verified here"


def _moment(name: str, value: Any, now: datetime) -> Fact:
    label = _MOMENTS[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fact(label, f"{_shown(value)} (not a time)")
    try:
        at = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return Fact(label, f"{value} (outside the calendar)")
    over = name == "exp" and at <= now
    return Fact("expired" if over else label, f"{at.isoformat(' ', 'seconds')[:19]} UTC, {distance(at, now)}")


def distance(at: datetime, now: datetime) -> str:
    """`3 days ago`, `in 12 minutes`"""
    seconds = round(abs((at - now).total_seconds()))
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size or size == 1:
            count = seconds // size
            text = f"{count:,} {word}" + ("" if count == 1 else "s")
            return f"{text} ago" if at <= now else f"in {text}"
    return "now"


def _label(name: str) -> str:
    return f"{_WORDS[name]} ({name})" if name in _WORDS else name


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _json(part: str) -> Any:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        return json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
