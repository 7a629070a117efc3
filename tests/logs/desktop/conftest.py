"""A whole window on a live server; everything in it is found by its accessible name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.logs.server.corpus import record

PATIENCE = 20_000
LINES = [record(n, "ERROR" if n % 10 == 0 else "INFO") for n in range(3000)]


@pytest.fixture
def log(tmp_path) -> Path:
    """A log of 3,000 lines."""
    path = tmp_path / "app.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


@pytest.fixture
def window(live_shell, qtbot):
    """The window, shown."""
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    return live_shell.window


@pytest.fixture
def tab(window, log, until):
    """The log, opened and indexed."""
    from embedded_server.wire.refs import LogRef  # noqa: PLC0415  # lazy: beside the window

    found = window.bench.open(LogRef(str(log)), keep=True)
    until(lambda: found.rows.exact() and found.view.current() is not None)
    return found
