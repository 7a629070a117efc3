"""What a cell reads like, and that what is shown, copied and filtered by is the very same value."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.kit.grid.copy_as import Table, as_json, tsv
from desktop.kit.grid.copy_as import csv as as_csv
from desktop.kit.grid.filters import quick_filters
from desktop.kit.grid.formats import (
    SHOWN_LENGTH,
    Style,
    count_text,
    exact_text,
    invisible,
    number_text,
    show,
    size_text,
)
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Truncated, from_json
from tests.desktop.kit.cells import bad_texts, cells, columns, texts

TEXT = Column("note", "text", "text")
NUMBER = Column("amount", "numeric", "number")
MARKS = {"↵": "\n", "→": "\t", "·": " ", "\\0": "\0", "\\r": "\r", "\\e": "\x1b"}


def same(one, other) -> bool:
    """Equal bit for bit: 1, 1.0 and true differ, so do 0.0 and -0.0; NaN equals itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isnan(one) and math.isnan(other) or (one == other and str(one) == str(other))
    return one == other


def unmarked(shown) -> str:
    """The text that a shown line stands for."""
    if not shown.pieces:
        return shown.text
    text = ""
    for piece in shown.pieces:
        if piece.style is not Style.MARK:
            text += piece.text
            continue
        rest = piece.text
        while rest:
            mark = next((mark for mark in MARKS if rest.startswith(mark)), None)
            if mark is not None:
                text, rest = text + MARKS[mark], rest[len(mark) :]
            else:
                length = 4 if rest[1] == "x" else 6
                text, rest = text + chr(int(rest[2:length], 16)), rest[length:]
    return text


@given(cells, columns)
def test_shown_copied_and_filtered_by_are_one_value(cell, column):
    shown = show(cell, column)
    copied = tsv(Table([column], [[cell]], single=True))
    if cell is None:
        assert (shown.style, copied) == (Style.NULL, "")
        assert [quick.filter.op for quick in quick_filters("a", [cell])] == ["null", "not null"]
        return
    quick = quick_filters("a", [cell])[0].filter
    assert quick.op == "=" and same(from_json(json.loads(json.dumps(quick.value))), cell)
    if isinstance(cell, str) and not cell:
        assert (shown.style, copied) == (Style.EMPTY, "")
    elif isinstance(cell, BadText):
        assert unmarked(shown) == "".join(
            chr(byte - 0xDC00 if byte >= 0xDC80 else byte)
            for byte in map(ord, cell.raw.decode("utf-8", "surrogateescape"))
        )
        assert copied == cell.shown()
    elif isinstance(cell, bytes):
        assert shown.text == copied == "0x" + cell.hex() and shown.suffix
    else:
        assert unmarked(shown) == copied == exact_text(cell)


@given(texts)
def test_a_text_is_copied_untouched(text):
    assert exact_text(text) == text


@given(st.floats())
def test_a_float_reads_back_as_itself(value):
    assert same(float(exact_text(value).replace("Infinity", "inf")), value)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_csv_reads_back(rows):
    text = as_csv(Table([TEXT, NUMBER], rows))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["note", "amount"]] + [[exact_text(cell) for cell in row] for row in rows]


@given(st.lists(st.tuples(cells), min_size=1, max_size=5))
def test_json_reads_back_exactly(rows):
    read = json.loads(as_json(Table([TEXT], rows)))
    assert len(read) == len(rows)
    for got, (cell,) in zip(read, rows, strict=True):
        assert same(from_json(got["note"]), cell)


@pytest.mark.parametrize(
    ("cell", "text", "style"),
    [
        (None, "NULL", Style.NULL),
        ("", "empty", Style.EMPTY),
        ("NULL", "NULL", Style.TEXT),
        ("paid", "paid", Style.TEXT),
        (" ", "·", Style.TEXT),
        (" a  b ", "·a  b·", Style.TEXT),
        ("a\nb", "a↵b", Style.TEXT),
        ("a\r\nb", "a\\r↵b", Style.TEXT),
        ("\ufeffid", "\\ufeffid", Style.TEXT),
        ("a\0b", "a\\0b", Style.TEXT),
        ("a\u200bb\u00a0", "a\\u200bb\\xa0", Style.TEXT),
        (BadText(b"caf\xe9"), "caf\\xe9", Style.TEXT),
        (True, "true", Style.TEXT),
        (2**63, "9223372036854775808", Style.NUMBER),
        (1e16, "1e+16", Style.NUMBER),
        (-0.0, "-0.0", Style.NUMBER),
        (float("nan"), "NaN", Style.NUMBER),
        (float("-inf"), "-Infinity", Style.NUMBER),
        (b"\x00\xff", "0x00ff", Style.BINARY),
    ],
)
def test_examples(cell, text, style):
    shown = show(cell, TEXT)
    assert (shown.text, shown.style) == (text, style)


def test_a_number_sent_as_text_is_a_number_and_other_text_beside_it_is_not():
    assert show("184.20", NUMBER).style is Style.NUMBER
    assert show("-Infinity", NUMBER).style is Style.NUMBER
    assert show("n/a", NUMBER).style is Style.TEXT
    assert show("184.20", TEXT).style is Style.TEXT


@pytest.mark.parametrize("cell", ["x" * 10_000_000, b"x" * 10_000_000, BadText(b"\xff" + b"x" * 10_000_000)])
def test_long_values_cost_no_more_than_their_beginning(cell):
    shown = show(cell, TEXT)
    assert len(shown.text) <= SHOWN_LENGTH + 10 and shown.text.endswith("…")


def test_a_cut_value_says_how_long_it_is():
    shown = show(Truncated("x" * 1000, 104_857_600), TEXT)
    assert shown.text == "x" * SHOWN_LENGTH + "…" and shown.suffix == "104.9\u2009MB"
    assert show(Truncated("x" * 1000, 12_000, "characters"), TEXT).suffix == "12,000\u2009chars"
    assert show(Truncated(b"\x01\x02", 5_000), TEXT).text == "0x0102…"


@given(bad_texts)
def test_a_character_split_by_the_cut_is_not_called_bad(bad):
    raw = ("é" * 400).encode()
    assert "\\x" not in show(BadText(raw[:-1] + bad.raw), TEXT).text


@pytest.mark.parametrize(
    ("count", "exact", "text"),
    [
        (104_117, True, "104,117"),
        (104_117, False, "~104\u2009k"),
        (9_412, False, "~9,412"),
        (10_234_567, False, "~10.2\u2009M"),
        (2_000_000_000, False, "~2\u2009G"),
        (999_999, False, "~1\u2009M"),
        (0, True, "0"),
    ],
)
def test_counts_say_what_they_are(count, exact, text):
    assert count_text(count, exact) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.2 kB"), (999_999, "1 MB"), (10**8, "100 MB")],
)
def test_sizes(size, text):
    assert size_text(size) == text.replace(" ", "\u2009")


def test_row_numbers():
    assert (number_text(0, True), number_text(51_843, True), number_text(51_843, False)) == (
        "1",
        "51,844",
        "~51,844",
    )


def test_what_a_plain_display_hides_is_named():
    assert invisible("a b\tc\nd") == []
    assert invisible("\ufeffa\0b\0") == ["\\ufeff", "\\0 2 times"]
