"""Every gesture of the grid, one real input each, by what it does. The table is what the manual promises."""

from __future__ import annotations

import pytest

from desktop.kit.grid.actions import ACTIONS
from tests.desktop.kit.gestures import GESTURES, asking, editing, moving, selecting  # noqa: F401
from tests.desktop.kit.hands import Hands
from tests.desktop.kit.sources import Formula

# Offscreen there is no window manager to bring menus to the front.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.mark.parametrize("name", sorted(GESTURES))
def test_gesture(name, make_grid, request):
    function = GESTURES[name]
    extra = {key: request.getfixturevalue(key) for key in function.__annotations__ if key == "monkeypatch"}
    if "qtbot" in function.__code__.co_varnames[: function.__code__.co_argcount]:
        extra["qtbot"] = request.getfixturevalue("qtbot")
    function(Hands(make_grid(Formula(2_000))), **extra)


def test_every_key_of_an_action_has_its_gesture():
    told = " ".join(GESTURES)
    missing = [
        key
        for action in ACTIONS
        for key in action.keys + action.own
        if key.replace("Return", "Enter") not in told and key not in ("Ctrl+Ins",)
    ]
    assert missing == []
