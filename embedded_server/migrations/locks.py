"""PostgreSQL's lock modes in words."""

from __future__ import annotations

from typing import Any

from embedded_server.wire.migration_runs import Lock

_WORDS = {
    "AccessExclusiveLock": "keeps readers and writers out",
    "ExclusiveLock": "keeps writers out",
    "ShareRowExclusiveLock": "keeps writers out",
    "ShareLock": "keeps writers out",
    "ShareUpdateExclusiveLock": "keeps other schema changes and VACUUM out",
    "RowExclusiveLock": "keeps nobody out",
}
_ORDER = tuple(_WORDS)


def told(found: list[dict[str, Any]]) -> list[Lock]:
    """The strongest first."""
    locks = [Lock(_spelled(one["mode"]), one["table"], _WORDS.get(one["mode"], "")) for one in found]
    return sorted(locks, key=lambda lock: (_rank(lock.mode), lock.table))


def _spelled(mode: str) -> str:
    name = mode.removesuffix("Lock")
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return spaced.strip().upper()


def _rank(mode: str) -> int:
    names = [_spelled(name) for name in _ORDER]
    return names.index(mode) if mode in names else len(names)
