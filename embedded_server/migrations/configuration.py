"""What a project's configuration file says about where its scripts lie, read without Alembic."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SEPARATORS = {"space": " ", "os": ":", "newline": "\n", ":": ":", ";": ";"}
_OLD_SPLIT = re.compile(r", *|(?: +)")


@dataclass(frozen=True)
class Configuration:
    """One section: the folder of env.py, the folders of revisions, and whether those are searched deeply."""

    file: Path
    section: str
    script: Path
    versions: tuple[Path, ...]
    recursive: bool = False
    url: str = ""


def from_ini(path: Path, section: str = "") -> Configuration | None:
    """The section (default "alembic") of an ini file that names scripts; null when none does."""
    path = path.absolute()
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_bytes().decode("utf-8-sig", "replace"))
    except (configparser.Error, OSError):
        return None
    wanted = [section] if section else ["alembic", *parser.sections()]
    for name in wanted:
        if parser.has_section(name) and parser.has_option(name, "script_location"):
            return _made(path, name, dict(parser.items(name)))
    if (path.parent / "env.py").is_file():
        # Flask-Migrate's file: the scripts lie beside it.
        values = dict(parser.items("alembic")) if parser.has_section("alembic") else {}
        return _made(path, "alembic", {**values, "script_location": str(path.parent)})
    return None


def from_pyproject(path: Path) -> Configuration | None:
    """The table [tool.alembic] of a pyproject file, null if it has none."""
    path = path.absolute()
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8-sig", "replace"))
    except (tomllib.TOMLDecodeError, OSError):
        return None
    table = found.get("tool", {}).get("alembic", {})
    if not isinstance(table, dict) or "script_location" not in table:
        return None
    values = {
        name: "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in table.items()
    }
    return _made(path, "alembic", {"path_separator": "newline", **values})


def _made(path: Path, section: str, values: Mapping[str, str]) -> Configuration | None:
    here = path.parent
    script = _place(values["script_location"].replace("%(here)s", str(here)).replace("%%", "%"), here)
    if script is None:
        return None
    texts = _split(values.get("version_locations", ""), values)
    listed = [_place(text.replace("%(here)s", str(here)), here) for text in texts]
    versions = [place for place in listed if place is not None] or [script / "versions"]
    recursive = values.get("recursive_version_locations", "").lower() in ("true", "1", "yes", "on")
    return Configuration(path, section, script, tuple(versions), recursive, values.get("sqlalchemy.url", ""))


def _split(text: str, values: Mapping[str, str]) -> list[str]:
    named = values.get("path_separator") or values.get("version_path_separator") or ""
    mark = _SEPARATORS.get(named)
    parts = text.split(mark) if mark else _OLD_SPLIT.split(text)
    return [part.strip() for part in parts if part.strip()]


def _place(text: str, here: Path) -> Path | None:
    """A folder as Alembic names it: a path, relative to the working folder, or `package:path`."""
    text = text.strip()
    if not text:
        return None
    if ":" in text and not Path(text).is_absolute():
        package, _, inside = text.partition(":")
        text = package.replace(".", "/") + (f"/{inside}" if inside else "")
    places = [folder / text for folder in (here, here / "src", here.parent, here.parent.parent)]
    return next((place.resolve() for place in places if place.is_dir()), None)
