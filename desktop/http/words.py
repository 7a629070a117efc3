"""How times, statuses and requests are worded."""

from __future__ import annotations

from urllib.parse import urlsplit

from embedded_server.wire.http import Draft


def ms_text(value: float) -> str:
    """A time for people."""
    if value < 10:
        return f"{value:.1f}\u2009ms"
    return f"{value:,.0f}\u2009ms"


def target_of(url: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def title_of(draft: Draft) -> str:
    """Its own name, else what it asks for."""
    return draft.name or f"{draft.method} {target_of(draft.url)}"


def host_of(url: str) -> str:
    """The host of an address, without its port."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def status_token(status: int) -> str:
    """The colour of a status."""
    if status >= 500 or not status:
        return "error"
    return "warn" if status >= 400 else "ok"


def header_lines(headers: list[tuple[str, str]]) -> str:
    """Headers as they are edited, one a line."""
    return "\n".join(
        f"{name}{value}" if name.endswith(":") else f"{name}: {value}" for name, value in headers
    )


def headers_of(text: str) -> list[tuple[str, str]]:
    """Edited lines as headers; a line without a colon is a header without a value."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, value = line.partition(":")
        if value and not value.startswith(" "):
            name += ":"  # sent without the usual blank, as it is written
        found.append((name.strip(), value.removeprefix(" ")))
    return found
