"""Faults in reading tables: order, place, number, filter, condition, size."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "embedded_server/data"
TESTS = "tests/data/server"
WALK = (f"{TESTS}/test_walk_sqlite.py",)
JUMPS = (f"{TESTS}/test_jumps.py",)
EDGES = (f"{TESTS}/test_edges.py", "-k", "not postgres")
FILTERS = (f"{TESTS}/test_filters.py",)

FAULTS = [
    Fault(
        "data-tie-break-dropped",
        f"{ROOM}/order.py",
        'return found + [_term(columns[name], desc, "", grammar) for name in missing], len(found)',
        "return found or [_term(columns[n], desc, '', grammar) for n in missing], len(found)",
        WALK,
    ),
    Fault(
        "data-null-rank-flipped",
        f"{ROOM}/keyset.py",
        "return [*found, Part(chain.null(0, False))] if lead.nulls_first else found",
        "return [*found, Part(chain.null(0, False))] if not lead.nulls_first else found",
        WALK,
    ),
    Fault(
        "data-nulls-stay-when-flipped",
        f"{ROOM}/keyset.py",
        "return Term(self.column, not self.desc, not self.nulls_first)",
        "return Term(self.column, not self.desc, self.nulls_first)",
        WALK,
    ),
    Fault(
        "data-equal-rows-twice",
        f"{ROOM}/keyset.py",
        "return [*found, Part(chain.beyond(0, False)), *chain.nulls_behind()]",
        "return [*found, Part(chain.beyond(0, True)), *chain.nulls_behind()]",
        WALK,
    ),
    Fault(
        "data-mixed-directions-as-one",
        f"{ROOM}/keyset.py",
        "len({term.desc for term in self.terms[start:]}) == 1\n            and all",
        "all",
        WALK,
    ),
    Fault(
        "data-limit-off-by-one",
        f"{ROOM}/reader.py",
        "return 0 if self.more else self._count + 1 - len(self)",
        "return 0 if self.more else self._count - len(self)",
        (f"{TESTS}/test_pages.py",),
    ),
    Fault(
        "data-page-may-weigh-anything",
        f"{ROOM}/reader.py",
        "if len(self) > self._count or self._bytes > self._budget:",
        "if len(self) > self._count:",
        EDGES,
    ),
    Fault(
        "data-row-number-off",
        f"{ROOM}/pager.py",
        "number = token.row + (token.inclusive == token.back)",
        "number = token.row + 1",
        (*WALK, f"{TESTS}/test_pages.py"),
    ),
    Fault(
        "data-long-key-compared-by-its-beginning",
        f"{ROOM}/pager.py",
        "            cells = self._whole(cells)\n",
        "            cells = [c.prefix if isinstance(c, Truncated) else c for c in cells]\n",
        EDGES,
    ),
    Fault(
        "data-any-key-fits",
        f"{ROOM}/tokens.py",
        "token.version != VERSION or token.order != order or not whole",
        "token.version != VERSION or not whole",
        EDGES,
    ),
    Fault(
        "data-changed-table-unnoticed",
        f"{ROOM}/structures.py",
        "    if known != signature:\n",
        "    if known is None:\n",
        EDGES,
    ),
    Fault(
        "data-jump-one-too-far",
        f"{ROOM}/planner.py",
        'ways.append(Jump("above", above.row - row - 1, above.fresh, above))',
        'ways.append(Jump("above", above.row - row, above.fresh, above))',
        JUMPS,
    ),
    Fault(
        "data-beyond-the-end",
        f"{ROOM}/planner.py",
        "if count is not None and count.exact and row >= count.rows:",
        "if count is not None and count.exact and row > count.rows:",
        JUMPS,
    ),
    Fault(
        "data-guess-called-exact",
        f"{ROOM}/planner.py",
        "sure = count is not None and count.exact and total == span.length",
        "sure = total == span.length",
        JUMPS,
    ),
    Fault(
        "data-uneven-keys-believed",
        f"{ROOM}/jumps.py",
        "if not sure and row <= COUNTED_OFF and _landed_badly(page, pager, span, count):",
        "if not sure and row <= COUNTED_OFF and page is None:",
        JUMPS,
    ),
    Fault(
        "data-old-numbers-called-exact",
        f"{ROOM}/ladder.py",
        "return time.monotonic() - self.at < FRESH_SECONDS",
        "return self.at > 0 or FRESH_SECONDS > 0",
        JUMPS,
    ),
    Fault(
        "data-filter-number-rounded",
        f"{ROOM}/words.py",
        "        return int(text)\n",
        "        return int(float(text))\n",
        FILTERS,
    ),
    Fault(
        "data-negatives-joined-by-or",
        f"{ROOM}/filters.py",
        "return both(*([any_of(*positive)] if positive else []), *negative)",
        "return any_of(*positive, *negative)",
        FILTERS,
    ),
    Fault(
        "data-null-in-a-list-ignored",
        f"{ROOM}/filters.py",
        "    if None in cells:\n",
        "    if list(cells) == [None]:\n",
        FILTERS,
    ),
    Fault(
        "data-condition-leaves-its-parentheses",
        f"{ROOM}/where.py",
        '                raise _wrong("This parenthesis closes nothing.", start)\n',
        "                continue\n",
        (f"{TESTS}/test_where.py",),
    ),
    Fault(
        "data-comment-swallows-the-rest",
        f"{ROOM}/shape.py",
        'raw = [Fragment(f"(\\n{grammar.escape(where)}\\n)")]',
        'raw = [Fragment(f"(\\n{grammar.escape(where)})")]',
        (f"{TESTS}/test_where.py",),
    ),
    Fault(
        "data-escaped-dots-make-a-range",
        f"{ROOM}/header_filter.py",
        'elif character == "," or self.text.startswith("..", self.at):',
        'elif character == ",":',
        (f"{TESTS}/test_header_filter.py",),
    ),
    Fault(
        "data-count-cap-hidden",
        f"{ROOM}/lookups.py",
        "request.count and count > MOST_COUNTED",
        "request.count and count > MOST_COUNTED + 1",
        (f"{TESTS}/test_other_reads.py",),
    ),
    Fault(
        "data-equal-terms-forgotten",
        f"{ROOM}/keyset.py",
        "part.settled + 1) for part in inner]",
        "part.settled + 2) for part in inner]",
        WALK,
    ),
    Fault(
        "data-search-waits",
        f"{ROOM}/reader.py",
        "return found > 0 and elapsed > self.seconds and elapsed * missing / found > 4 * self.seconds",
        "return found > 2**40",
        (f"{TESTS}/test_pages.py",),
    ),
    Fault(
        "data-heap-place-lost",
        f"{ROOM}/heaps.py",
        "return place._replace(page=place.page + pages, skip=place.skip - rows)",
        "return place._replace(page=place.page + pages, skip=0)",
        (f"{TESTS}/test_heaps.py",),
    ),
]
