"""Enumerations made many at a time: a fifth of the time to the first frame was Python making those of Qt.

A start touches 250 of Qt's enumerations with 3,400 members. PySide makes each by `IntFlag(name, members)`,
which builds a class statement anew and takes every member through a descriptor. Here a class is made so once
for each kind, without members; the others are copies of it whose members are set directly, in a sixth of the
time. What comes of it is equal in all that `tests/desktop/test_quick_enums.py` can see, for every enumeration
of Qt. Calls of another shape go the old way; all do in a Python whose classes hold what is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, EnumType, Flag, IntEnum, IntFlag
from typing import Any

# How PySide calls; a class that is made so belongs to no module until PySide names one.
_SHAPE = {"module": None, "qualname": None, "type": None, "start": 1}
_KINDS: tuple[type[Enum], ...] = (Enum, IntEnum, Flag, IntFlag)
# What differs between two classes of one kind; lists and dictionaries are made anew for each.
_OWN: dict[str, Callable[[], Any]] = {
    "_member_names_": list,
    "_member_map_": dict,
    "_value2member_map_": dict,
    "_unhashable_values_": list,
    "_unhashable_values_map_": dict,
}
_SHARED = {
    "_generate_next_value_",
    "_new_member_",
    "_use_args_",
    "_member_type_",
    "_value_repr_",
    "_boundary_",
    "_flag_mask_",
    "_singles_mask_",
    "_all_bits_",
    "_inverted_",
}

_by_python: Callable[..., Any] = EnumType._create_  # type: ignore[attr-defined]
_set = type.__setattr__


class Kind:
    """One base class with one boundary: what its enumerations have in common."""

    def __init__(self, base: type[Enum], boundary: Any) -> None:
        self.base = base
        self.flag = issubclass(base, Flag)
        self.new: Callable[..., Any] = int.__new__ if issubclass(base, int) else _bare
        # Members of these names would hide what the class itself needs: Python makes a property of each.
        self.taken = {name for above in base.__mro__ for name in vars(above)}
        shape = {**_SHAPE, "boundary": boundary}
        self.space = dict(vars(_by_python(base, "Kind", (), **shape)))
        self.known = self.holds_what_is_known(self.space) and _stands_in_its_class(base, shape)
        self.own = [name for name in _OWN if name in self.space]

    @staticmethod
    def holds_what_is_known(space: dict[str, Any]) -> bool:
        """Whether a class's own names are those of the Python versions that this was made for."""
        held = {name for name in space if name.startswith("_") and not name.startswith("__")}
        # The first releases of Python 3.11 keep flags of several bits otherwise; they know no such mask.
        flags_as_known = "_flag_mask_" not in held or "_singles_mask_" in held
        return flags_as_known and held <= _SHARED | set(_OWN)

    def suits(self, names: Any) -> bool:
        """Whether these are pairs of a plain name and a whole number."""
        taken = self.taken
        return type(names) is list and all(
            type(pair) is tuple and type(pair[1]) is int and pair[0] not in taken and pair[0][:1] != "_"
            for pair in names
        )

    def make(self, class_name: str, names: list[tuple[str, int]]) -> Any:
        """The enumeration of these members."""
        space = self.space | {name: _OWN[name]() for name in self.own}
        made: Any = type.__new__(EnumType, class_name, (self.base,), space)
        order, by_name, by_value = made._member_names_, made._member_map_, made._value2member_map_
        for name, value in names:
            member = by_value.get(value)
            if member is None:
                member = by_value[value] = self.new(made, value)
                member.__dict__.update(_value_=value, _name_=name, __objclass__=made, _sort_order_=len(order))
                if not self.flag or _single(value):
                    order.append(name)
            by_name[name] = member
            _set(made, name, member)
        if self.flag:
            _mask(made, [value for _, value in names])
        return made


def _stands_in_its_class(base: type[Enum], shape: dict[str, Any]) -> bool:
    """Whether Python puts a member itself into its class, and not a property that leads to it."""
    probe = _by_python(base, "Probe", [("A", 1)], **shape)
    return type(vars(probe)["A"]) is probe


def _bare(made: type, _value: int) -> Any:
    return object.__new__(made)


def _single(value: int) -> bool:
    return value > 0 and value.bit_count() == 1


def _mask(made: Any, values: list[int]) -> None:
    """What a class of flags knows of its bits, and in which order they are walked."""
    every = singles = 0
    for value in values:
        every |= value
        singles |= value if _single(value) else 0
    _set(made, "_flag_mask_", every)
    _set(made, "_singles_mask_", singles)
    _set(made, "_all_bits_", 2 ** every.bit_length() - 1)
    walked = [member._value_ for member in made]
    if walked != sorted(walked):
        made._iter_member_ = made._iter_member_by_def_


_kinds: dict[Any, Kind] = {}


def create(cls: Any, class_name: str, names: Any, **shape: Any) -> Any:
    """What `EnumType._create_` returns for the same arguments."""
    boundary = shape.pop("boundary", None)
    if cls in _KINDS and shape == _SHAPE:
        kind = _kinds.get((cls, boundary))
        if kind is None:
            kind = _kinds[cls, boundary] = Kind(cls, boundary)
        if kind.known and kind.suits(names):
            return kind.make(class_name, names)
    return _by_python(cls, class_name, names, boundary=boundary, **shape)


def install() -> None:
    """Make the enumerations of this process so from now on."""
    EnumType._create_ = create  # type: ignore[attr-defined]
