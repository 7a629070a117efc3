"""Faults in charts: what is guessed, how cells are read, what is summed, left out, drawn, remembered."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "desktop/charts"
ROWS, PICTURES = ("tests/charts/test_rows.py",), ("tests/charts/test_pictures.py",)
WINDOW = ("tests/charts/desktop/test_charts.py",)

FAULTS = [
    Fault(
        "charts-nulls-become-zero",
        f"{ROOM}/readings.py",
        "    if piece.nulls is not None:\n        values[piece.nulls] = np.nan\n"
        "    return Reading(values, odd)",
        "    return Reading(values, odd)",
        ROWS,
    ),
    Fault(
        "charts-underscored-numbers",
        f"{ROOM}/readings.py",
        '"_" in cell else number',
        '"#" in cell else number',
        ROWS,
    ),
    Fault("charts-zones-ignored", f"{ROOM}/calendar.py", "    if not zoned:\n", "    if True:\n", ROWS),
    Fault("charts-before-christ", f"{ROOM}/calendar.py", "year = 1 - year", "year = -year", ROWS),
    Fault(
        "charts-sums-of-floats",
        f"{ROOM}/sums.py",
        "decimals = 0 if piece.numbers is not None else _decimals(piece)",
        "decimals, floating = 0, True",
        ROWS,
    ),
    Fault("charts-sums-overflow", f"{ROOM}/sums.py", "_SAFE = 2.0**49", "_SAFE = 2.0**80", ROWS),
    Fault(
        "charts-lines-across-gaps",
        f"{ROOM}/building.py",
        "broken = np.diff(gaps, prepend=gaps[:1]) > 0",
        "broken = np.diff(gaps, prepend=gaps[:1]) > 9",
        PICTURES,
    ),
    Fault(
        "charts-lowest-point-lost",
        f"{ROOM}/sampling.py",
        "lowest, highest = np.minimum.reduceat(ys, starts), np.maximum",
        "lowest, highest = ys[starts], np.maximum",
        PICTURES,
    ),
    Fault(
        "charts-groups-left-out-silently",
        f"{ROOM}/building.py",
        '        notes.append(f"{left:,} smaller groups',
        '        str(f"{left:,} smaller groups',
        PICTURES,
    ),
    Fault(
        "charts-guess-sums-keys",
        f"{ROOM}/spec.py",
        'if one.role == "number" and not one.naming',
        'if one.role == "number"',
        PICTURES,
    ),
    Fault("charts-whole-numbers-split", f"{ROOM}/bins.py", "and step < 1:", "and step < 0:", PICTURES),
    Fault(
        "charts-loaded-rows-pass-for-all",
        f"{ROOM}/feeds.py",
        "picked.whole and not picked.source.exact()",
        "False",
        WINDOW,
    ),
    Fault(
        "charts-cut-unsaid",
        f"{ROOM}/feeds.py",
        "        if held.rows > MOST_ROWS:\n            held.cut(MOST_ROWS)",
        "        pass",
        WINDOW,
    ),
    Fault(
        "charts-rows-not-kept",
        f"{ROOM}/feeds.py",
        "        await keeping.keep(self._folder",
        "        str(self._folder) and keeping.Kept and (self._folder",
        WINDOW,
    ),
    Fault(
        "charts-kept-for-everyone",
        f"{ROOM}/keeping.py",
        "part.touch(mode=0o600)",
        "part.touch(mode=0o644)",
        WINDOW,
    ),
    Fault(
        "charts-cursor-rounds",
        f"{ROOM}/hits.py",
        "(name, exact(plot.held.exact(name, row)))",
        '(name, f"{plot.held.exact(name, row):.6}")',
        PICTURES,
    ),
    Fault(
        "charts-choice-forgotten",
        f"{ROOM}/tab.py",
        "        chosen[self._key()] = spec.saved()",
        "        chosen.clear()",
        WINDOW,
    ),
]
