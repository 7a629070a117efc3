"""Values for the placeholders of the statement that will run: one field each, and whether it is NULL."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import Check, ElidedLabel, Surface, TextField, slim_bars
from embedded_server.wire.sql.placeholders import Placeholder

_WHOLE = re.compile(r"[+-]?\d+\Z")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+(?:\.\d*)?[eE][+-]?\d+)\Z")
_COLUMNS = 3
_ROWS_SHOWN = 3
HINT = "Numbers are sent as numbers; 'quotes' make them text."


def value_of(text: str, dialect: str) -> Any:
    """What is sent for a typed text, in JSON form.

    PostgreSQL finds the type of a text by itself and better than we could. Elsewhere what looks like a
    number is sent as one, unless it would lose digits that way.
    """
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if dialect == "postgresql":
        return text
    if _WHOLE.match(text):
        return {"$int": text} if len(text) > 15 else int(text)
    if _DECIMAL.match(text) and repr(float(text)) == text:
        return float(text)
    return text


class ParamsPanel(Surface):
    """`entered`: Enter was pressed in a field. `edited`: a value is another one.

    Values are remembered by the placeholder's name for as long as the script lives.
    """

    entered = Signal()
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "top", parent)
        self._texts: dict[str, str] = {}
        self._nulls: set[str] = set()
        self._names: list[tuple[str, str]] = []
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        slim_bars(self._area)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(10, 6, 10, 6)
        outer.addWidget(self._area)
        # The panel's own colour shows through.
        styled(self._area, "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        self.hide()

    # --- values --------------------------------------------------------------------------------------

    def show_placeholders(self, found: list[Placeholder]) -> None:
        """Show one field per name, in order of appearance; hide with none."""
        names = list({mark.key: mark.text for mark in found}.items())
        if names == self._names:
            return
        self._names = names
        self._build()
        self.setVisible(bool(names))

    def names(self) -> list[str]:
        """The names shown."""
        return [name for name, _ in self._names]

    def set_value(self, name: str, text: str | None) -> None:
        """Fill a field; null sets NULL."""
        field = self.findChild(TextField, f"value-{name}")
        box = self.findChild(Check, f"null-{name}")
        self._texts[name] = text or ""
        if field is not None and text is not None:
            field.setText(text)
        if box is not None:
            box.setChecked(text is None)

    def values(self, dialect: str) -> dict[str, Any]:
        """Values for the server; a field that was never filled has none, so that the server asks for it."""
        found: dict[str, Any] = {}
        for name in self.names():
            if name in self._nulls:
                found[name] = None
            elif name in self._texts:
                found[name] = value_of(self._texts[name], dialect)
        return found

    def state(self) -> dict[str, Any]:
        """All values ever typed in this script."""
        return {"texts": dict(self._texts), "nulls": sorted(self._nulls)}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave."""
        texts, nulls = state.get("texts"), state.get("nulls")
        self._texts = {str(k): str(v) for k, v in texts.items()} if isinstance(texts, dict) else {}
        self._nulls = set(map(str, nulls)) if isinstance(nulls, list) else set()
        self._build()

    def adopt(self, texts: dict[str, str], nulls: list[str]) -> None:
        """Values that came with a statement, where none were typed yet."""
        free = {*texts, *nulls} - {name for name, text in self._texts.items() if text} - self._nulls
        self._texts |= {name: text for name, text in texts.items() if name in free}
        self._nulls |= free & set(nulls)
        self._build()
        self.edited.emit()

    def focus_missing(self) -> None:
        """Go to the first field without a value."""
        for name in self.names():
            if name not in self._nulls and not self._texts.get(name):
                field = self.findChild(TextField, f"value-{name}")
                if field is not None:
                    field.setFocus()
                return

    # --- fields --------------------------------------------------------------------------------------

    def _build(self) -> None:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme().scaled(16))
        grid.setVerticalSpacing(theme().scaled(4))
        # A single field gets the room of three: with a large font a third of it shows no word.
        columns = max(1, min(_COLUMNS, len(self._names)))
        for number, (name, text) in enumerate(self._names):
            shown = f"{text}{name}" if text in ("?", "%s") else text
            grid.addWidget(_Entry(self, name, shown), number // columns, number % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        # Enter in one of the old fields may be what leads here: setting another widget deletes it at once.
        old = self._area.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self._area.setWidget(body)
        self._fit()

    def restyle(self) -> None:
        """The fields' heights follow the font."""
        super().restyle()
        self._fit()

    def _fit(self) -> None:
        rows = min(_ROWS_SHOWN, -(-len(self._names) // _COLUMNS))
        self._area.setFixedHeight(rows * (theme().metric("field") + theme().scaled(4)))

    def text(self, name: str) -> str:
        """What is typed for a name."""
        return self._texts.get(name, "")

    def is_null(self, name: str) -> bool:
        """Whether a name is NULL."""
        return name in self._nulls

    def put(self, name: str, text: str) -> None:
        """A field was typed into."""
        self._texts[name] = text
        self.edited.emit()

    def put_null(self, name: str, null: bool) -> None:
        """A NULL box was ticked or cleared."""
        (self._nulls.add if null else self._nulls.discard)(name)
        self.edited.emit()


class _Entry(QWidget):
    """Name, field, NULL."""

    def __init__(self, panel: ParamsPanel, name: str, shown: str) -> None:
        super().__init__()
        self._panel, self._name = panel, name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().scaled(6))
        label = ElidedLabel(shown, "accent", mono=True)
        label.setMaximumWidth(theme().scaled(140))
        self._field = TextField(f"Value of {shown}", "value", mono=True)
        self._field.setObjectName(f"value-{name}")
        self._field.setToolTip(HINT)
        self._null = Check("NULL", f"{shown} is NULL")
        self._null.setObjectName(f"null-{name}")
        for widget in (label, self._field, self._null):
            row.addWidget(widget, 1 if widget is self._field else 0)
        self._field.setText(panel.text(name))
        self._null.setChecked(panel.is_null(name))
        self._field.setEnabled(not panel.is_null(name))
        self._field.textEdited.connect(self._typed)
        self._field.textChanged.connect(self._typed)
        self._field.returnPressed.connect(panel.entered)
        self._null.toggled.connect(self._ticked)

    def _typed(self, text: str) -> None:
        self._panel.put(self._name, text)

    def _ticked(self, null: bool) -> None:
        self._field.setEnabled(not null)
        self._panel.put_null(self._name, null)
