"""Cells of every kind, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText

# Lone surrogates are no text: databases cannot hold them and msgpack refuses them.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    [
        " ",
        "  x ",
        "\0",
        "a\0b",
        "\ufeffx",
        "a\r\nb",
        "a\tb",
        "NULL",
        "empty",
        '"',
        "'",
        "\\",
        "…",
        "·",
        "↵",
        "1.0",
    ]
)
numbers = st.integers(-(2**200), 2**200) | st.floats() | st.booleans()
bad_texts = st.binary(min_size=1, max_size=20).filter(lambda raw: not _is_text(raw)).map(BadText)
cells = st.none() | texts | numbers | st.binary(max_size=20) | bad_texts
columns = st.sampled_from(
    [Column("a", "text", "text"), Column("b", "numeric", "number"), Column("c", "", "other")]
)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
