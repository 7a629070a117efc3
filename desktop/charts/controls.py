"""The one row of controls over a chart: what kind, which columns; fit, copy, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.kit.verb import Verbs
from desktop.kit.widgets import Choice, ElidedLabel, IconButton, SegmentedBar, Toolbar, bind
from embedded_server.wire.data import Column

from .spec import KINDS, TITLES, Kind, Role, Spec, fitted

_ROWS = "rows (count)"
_NONE = "no groups"


class _Word(ElidedLabel):
    """Never cut: it is short already."""

    def minimumSizeHint(self) -> QSize:
        """All of it."""
        return self.sizeHint()


class Controls(Toolbar):
    """`chosen(Spec)`: the user wants another chart."""

    chosen = Signal(object)

    def __init__(self, verbs: Verbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = Spec("line")
        self._columns: list[Column] = []
        self._roles: dict[str, Role] = {}
        self._filling = False
        self.kinds = SegmentedBar(tuple(TITLES[kind] for kind in KINDS), "Kind of chart")
        self.x_choice, self.y_choice, self.by_choice = Choice("Along x"), Choice("Along y"), Choice("Groups")
        self.add(self.kinds)
        self._words: dict[str, ElidedLabel] = {}
        for word, choice in (("x", self.x_choice), ("y", self.y_choice), ("by", self.by_choice)):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            self._words[word] = _Word(word, "dim")
            self.add(self._words[word], 4)
            self.add(choice)
            choice.currentIndexChanged.connect(self._changed)
        for icon, verb in (("fit", "fit"), ("copy", "copy"), ("image", "png"), ("save", "svg")):
            button = IconButton(icon, verbs.get(f"chart.{verb}").title)
            bind(button, verbs, f"chart.{verb}")
            self.add_right(button)
        self.kinds.chosen.connect(self._changed)
        self.setEnabled(False)

    def show_columns(self, columns: Sequence[Column], roles: dict[str, Role]) -> None:
        """What can be chosen from."""
        self._columns, self._roles = list(columns), roles
        self.setEnabled(bool(columns))

    def show_spec(self, spec: Spec) -> None:
        """What is drawn, without telling anyone."""
        self._spec, self._filling = spec, True
        self.kinds.setCurrentIndex(KINDS.index(spec.kind))
        usable = [column.name for column in self._columns if self._roles.get(column.name) != "none"]
        # Any column may be tried as a number, those that are one stand first.
        measured = sorted(usable, key=lambda name: self._roles[name] not in ("number", "time"))
        bars = spec.kind == "bar"
        _fill(self.x_choice, usable if bars else measured, spec.x)
        _fill(self.y_choice, ([_ROWS] if bars else []) + measured, spec.y or _ROWS)
        _fill(self.by_choice, [_NONE, *usable], spec.by or _NONE)
        for word, choice in (("y", self.y_choice), ("by", self.by_choice)):
            choice.setVisible(spec.kind != "histogram")
            self._words[word].setVisible(spec.kind != "histogram")
        self._filling = False

    def _changed(self, *_: object) -> None:
        if self._filling:
            return
        kind = KINDS[self.kinds.currentIndex()]
        spec = self._with_kind(kind) if kind != self._spec.kind else self._with_columns()
        if spec != self._spec:
            self.show_spec(spec)
            self.chosen.emit(spec)

    def _with_columns(self) -> Spec:
        y, by = self.y_choice.currentText(), self.by_choice.currentText()
        kind = self._spec.kind
        return fitted(
            Spec(
                kind,
                self.x_choice.currentText(),
                "" if y == _ROWS and kind == "bar" else y,
                "" if by == _NONE else by,
            )
        )

    def _with_kind(self, kind: Kind) -> Spec:
        """Another kind of the same columns, as far as they suit it."""
        spec = replace(self._spec, kind=kind)
        if kind == "histogram":
            # What was measured is what is spread.
            measured = self._spec.y if self._spec.kind != "histogram" and self._spec.y else self._spec.x
            return fitted(replace(spec, x=measured))
        if kind == "bar":
            return spec
        x = spec.x if self._measured(spec.x) else self._first("time", "number") or spec.x
        return replace(spec, x=x, y=spec.y or self._first("number", other_than=x) or x)

    def _measured(self, name: str) -> bool:
        return self._roles.get(name) in ("number", "time")

    def _first(self, *roles: Role, other_than: str = "") -> str:
        for role in roles:
            for column in self._columns:
                if self._roles.get(column.name) == role and column.name != other_than:
                    return column.name
        return ""


def _fill(choice: Choice, names: list[str], chosen: str) -> None:
    if [choice.itemText(at) for at in range(choice.count())] != names:
        choice.clear()
        choice.addItems(names)
    choice.setCurrentIndex(max(0, names.index(chosen) if chosen in names else 0))
    choice.setToolTip(choice.currentText())
