"""Colours, fonts, measures and icons: widgets name tokens, a theme file gives them values.

Fusion with a palette made from the tokens comes first; `styled` adds small local style sheets that
follow the theme. Everything measured in pixels follows the metrics of the chosen font size.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetrics,
    QGuiApplication,
    QIcon,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QWidget

from desktop.kit.icons import draw_icon

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
NAMES = ("dark", "light", "contrast")
DEFAULT_SIZE = 13
# A property of an application that was made with the style Fusion.
FUSION = "made with fusion"

_FONTS = (
    ("fontpkg_inter", "Inter[opsz,wght].ttf"),
    ("fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf"),
    ("fontpkg_jetbrains_mono", "JetBrainsMono-Italic[wght].ttf"),
)
_FAMILIES = {"ui": ["Inter", "sans-serif"], "mono": ["JetBrains Mono", "monospace"]}
# JetBrains Mono is wide: at 13 px this gives the advance of 12.5 px, a size Qt would round.
_MONO_STRETCH = 96
# Added to the line height of the interface font: at 13 px (16 high) these are the sizes of the design.
_PADDING = {
    "line": 4,
    "row": 8,
    "chip": 8,
    "button": 8,
    "field": 10,
    "status": 10,
    "tab": 14,
    "toolbar": 18,
    "top": 24,
}
# Widths and gaps at 13 px; they grow with the font.
_SCALED = {"rail": 56, "pane": 272, "inspector": 316, "search": 420, "palette": 640, "gap": 8, "radius": 6}


class Theme(QObject):
    """The theme in use. `changed` is emitted after colours, fonts or sizes became others."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = "dark"
        self.font_size = DEFAULT_SIZE
        self._choice = ""
        self._colors = load_colors("dark")
        self._icons: dict[tuple[str, int, str, float], QIcon] = {}
        self._fonts: dict[tuple[str, float, int, bool], QFont] = {}
        self._metrics: dict[str, int] = {}

    def color(self, token: str) -> QColor:
        """The colour of a token (KeyError for a token that no theme declares)."""
        return self._colors[token]

    def blend(self, token: str, onto: str, share: float) -> QColor:
        """`share` (0..1) of one token's colour laid over another's."""
        over, under = self.color(token), self.color(onto)
        return QColor.fromRgbF(
            over.redF() * share + under.redF() * (1 - share),
            over.greenF() * share + under.greenF() * (1 - share),
            over.blueF() * share + under.blueF() * (1 - share),
        )

    def ui_font(self, ratio: float = 1.0, weight: int = 400, *, figures: bool = False) -> QFont:
        """The interface font (Inter) at `ratio` of the chosen size; weights 400, 500, 600, 700.

        `figures` for numbers below each other, or that change where they stand: all digits are equally
        wide then, and the signs between them too, which is too wide for words.
        """
        return QFont(self._font("ui", ratio, weight, figures))

    def mono_font(self, ratio: float = 1.0, weight: int = 400) -> QFont:
        """The font of values and SQL (JetBrains Mono)."""
        return QFont(self._font("mono", ratio, weight))

    def metric(self, name: str) -> int:
        """A measure in pixels: line, row, chip, button, field, status, tab, toolbar, top (heights);
        rail, pane, inspector, search, palette (widths); gap, radius.
        """
        if name not in self._metrics:
            if name in _PADDING:
                height = QFontMetrics(self._font("ui", 1.0, 400)).height()
                self._metrics[name] = height + self.scaled(_PADDING[name])
            else:
                self._metrics[name] = self.scaled(_SCALED[name])
        return self._metrics[name]

    def scaled(self, pixels: float) -> int:
        """Pixels meant for the default font size, at the chosen one."""
        return round(pixels * self.font_size / DEFAULT_SIZE)

    def icon(self, name: str, size: int = 16, token: str = "text") -> QIcon:
        """An icon of the set in a token's colour; `size` as for the default font size."""
        ratio = _device_ratio()
        key = (name, size, token, ratio)
        if key not in self._icons:
            icon = QIcon()
            pixels = self.scaled(size)
            normal = draw_icon(name, pixels, self.color(token), ratio)
            icon.addPixmap(normal, QIcon.Mode.Normal)
            icon.addPixmap(normal, QIcon.Mode.Selected)
            icon.addPixmap(draw_icon(name, pixels, self.color("faint"), ratio), QIcon.Mode.Disabled)
            self._icons[key] = icon
        return self._icons[key]

    def pixmap(self, name: str, size: int = 16, token: str = "text") -> QPixmap:
        """An icon as a pixmap of the screen's density."""
        pixels = self.scaled(size)
        return self.icon(name, size, token).pixmap(QSize(pixels, pixels), _device_ratio())

    def apply(self, app: QApplication, name: str, font_size: int = DEFAULT_SIZE) -> None:
        """Use a theme ("system" follows the desktop where it tells) and a font size in pixels."""
        load_fonts()
        if not self._choice:
            # Where it was made with Fusion, any word with the style would cost the start some milliseconds.
            if not app.property(FUSION):
                app.setStyle("Fusion")
            # Else what lies in a styled widget (a header's cells, the line of a combo, the text of a box)
            # keeps the size before the last one: Qt resolves its font while its parent has the old one.
            app.setAttribute(Qt.ApplicationAttribute.AA_UseStyleSheetPropagationInWidgetStyles)
            hints = app.styleHints()
            hints.colorSchemeChanged.connect(self._system_changed)
            hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)
        self._choice, self.font_size = name, font_size
        self._use(app, system_theme(app) if name == "system" else name)

    def _system_changed(self) -> None:
        app = QApplication.instance()
        if self._choice == "system" and isinstance(app, QApplication):
            self._use(app, system_theme(app))

    def _use(self, app: QApplication, name: str) -> None:
        self.name = name
        self._colors = load_colors(name)
        for cache in (self._icons, self._fonts, self._metrics):
            cache.clear()
        app.setFont(self.ui_font())
        app.setPalette(self.palette())
        self.changed.emit()

    def palette(self) -> QPalette:
        """The tokens as Qt's roles, so that standard widgets fit in unstyled."""
        palette = QPalette()
        group = QPalette.ColorGroup
        for role, token in _ROLES.items():
            palette.setColor(role, self.color(token))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(group.Disabled, role, self.color("faint"))
        palette.setColor(group.Disabled, QPalette.ColorRole.HighlightedText, self.color("faint"))
        return palette

    def _font(self, family: str, ratio: float, weight: int, figures: bool = False) -> QFont:
        key = (family, ratio, weight, figures)
        if key not in self._fonts:
            font = QFont(_FAMILIES[family])
            font.setPixelSize(round(self.font_size * ratio))
            # Hinted glyphs stand on whole pixels, which spaces small text unevenly.
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            if family == "mono":
                font.setStretch(_MONO_STRETCH)
            if figures:
                font.setFeature(QFont.Tag("tnum"), 1)
            if weight != 400:
                # The files are variable fonts: the axis draws real weights, setWeight a smeared one.
                font.setVariableAxis(QFont.Tag("wght"), weight)
            self._fonts[key] = font
        return self._fonts[key]


