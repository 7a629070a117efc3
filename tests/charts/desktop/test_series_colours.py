"""Series are told apart in every theme, also by those who do not tell red from green or blue from yellow."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from PySide6.QtGui import QColor

from desktop.charts.drawing import TOKENS
from desktop.kit.theme import NAMES, load_colors
from desktop.shell.picture_check import contrast

# What is left of red, green and blue (linear): Machado, Oliveira, Fernandes 2009, the whole loss of one cone.
EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# Distances in Oklab; 0.02 is just noticeable side by side.
APART, APART_FROM_MEANING = 0.07, 0.09


def linear(color: QColor) -> list[float]:
    parts = color.getRgbF()[:3]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def seen(color: QColor, eye: str) -> tuple[float, float, float]:
    """The colour in Oklab, as an eye sees it."""
    given = linear(color)
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, given, strict=True))))
        for row in EYES[eye]
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("eye", EYES)
def test_every_two_series_are_told_apart(theme, eye):
    colors = load_colors(theme)
    near = {
        (one, other): round(distance, 3)
        for one, other in combinations(TOKENS, 2)
        if (distance := math.dist(seen(colors[one], eye), seen(colors[other], eye))) < APART
    }
    assert near == {}


@pytest.mark.parametrize("theme", NAMES)
def test_no_series_looks_like_an_error_a_warning_or_success(theme):
    colors = load_colors(theme)
    for series in TOKENS:
        for meaning in ("error", "warn", "ok"):
            distance = math.dist(seen(colors[series], "usual"), seen(colors[meaning], "usual"))
            assert distance > APART_FROM_MEANING, (series, meaning)


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("ground", ["bg0", "bg1"])
def test_every_series_is_seen_on_its_ground(theme, ground):
    colors = load_colors(theme)
    weak = [one for one in TOKENS if contrast(colors[one], colors[ground]) < 3]
    assert weak == []
