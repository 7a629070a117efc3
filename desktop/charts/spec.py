"""What is drawn of which columns, and the guess that makes a chart one click. Without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

from .calendar import looks_like_moment
from .readings import number_of

Kind = Literal["line", "bar", "histogram", "scatter"]
Role = Literal["number", "time", "category", "none"]
KINDS: tuple[Kind, ...] = ("line", "bar", "histogram", "scatter")
TITLES: dict[Kind, str] = {"line": "Line", "bar": "Bars", "histogram": "Histogram", "scatter": "Points"}
# A column of more different values is no group of anything.
MOST_GROUPS = 24
_SNIFFED = 60
_MOSTLY = 0.8


@dataclass(frozen=True)
class Spec:
    """A kind with the columns for x, y and the groups, "" for none: bars without y count rows."""

    kind: Kind
    x: str = ""
    y: str = ""
    by: str = ""

    def names(self) -> list[str]:
        """The columns it needs."""
        return list(dict.fromkeys(name for name in (self.x, self.y, self.by) if name))

    def saved(self) -> dict[str, str]:
        """As JSON values."""
        return {"kind": self.kind, "x": self.x, "y": self.y, "by": self.by}


def load_spec(saved: object, columns: Sequence[Column]) -> Spec | None:
    """What `saved` gave, null if it does not fit these columns."""
    if not isinstance(saved, dict) or saved.get("kind") not in KINDS:
        return None
    known = {column.name for column in columns}
    parts = {key: saved.get(key, "") for key in ("x", "y", "by")}
    if any(part and part not in known for part in parts.values()) or not parts["x"]:
        return None
    return fitted(Spec(saved["kind"], **parts))


def fitted(spec: Spec) -> Spec:
    """Without what its kind does not use."""
    return replace(spec, y="", by="") if spec.kind == "histogram" else spec


@dataclass(frozen=True)
class Trait:
    """What a column is good for: its role, whether it names rows (a key, a reference), how many different
    values its first rows have, whether they go up."""

    name: str
    role: Role
    naming: bool = False
    different: int = 0
    repeated: bool = False
    rising: bool = False


def traits(columns: Sequence[Column], sample: Sequence[Sequence[Cell]]) -> list[Trait]:
    """Of all columns, by their first cells."""
    return [_trait(column, list(cells)) for column, cells in zip(columns, sample, strict=True)]


def _trait(column: Column, cells: list[Cell]) -> Trait:
    known = [cell for cell in cells if cell is not None]
    different = len({(type(cell), repr(cell)) for cell in known})
    role = role_of(column, known)
    found = [number_of(cell) for cell in known] if role == "number" else []
    values = [number for number in found if not isinstance(number, str)]
    rising = len(values) > 1 and all(a < b for a, b in zip(values, values[1:], strict=False))
    name = column.name.lower()
    naming = bool(column.key or column.references) or name == "id" or name.endswith(("_id", "_no"))
    return Trait(column.name, role, naming, different, different < len(known), rising)


def role_of(column: Column, known: Sequence[Cell]) -> Role:
    """By its type; a column that has none, or holds texts, by its first cells."""
    if column.kind in ("binary", "array", "json"):
        return "none"
    if column.kind == "number" or column.kind == "time":
        return column.kind
    if column.kind in ("bool", "uuid"):
        return "category"
    first = known[:_SNIFFED]
    numbers = sum(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in first)
    if first and numbers >= _MOSTLY * len(first):
        # Some words among the numbers are told when it is drawn.
        return "number"
    if first and all(isinstance(cell, str) and looks_like_moment(cell) for cell in first):
        return "time"
    if first and column.kind == "other" and all(not isinstance(number_of(cell), str) for cell in first):
        return "number"
    return "category" if all(isinstance(cell, str | int | float | bool) for cell in first) else "none"


def guess(found: Sequence[Trait], preferred: Sequence[str] = ()) -> Spec | None:
    """The chart somebody most likely wants, null if nothing can be drawn; `preferred` columns alone count."""
    chosen = [one for one in found if one.name in preferred] if preferred else list(found)
    usable = [one for one in chosen if one.role != "none"]
    if not usable:
        return None
    if len(usable) == 1:
        alone = usable[0]
        return Spec("bar" if alone.role == "category" else "histogram", alone.name)
    measures = [one for one in usable if one.role == "number" and not one.naming]
    times = [one for one in usable if one.role == "time"]
    groups = [one for one in usable if _groups(one)]
    if not measures:
        return _without_measure(usable, times, groups)
    if times:
        return Spec("line", times[0].name, measures[-1 if preferred else 0].name)
    if groups:
        return Spec("bar", groups[0].name, measures[0].name)
    return _of_numbers(usable, measures)


def _groups(one: Trait) -> bool:
    """Whether bars of it make sense: few values, which are words or names of rows."""
    return (one.role == "category" or one.naming) and 0 < one.different <= MOST_GROUPS


def _without_measure(usable: list[Trait], times: list[Trait], groups: list[Trait]) -> Spec:
    if groups:
        return Spec("bar", groups[0].name)
    if times:
        return Spec("histogram", times[0].name)
    numbers = [one for one in usable if one.role == "number"]
    if len(numbers) > 1:
        return Spec("scatter", numbers[0].name, numbers[1].name)
    return Spec("histogram", numbers[0].name) if numbers else Spec("bar", usable[0].name)


def _of_numbers(usable: list[Trait], measures: list[Trait]) -> Spec:
    keys = [one for one in usable if one.naming and one.role == "number"]
    if keys:
        return Spec("line", keys[0].name, measures[0].name)
    if len(measures) > 1:
        kind: Kind = "line" if measures[0].rising else "scatter"
        return Spec(kind, measures[0].name, measures[1].name)
    return Spec("histogram", measures[0].name)


def state_of(spec: Spec | None) -> dict[str, Any]:
    """For a tab's state."""
    return {"spec": spec.saved()} if spec is not None else {}
