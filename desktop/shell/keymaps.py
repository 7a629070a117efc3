"""Keymaps of other tools, one file each in `resources/keymaps`: our verbs by the keys they document."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "keymaps"
OWN = "Backlight"


class Keymap(msgspec.Struct, frozen=True):
    """`keys` are the other tool's, `moved` ours that made room for them."""

    title: str
    keys: dict[str, list[str]] = {}
    moved: dict[str, list[str]] = {}

    def of(self, verb_id: str) -> tuple[str, ...] | None:
        """A verb's keys in this map, null where they are as declared."""
        found = self.keys.get(verb_id, self.moved.get(verb_id))
        return None if found is None else tuple(found)


@cache
def keymaps() -> dict[str, Keymap]:
    """Every map by its title; ours, in which all keys are as declared, first."""
    files = sorted(FOLDER.glob("*.toml"))
    found = [msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Keymap) for file in files]
    return {OWN: Keymap(OWN)} | {one.title: one for one in found}
