"""Faults in export and import: exactness, what is lost, what is left behind, which row was bad."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "embedded_server/data/transfer"
TESTS = "tests/data/transfer"
ROUND = (f"{TESTS}/test_round_trip.py", "-k", "sqlite")
ROUND_PG = (f"{TESTS}/test_round_trip.py", "-k", "postgresql")
WHOLE = (f"{TESTS}/test_whole_or_nothing.py",)
BAD = (f"{TESTS}/test_bad_files.py",)
REFUSED = (f"{TESTS}/test_refusals.py",)
WINDOW = ("tests/data/desktop/test_transfer.py",)

FAULTS = [
    Fault(
        "transfer-a-page-is-never-the-users-again",
        "desktop/data/transfer/forms.py",
        "QEvent.Type.Move) and self.following():",
        "QEvent.Type.Move):",
        ("tests/data/desktop/test_transfer.py", "-k", "users_again"),
    ),
    Fault(
        "transfer-empty-text-as-null",
        f"{ROOM}/cell_texts.py",
        'if self.everything or "" in column or self.null in column:',
        "if self.everything or self.null and self.null in column:",
        ROUND,
    ),
    Fault(
        "transfer-number-like-texts-unquoted",
        f"{ROOM}/cell_texts.py",
        "self._looks = kept if dynamic else None",
        "self._looks = None",
        (f"{TESTS}/test_round_trip.py", "-k", "alike"),
    ),
    Fault(
        "transfer-losses-tolerated",
        f"{ROOM}/exporting.py",
        "allow_loss=request.allow_loss or request.dry_run,",
        "allow_loss=True,",
        ROUND,
    ),
    Fault(
        "transfer-mixed-parquet-untold",
        f"{ROOM}/writers/parquet.py",
        "            if self.making.grammar.dynamic_types:\n                self._mixed(place, block)",
        "            pass",
        (f"{TESTS}/test_round_trip.py", "-k", "sqlite and parquet"),
    ),
    Fault(
        "transfer-parquet-types-unchecked",
        f"{ROOM}/writers/parquet.py",
        '                    wished[place] = "VARCHAR"',
        "                    pass",
        (f"{TESTS}/test_round_trip.py", "-k", "parquet"),
    ),
    Fault(
        "transfer-sheet-rounds-long-integers",
        f"{ROOM}/writers/workbook.py",
        "if abs(cell) <= SAFE_INTEGER else _inline(str(cell))",
        "if cell else _inline(str(cell))",
        (f"{TESTS}/test_round_trip.py", "-k", "sheet"),
    ),
    Fault(
        "transfer-copy-forgets-backslashes",
        "embedded_server/engines/pg/copying.py",
        "return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)",
        "return text",
        ROUND_PG,
    ),
    Fault(
        "transfer-file-in-its-place-too-early",
        f"{ROOM}/output.py",
        "self.temporary = self.path.parent / f",
        "self.temporary = self.path or f",
        WHOLE,
    ),
    Fault(
        "transfer-replaces-unasked",
        f"{ROOM}/output.py",
        "        if not overwrite:\n            raise problem",
        "        if overwrite is None:\n            raise problem",
        REFUSED,
    ),
    Fault(
        "transfer-killed-worker-leaves-a-file",
        f"{ROOM}/handlers.py",
        "        if place is not None:\n            place.discard()",
        "        pass",
        WHOLE,
    ),
    Fault(
        "transfer-line-numbers-ignore-line-ends-in-fields",
        f"{ROOM}/readers/delimited.py",
        "line += 1 + sum(_line_ends(one) for one in row)",
        "line += 1",
        BAD,
    ),
    Fault(
        "transfer-dry-run-stays",
        f"{ROOM}/importing.py",
        "        if self._request.dry_run:\n            session.rollback()",
        "        if self._request.dry_run:\n            session.commit()",
        BAD,
    ),
    Fault(
        "transfer-rows-before-a-bad-one-stay",
        f"{ROOM}/importing.py",
        "if self._one or self._request.dry_run:\n            session.rollback()\n            tally",
        "if self._request.dry_run:\n            session.rollback()\n            tally",
        BAD,
    ),
    Fault(
        "transfer-goes-on-one-row-too-late",
        f"{ROOM}/importing.py",
        "done = sum(one < line for one in all_lines)",
        "done = sum(one <= line for one in all_lines)",
        BAD,
    ),
    Fault(
        "transfer-production-unasked",
        f"{ROOM}/importing.py",
        'if lease.profile.class_ == "production" and request.confirm != name:',
        'if lease.profile.class_ == "production" and request.confirm is None:',
        REFUSED,
    ),
    Fault(
        "transfer-window-forgets-the-filter",
        "desktop/data/transfer/export_tab.py",
        'base["filters"] = msgspec.convert(ref.filters, list[Filter])',
        'base["filters"] = []',
        WINDOW,
    ),
]
