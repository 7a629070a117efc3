"""What a UUID tells of itself: version, moment, machine."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

_UUID = re.compile(
    r"(?:urn:uuid:)?\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?\Z",
    re.IGNORECASE | re.ASCII,
)
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSIONS = {
    1: "time and node",
    2: "DCE security",
    3: "MD5 of a name",
    4: "random",
    5: "SHA-1 of a name",
    6: "time and node, sorted by time",
    7: "Unix time and random",
    8: "custom",
}


class Fact(NamedTuple):
    """A line of the viewer."""

    label: str
    text: str


def uuid_of(value: str | bytes) -> UUID | None:
    """The UUID a text is written as, or 16 bytes hold."""
    if isinstance(value, bytes):
        return UUID(bytes=value) if len(value) == 16 else None
    text = value.strip()
    return UUID(text) if _UUID.match(text) else None


def uuid_facts(value: str | bytes) -> list[Fact]:
    """What it tells; nothing if it is none."""
    found = uuid_of(value)
    if found is None:
        return []
    facts = [Fact("UUID", str(found))]
    if found.int in (0, 2**128 - 1):
        return [*facts, Fact("version", "none: all bits are " + ("0" if not found.int else "1"))]
    if found.variant != "specified in RFC 4122" or found.version is None:
        # `variant` names the old standards in full.
        return [*facts, Fact("variant", found.variant), Fact("version", "none of RFC 9562")]
    facts.append(Fact("version", f"{found.version} ({_VERSIONS.get(found.version, 'not assigned')})"))
    facts += _moment(found)
    if found.version in (1, 6):
        facts += [Fact("clock sequence", str(found.clock_seq)), Fact("node", _node(found.node))]
    return [*facts, Fact("as a number", str(found.int))]


def _moment(found: UUID) -> list[Fact]:
    if found.version == 7:
        milliseconds = found.int >> 80
        try:
            at = _EPOCH + timedelta(milliseconds=milliseconds)
        except OverflowError:
            return [Fact("time", f"{milliseconds} ms after 1970")]
        return [Fact("time", f"{at.isoformat(' ', 'milliseconds')[:-6]} UTC")]
    if found.version not in (1, 6):
        return []
    at = _GREGORIAN + timedelta(microseconds=_ticks(found) // 10)
    return [Fact("time", f"{at.isoformat(' ', 'microseconds')[:-6]}{_ticks(found) % 10} UTC")]


def _ticks(found: UUID) -> int:
    """Hundreds of nanoseconds since 1582."""
    if found.version == 1:
        return (found.time_low) | (found.time_mid << 32) | ((found.time_hi_version & 0x0FFF) << 48)
    return (found.time_low << 28) | (found.time_mid << 12) | (found.time_hi_version & 0x0FFF)


def _node(node: int) -> str:
    text = ":".join(f"{node >> shift & 255:02x}" for shift in range(40, -8, -8))
    return f"{text} (random)" if node >> 40 & 1 else f"{text} (a network card's address)"