_role = QPalette.ColorRole
_ROLES = {
    _role.Window: "bg0",
    _role.WindowText: "text",
    _role.Base: "bg1",
    _role.AlternateBase: "bg2",
    _role.Text: "text",
    _role.PlaceholderText: "faint",
    _role.Button: "bg2",
    _role.ButtonText: "text",
    _role.BrightText: "error",
    _role.ToolTipBase: "bg2",
    _role.ToolTipText: "text",
    _role.Highlight: "select",
    _role.HighlightedText: "text",
    _role.Accent: "select_line",
    _role.Link: "link",
    _role.LinkVisited: "link",
    _role.Light: "bg3",
    _role.Midlight: "bg3",
    _role.Mid: "line",
    _role.Dark: "line",
    _role.Shadow: "shadow",
}


@lru_cache(maxsize=8)
def load_colors(name: str) -> dict[str, QColor]:
    """Every token of a theme file as a colour."""
    with (RESOURCES / "themes" / f"{name}.toml").open("rb") as file:
        return {token: QColor(value) for token, value in tomllib.load(file)["colors"].items()}


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Register the fonts of the locked wheels with Qt; answers the families that are now there."""
    families: list[str] = []
    for package, file in _FONTS:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            number = QFontDatabase.addApplicationFont(str(Path(folder) / "files" / file))
            families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))


def system_theme(app: QApplication) -> str:
    """The theme the desktop asks for; dark where it does not say."""
    hints = app.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return "contrast"
    return "light" if hints.colorScheme() == Qt.ColorScheme.Light else "dark"


class _Styled(QObject):
    """Keeps a widget's style sheet in step with the theme; dies with the widget.

    Filling it costs: of what is not in sight new colours wait until it comes into sight. A new font size does
    not, since layouts measure hidden widgets too.
    """

    def __init__(self, widget: QWidget, template: str) -> None:
        super().__init__(widget)
        self._widget = widget
        self._template = template
        self._waiting = False
        self._font_size = 0
        self._fill()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Fill the template again, now or when the widget is shown."""
        if self._widget.isVisible() or self._font_size != theme().font_size:
            self._fill()
        elif not self._waiting:
            self._waiting = True
            self._widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._fill()
        return False

    def _fill(self) -> None:
        if self._waiting:
            self._waiting = False
            self._widget.removeEventFilter(self)
        self._font_size = theme().font_size
        self._widget.setStyleSheet(fill(self._template))


def styled(widget: QWidget, template: str) -> None:
    """Give a widget a small local style sheet: `@token` is a colour, `@12px` scales with the font."""
    _Styled(widget, template)


def fill(template: str) -> str:
    """The style sheet of a template in the current theme."""

    def value(match: re.Match[str]) -> str:
        word = match[1]
        if word.endswith("px") and word[:-2].isdigit():
            return f"{theme().scaled(int(word[:-2]))}px"
        return theme().color(word).name()

    return re.sub(r"@(\w+)", value, template)


def _device_ratio() -> float:
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


@lru_cache(maxsize=1)
def theme() -> Theme:
    """The one theme of the process."""
    return Theme()
