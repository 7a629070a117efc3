"""How far a transfer is, in words."""

from __future__ import annotations


def rate_text(rows: int, rate: float) -> str:
    """`12,000 rows · 800,000 rows/s`"""
    return f"{rows:,} rows" + (f" · {rate:,.0f} rows/s" if rate else "")


def size_text(count: int) -> str:
    """Bytes for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return ""
