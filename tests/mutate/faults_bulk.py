"""Faults in the quick ways of import and export, and in id snapshots."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "embedded_server/data/transfer"
SNAPS = "embedded_server/data/snapshots"
ORDER = ("tests/data/server/test_snapshots.py",)
KEYS = ("tests/data/server/test_snapshot_keys.py",)
QUICK = ("tests/data/transfer/test_quick_ways.py",)

FAULTS = [
    Fault(
        "bulk-quoted-null-is-null",
        f"{ROOM}/readers/cutting.py",
        "and _quoted_null(delimiter, null).search(text):",
        "and null and _quoted_null(delimiter, null).search(text):",
        QUICK,
    ),
    Fault(
        "bulk-ragged-rows-run-together",
        f"{ROOM}/readers/cutting.py",
        'or ends.count("\\n") != len(ends) or',
        "or",
        QUICK,
    ),
    Fault(
        "bulk-decimals-rounded",
        f"{ROOM}/quick_convert.py",
        "is None or self._too_many.search(joined) is not None:",
        "is None:",
        QUICK,
    ),
    Fault(
        "bulk-integers-too-long-passed",
        f"{ROOM}/quick_convert.py",
        "and _longest(values) <= self._digits:",
        "and _longest(values) <= self._digits + 1:",
        QUICK,
    ),
    Fault(
        "bulk-dates-lose-their-time",
        f"{ROOM}/quick_convert.py",
        "return None if self._dates and _TIME_OF_DAY.search(joined) is not None else values",
        "return values",
        QUICK,
    ),
    Fault(
        "bulk-error-of-the-reader-swallowed",
        f"{ROOM}/ahead.py",
        "            if error is not None:\n                raise error",
        "            if error is not None:\n                return",
        QUICK,
    ),
    Fault(
        "bulk-snapshot-in-the-order-of-keys",
        f"{SNAPS}/pages.py",
        "order = [at[keys[place]] for place in places]",
        "order = sorted(at[keys[place]] for place in places)",
        (*ORDER, "-k", "any_row"),
    ),
    Fault(
        "bulk-snapshot-continues-anywhere",
        f"{SNAPS}/pages.py",
        "if list(kept.keys(token.row, token.row + 1)) != [here]:",
        "if token.row < 0:",
        (*ORDER, "-k", "continues"),
    ),
    Fault(
        "bulk-snapshot-never-changed",
        f"{SNAPS}/kept.py",
        "self.changed = lease.session.change_mark(described.schema, described.table) != self._mark",
        "lease.session.change_mark(described.schema, described.table)",
        (*ORDER, "-k", "changes_of_others"),
    ),
    Fault(
        "bulk-snapshot-of-everything",
        f"{SNAPS}/making.py",
        'where = f" WHERE {shape.condition.sql}" if shape.condition.sql else ""',
        'where = " WHERE 1 = 1" if not shape.condition.sql else f" WHERE 1 = 1 OR {shape.condition.sql}"',
        (*ORDER, "-k", "filter"),
    ),
    Fault(
        "bulk-snapshots-without-end",
        f"{SNAPS}/kept.py",
        "for other in gone:\n            other.close()",
        "for _ in gone:\n            pass",
        (*ORDER, "-k", "newest"),
    ),
    Fault(
        "bulk-snapshot-half-keys",
        f"{SNAPS}/packing.py",
        "map(int, column) if set(map(type, column)) == {str} else column)",
        "map(int, column))",
        (*ORDER, "-k", "do_not_fit"),
    ),
    Fault(
        "bulk-snapshot-long-texts-cut",
        f"{SNAPS}/packing.py",
        'raise ValueError(f"a text of {len(text)} bytes")',
        "text = text[:MOST_TEXT_BYTES]",
        (*ORDER, "-k", "do_not_fit"),
    ),
    Fault(
        "bulk-snapshot-texts-by-their-shape",
        f"{SNAPS}/packing.py",
        '"uuid": _TEXT if dynamic else _UUID',
        '"uuid": _UUID',
        (*KEYS, "-k", "uuids_and_texts and sqlite"),
    ),
    Fault(
        "bulk-snapshot-first-part-of-a-key-alone",
        f"{SNAPS}/kept.py",
        "numbers[part :: form.numbers]",
        "numbers[0 :: form.numbers]",
        (*KEYS, "-k", "packed"),
    ),
    Fault(
        "bulk-snapshot-read-again-in-any-letters",
        f"{SNAPS}/packing.py",
        "return cell if type(cell) is str else _NONE",
        "return cell.upper() if type(cell) is str else _NONE",
        (*KEYS, "-k", "packed"),
    ),
    Fault(
        "bulk-cut-rows-skipped",
        f"{SNAPS}/pages.py",
        "looked = places[len(rows)] if rows.more and len(rows) < len(places) else at",
        "looked = at",
        (*ORDER, "-k", "heavy"),
    ),
    Fault(
        "bulk-mariadb-backslashes",
        "embedded_server/engines/my/inserting.py",
        'if not any(mark in joined for mark in "\'\\\\\\0"):',
        'if not any(mark in joined for mark in "\'"):',
        (*QUICK, "-k", "mariadb"),
    ),
    Fault(
        "bulk-tunnel-passed-by",
        f"{ROOM}/handlers.py",
        "        reached = call.services.tunnels.reach(target)\n        with contextlib",
        "        reached = target\n        with contextlib",
        ("tests/tunnels/test_tunnels.py", "-k", "own_goes"),
    ),
]
