"""Saved connections as the console needs them: names for the picker, classes, dialects."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from embedded_server.wire.connections import LIST, Profile
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.server import Event

_HERE = (None, "", "localhost", "127.0.0.1", "::1")
_FILES = {".duckdb": "duckdb", ".ddb": "duckdb"}


_PASSWORD = re.compile(r"^([A-Za-z][\w+.-]*://[^/@:]*):[^@]*@")


def without_password(connection: str) -> str:
    """A URL as it may be written to disk; the server asks for the password when it is needed."""
    return _PASSWORD.sub(r"\1@", connection)


class Profiles(QObject):
    """`changed`: connections were saved, renamed or deleted."""

    changed = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._profiles: dict[str, Profile] = {}
        context.events.happened.connect(self._on_event)
        context.events.reset.connect(self.load)
        context.api.online_changed.connect(self._online)
        if context.api.online:
            self.load()

    def names(self) -> list[str]:
        """Saved names, most recently used first."""
        return list(self._profiles)

    def url(self, connection: str) -> str:
        """The URL behind a saved name; a URL or path as it is."""
        profile = self._profiles.get(connection)
        return profile.url if profile is not None else connection

    def class_(self, connection: str) -> str:
        """The class of a connection; of one that is not saved by its host, as the server decides it."""
        profile = self._profiles.get(connection)
        if profile is not None or not connection:
            return profile.class_ if profile is not None else ""
        try:
            host = urlsplit(connection).hostname if "://" in connection else ""
        except ValueError:
            return "shared"
        return "local" if host in _HERE else "shared"

    def dialect(self, connection: str) -> str:
        """The engine's name as the URL tells it."""
        url = self.url(connection)
        scheme, separator, _ = url.partition("://")
        if separator:
            return scheme.split("+", 1)[0].lower()
        suffix = "." + url.rsplit(".", 1)[-1].lower() if "." in url else ""
        return _FILES.get(suffix, "sqlite") if url else ""

    def load(self) -> None:
        """Fetch them."""
        self._context.flow(self, self._load())

    async def _load(self) -> None:
        answer = await self._context.api.call(LIST, Nothing())
        self._profiles = {profile.name: profile for profile in answer.connections}
        self.changed.emit()

    def _on_event(self, event: Event) -> None:
        if event.kind == "connections.changed":
            self.load()

    def _online(self, online: bool) -> None:
        if online:
            self.load()
