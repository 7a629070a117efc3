"""What stands in the place of results before there are any."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from .conftest import PATIENCE, write


def test_what_the_empty_results_offer_can_be_done(live_shell, qtbot, tab):
    live_shell.window.show()
    (offered,) = tab.results._empty.findChildren(QPushButton)
    assert offered.text() == "Run" and offered.isVisible()
    qtbot.waitUntil(lambda: not offered.isEnabled() and not tab.bar.run.isEnabled(), timeout=PATIENCE)
    write(tab, "select 7")
    qtbot.waitUntil(lambda: offered.isEnabled() and tab.bar.run.isEnabled(), timeout=PATIENCE)
    offered.click()
    qtbot.waitUntil(lambda: tab.results.source() is not None, timeout=PATIENCE)
    assert tab.results.source().cell(0, 0) == 7
