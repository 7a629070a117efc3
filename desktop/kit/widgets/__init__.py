"""Shared painted widgets: every view is built from these, so all of them look and behave alike.

Each name is loaded from its module when it is first asked for: the first frame needs few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .buttons import *  # noqa: F403
    from .chips import *  # noqa: F403
    from .confirm import *  # noqa: F403
    from .fields import *  # noqa: F403
    from .keyvalue import *  # noqa: F403
    from .layout import *  # noqa: F403
    from .lists import *  # noqa: F403
    from .messages import *  # noqa: F403
    from .paint import *  # noqa: F403
    from .scroll import *  # noqa: F403
    from .segments import *  # noqa: F403
    from .text import *  # noqa: F403

_HOMES = {
    "buttons": "Button GuestButton IconButton LinkButton PrimaryButton PrimaryVerbButton VerbButton"
    " bind fit_keys key_text refresh_bound",
    "chips": "Chip FilterChip",
    "confirm": "ConfirmBox",
    "fields": "Check Choice FilterBox NumberField TextField",
    "keyvalue": "KeyValue KeyValueList",
    "layout": "Panel Splitter Surface Toolbar column pane_head",
    "lists": "BLANK ListView Role RowDelegate TreeView",
    "messages": "Detail EmptyState InlineProblem Message MessagePlace Offer Picture no_match",
    "paint": "Themed chosen_row dot elided focus_ring rounded",
    "scroll": "Corner SlimBar slim_bars",
    "segments": "SegmentedBar",
    "text": "ElidedLabel Heading Line Paragraph",
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names.split()}


if not TYPE_CHECKING:  # the type checker knows the names from above, and no others

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return value
