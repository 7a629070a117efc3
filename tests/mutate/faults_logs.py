"""Faults in the room of logs: the index, following, searching, formats, the way to a request, the view."""

from __future__ import annotations

from tests.mutate.fault import Fault

FAULTS = [
    Fault(
        "logs-last-line-without-feed-not-counted",
        "embedded_server/logs/segment.py",
        "return self.index.feeds + (1 if self.size and not self._ends_whole() else 0)",
        "return self.index.feeds",
        ("tests/logs/server/test_index.py",),
    ),
    Fault(
        "logs-level-word-not-checked-to-its-end",
        "embedded_server/logs/kernel.py",
        "sure &= self.ends[data[places + self.lengths[found]]]",
        "sure &= True",
        ("tests/logs/server/test_index.py",),
    ),
    Fault(
        "logs-settled-too-early",
        "embedded_server/logs/index.py",
        "if length == BLOCK and size >= start + BLOCK + BEYOND:",
        "if length == BLOCK:",
        ("tests/logs/server/test_index.py",),
    ),
    Fault(
        "logs-head-of-a-regrown-file-not-looked-at",
        "embedded_server/logs/follow.py",
        "if size < segment.size or not segment.continues(segment.fd):",
        "if size < segment.size:",
        ("tests/logs/server/test_follow.py", "-k", "cut"),
    ),
    Fault(
        "logs-renamed-file-not-drained",
        "embedded_server/logs/follow.py",
        "for segment in self.segments[-2:-1]:",
        "for segment in self.segments[:0]:",
        ("tests/logs/server/test_follow.py", "-k", "nothing_is_lost"),
    ),
    Fault(
        "logs-copy-not-read",
        "embedded_server/logs/follow.py",
        "copy = self._copy_of(old)",
        "copy = None",
        ("tests/logs/server/test_follow.py", "-k", "nothing_is_lost"),
    ),
    Fault(
        "logs-search-keeps-an-open-lines-old-hit",
        "embedded_server/logs/hits.py",
        "            self._forget(self._covered)\n        self._loose_end = -1",
        "            pass\n        self._loose_end = -1",
        ("tests/logs/server/test_search.py", "-k", "follows_the_file"),
    ),
    Fault(
        "logs-search-decodes-by-a-mark",
        "embedded_server/logs/scanner.py",
        '"--text",',
        "",
        ("tests/logs/server/test_search.py", "-k", "grep"),
    ),
    Fault(
        "logs-time-match-called-exact",
        "embedded_server/logs/ids.py",
        'inside[0].id, _title(inside[0]), "time")',
        'inside[0].id, _title(inside[0]), "exact")',
        ("tests/logs/server/test_ids.py",),
    ),
    Fault(
        "logs-reader-may-run-commands",
        "embedded_server/wire/logs.py",
        "    Scope.WRITE,\n",
        "",
        ("tests/logs/server/test_endpoints.py", "-k", "token"),
    ),
    Fault(
        "logs-command-outlives-its-source",
        "embedded_server/logs/worker.py",
        "            self._command.close()",
        "            pass",
        ("tests/logs/server/test_endpoints.py", "-k", "ends_with_the_source"),
    ),
    Fault(
        "logs-groups-lose-lines-at-the-edges-of-pieces",
        "embedded_server/logs/grouping.py",
        "            low = max(0, start - 1)\n",
        "            low = start\n",
        ("tests/logs/server/test_groups.py", "-k", "across_pieces"),
    ),
    Fault(
        "logs-groups-grow-without-end",
        "embedded_server/logs/templates.py",
        "        if len(self._groups) >= MOST_GROUPS:",
        "        if len(self._groups) >= MOST_GROUPS * 99:",
        ("tests/logs/server/test_groups.py", "-k", "memory"),
    ),
    Fault(
        "logs-a-jump-leads-away-from-the-end",
        "desktop/logs/tab.py",
        "        self.stepper.stop()\n",
        "",
        ("tests/logs/desktop/test_log_tab.py", "-k", "on_its_way"),
    ),
    Fault(
        "logs-the-end-is-lost-when-the-view-gets-smaller",
        "desktop/logs/view.py",
        "            self.scroll_to(self.total_rows())\n",
        "            pass\n",
        ("tests/logs/desktop/test_place.py", "-k", "end_stays"),
    ),
    Fault(
        "logs-the-current-hit-is-lost-when-rows-get-higher",
        "desktop/kit/row_view.py",
        "        self._relaid(kept if again else -1)\n",
        "        self._relaid(-1)\n",
        ("tests/logs/desktop/test_place.py", "-k", "hit_stays"),
    ),
    Fault(
        "logs-chosen-levels-look-like-the-others",
        "desktop/kit/widgets/chips.py",
        '            return theme().color("select")\n',
        '            return theme().color("bg2")\n',
        ("tests/logs/desktop/test_place.py", "-k", "chosen_levels"),
    ),
]
