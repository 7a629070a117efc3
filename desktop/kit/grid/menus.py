"""The context menus of cells and of the header."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu

from desktop.kit.grid.actions import action, guests, keys_of, selected_columns
from desktop.kit.grid.copy_forms import FORMATS
from desktop.kit.grid.filters import Quick, quick_filters, replaced
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.kit.theme import styled, theme
from desktop.kit.verb import Verb
from embedded_server.wire.values import Cell

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

_MOST_CELLS = 2000
_SHEET = """
QMenu { background: @bg2; color: @text; border: 1px solid @faint; padding: @4px 0; }
QMenu::item { padding: @5px @26px @5px @12px; background: transparent; }
QMenu::item:selected { background: @select; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: @4px 0; }
QMenu::icon { padding-left: @8px; }
"""


class Menus(QObject):
    """Builds a menu when it is asked for; it is gone when it closes."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self.shown: QMenu | None = None

    # --- cells -------------------------------------------------------------------------------------

    def context(self, event: QContextMenuEvent) -> None:
        """The menu of the cell under the pointer, or of the cursor when a key asked."""
        grid = self._grid
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            spot = grid.spot_at(point)
            if spot is not None and spot not in grid.selection:
                grid.move_to(spot)
        elif grid.selection.current is not None:
            current = grid.selection.current
            point = grid.cell_rect(current.row, current.place).bottomLeft()
        if grid.selection.current is not None:
            self._popup(self.of_cell(grid.selection.current), grid.viewport().mapToGlobal(point))

    def of_cell(self, spot: Spot) -> QMenu:
        """What can be done with the cursor's cell and the selection."""
        menu = self._menu(self._grid)
        for name in ("grid.peek", "grid.view", "grid.decode", "grid.follow"):
            self._act(menu, name)
        menu.addSeparator()
        self._act(menu, "grid.copy")
        copies = self._sub(menu, "Copy as")
        for form in FORMATS:
            if form != "tsv":
                self._act(copies, f"grid.copy_{form}", FORMATS[form][0])
        if self._grid.source.editing() is not None:
            menu.addSeparator()
            self._edits(menu)
        for verb in guests():
            self._guest(menu, verb)
        menu.addSeparator()
        filters = self._sub(menu, "Filter rows")
        filters.setEnabled(self._grid.source.can_filter())
        for quick in self.quick(spot):
            self._add(filters, quick.title, partial(self.apply, quick))
        filters.addSeparator()
        self._act(filters, "grid.filter", "Type a filter")
        self._add(filters, "Clear all filters", partial(self._grid.source.set_filters, []))
        menu.addSeparator()
        for name in ("grid.select_row", "grid.select_column", "grid.select_all", "grid.go_to_row"):
            self._act(menu, name)
        return menu

    def _edits(self, menu: QMenu) -> None:
        for name in ("grid.edit", "grid.paste", "grid.set_null", "grid.from_file", "grid.revert"):
            self._act(menu, name)
        rows = self._sub(menu, "Rows")
        for name in ("grid.add_row", "grid.clone_rows", "grid.delete_rows"):
            self._act(rows, name)

    def quick(self, spot: Spot) -> list[Quick]:
        """Quick filters about the selected cells of the spot's column, or about its one cell."""
        column = self._grid.column_at(spot.place)
        cells = self._selected_cells(spot.place) or [self._grid.cell_at(spot)]
        known = [cell for cell in cells if not isinstance(cell, Missing)]
        return quick_filters(column.name, known)

    def apply(self, quick: Quick) -> None:
        """Filter by one of them."""
        source = self._grid.source
        filters = source.filters()
        if quick.adds:
            source.set_filters([*filters, quick.filter])
        else:
            source.set_filters(replaced(filters, quick.filter.column, [quick.filter]))

    def filter_current(self) -> None:
        """Show only the rows with the cursor's value."""
        current = self._grid.selection.current
        if current is None:
            return
        column, cell = self._grid.column_at(current.place).name, self._grid.cell_at(current)
        if cell is None:
            self.apply(quick_filters(column, [])[0])
        elif not isinstance(cell, Missing):
            quick = quick_filters(column, [cell])
            if quick[0].filter.op == "=":
                self.apply(quick[0])
            else:
                self._grid.said.emit("The value is not loaded whole, so it cannot be compared")

    def _selected_cells(self, place: int) -> list[Cell | Missing]:
        cells: list[Cell | Missing] = []
        index = self._grid.columns.places[place]
        for area in self._grid.selection.areas:
            if area.left <= place <= area.right:
                last = min(area.bottom, area.top + _MOST_CELLS - len(cells) - 1)
                cells += [self._grid.source.cell(row, index) for row in range(area.top, last + 1)]
        return cells if len(cells) > 1 else []

    # --- header ------------------------------------------------------------------------------------

    def header(self, place: int, at: QPoint) -> None:
        """Show the menu of a column."""
        self._popup(self.of_column(place), at)

    def of_column(self, place: int) -> QMenu:
        """What can be done with a column; with all selected ones if it is among them."""
        grid = self._grid
        column = grid.columns.places[place]
        name = grid.columns.columns[column].name
        chosen = selected_columns(grid)
        chosen = chosen if column in chosen and len(chosen) > 1 else [column]
        them = f"{len(chosen)} columns" if len(chosen) > 1 else "column"
        menu = self._menu(grid)
        if grid.source.can_order():
            self._add(menu, "Sort ascending", partial(grid.sorting.set, name, False))
            self._add(menu, "Sort descending", partial(grid.sorting.set, name, True))
            self._add(menu, "Do not sort by it", partial(grid.sorting.set, name, None, add=True))
            menu.addSeparator()
        if grid.source.can_filter():
            self._add(menu, "Filter…", partial(grid.open_filters, place))
            drop = partial(grid.source.set_filters, replaced(grid.source.filters(), name, []))
            self._add(menu, "Remove its filter", drop).setEnabled(column in grid.filtered_columns())
            menu.addSeparator()
        self._add(menu, f"Select {them}", partial(grid.select_column, place))
        self._add(menu, f"Fit {them}", partial(grid.fit_columns, chosen))
        self._add(menu, "Fit all columns", partial(grid.fit_columns, list(grid.columns.places)))
        frozen = grid.columns.frozen(column)
        title = f"Release {them}" if frozen else f"Freeze {them}"
        self._add(menu, title, partial(grid.freeze_columns, chosen, not frozen))
        self._add(menu, f"Hide {them}", partial(grid.hide_columns, chosen))
        self._hidden(menu)
        return menu

    def _hidden(self, menu: QMenu) -> None:
        grid = self._grid
        hidden = grid.columns.hidden()
        if not hidden:
            return
        sub = self._sub(menu, f"Show hidden ({len(hidden)})")
        for column in hidden[:50]:
            self._add(sub, grid.columns.columns[column].name, partial(grid.show_columns, [column]))
        sub.addSeparator()
        self._add(sub, "All", partial(grid.show_columns, hidden))

    # --- building ----------------------------------------------------------------------------------

    def _popup(self, menu: QMenu, at: QPoint) -> None:
        self.shown = menu
        menu.aboutToHide.connect(self._hidden_again)
        menu.popup(at)

    def _hidden_again(self) -> None:
        menu, self.shown = self.shown, None
        if menu is not None:
            menu.deleteLater()

    def _menu(self, grid: Grid) -> QMenu:
        menu = QMenu(grid)
        menu.setToolTipsVisible(True)
        menu.setFont(theme().ui_font())
        styled(menu, _SHEET)
        return menu

    def _sub(self, menu: QMenu, title: str) -> QMenu:
        sub = QMenu(escaped(title), menu)
        sub.setFont(theme().ui_font())
        styled(sub, _SHEET)
        menu.addMenu(sub)
        return sub

    @staticmethod
    def _add(menu: QMenu, title: str, run: Callable[[], object]) -> QAction:
        entry = _Entry(title, run, menu)
        menu.addAction(entry)
        return entry

    def _guest(self, menu: QMenu, verb: Verb) -> None:
        entry = self._add(menu, verb.title, verb.run)
        entry.setIcon(theme().icon(verb.icon, 16, "dim"))
        reason = verb.when()
        entry.setEnabled(not reason)
        entry.setToolTip(reason or verb.hint)

    def _act(self, menu: QMenu, name: str, title: str = "") -> None:
        """An entry that runs one of the grid's actions, with its key, or disabled with the reason."""
        one = action(name)
        keys = keys_of(name)
        entry = self._add(menu, title or one.title, partial(one.trigger, self._grid))
        if keys:
            entry.setText(f"{entry.text()}\t{keys[0]}")
        if one.icon:
            entry.setIcon(theme().icon(one.icon, 16, "dim"))
        reason = one.when(self._grid)
        entry.setEnabled(not reason)
        entry.setToolTip(reason)


class _Entry(QAction):
    """An entry that calls a function without arguments; `triggered` would pass its check mark."""

    def __init__(self, title: str, run: Callable[[], object], parent: QMenu) -> None:
        super().__init__(escaped(title), parent)
        self._run = run
        self.triggered.connect(self._chosen)

    def _chosen(self) -> None:
        self._run()


def escaped(title: str) -> str:
    """A text whose ampersands are no mnemonics."""
    return title.replace("&", "&&").replace("\t", " ")
