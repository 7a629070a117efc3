"""What can be done in a grid, each once: the grid's keys, its menus and the window's verbs come from here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop.kit.grid.copy_forms import FORMATS
from desktop.kit.rows import MISSING, Missing
from desktop.kit.verb import Verb, Verbs

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid


def _anything(grid: Grid) -> str:
    return "" if grid.selection.current is not None else "There are no rows"


def _reference(grid: Grid) -> str:
    current = grid.selection.current
    if current is None or grid.column_at(current.place).references is None:
        return "The cell is no foreign key"
    return "The cell is NULL" if grid.cell_at(current) is None else ""


def _sortable(grid: Grid) -> str:
    return _anything(grid) if grid.source.can_order() else "These rows cannot be sorted here"


def _filterable(grid: Grid) -> str:
    return "" if grid.source.can_filter() else "These rows cannot be filtered here"


def _hidden(grid: Grid) -> str:
    return "" if grid.columns.hidden() else "No column is hidden"


def _decodable(grid: Grid) -> str:
    from desktop.kit.grid.viewers.panel import ways  # noqa: PLC0415  # lazy: half of the grid's start time
    from desktop.kit.grid.viewers.recognise import DECODED  # noqa: PLC0415  # lazy: see above

    current = grid.selection.current
    cell = grid.cell_at(current) if current is not None else MISSING
    if current is None or isinstance(cell, Missing):
        return _anything(grid)
    known = set(ways(cell, grid.column_at(current.place))) & set(DECODED)
    return "" if known else "Nothing is packed or encoded in this value"


class GridAction(msgspec.Struct, frozen=True):
    """An action on the focused grid; see `Verb` for the fields.

    `own` keys work in the grid alone and always: as keys of the window they would be taken from every
    other widget that knows them.
    """

    id: str
    title: str
    run: Callable[[Grid], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    when: Callable[[Grid], str] = _anything
    menu: str = ""
    own: tuple[str, ...] = ()

    def trigger(self, grid: Grid) -> str:
        """Run it; returns (and says) the reason if it cannot run now."""
        reason = self.when(grid)
        if reason:
            grid.said.emit(reason)
        else:
            self.run(grid)
        return reason


def _place(grid: Grid) -> int:
    current = grid.selection.current
    return current.place if current is not None else 0


def _current_column(grid: Grid) -> int:
    return grid.columns.places[_place(grid)]


def selected_columns(grid: Grid) -> list[int]:
    """The columns with a selected cell."""
    bounds = grid.selection.bounds(len(grid.columns))
    if bounds is None:
        return []
    return [
        grid.columns.places[place]
        for place in range(bounds.left, bounds.right + 1)
        if any(area.left <= place <= area.right for area in grid.selection.areas)
    ]


def _sort(grid: Grid, desc: bool | None) -> None:
    grid.sorting.set(grid.column_at(_place(grid)).name, desc, add=desc is None)


def _follow(grid: Grid) -> None:
    current = grid.selection.current
    if current is not None and not isinstance(grid.cell_at(current), Missing):
        grid.follow.emit(current.row, grid.columns.places[current.place])


def _select_row(grid: Grid) -> None:
    current = grid.selection.current
    if current is not None:
        grid.select_row(current.row)


def _freeze(grid: Grid) -> None:
    columns = selected_columns(grid)
    grid.freeze_columns(columns, not all(grid.columns.frozen(column) for column in columns))


def _copies() -> list[GridAction]:
    keys = {"tsv": ("Ctrl+C", "Ctrl+Ins"), "tsv_header": ("Ctrl+Shift+C",)}
    return [
        GridAction(
            f"grid.copy_{form}" if form != "tsv" else "grid.copy",
            "Copy" if form == "tsv" else f"Copy as {title}",
            partial(_copy, form=form),
            icon="copy",
            menu="Edit" if form == "tsv" else "Edit/Copy as",
            own=keys.get(form, ()),
        )
        for form, (title, _) in FORMATS.items()
    ]


def _copy(grid: Grid, form: str) -> None:
    grid.copier.copy(form)


def _no_cell(grid: Grid) -> str:
    return grid.edits.why_no_cell()


def _no_rows(grid: Grid) -> str:
    return grid.edits.why_not()


def _no_row(grid: Grid) -> str:
    return _no_rows(grid) or _anything(grid)


_EDITS: tuple[GridAction, ...] = (
    GridAction(
        "grid.undo",
        "Undo the last edit",
        lambda grid: grid.edits.undo(),
        icon="undo",
        when=lambda grid: grid.edits.why_no_undo(),
        menu="Edit",
        own=("Ctrl+Z",),
    ),
    GridAction(
        "grid.redo",
        "Redo the edit",
        lambda grid: grid.edits.redo(),
        icon="redo",
        when=lambda grid: grid.edits.why_no_redo(),
        menu="Edit",
        own=("Ctrl+Shift+Z", "Ctrl+Y"),
    ),
    GridAction(
        "grid.paste", "Paste cells", lambda grid: grid.edits.paste(), (), "", _no_rows, "Edit", ("Ctrl+V",)
    ),
    GridAction(
        "grid.edit", "Edit the cell", lambda grid: grid.edits.begin(), (), "edit", _no_cell, "Edit", ("F2",)
    ),
    GridAction(
        "grid.set_null",
        "Set to NULL",
        lambda grid: grid.edits.set_null(),
        when=_no_cell,
        menu="Edit",
        own=("Ctrl+0",),
    ),
    GridAction(
        "grid.from_file",
        "Set from a file…",
        lambda grid: grid.edits.from_file(),
        (),
        "file",
        _no_cell,
        "Edit",
    ),
    GridAction(
        "grid.revert", "Revert selected cells", lambda grid: grid.edits.revert(), (), "", _no_row, "Edit"
    ),
    GridAction(
        "grid.add_row",
        "Add a row",
        lambda grid: grid.edits.add_row(),
        icon="plus",
        when=_no_rows,
        menu="Edit",
        own=("Alt+Ins",),
    ),
    GridAction(
        "grid.clone_rows",
        "Clone selected rows",
        lambda grid: grid.edits.clone_rows(),
        icon="copy",
        when=_no_row,
        menu="Edit",
        own=("Ctrl+D",),
    ),
    GridAction(
        "grid.delete_rows",
        "Delete selected rows",
        lambda grid: grid.edits.delete_rows(),
        icon="trash",
        when=_no_row,
        menu="Edit",
        own=("Del",),
    ),
)

ACTIONS: tuple[GridAction, ...] = (
    *_copies(),
    *_EDITS,
    GridAction("grid.select_all", "Select all rows", lambda grid: grid.select_all(), own=("Ctrl+A",)),
    GridAction(
        "grid.select_column",
        "Select column",
        lambda grid: grid.select_column(_place(grid)),
        icon="column",
        own=("Ctrl+Space",),
    ),
    GridAction("grid.select_row", "Select row", _select_row, own=("Shift+Space",)),
    GridAction(
        "grid.filter",
        "Filter rows",
        lambda grid: grid.open_filters(),
        ("Ctrl+F",),
        "filter",
        _filterable,
        "View",
    ),
    GridAction("grid.filter_value", "Show only this value", lambda g: g.menus.filter_current(), (), "filter"),
    GridAction(
        "grid.find_column",
        "Find column",
        lambda grid: grid.popups.find_column(),
        ("Ctrl+Shift+F",),
        "search",
        menu="View",
    ),
    GridAction(
        "grid.go_to_row",
        "Go to row",
        lambda grid: grid.popups.go_to_row(),
        ("Ctrl+G",),
        "arrow-right",
        menu="View",
    ),
    GridAction("grid.peek", "Peek at the value", lambda grid: grid.popups.peek(), ("Space",), "eye"),
    GridAction(
        "grid.view",
        "Open the value",
        lambda grid: grid.popups.view(),
        ("F7", "Shift+Return", "Shift+Enter"),
        "text",
    ),
    GridAction("grid.decode", "Decode the value", lambda grid: grid.popups.decode(), (), "hex", _decodable),
    GridAction("grid.follow", "Follow the foreign key", _follow, ("F4",), "link", _reference, menu="View"),
    GridAction(
        "grid.sort_ascending", "Sort ascending", partial(_sort, desc=False), (), "arrow-up", _sortable
    ),
    GridAction(
        "grid.sort_descending", "Sort descending", partial(_sort, desc=True), (), "arrow-down", _sortable
    ),
    GridAction("grid.sort_none", "Do not sort by this column", partial(_sort, desc=None), (), "", _sortable),
    GridAction("grid.hide_columns", "Hide selected columns", lambda g: g.hide_columns(selected_columns(g))),
    GridAction(
        "grid.show_columns", "Show all columns", lambda g: g.show_columns(g.columns.hidden()), when=_hidden
    ),
    GridAction("grid.freeze_columns", "Freeze or release selected columns", _freeze, (), "pin"),
    GridAction("grid.fit_columns", "Fit selected columns", lambda g: g.fit_columns(selected_columns(g))),
    GridAction("grid.fit_all", "Fit all columns", lambda g: g.fit_columns(list(g.columns.places))),
)

# Verbs of capabilities that act on the rows in front, where these are there.
_GUESTS = ("chart.draw",)
_BY_ID = {action.id: action for action in ACTIONS}


def _own_keys() -> dict[str, str]:
    return {key: action.id for action in ACTIONS for key in action.own}


class _Bindings:
    """Which key runs which action: as declared, until the verbs registry says otherwise."""

    def __init__(self) -> None:
        self.keys = _own_keys() | {key: action.id for action in ACTIONS for key in action.keys}
        self.verbs: Verbs | None = None

    def follow(self, verbs: Verbs) -> None:
        """Take the keys from the registry, where the user may have changed them."""
        self.verbs = verbs
        self.keys = _own_keys() | {
            QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText): action.id
            for action in ACTIONS
            for key in verbs.keys(action.id)
        }


_bindings = _Bindings()


def action(action_id: str) -> GridAction:
    """The action with this id."""
    return _BY_ID[action_id]


def bound_action(key: str) -> GridAction | None:
    """The action that a key sequence runs."""
    found = _bindings.keys.get(key)
    return _BY_ID[found] if found is not None else None


def keys_of(action_id: str) -> list[str]:
    """The keys that run an action, the shown one first."""
    return [key for key, bound in _bindings.keys.items() if bound == action_id]


def guests() -> list[Verb]:
    """What others offer for rows, in a cell's menu."""
    verbs = _bindings.verbs
    if verbs is None or not isValid(verbs):
        return []
    return [verbs.get(name) for name in _GUESTS if name in verbs]


def focused_grid() -> Grid | None:
    """The grid that has the keyboard, itself or in one of its boxes."""
    from desktop.kit.grid.grid import Grid  # noqa: PLC0415  # lazy: the grid imports its actions

    widget: QWidget | None = QApplication.focusWidget()
    while widget is not None:
        if isinstance(widget, Grid):
            return widget
        widget = widget.parentWidget()
    return None


def register(verbs: Verbs) -> None:
    """Make every action a verb of the window: palette, menus, shortcut page and rebinding."""
    for one in ACTIONS:
        verbs.add(
            Verb(
                one.id,
                one.title,
                partial(_run_focused, one),
                one.keys,
                one.icon,
                one.menu,
                partial(_why_not, one),
                f"In the rows: {one.own[0]}" if one.own else "",
            )
        )
    follow = partial(_bindings.follow, verbs)
    verbs.changed.connect(follow)
    follow()


def _run_focused(one: GridAction) -> None:
    grid = focused_grid()
    if grid is not None:
        one.run(grid)


def _why_not(one: GridAction) -> str:
    grid = focused_grid()
    return "Click into rows first" if grid is None else one.when(grid)
