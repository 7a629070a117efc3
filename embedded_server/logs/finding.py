"""Logs at hand: open ones, recent ones, and what lies in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from embedded_server.store.log_sources import LogSources
from embedded_server.wire.logs import LogSource, SourceKind

from .sources import PACKED, OpenLog, Sources

_SUFFIXES = (".log", ".log.gz", ".jsonl", ".ndjson", ".err", ".out")
_FOLDERS = ("", "log", "logs", "var/log", "instance", "tmp")
_MOST = 200


def listed(sources: Sources, remembered: LogSources, folder: str) -> list[LogSource]:
    """Each path once: open, then recent, then of the folder."""
    found: dict[str, LogSource] = {}
    for opened in sources.all():
        found[opened.opening.path] = _open(opened)
    for past in remembered.recent():
        if past.source.startswith("$ "):
            command = [str(word) for word in past.settings.get("command", [])]
            title = past.source.removeprefix("$ ")
            shown = LogSource(
                path=title, title=title, place="recent", kind="command", at=past.at, command=command
            )
            found.setdefault(title, shown)
        elif os.path.isfile(past.source):
            found.setdefault(past.source, _file(past.source, "recent", past.at))
    for path in _in_folder(folder):
        found.setdefault(path, _file(path, "folder"))
    return list(found.values())


def _open(opened: OpenLog) -> LogSource:
    opening = opened.opening
    state = opened.state
    return LogSource(
        path=opening.path,
        title=opening.title,
        place="open",
        kind=opening.kind,
        source=opening.source,
        size=state.size if state else 0,
        command=opening.command,
    )


def _file(path: str, place: str, at: str = "") -> LogSource:
    kind: SourceKind = "packed" if path.endswith(PACKED) else "file"
    try:
        found = os.stat(path)
        size = found.st_size
        at = at or datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
    except OSError:
        size = 0
    shown = "recent" if place == "recent" else "folder"
    return LogSource(path=path, title=Path(path).name, place=shown, kind=kind, size=size, at=at)  # type: ignore[arg-type]


def _in_folder(folder: str) -> Iterator[str]:
    """Files that are logs by their name, in a folder and where projects keep them; newest first."""
    if not folder or "\0" in folder:
        return
    found: list[tuple[float, str]] = []
    for name in _FOLDERS:
        try:
            entries = list(os.scandir(os.path.join(folder, name)))
        except OSError:
            continue
        for entry in entries:
            if _is_log(entry.name) and entry.is_file():
                found.append((entry.stat().st_mtime, os.path.abspath(entry.path)))
    for _, path in sorted(found, reverse=True)[:_MOST]:
        yield path


def _is_log(name: str) -> bool:
    base, _, rest = name.lower().partition(".log.")
    return name.lower().endswith(_SUFFIXES) or (bool(base) and rest.isdigit())
