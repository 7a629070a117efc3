"""What was open, restored after a restart or a crash: tabs, order, panes, what was used last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QByteArray, QObject, QTimer

from desktop.context import Found, Notify
from desktop.kit.journal import Journal
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.refs import AnyRef

from .frame import Frame
from .history import Recent
from .workbench import Bench

DELAY_MILLISECONDS = 400
COMPACT_BYTES = 512 * 1024


class SessionStore:
    """The newest state of a journal; an older one if the newest was torn."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self._last: dict[str, Any] = {}

    def load(self) -> dict[str, Any]:
        """The state of the last run, {} if there is none that can be read."""
        records = self._journal.replay()
        self._last = records[-1] if records else {}
        return self._last

    def save(self, state: dict[str, Any]) -> None:
        """Store a state if it is another one (ProblemError when the disk refuses)."""
        if state == self._last:
            return
        if self._journal.size() > COMPACT_BYTES:
            self._journal.compact([state])
        else:
            self._journal.append(state)
        self._last = state


class Session(QObject):
    """Saves soon after something changed; loads once at the start."""

    def __init__(
        self, store: SessionStore, bench: Bench, frame: Frame, commands: Recent, notify: Notify
    ) -> None:
        super().__init__(frame)
        self._store, self._bench, self._frame, self._notify = store, bench, frame, notify
        self._commands = commands
        self._refused = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)

    def watch(self) -> None:
        """Save after changes from now on."""
        self._bench.session_changed.connect(self._later)
        self._frame.layout_changed.connect(self._later)

    def load(self) -> None:
        """Bring back what was open. Parts that this build does not know are left out."""
        state = self._store.load()
        geometry = state.get("geometry")
        if isinstance(geometry, str):
            self._frame.window().restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        self._load_recent(state)
        for verb_id in reversed(_strings(state.get("commands"))):
            self._commands.use(verb_id, verb_id)
        used = state.get("connection")
        if isinstance(used, str) and used:
            self._bench.use_connection(used)
        pages = self._frame.page_ids()
        if pages:
            self._frame.show_page(state["page"] if state.get("page") in pages else pages[0])
        layout = state.get("layout")
        if isinstance(layout, dict):
            self._frame.load_layout(layout)
        self._bench.tab_set.load(state)
        if self._bench.current() is None:
            self._bench.show_centre()

    def save(self) -> None:
        """Store everything now; a disk that refuses is told once."""
        self._timer.stop()
        state = self._bench.tab_set.save() | {
            "connection": self._bench.connection(),
            "page": self._frame.page(),
            "layout": self._frame.save_layout(),
            "geometry": bytes(self._frame.window().saveGeometry().toBase64().data()).decode(),
            "recent": [_saved(found) for found in self._bench.recent],
            "commands": list(self._commands),
        }
        try:
            self._store.save(state)
            self._refused = False
        except ProblemError as error:
            if not self._refused:
                self._refused = True
                self._notify.problem(error.problem)

    def _later(self) -> None:
        if not self._timer.isActive():
            self._timer.start(DELAY_MILLISECONDS)

    def _load_recent(self, state: dict[str, Any]) -> None:
        entries = state.get("recent")
        for entry in reversed(entries if isinstance(entries, list) else []):
            try:
                found = Found(
                    entry["title"], entry["detail"], entry["icon"], msgspec.convert(entry["ref"], AnyRef)
                )
            except (msgspec.MsgspecError, KeyError, TypeError):
                continue
            self._bench.recent.use(found.ref.key(), found)


def _saved(found: Found) -> dict[str, Any]:
    return {
        "title": found.title,
        "detail": found.detail,
        "icon": found.icon,
        "ref": msgspec.to_builtins(found.ref),
    }


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
