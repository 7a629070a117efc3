"""A window with pages and tabs of its own, without a server: the shell knows no capability."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.api.client import Client
from desktop.context import ConnectionLook, Tab
from desktop.kit.theme import theme
from desktop.kit.verb import Verbs
from desktop.kit.widgets import FilterBox, TextField, column
from desktop.settings import Settings
from desktop.shell.window import Window
from embedded_server.wire.refs import Ref, RoutineRef, ScriptRef, TableRef

LOOKS = {
    "shop": ConnectionLook("shop", "local", "SQLite 3"),
    "team": ConnectionLook("team", "shared", "MariaDB 11"),
    "prod": ConnectionLook("prod", "production", "PostgreSQL 15"),
}


class ListPage:
    """A page with a filter box over a label."""

    def __init__(self, page_id: str, title: str, icon: str = "table") -> None:
        self.id, self.title, self.icon = page_id, title, icon
        self.filter = FilterBox(f"Filter {title}")
        self.widget = column(self.filter, QLabel(title))


class NoteTab(Tab):
    """A tab with a field; what is typed makes it dirty."""

    icon = "table"

    def __init__(self, ref: Ref, origin: Ref | None = None) -> None:
        super().__init__()
        self.ref, self.origin = ref, origin
        self.field = TextField("Note")
        self.setFocusProxy(self.field)
        rows = QVBoxLayout(self)
        rows.addWidget(self.field)
        self.panel = QWidget()
        self.panel_field = QLineEdit(self.panel)
        self.panel_field.setAccessibleName("Inspected")
        self.question = ""
        self.open_transaction = ""
        self.closed = self.refreshed = 0

    def path(self) -> str:
        return f"main.{self.ref.label()}"

    def dirty(self) -> bool:
        return bool(self.field.text())

    def closing_question(self) -> str:
        return self.question

    def inspector(self) -> QWidget | None:
        return self.panel

    def status(self) -> list[str]:
        return [f"{len(self.field.text())} letters"]

    def transaction(self) -> str:
        return self.open_transaction

    def refresh(self) -> None:
        self.refreshed += 1

    def state(self) -> dict[str, Any]:
        return {"text": self.field.text()}

    def restore(self, state: dict[str, Any]) -> None:
        self.field.setText(state.get("text", ""))

    def closing(self) -> None:
        self.closed += 1


def table(name: str, connection: str = "shop") -> TableRef:
    return TableRef(connection, name)


@pytest.fixture(autouse=True)
def plain_theme(qapp: QApplication) -> Iterator[None]:
    theme().apply(qapp, "dark", 13)
    yield
    if (theme().name, theme().font_size) != ("dark", 13):
        theme().apply(qapp, "dark", 13)


@pytest.fixture
def make_window(qtbot, tmp_path: Path) -> Callable[..., Window]:
    """Windows over one profile folder: a second one is a restart."""

    def make(opener: Callable[..., Tab] = NoteTab) -> Window:
        window = Window(Settings(tmp_path / "settings.toml"), Verbs(), Client(), tmp_path / "window")
        qtbot.addWidget(window)
        for kind in (TableRef.kind, ScriptRef.kind, RoutineRef.kind):
            window.bench.add_opener(kind, opener)
        window.bench.set_connections(LOOKS.get)
        window.bench.add_page(ListPage("data", "Data"))
        window.bench.add_page(ListPage("logs", "Logs", "logs"))
        window.session.load()
        window.session.watch()
        return window

    return make


@pytest.fixture
def window(make_window) -> Window:
    return make_window()


@pytest.fixture
def shown(window, qtbot) -> Window:
    """A window that is on the screen and active."""
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window
