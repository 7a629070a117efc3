"""A whole window on a server of its own, and a database that is slow for want of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.http_caller import HttpCaller
from tests.trace.desktop.captured import post

PATIENCE = 20_000
SLOW = "SELECT id, status FROM orders WHERE status = :status ORDER BY created_at DESC LIMIT 20"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def own_server(workspace: Path) -> Iterator[HttpCaller]:
    caller = HttpCaller(workspace)
    yield caller
    caller.close()


@pytest.fixture
def shell(qapp, qtbot, own_server, workspace, tmp_path):
    """The window, shown, on the server of this test."""
    from desktop.api.client import Address  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.shell.app import Options, Shell  # noqa: PLC0415  # lazy: see above

    shell = Shell(qapp, Options(tmp_path / "profile", workspace))
    shell.server.start = lambda: None
    with qtbot.waitExposed(shell.window):
        shell.start()
    shell.client.connect_to(Address(own_server.port, own_server.token))
    yield shell
    shell.window.hide()
    shell.stop()
    shell.window.deleteLater()
    shell.deleteLater()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """20,000 and some orders, no index but the key."""
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at INTEGER);"
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 150000)"
        " INSERT INTO orders SELECT n, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n * 79 % 10007 FROM c;"
        "ANALYZE;"
    )
    connection.close()
    return str(path)


@pytest.fixture
def send(workspace: Path) -> Callable[..., list[str]]:
    """Post requests as a probe; answers their ids."""

    def act(*requests: Any, **more: Any) -> list[str]:
        return post(workspace, *requests, **more)

    return act


@pytest.fixture
def named(shell, qtbot):
    """A visible widget by its accessible name, waited for."""
    from PySide6.QtWidgets import QAbstractButton, QWidget  # noqa: PLC0415  # lazy: tests without a window load no Qt

    def called(widget: Any) -> tuple[str, ...]:
        return (widget.accessibleName(), widget.text() if isinstance(widget, QAbstractButton) else "")

    def find(name: str, kind: type = QWidget) -> Any:
        found: list[Any] = []

        def there() -> bool:
            widgets = [widget for widget in shell.window.findChildren(kind) if widget.isVisible()]
            found[:] = [widget for widget in widgets if name in called(widget)]
            return bool(found)

        qtbot.waitUntil(there, timeout=PATIENCE)
        return found[0]

    return find
