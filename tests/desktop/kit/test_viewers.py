"""Viewers of one value: text, JSON, bytes, images, moments; long ones are read in parts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from desktop.kit.flow import Waiter
from desktop.kit.grid.viewers import json_scan
from desktop.kit.grid.viewers.hex import PART, HexView
from desktop.kit.grid.viewers.image import decode, image_format
from desktop.kit.grid.viewers.json_scan import NotJson, Pause, children, ended, root
from desktop.kit.grid.viewers.json_tree import BATCH, JsonTree
from desktop.kit.grid.viewers.moment import readings
from desktop.kit.grid.viewers.panel import HEX, IMAGE, JSON, MOST_JSON, TEXT, TIME, ValuePanel, ways
from desktop.kit.grid.viewers.text import PART as TEXT_PART
from desktop.kit.grid.viewers.text import LongText, TextView
from desktop.kit.rows import LoadedValue
from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Truncated

PLAIN, DOCUMENT, BLOB = (
    Column("a", "text", "text"),
    Column("d", "json", "json"),
    Column("b", "blob", "binary"),
)
AT = Column("at", "timestamptz", "time")


class Distant:
    """A value of any size whose parts are made when read, and whose reads are counted."""

    def __init__(self, size: int, unit: str = "bytes") -> None:
        self.size, self.unit = size, unit
        self.reads: list[tuple[int, int]] = []
        self.gates: list[Waiter] | None = None

    def content(self, offset: int, length: int) -> bytes | str:
        length = min(length, self.size - offset)
        if self.unit == "characters":
            return "".join(chr(97 + (offset + at) % 26) for at in range(length))
        return bytes((offset + at) % 251 for at in range(length))

    def read(self, offset, length):
        self.reads.append((offset, length))
        part: Waiter = Waiter()
        if self.gates is None:
            part.resolve(self.content(offset, length))
        else:
            self.gates.append(part)
        return part


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(700, 400)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return show


# --- JSON ------------------------------------------------------------------------------------------

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def members_of(text: str, start: int, *, outermost: bool = False) -> Iterator[json_scan.Node]:
    """The members, then the check of what follows the outermost container."""
    found = children(text, start)
    while True:
        try:
            member = next(found)
        except StopIteration as end:
            if outermost:
                ended(text, end.value)
            return
        if not isinstance(member, Pause):
            yield member


def rebuilt(text: str, node: json_scan.Node):
    """A value read through the outline alone."""
    if not node.container:
        return json.loads(node.text)
    members = list(members_of(text, node.start, outermost=node.start == root(text).start))
    if node.kind == "[":
        return [rebuilt(text, member) for member in members]
    return {member.key: rebuilt(text, member) for member in members}


@given(documents, st.sampled_from([None, 1]), st.booleans())
def test_the_outline_holds_the_whole_document(document, indent, ascii_only):
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert rebuilt(text, root(text)) == document


@pytest.mark.parametrize(
    "text", ["", "{", "[1,", "[1 2]", '{"a" 1}', '{"a":}', "tru", "01x", '"open', "[1]]", "{1:2}", "nul"]
)
def test_what_is_no_json_is_refused_where_it_shows(text):
    with pytest.raises(NotJson):
        rebuilt(text, root(text))


def test_numbers_and_duplicate_keys_stay_as_written():
    text = '{"a": 1.10, "a": 12345678901234567890, "é\\u0041": -0}'
    found = [(node.key, node.text) for node in children(text, 0) if not isinstance(node, Pause)]
    assert found == [("a", "1.10"), ("a", "12345678901234567890"), ("éA", "-0")]


def big_json() -> str:
    row = json.dumps({"id": 7, "tags": list(range(10)), "note": "x" * 40, "deep": [[{"a": "]"}]]})
    rows = "[" + ", ".join([row] * 40_000) + "]"
    return f'{{"first": {rows}, "second": {rows}, "last": "{"x" * 500_000}"}}'


def test_ten_megabytes_on_one_line_never_hold_the_window_up(shown, qtbot):
    text = big_json()
    assert len(text) > 9_000_000 and "\n" not in text
    tree = shown(JsonTree())
    slices: list[float] = []
    step = tree._step

    def timed() -> None:
        began = time.process_time()
        step()
        slices.append(time.process_time() - began)

    tree._work.timeout.disconnect()
    tree._work.timeout.connect(timed)
    tree.show_text(text)
    qtbot.waitUntil(lambda: not tree.scanning(), timeout=30_000)
    top = tree.tree.model().top.below[0]
    assert [top.below[n].text.split(":")[0] for n in range(3)] == ["first", "second", "last"]
    # The longest slice holds one bounded piece of work, however large the document is.
    assert sorted(slices)[len(slices) // 2] < 0.05 and tree.trouble == ""


def test_a_long_array_comes_in_batches(shown, qtbot):
    tree = shown(JsonTree())
    with qtbot.waitSignal(tree.scanned):
        tree.show_text(json.dumps(list(range(BATCH + 50))))
    top = tree.tree.model().top.below[0]
    assert len(top.below) == BATCH + 1 and top.below[BATCH].text == "more…"
    with qtbot.waitSignal(tree.scanned):
        tree.tree.clicked.emit(tree.tree.model().index_of(top.below[BATCH]))
    assert len(top.below) == BATCH + 50
    assert top.below[BATCH + 49].text == str(BATCH + 49)


def test_a_node_is_read_when_it_is_opened(shown, qtbot):
    tree = shown(JsonTree())
    with qtbot.waitSignal(tree.scanned):
        tree.show_text('{"a": {"b": [1, 2]}}')
    inner = tree.tree.model().top.below[0].below[0]
    assert [item.text for item in inner.below] == [""]
    with qtbot.waitSignal(tree.scanned):
        tree.tree.expand(tree.tree.model().index_of(inner))
    assert inner.below[0].text == "b: [1, 2]"
    tree.tree.setCurrentIndex(tree.tree.model().index_of(inner.below[0]))
    QTest.keyClick(tree.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "[1, 2]"


def test_broken_json_shows_what_there_is_and_where_it_breaks(shown, qtbot):
    tree = shown(JsonTree())
    with qtbot.waitSignal(tree.scanned):
        tree.show_text("[1, 2, oops]")
    assert tree.trouble == "This is not JSON at character 8" and tree.note.isVisible()
    tree.show_text("hello")
    assert "character 1" in tree.trouble


# --- bytes -----------------------------------------------------------------------------------------


def test_of_a_hundred_megabytes_only_what_is_seen_is_read(shown):
    value = Distant(104_857_600)
    view = shown(HexView())
    view.show_value(value)
    assert view.total_rows() == 6_553_600 and value.reads == [(0, PART)]
    assert view.line(1) == "00000010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  " + "·" * 16
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.visible()[1] == 6_553_599 and len(value.reads) <= 3
    last = value.content(104_857_584, 16)
    assert view.line(6_553_599).split("  ")[1] == " ".join(f"{byte:02x}" for byte in last[:8])
    view.scroll_to(3_000_000)
    assert view.loaded() and len(value.reads) <= 5
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.top() == 0


def test_bytes_nobody_sees_any_more_are_not_waited_for(shown):
    value = Distant(10_000_000)
    view = shown(HexView())
    value.gates = []
    view.show_value(value)
    view.scroll_to(300_000)
    assert value.gates[0].settled and not value.gates[1].settled
    value.gates[1].resolve(value.content(*value.reads[1]))
    assert view.loaded() and view.line(300_000)


def test_a_failed_read_of_bytes_is_shown(shown):
    value = Distant(1000)
    value.gates = []
    view = shown(HexView())
    view.show_value(value)
    value.gates[0].reject(problem("connection.lost"))
    assert view.problem.code == "connection.lost" and view.line(0) == ""


@given(st.binary(min_size=1, max_size=100))
def test_every_byte_is_readable_from_the_lines(qapp, raw):
    view = HexView()
    view.resize(700, 400)
    view.show_value(LoadedValue(raw))
    digits = "".join(view.line(row)[10:58] for row in range(view.total_rows()))
    assert bytes.fromhex(digits) == raw


# --- text ------------------------------------------------------------------------------------------


def test_a_long_text_comes_in_parts(shown):
    value = Distant(TEXT_PART * 2 + 10, "characters")
    view = shown(TextView())
    view.show_value(value, "")
    assert len(view.edit.whole_text()) == TEXT_PART and view.more.isVisible()
    assert view.note.text() == f"{TEXT_PART:,} of {TEXT_PART * 2 + 10:,}\u2009chars shown"
    QTest.mouseClick(view.more, Qt.MouseButton.LeftButton)
    QTest.mouseClick(view.more, Qt.MouseButton.LeftButton)
    assert view.edit.whole_text() == value.content(0, value.size) and not view.more.isVisible()


lines = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=30)
breaks = st.sampled_from(["\r\n", "x" * 2500, "\u2029"])


@given(st.lists(lines | breaks, max_size=6))
def test_what_is_copied_from_the_viewer_is_what_is_stored(qapp, parts):
    edit = LongText()
    kept = "".join(parts)
    edit.append_text(kept)
    assert edit.whole_text() == kept
    edit.append_text("tail")
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == kept + "tail"


def test_a_size_in_bytes_does_not_keep_a_shorter_text_from_ending(shown):
    value = Distant(1000, "characters")
    value.size = 4000
    value.content = lambda offset, length: "é" * max(0, min(length, 1000 - offset))
    view = shown(TextView())
    view.show_value(value, "")
    assert view.edit.whole_text() == "é" * 1000 and not view.more.isVisible()


def test_a_megabyte_on_one_line_is_laid_out_in_pieces(shown):
    view = shown(TextView())
    view.edit.append_text("x" * 1_000_000)
    assert max(len(view.edit.document().findBlockByNumber(n).text()) for n in range(1000)) == 1000


def test_hidden_characters_are_named_and_blanks_can_be_shown(shown):
    view = shown(TextView())
    view.show_value(LoadedValue("\ufeffa\u200bb\u200b"), "")
    assert view.note.text() == "holds \\ufeff, \\u200b 2 times"
    view.blanks.setChecked(True)
    assert (
        view.edit.document().defaultTextOption().flags()
        & view.edit.document().defaultTextOption().Flag.ShowTabsAndSpaces
    )
    view.wrap.setChecked(False)
    assert view.edit.lineWrapMode() == view.edit.LineWrapMode.NoWrap


# --- images ----------------------------------------------------------------------------------------


def picture(kind: str) -> bytes:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)
    return buffer.data().data()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_images_are_told_by_their_first_bytes(kind):
    raw = picture(kind)
    assert image_format(raw) == kind and ways(raw, BLOB) == [IMAGE, HEX]
    image, trouble = decode(raw)
    assert (image.width(), image.height(), trouble) == (30, 20, "")


def test_a_damaged_image_says_so():
    image, trouble = decode(picture("PNG")[:40])
    assert image.isNull() and "damaged" in trouble


def test_bytes_that_are_no_image():
    assert image_format(b"hello") == "" and ways(b"hello", BLOB) == [HEX]


# --- moments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23 18:14:03.050644+00", "2026-11-23 18:14:03.050644+00 UTC"),
        ("2026-11-23 18:14:03+05:30", "2026-11-23 12:44:03+00 UTC"),
        ("2026-11-23T18:14:03.123456789Z", "2026-11-23 18:14:03.123456789+00 UTC"),
        ("0001-01-01 00:00:00+00", "0001-01-01 00:00:00+00 UTC"),
        ("1900-01-01 00:00:00-04:56:02", "1900-01-01 04:56:02+00 UTC"),
    ],
)
def test_a_moment_in_three_zones(text, utc):
    found = readings(text)
    assert [reading.label for reading in found] == ["as stored", "UTC", "local"]
    assert (found[0].text, found[1].text) == (text, utc)


def test_a_time_without_a_zone_says_so():
    found = readings("2026-11-23 18:14:03")
    assert [reading.label for reading in found] == ["as stored", "zone", "local, if it is UTC"]
    assert found[1].text == "none stored"


@pytest.mark.parametrize(
    "text", ["infinity", "0044-03-15 00:00:00 BC", "10000-01-01 00:00:00+00", "18:14", "x", "2026-13-01"]
)
def test_what_is_no_moment_of_the_calendar_is_left_alone(text):
    assert readings(text) == []


def test_a_moment_outside_the_calendar_after_conversion():
    assert readings("9999-12-31 23:59:59-05")[1].text.startswith("cannot be converted")
    assert readings("2026-02-30 00:00:00+00")[1].text.startswith("cannot be converted")


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.timezones()))
def test_conversions_agree_with_the_standard_library(moment):
    moment = moment.astimezone(timezone(moment.utcoffset()))
    text = moment.isoformat(" ")
    assert readings(text)[1].text[:19] == moment.astimezone(UTC).isoformat(" ")[:19]


@pytest.mark.parametrize(
    ("number", "label", "text"),
    [
        (1_763_921_643, "UTC, if Unix seconds", "2025-11-23 18:14:03+00 UTC"),
        (1_763_921_643_050, "UTC, if Unix ms", "2025-11-23 18:14:03.050+00 UTC"),
        (1_763_921_643_050_644, "UTC, if Unix µs", "2025-11-23 18:14:03.050644+00 UTC"),
    ],
)
def test_a_number_that_may_be_unix_time(number, label, text):
    assert readings(number)[1] == (label, text)
    assert readings(42) == [] and readings(True) == []


# --- the panel -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "column", "expected"),
    [
        ("plain", PLAIN, [TEXT, HEX]),
        ('{"a": 1}', PLAIN, [JSON, TEXT, HEX]),
        ("1", DOCUMENT, [JSON, TEXT, HEX]),
        ("2026-11-23 18:14:03+00", AT, [TIME, TEXT, HEX]),
        (BadText(b"\xff"), PLAIN, [TEXT, HEX]),
        (Truncated(b"\x89PNG\r\n\x1a\n", 10**8), BLOB, [IMAGE, HEX]),
        (Truncated('{"a"', 10**7, "characters"), DOCUMENT, [JSON, TEXT]),
        (Truncated(b"x", 10**7), BLOB, [HEX]),
        (None, PLAIN, [TEXT]),
        (17, PLAIN, [TEXT]),
    ],
)
def test_ways_to_read_a_value(cell, column, expected):
    assert ways(cell, column) == expected


def test_the_chosen_way_stays_while_values_allow_it(shown):
    panel = shown(ValuePanel())
    panel.show_cell('{"a": 1}', PLAIN, None)
    assert panel.way() == JSON
    panel.bar.setCurrentIndex(panel._ways.index(HEX))
    panel.show_cell('{"b": 2}', PLAIN, None)
    assert panel.way() == HEX and panel.hex.line(0).endswith('{"b": 2}')
    panel.show_cell(None, PLAIN, None)
    assert panel.way() == TEXT
    panel.show_cell("c", PLAIN, None)
    assert panel.way() == HEX


def test_a_cut_document_is_fetched_whole_with_progress(shown, qtbot):
    panel = shown(ValuePanel())
    document = json.dumps([{"n": n} for n in range(200_000)])
    value = Distant(len(document), "characters")
    value.content = lambda offset, length: document[offset : offset + length]
    with qtbot.waitSignal(panel.json.scanned, timeout=20_000):
        panel.show_cell(Truncated(document[:100], len(document), "characters"), DOCUMENT, value)
    assert len(value.reads) == 3 and sum(length for _, length in value.reads) >= len(document)
    assert panel.json.tree.model().top.below[0].below[1].text == '{"n": 1}'


def test_a_document_too_large_for_a_tree_says_so(shown):
    panel = shown(ValuePanel())
    value = Distant(MOST_JSON + 1)
    panel.show_cell(Truncated('{"', MOST_JSON + 1), DOCUMENT, value)
    assert "too much to show so" in panel.note.text() and value.reads == []


def test_without_a_key_only_the_beginning_can_be_shown(shown):
    panel = shown(ValuePanel())
    panel.show_cell(Truncated('{"a', 10_000), DOCUMENT, None)
    assert "its row has no key" in panel.note.text()
    panel.bar.setCurrentIndex(1)
    assert panel.text.edit.whole_text() == '{"a'
    panel.show_cell(Truncated(b"{a", 10_000), BLOB, None)
    assert panel.hex.line(0).endswith("{a")
