"""The contrast that the design promises, computed for every theme from its tokens."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from desktop.kit.theme import NAMES, load_colors
from desktop.shell.picture_check import contrast

TEXTS = (
    "text",
    "dim",
    "accent",
    "ok",
    "info",
    "warn",
    "error",
    "local",
    "shared",
    "production",
    "number",
    "null",
    "link",
    "keyword",
    "string",
    "comment",
    "function",
)
GROUNDS = ("bg0", "bg1", "bg2", "field", "select", "hover")
# Where else text stands: token of the text, token of what is behind it.
PAIRS = (
    ("accent_text", "accent"),
    ("text", "bg3"),
    ("dim", "bg3"),
    ("text", "staged"),
    ("number", "staged"),
    ("text", "match"),
    ("text", "error_soft"),
    ("error", "error_soft"),
    ("dim", "error_soft"),
)


def ratio(theme: str, front: str, back: str) -> float:
    colors = load_colors(theme)
    return contrast(colors[front], colors[back])


def test_the_measure_is_wcag():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)
    assert contrast(QColor("#123456"), QColor("#123456")) == 1


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_readable(theme, ground):
    weak = {text: round(ratio(theme, text, ground), 2) for text in TEXTS if ratio(theme, text, ground) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_on_special_grounds_is_readable(theme, front, back):
    assert ratio(theme, front, back) >= 4.5


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_hints_and_marks_are_visible(theme, ground):
    assert ratio(theme, "faint", ground) >= 3
    assert ratio(theme, "accent", ground) >= 3
    assert ground == "select" or ratio(theme, "select_line", ground) >= 3, "focus rings and cursors"


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("ground", ["bg0", "bg1", "bg2"])
def test_a_field_stands_out_from_what_it_lies_on(theme, ground):
    assert ratio(theme, "field", ground) > 1.03


def test_high_contrast_is_higher():
    for text in TEXTS:
        for ground in GROUNDS:
            assert ratio("contrast", text, ground) >= 6.5, (text, ground)
    assert ratio("contrast", "line", "bg1") >= 3, "separators are visible lines"
    assert ratio("contrast", "bg3", "bg1") >= 3, "so are scroll handles and what is chosen of several parts"


@pytest.mark.parametrize("theme", NAMES)
def test_classes_differ_from_each_other(theme):
    colors = load_colors(theme)
    for one, other in (("local", "shared"), ("local", "production"), ("shared", "production")):
        difference = sum(
            abs(a - b) for a, b in zip(colors[one].getRgb()[:3], colors[other].getRgb()[:3], strict=True)
        )
        assert difference > 100
