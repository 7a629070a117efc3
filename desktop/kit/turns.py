"""Signs that turn the direction of what follows them: shown as what they are, never obeyed.

One of them in a name would write the rest of its line from right to left: `invoice\\u202efdp.exe` reads as
`invoiceexe.pdf`. What is copied stays as it is.
"""

from __future__ import annotations

import re

# Marks, embeddings, overrides and isolates of the bidirectional algorithm.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def unturned(text: str) -> str:
    """The text with those signs as escapes."""
    return text if text.isascii() else _TURNS.sub(_escape, text)


def _escape(sign: re.Match[str]) -> str:
    return f"\\u{ord(sign[0]):04x}"
