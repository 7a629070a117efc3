"""One value in whatever ways it can be read: text, JSON, hexadecimal, image, time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.kit.flow import Flow
from desktop.kit.grid.formats import exact_text, size_text
from desktop.kit.grid.viewers.hex import HexView
from desktop.kit.grid.viewers.image import MOST_BYTES, ImageView, image_format
from desktop.kit.grid.viewers.json_tree import JsonTree
from desktop.kit.grid.viewers.jwt import jwt_facts
from desktop.kit.grid.viewers.moment import readings
from desktop.kit.grid.viewers.recognise import DECODED, JWT, UNPACKED, UUID, XML, recognised
from desktop.kit.grid.viewers.text import TextView
from desktop.kit.grid.viewers.unpack import MOST_DEEP
from desktop.kit.grid.viewers.unpacked import UnpackedView
from desktop.kit.grid.viewers.uuid_facts import Fact, uuid_facts
from desktop.kit.grid.viewers.xml_view import XmlView
from desktop.kit.rows import LoadedValue, Value
from desktop.kit.theme import theme
from desktop.kit.widgets.keyvalue import KeyValue, KeyValueList
from desktop.kit.widgets.segments import SegmentedBar
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem
from embedded_server.wire.values import BadText, Cell, Truncated

MOST_JSON = 32 * 1024 * 1024
_PART = 1024 * 1024
TEXT, JSON, HEX, IMAGE, TIME = "Text", "JSON", "Hex", "Image", "Time"


def ways(cell: Cell, column: Column) -> list[str]:
    """How a cell can be read, the best way first."""
    start = cell.prefix if isinstance(cell, Truncated) else cell
    if isinstance(start, BadText):
        return [TEXT, HEX]
    if isinstance(start, bytes):
        further = recognised(start, column, whole=start is cell)
        return [IMAGE, HEX] if image_format(start) else [HEX, *further]
    found = [TEXT]
    if isinstance(start, str) and start:
        found += recognised(start, column, whole=start is cell)
    if readings(cell):
        found.insert(0 if column.kind == "time" else 1, TIME)
    if isinstance(start, str) and start:
        looks = start.lstrip(" \t\r\n")[:1] in ("{", "[") if column.kind != "json" else True
        if looks:
            found.insert(0, JSON)
        elif XML in found and column.type.lower() == "xml":
            found.remove(XML)
            found.insert(0, XML)
        if start is cell:
            # Bytes of a text that is not here cannot be counted off: its characters differ in length.
            found.append(HEX)
    return found


class ValuePanel(QWidget):
    """Shows one value; the way of reading stays when the next value can be read so too."""

    def __init__(self, parent: QWidget | None = None, depth: int = 0) -> None:
        super().__init__(parent)
        # How many times what is shown here was packed.
        self._depth = depth
        self._cell: Cell = None
        self._column = Column("")
        self._value: Value | None = None
        self._ways: list[str] = []
        self._preferred = ""
        self._flow: Flow | None = None
        self.bar = SegmentedBar((), "Ways to read the value", self)
        self.note = ElidedLabel("", "dim", ratio=0.9, parent=self)
        self.text = TextView(self)
        self.json = JsonTree(self)
        self.hex = HexView(self)
        self.image = ImageView(self)
        self.time = KeyValueList("Time", self)
        self.facts = KeyValueList("What it tells", self, fits=False)
        # Made when something packed, or XML, is read for the first time.
        self.xml: XmlView | None = None
        self.unpacked: UnpackedView | None = None
        self._pages: dict[str, QWidget] = {
            TEXT: self.text, JSON: self.json, HEX: self.hex, IMAGE: self.image, TIME: self.time,
            UUID: self.facts, JWT: self.facts,
        }  # fmt: skip
        self.stack = QStackedWidget(self)
        for page in dict.fromkeys(self._pages.values()):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        # Ways, and what can be set of the one that is chosen, stand in one row.
        self.row = QHBoxLayout()
        self.row.setSpacing(theme().scaled(4))
        self.row.addWidget(self.bar)
        self.row.addWidget(self.text.tools, 1)
        self.row.addStretch(0)
        column.addLayout(self.row)
        column.addWidget(self.note)
        column.addWidget(self.stack, 1)
        self.bar.chosen.connect(self._choose)

    def show_cell(self, cell: Cell, column: Column, value: Value | None) -> None:
        """Show a cell; `value` reads it in parts where it is long."""
        self._cell, self._column = cell, column
        self._value = value
        if value is None and isinstance(cell, str | bytes):
            self._value = LoadedValue(cell)
        self._ways = [way for way in ways(cell, column) if way not in UNPACKED or self._depth < MOST_DEEP]
        way = self._preferred if self._preferred in self._ways else self._ways[0]
        self.bar.blockSignals(True)
        while self.bar.count():
            self.bar.removeTab(0)
        for name in self._ways:
            self.bar.addTab(name)
        self.bar.setCurrentIndex(self._ways.index(way))
        self.bar.blockSignals(False)
        self._show(way)

    def way(self) -> str:
        """How the value is shown now."""
        return self._ways[self.bar.currentIndex()] if self._ways else ""

    def about(self) -> str:
        """The value's size in words."""
        if self._value is None or self._cell is None:
            return ""
        return size_text(self._value.size, self._value.unit)

    def page(self) -> QWidget:
        """The widget that shows the value."""
        return self._page(self.way())

    def wait(self, on: bool) -> None:
        """Nothing to be seen while the next value is under way."""
        for widget in (self.bar, self.stack):
            widget.setVisible(not on)
        if on:
            self.text.tools.hide()
            self._say("")

    def nested(self) -> bool:
        """Whether the value is shown inside another one, which needs more room."""
        return self.way() in UNPACKED

    def take_focus(self) -> None:
        """Put the keyboard into the value."""
        page = self.page()
        if isinstance(page, UnpackedView):
            page.take_focus()
            return
        inner = {self.text: self.text.edit, self.json: self.json.tree}.get(page, page)
        inner.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, way: str) -> None:
        """Read the value this way, which must be one of those that are offered."""
        self.bar.setCurrentIndex(self._ways.index(way))

    def decode(self) -> bool:
        """Undo whatever is packed, step by step to its end; false if this value is nothing of the kind."""
        way = next((way for way in self._ways if way in DECODED), "")
        if not way:
            return False
        if way in UNPACKED:
            page = self._page(way)
            assert isinstance(page, UnpackedView)
            page.onward = True
        self.choose(way)
        return True

    def offered(self) -> list[str]:
        """How the value can be read."""
        return list(self._ways)

    def told(self) -> str:
        """How the innermost value is shown: of what is packed, what came out; "" while that is under way."""
        page = self.page()
        if not isinstance(page, UnpackedView):
            return self.way()
        return page.panel.told() if page.panel is not None and page.result is not None else ""

    def _page(self, way: str) -> QWidget:
        if way in self._pages:
            return self._pages[way]
        page: QWidget
        if way == XML:
            page = self.xml = XmlView(self)
            self._pages[XML] = page
        else:
            page = self.unpacked = UnpackedView(self._depth, self)
            self._pages |= dict.fromkeys(UNPACKED, page)
        self.stack.addWidget(page)
        return page

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._ways):
            self._preferred = self._ways[index]
            self._show(self._preferred)

    def _show(self, way: str) -> None:
        if self._flow is not None:
            self._flow.cancel()
        for view in (self.xml, self.unpacked):
            if view is not None:
                view.cancel()
        self._say("")
        self.stack.setCurrentWidget(self._page(way))
        self.text.tools.setVisible(way == TEXT)
        if way == TEXT:
            self.text.show_value(self._value, self._fallback())
        elif way == HEX:
            self.hex.show_value(self._bytes())
        elif way == TIME:
            lines = [KeyValue(reading.label, reading.text) for reading in readings(self._cell)]
            self.time.show_rows(lines)
        elif way in (UUID, JWT):
            self.facts.setAccessibleName(way)
            self.facts.show_rows([KeyValue(fact.label, fact.text) for fact in self._told(way)])
        else:
            self._flow = Flow(self, self._whole(way), self._failed)

    def _told(self, way: str) -> list[Fact]:
        start = self._cell.prefix if isinstance(self._cell, Truncated) else self._cell
        if not isinstance(start, str | bytes):
            return []
        if way == UUID:
            return uuid_facts(start)
        return jwt_facts(start if isinstance(start, str) else start.decode("ascii", "replace"))

    def _fallback(self) -> str:
        if self._cell is None:
            return ""
        return exact_text(self._cell)

    def _bytes(self) -> Value | None:
        """The value by bytes, a text as UTF-8; of one that cannot be fetched, its beginning."""
        if isinstance(self._cell, str):
            return LoadedValue(self._cell.encode("utf-8", "surrogatepass"))
        if isinstance(self._cell, Truncated) and self._value is None:
            return LoadedValue(_as_bytes(self._cell.prefix))
        return self._value

    async def _whole(self, way: str) -> None:
        """JSON, XML, images and what is packed need all of the value, up to a limit that is said."""
        most = MOST_BYTES if way == IMAGE else MOST_JSON
        value = self._value
        if value is None:
            self._say("Only the beginning of this value can be fetched: its row has no key")
            return
        if value.size > most:
            self._say(f"{self.about()} are too much to show so; at most {size_text(most)}")
            return
        parts = [await value.read(0, _PART)]
        read = len(parts[0])
        while read < value.size and parts[-1]:
            self._say(f"Loading: {read * 100 // value.size} %")
            parts.append(await value.read(read, _PART))
            read += len(parts[-1])
        self._say("")
        if way == JSON:
            self.json.show_text("".join(_as_text(part) for part in parts))
        elif self.xml is not None and way == XML:
            self.xml.show_text("".join(_as_text(part) for part in parts))
        elif self.unpacked is not None and way in UNPACKED:
            text = "".join(part for part in parts if isinstance(part, str))
            self.unpacked.show_packed(way, text or b"".join(_as_bytes(part) for part in parts))
        else:
            self.image.show_bytes(b"".join(_as_bytes(part) for part in parts))
            self._say(self.image.about())

    def _failed(self, problem: Problem) -> None:
        self._say(f"{problem.title} {problem.detail}".strip(), "error")

    def _say(self, text: str, token: str = "dim") -> None:
        self.note.set_token(token)
        self.note.setText(text)
        self.note.setVisible(bool(text))


def _as_text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("utf-8", "backslashreplace")


def _as_bytes(part: str | bytes) -> bytes:
    return part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
