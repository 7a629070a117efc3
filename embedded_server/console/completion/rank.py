"""The order of suggestions: how the typed part fits, what was taken lately, what the place wants first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embedded_server.wire.completion import Suggestion
from embedded_server.wire.fuzzy import score

# A beginning is as good as the whole name; then beginnings of words and initials; then the rest.
_TIERS = (0, 0, 1, 1, 2, 3)


def ranked(
    groups: Iterable[Sequence[Suggestion]], typed: str, recent: Sequence[str], limit: int
) -> tuple[list[Suggestion], bool]:
    """The best of groups that are given in the order the place wants them; whether there are more.

    Within a tier what was taken lately comes first, then the group, then the order in it (which is that of
    the fit where something is typed).
    """
    lately = {name.lower(): place for place, name in enumerate(reversed(recent), 1)}
    found: list[tuple[tuple[int, int, int, int, int], Suggestion]] = []
    seen: set[tuple[str, str]] = set()
    for number, group in enumerate(groups):
        for place, one in enumerate(group):
            fit = fitting(one.text, typed)
            key = (one.insert or one.text, one.kind)
            if fit is None or key in seen:
                continue
            seen.add(key)
            tier, within = fit
            latest = lately.get(one.text.lower(), 0)
            found.append(((tier, -latest, number, within, place), one))
    found.sort(key=lambda pair: pair[0])
    return [one for _, one in found[:limit]], len(found) > limit


def fitting(name: str, typed: str) -> tuple[int, int] | None:
    """How the typed part fits: the tier and the order within it, null if it does not."""
    if not typed:
        return 0, 0
    # Blanks cannot be typed here, so what stands behind one is a word of its own.
    found = score(typed, name)
    if found is None or (found[0] == 5 and len(typed) < 2):
        return None
    return _TIERS[found[0]], found[0] * 1000 + min(found[1] + found[2], 999)
