"""Themes: tokens, fonts from the wheels, metrics, icons, following the desktop."""

from __future__ import annotations

import tomllib

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QTreeWidget, QWidget

from desktop.kit import icons
from desktop.kit.theme import NAMES, RESOURCES, load_colors, load_fonts, styled, system_theme, theme
from desktop.kit.widgets import Choice, column
from desktop.kit.widgets.fields import LINES


@pytest.fixture(autouse=True)
def dark(qapp: QApplication):
    theme().apply(qapp, "dark", 13)
    yield
    theme().apply(qapp, "dark", 13)


def test_every_theme_declares_the_same_tokens():
    tokens = {name: set(load_colors(name)) for name in NAMES}
    assert tokens["dark"] == tokens["light"] == tokens["contrast"]
    assert all(color.isValid() for name in NAMES for color in load_colors(name).values())


def test_theme_files_are_all_offered():
    assert {path.stem for path in (RESOURCES / "themes").glob("*.toml")} == set(NAMES)
    for name in NAMES:
        assert tomllib.loads((RESOURCES / "themes" / f"{name}.toml").read_text())["title"]


def test_the_fonts_come_from_the_wheels():
    assert load_fonts() == ("Inter", "JetBrains Mono")
    assert QFontInfo(theme().ui_font()).family() == "Inter"
    assert QFontInfo(theme().mono_font()).family() == "JetBrains Mono"
    mono = QFontMetricsF(theme().mono_font())
    assert mono.horizontalAdvance("i") == mono.horizontalAdvance("M") == pytest.approx(7.5, abs=0.05)


def test_figures_are_tabular_where_they_are_asked_for_and_weights_are_real():
    plain, figures = QFontMetricsF(theme().ui_font()), QFontMetricsF(theme().ui_font(figures=True))
    assert figures.horizontalAdvance("111") == figures.horizontalAdvance("888")
    assert plain.horizontalAdvance("111") < plain.horizontalAdvance("888")
    assert plain.horizontalAdvance("a-b") < figures.horizontalAdvance("a-b"), "a hyphen is narrow in words"
    heavy = QFontMetricsF(theme().ui_font(weight=600))
    assert heavy.horizontalAdvance("Backlight") > plain.horizontalAdvance("Backlight")


def test_measures_are_the_design_at_13_and_follow_the_font(qapp):
    sizes = {"row": 24, "toolbar": 34, "tab": 30, "top": 40, "status": 26, "rail": 56}
    assert {name: theme().metric(name) for name in sizes} == sizes
    theme().apply(qapp, "dark", 20)
    height = QFontMetricsF(theme().ui_font()).height()
    assert theme().metric("row") >= height + 8
    assert theme().metric("rail") == round(56 * 20 / 13)


def test_apply_sets_palette_font_and_tells(qapp, qtbot):
    with qtbot.waitSignal(theme().changed):
        theme().apply(qapp, "light", 15)
    assert qapp.palette().color(QPalette.ColorRole.Base).name() == "#fbfbf9"
    assert QFontInfo(qapp.font()).family() == "Inter"
    assert qapp.style().objectName() == "fusion"


def test_system_is_dark_where_the_desktop_does_not_say(qapp):
    # The offscreen platform reports no colour scheme.
    assert system_theme(qapp) == "dark"
    theme().apply(qapp, "system", 13)
    assert theme().name == "dark"


def test_local_style_sheets_follow_the_theme_and_die_with_their_widget(qapp, qtbot):
    label = QLabel("x")
    qtbot.addWidget(label)
    styled(label, "color: @text; padding: @10px")
    assert label.styleSheet() == "color: #d9dce2; padding: 10px"
    theme().apply(qapp, "light", 26)
    assert label.styleSheet() == "color: #20242a; padding: 20px"
    doomed = QLabel("y")
    styled(doomed, "color: @dim")
    with qtbot.waitSignal(doomed.destroyed):
        doomed.deleteLater()
    theme().apply(qapp, "dark", 13)
    assert label.styleSheet() == "color: #d9dce2; padding: 10px"


def test_new_colours_of_what_is_hidden_wait_until_it_is_shown(qapp, qtbot):
    label = QLabel("x")
    qtbot.addWidget(label)
    styled(label, "color: @text")
    for name in ("light", "contrast", "light"):
        theme().apply(qapp, name, 13)
        assert label.styleSheet() == "color: #d9dce2", "nobody sees it"
    with qtbot.waitExposed(label):
        label.show()
    assert label.styleSheet() == "color: #20242a"
    theme().apply(qapp, "dark", 13)
    assert label.styleSheet() == "color: #d9dce2"


class Held(QWidget):
    """Styled widgets that paint text in something that lies in them."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.text, self.typed = QTreeWidget(), QPlainTextEdit(), Choice("Method", ("GET",))
        self.table.setHeaderLabels(["one", "two"])
        self.text.setPlaceholderText("Paste here")
        self.typed.setEditable(True)
        styled(self.table.header(), "QHeaderView::section { background: @bg2; padding: 0 @6px; }")
        styled(self.text, LINES)
        column(self.table, self.text, self.typed, parent=self)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """What every widget of the window does."""
        self.table.header().setFont(theme().ui_font(0.92, 600))
        self.text.setFont(theme().mono_font())

    def sizes(self) -> dict[str, int]:
        """The fonts that are painted with, in pixels."""
        return {
            "header": self.table.header().viewport().font().pixelSize(),
            "document": self.text.document().defaultFont().pixelSize(),
            "placeholder": self.text.viewport().font().pixelSize(),
            "combo": self.typed.font().pixelSize(),
            "line": self.typed.lineEdit().font().pixelSize(),
        }


@pytest.mark.parametrize("shown", [True, False], ids=["seen", "hidden"])
def test_text_in_styled_widgets_follows_the_font_size_at_once(shown, qapp, qtbot):
    held = Held()
    qtbot.addWidget(held)
    with qtbot.waitExposed(held):
        held.show()
    held.setVisible(shown)
    for size in (20, 13, 16):
        theme().apply(qapp, "dark", size)
        fresh = Held()
        qtbot.addWidget(fresh)
        fresh.ensurePolished()
        assert held.sizes() == fresh.sizes()
        assert set(held.sizes().values()) == {size, round(size * 0.92)}


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_is_drawn_in_the_tokens_colour(name, qapp):
    image = theme().icon(name, 16, "accent").pixmap(QSize(16, 16), 1.0).toImage()
    inked = [image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())]
    assert 8 < sum(alpha > 60 for alpha in inked) < 200, "an icon is lines, neither empty nor a blot"
    solid = [
        image.pixelColor(x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 250
    ]
    assert all(abs(color.red() - 0xF0) < 6 and abs(color.blue() - 0x29) < 6 for color in solid)


def test_icon_files_are_ours_to_tint():
    for name in icons.names():
        text = icons.source(name).decode()
        assert "currentColor" in text and 'viewBox="0 0 16 16"' in text
        assert "#" not in text


def test_an_unknown_icon_or_token_is_an_error():
    with pytest.raises(FileNotFoundError):
        theme().icon("no-such-icon")
    with pytest.raises(KeyError):
        theme().color("no-such-token")
