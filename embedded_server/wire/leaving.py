"""What leaves the workspace in a file: told place by place before it is written."""

from __future__ import annotations

import msgspec


class Cut(msgspec.Struct, frozen=True):
    """A place of which the value was cut, and why ("its name says that it is a secret")."""

    place: str
    reason: str


class Stay(msgspec.Struct, frozen=True):
    """A place whose value leaves; `value` is at most its first 200 characters."""

    place: str
    value: str


class Leaving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole text that would be written and a file name for it.

    `redacted` names what was cut, as the file itself repeats it; `cuts` gives the reason of each, those the
    probe made included; `stays` lists the values that leave, the first 400 of them (`more`: how many others).
    """

    text: str
    file: str
    redacted: list[str] = []
    cuts: list[Cut] = []
    stays: list[Stay] = []
    more: int = 0
