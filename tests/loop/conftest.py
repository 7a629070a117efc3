"""Somebody reads the window's accessible names: as with a screen reader, views say when their rows change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible


@pytest.fixture(autouse=True)
def read_aloud() -> Iterator[None]:
    """Without it Qt would name rows as they stood when they were first asked for."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)
