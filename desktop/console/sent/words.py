"""A statement of our own as the list and the inspector tell it. Without a window."""

from __future__ import annotations

from desktop.console.history_list import when
from desktop.console.messages import rows_text, time_text
from desktop.kit.names import short_name
from desktop.kit.two_lines import Row
from desktop.kit.widgets import KeyValue
from embedded_server.wire.sent import SentStatement

# Longer than this is worth a second look.
SLOW_MS = 100.0


def row_of(one: SentStatement) -> Row:
    """One line of the list."""
    place = short_name(one.connection)
    parts = [when(one.at), one.title, place, f"session {one.session}"]
    token = "error" if one.error else "warn" if one.elapsed_ms / one.times >= SLOW_MS else "dim"
    return Row(
        " ".join(one.sql.split())[:400],
        spent(one.elapsed_ms),
        " · ".join(parts),
        one.error.split("\n", 1)[0] if one.error else counted(one),
        token=token,
        badge="error" if one.error else "",
        tip=one.sql if len(one.sql) < 2000 else one.sql[:2000] + "…",
        thing=one,
    )


def spent(milliseconds: float) -> str:
    """A duration; most of these are far below a millisecond."""
    return f"{milliseconds * 1000:.0f} µs" if milliseconds < 1 else time_text(milliseconds)


def counted(one: SentStatement) -> str:
    """`200 rows · 312 times`."""
    parts = [rows_text(one.rows)] if one.rows is not None else []
    parts += [f"{one.times:,} times"] if one.times > 1 else []
    return " · ".join(parts)


def facts(one: SentStatement) -> list[KeyValue]:
    """The lines of the inspector."""
    each = f" ({spent(one.elapsed_ms / one.times)} each)" if one.times > 1 else ""
    pairs = [
        ("purpose", one.purpose),
        ("time", when(one.at)),
        ("elapsed", f"{spent(one.elapsed_ms)}{each}"),
        ("rows", "" if one.rows is None else f"{one.rows:,}"),
        ("times", f"{one.times:,}" if one.times > 1 else ""),
        ("session", one.session),
        ("connection", one.connection),
        ("values", ", ".join(one.params)),
    ]
    # The name that stands everywhere else; copied and on hover it is the whole address.
    shown = {"connection": short_name(one.connection)}
    return [KeyValue(key, shown.get(key, value), copy=value, tip=value) for key, value in pairs if value]


def merged(known: list[SentStatement], fresh: list[SentStatement], most: int) -> list[SentStatement]:
    """The newest first: what came again has grown and takes the place of what was known of it."""
    again = {one.id for one in fresh}
    return [*fresh, *(one for one in known if one.id not in again)][:most]


def summary(known: list[SentStatement]) -> str:
    """`412 statements · 1,204 ms in the database`."""
    count = sum(one.times for one in known)
    spent = time_text(sum(one.elapsed_ms for one in known))
    return f"{count:,} statement{'' if count == 1 else 's'} · {spent} in the database" if count else ""
