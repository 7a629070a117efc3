"""Cookies of one run: one place is spoken to, so a name and a path are all that tells them apart."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime


class Jar:
    """Takes Set-Cookie lines, gives Cookie pairs."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str], str] = {}

    def take(self, lines: list[str], target: str) -> None:
        """Keep or drop what an answer to `target` set."""
        for line in lines:
            head, *attributes = (piece.strip() for piece in line.split(";"))
            name, separator, value = head.partition("=")
            if not (separator and name):
                continue
            given = {k.strip().lower(): v.strip() for k, _, v in (a.partition("=") for a in attributes)}
            path = given.get("path", "")
            key = name, path if path.startswith("/") else _folder(target)
            if _is_over(given):
                self._cookies.pop(key, None)
            else:
                self._cookies[key] = value

    def pairs(self, target: str) -> dict[str, str]:
        """The cookies for a target, those of longer paths winning."""
        path = target.split("?", 1)[0]
        fitting = [
            (len(place), name, value)
            for (name, place), value in self._cookies.items()
            if path == place or path.startswith(place.rstrip("/") + "/")
        ]
        return {name: value for _, name, value in sorted(fitting, key=_length)}

    def get(self, name: str) -> str | None:
        """A cookie's value, whatever its path."""
        return next((value for (key, _), value in self._cookies.items() if key == name), None)


def _length(entry: tuple[int, str, str]) -> int:
    return entry[0]


def _folder(target: str) -> str:
    path = target.split("?", 1)[0]
    return path.rpartition("/")[0] or "/"


def _is_over(attributes: dict[str, str]) -> bool:
    if "max-age" in attributes:
        try:
            return int(attributes["max-age"]) <= 0
        except ValueError:
            return False
    if "expires" not in attributes:
        return False
    try:
        return parsedate_to_datetime(attributes["expires"]).timestamp() <= time.time()
    except (ValueError, TypeError):
        return False


def parse(header: str) -> list[tuple[str, str]]:
    """The pairs of a Cookie header, as written."""
    found = []
    for piece in header.split(";"):
        name, separator, value = piece.strip().partition("=")
        if separator:
            found.append((name, value))
    return found


def merged(header: str, fresh: dict[str, str]) -> str:
    """A Cookie header in which fresh values stand in for old ones, new names at the end."""
    pairs = parse(header)
    known = {name for name, _ in pairs}
    written = [f"{name}={fresh.get(name, value)}" for name, value in pairs]
    return "; ".join([*written, *(f"{name}={value}" for name, value in fresh.items() if name not in known)])
