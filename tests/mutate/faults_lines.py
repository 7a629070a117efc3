"""Faults in rows that come as lines: their escapes, their ends, and when they are not to be asked for."""

from __future__ import annotations

from tests.mutate.fault import Fault

LINES = "embedded_server/wire/lines.py"
OUT = "embedded_server/engines/pg/copy_out.py"
SESSION = "embedded_server/engines/pg/session.py"
READS = ("tests/server/test_lines.py",)
COPIES = ("tests/engines/test_postgresql_copies.py",)
STREAMS = ("tests/data/server/test_streams_postgres.py",)
ESTIMATES = "embedded_server/engines/pg/estimates.py"

FAULTS = [
    Fault(
        "lines-escapes-stay",
        LINES,
        "        if NULL in",
        "        if False and NULL in",
        READS,
    ),
    Fault(
        "lines-the-first-column-of-nulls-is-all",
        LINES,
        "            if not marks:\n",
        "            if True:\n",
        READS,
    ),
    Fault(
        "lines-an-escaped-letter-is-no-letter",
        LINES,
        "_MEANT.get(found[1], found[1])",
        "_MEANT.get(found[1], found[0])",
        READS,
    ),
    Fault(
        "lines-cells-are-made-before-anybody-looks",
        LINES,
        "        return [LineColumn(self, place) for place",
        "        self.cells(0)\n        return [LineColumn(self, place) for place",
        READS,
    ),
    Fault(
        "lines-a-column-shows-another-one",
        LINES,
        "        return self._lines.cells(self._place)[place]",
        "        return self._lines.cells(0)[place]",
        READS,
    ),
    Fault(
        "lines-long-values-keep-their-cut-form",
        "embedded_server/engines/pg/copy_reading.py",
        "self._copy.longest <= self._most",
        "self._copy.longest >= 0",
        COPIES,
    ),
    Fault(
        "lines-the-longest-is-forgotten",
        OUT,
        "                        longest = length\n",
        "                        pass\n",
        COPIES,
    ),
    Fault(
        "lines-a-copy-goes-on-behind-its-reader",
        OUT,
        "            if self._result is not None:\n                self._channel.leave_copy(self._result)\n",
        "",
        COPIES,
    ),
    Fault(
        "lines-an-error-behind-rows-is-their-end",
        OUT,
        "        if self.over:\n            self._channel.finish()\n        return found\n",
        "        return found\n",
        COPIES,
    ),
    Fault(
        "lines-a-transaction-is-copied-from",
        SESSION,
        '            and self.in_transaction() == "auto"\n',
        "",
        COPIES,
    ),
    Fault(
        "lines-binaries-are-texts",
        SESSION,
        '            and all(column.kind != "binary" for column in columns)\n',
        "",
        COPIES,
    ),
    Fault(
        "lines-every-server-has-such-a-copy",
        SESSION,
        '            if error.problem.code != "sql.error":\n                raise\n',
        "            raise\n",
        COPIES,
    ),
    Fault(
        "lines-a-bare-value-is-taken-for-a-cut-one",
        "embedded_server/engines/pg/copy_reading.py",
        "self._cuts = CUT_MARK in statement.sql",
        "self._cuts = True",
        STREAMS,
    ),
    Fault(
        "lines-heirs-are-forgotten",
        ESTIMATES,
        " AND NOT c.relhassubclass",
        "",
        STREAMS,
    ),
    Fault(
        "lines-long-values-are-not-seen",
        ESTIMATES,
        "(c.reltoastrelid = 0 OR pg_relation_size(c.reltoastrelid) = 0)",
        "true",
        STREAMS,
    ),
]
