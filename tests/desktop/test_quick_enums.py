"""Enumerations that are made quickly are those that Python makes."""

from __future__ import annotations

import ast
import subprocess
import sys
from enum import IntEnum, IntFlag

import pytest

from desktop import quick_enums
from tests.runner.changes import ROOT


def seen(way: str) -> list[str]:
    command = [sys.executable, "-m", "tests.desktop.enums_of_qt", way]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.process
def test_every_enumeration_of_qt_is_the_same():
    plain, quick = seen("plain"), seen("quick")
    assert len(plain) > 600
    assert [line.split()[0] for line in quick] == [line.split()[0] for line in plain]
    assert [line.split()[0] for line, other in zip(plain, quick, strict=True) if line != other] == []


@pytest.mark.process
def test_the_window_makes_them_so():
    ask = (
        "import desktop.quick_start, desktop.quick_enums as q\n"
        "print({(kind.flag, kind.known) for kind in q._kinds.values()})"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True)
    # The first releases of Python 3.11 make flags their own way.
    flags = "_singles_mask_" in vars(IntFlag("Probe", [("A", 1)]))
    assert ast.literal_eval(done.stdout) == {(False, True), (True, flags)}, done.stderr


@pytest.mark.parametrize(
    "names", ["A B", ["A", "B"], [("imag", 1)], [("name", 1)], [("A", 1.0)], {"A": 1}, [("A", True)]]
)
def test_what_has_another_shape_goes_pythons_way(monkeypatch, names):
    monkeypatch.setattr(quick_enums.Kind, "make", None)
    for base in (IntEnum, IntFlag):
        made = quick_enums.create(base, "Made", names, **quick_enums._SHAPE)
        assert list(made.__members__) == list(base("Made", names).__members__)


def test_only_classes_of_known_pythons_are_copied():
    space = quick_enums.Kind(IntFlag, None).space | {"_singles_mask_": 0}
    assert quick_enums.Kind.holds_what_is_known(space)
    assert not quick_enums.Kind.holds_what_is_known(space | {"_of_a_later_python_": []})
    older = {name: held for name, held in space.items() if name != "_singles_mask_"}
    assert not quick_enums.Kind.holds_what_is_known(older)
