"""Faults in requests: what is sent, what is compared, who may be written to, imports, exports, the window."""

from __future__ import annotations

from tests.mutate.fault import Fault

DIFF = "tests/http/server/test_diff.py"
ENGINE = "tests/http/server/test_engine.py"
EXPORTS = "tests/http/server/test_exports.py"
IMPORTS = "tests/http/server/test_imports.py"
REPLAY = "tests/http/server/test_replay.py"
SENDING = "tests/http/server/test_sending.py"
PACE = "tests/http/server/test_pace.py"
VERDICT = "tests/http/server/test_verdict.py"
COMMAND = "tests/http/server/test_command.py"
REPLAY_TAB = "tests/http/desktop/test_replay_tab.py"

FAULTS = [
    Fault(
        "http-curl-adds-its-own-headers",
        "embedded_server/http/engine.py",
        '_UNASKED = ("Accept", "User-Agent",',
        '_UNASKED = ("Accept",',
        (ENGINE, "-k", "bytes_on_the_wire"),
    ),
    Fault(
        "http-target-is-normalised",
        "embedded_server/http/engine.py",
        "set_option(pycurl.REQUEST_TARGET, _target(prepared))",
        'set_option(pycurl.URL, prepared.base + prepared.target.decode("latin-1"))',
        (ENGINE, "-k", "bytes_on_the_wire or curl_sent"),
    ),
    Fault(
        "http-redirects-are-followed",
        "embedded_server/http/engine.py",
        "set_option(pycurl.FOLLOWLOCATION, 0)",
        "set_option(pycurl.FOLLOWLOCATION, 1)",
        (ENGINE, "-k", "redirects"),
    ),
    Fault(
        "http-metadata-addresses-are-spoken-to",
        "embedded_server/http/engine.py",
        "if _is_forbidden(where) or",
        "if False or",
        (ENGINE, "-k", "metadata"),
    ),
    Fault(
        "http-true-is-one",
        "embedded_server/http/json_diff.py",
        '        return "boolean"',
        '        return "number"',
        (DIFF, "-k", "true_is_not_one or planted"),
    ),
    Fault(
        "http-order-is-not-told",
        "embedded_server/http/json_diff.py",
        "    if before != after:\n        first",
        "    if before != after and len(before) != len(after):\n        first",
        (DIFF, "-k", "planted"),
    ),
    Fault(
        "http-noise-covers-whatever-happens-there",
        "embedded_server/http/diff.py",
        "if not reason and (part, kind, path) in known:",
        "if not reason and (part, path) in {(one[0], one[2]) for one in known}:",
        (DIFF, "-k", "noise"),
    ),
    Fault(
        "http-noise-of-the-later-run-counts",
        "embedded_server/http/compare.py",
        "noise = before.noise if not before.capture else after.noise",
        "noise = before.noise + after.noise",
        (REPLAY, "-k", "noise"),
    ),
    Fault(
        "http-lost-cookies-are-not-told",
        "embedded_server/http/header_diff.py",
        '            yield "removed", path, "; ".join(old[name]), None, ""',
        '            yield "removed", path, "; ".join(old[name]), None, "token"',
        (DIFF, "-k", "new_every_time"),
    ),
    Fault(
        "http-sure-means-large",
        "embedded_server/http/verdict.py",
        "LEAST = 0.06",
        "LEAST = 0.0",
        (PACE, "-k", "makes_no_slower"),
    ),
    Fault(
        "http-the-machine's-pace-is-the-application's",
        "embedded_server/http/verdict.py",
        "    if all(paces):\n",
        "    if False:\n",
        (PACE, "-k", "slower"),
    ),
    Fault(
        "http-everything-follows-the-machine's-pace",
        "embedded_server/http/pace.py",
        "return min(1.0, max(0.0, together / alone)) if alone > 0 else 0.0",
        "return 1.0",
        (PACE, "-k", "waits_for"),
    ),
    Fault(
        "http-one-interruption-is-a-pace",
        "embedded_server/http/pace.py",
        "_AROUND + 1])[:_FASTER]",
        "_AROUND + 1])[-1:]",
        (PACE, "-k", "interruption"),
    ),
    Fault(
        "http-the-verdict-shows-times-nobody-measured",
        "embedded_server/http/verdict.py",
        "before_median_ms=middles[0]",
        "before_median_ms=median(before)",
        (PACE, "-k", "medians_are"),
    ),
    Fault(
        "http-what-writes-is-warmed-up-again",
        "embedded_server/http/repeat.py",
        "again = 0 if guard.may_write(self._made.draft) else min(1, warm_up)",
        "again = min(1, warm_up)",
        (PACE, "-k", "more_often"),
    ),
    Fault(
        "http-all-are-sent-in-one-moment",
        "embedded_server/http/repeat.py",
        "min(BLOCKS, count // 2)) if count >= FEWEST",
        "1) if count >= FEWEST",
        (PACE, "-k", "in_blocks"),
    ),
    Fault(
        "http-the-machine-at-its-best-tells-nothing",
        "embedded_server/http/verdict.py",
        "shown = measured >= 1 + SMALLEST or (",
        "shown = change >= 1 + LEAST or (",
        (VERDICT, "-k", "best"),
    ),
    Fault(
        "http-a-busy-machine-needs-no-best",
        "embedded_server/http/verdict.py",
        "BUSY_TWICE = 2.0",
        "BUSY_TWICE = 1.5",
        (VERDICT, "-k", "stands_out"),
    ),
    Fault(
        "http-p-looks-at-one-side",
        "embedded_server/http/verdict.py",
        "return min(1.0, 2 * sum(_ways(n, m)[: u + 1])",
        "return min(1.0, 1 * sum(_ways(n, m)[: u + 1])",
        (VERDICT, "-k", "exact"),
    ),
    Fault(
        "http-captures-that-wrote-are-replayed",
        "embedded_server/http/guard.py",
        "return draft.writes or draft.method.upper() not in _READS",
        "return draft.method.upper() not in _READS",
        (REPLAY, "-k", "wrote"),
    ),
    Fault(
        "http-shared-is-written-to",
        "embedded_server/http/guard.py",
        '    if kind != "local":\n        why',
        '    if kind == "production":\n        why',
        (REPLAY, "-k", "guards"),
    ),
    Fault(
        "http-credentials-travel",
        "embedded_server/http/prepare.py",
        "    if here == there or (is_here(here) and is_here(there)):",
        "    if here == there or is_here(there):",
        (SENDING, "-k", "credentials"),
    ),
    Fault(
        "http-cookies-of-the-login-are-lost",
        "embedded_server/http/session.py",
        'if name.lower() == "set-cookie"',
        'if name == "set-cookie"',
        (SENDING, "-k", "login_and_csrf"),
    ),
    Fault(
        "http-curl-reads-files",
        "embedded_server/http/curl_import.py",
        'def _data(command: _Command, value: str) -> None:\n    if value.startswith("@"):',
        'def _data(command: _Command, value: str) -> None:\n    if value.startswith("@@"):',
        (IMPORTS, "-k", "cannot_be_used"),
    ),
    Fault(
        "http-cookies-leave-with-an-export",
        "embedded_server/http/redact.py",
        '        if plain == "cookie":',
        '        if plain == "cookies":',
        (EXPORTS, "-k", "no_secret"),
    ),
    Fault(
        "http-a-failed-check-exits-0",
        "embedded_server/http/command.py",
        "return 1 if failed or len(outcomes) == skipped else 0",
        "return 0",
        (COMMAND, "-k", "exits"),
    ),
    Fault(
        "http-a-replay-forgets-what-it-is-compared-with",
        "desktop/http/replay_tab.py",
        "before_run=self.bar.before_run(),",
        'before_run="",',
        (REPLAY_TAB, "-k", "replayed_and_compared"),
    ),
    Fault(
        "http-index-stays-as-it-was-last",
        "embedded_server/http/alternating.py",
        "        call.ask(SWITCH, SwitchRequest(switch=known.switch, finish=True))",
        "        pass",
        ("tests/http/server/test_alternating.py", "-k", "own_database or whatever_ends"),
    ),
    Fault(
        "http-index-is-never-switched",
        "embedded_server/http/alternating.py",
        "SwitchRequest(switch=known.switch, on=on)",
        "SwitchRequest(switch=known.switch, on=True)",
        ("tests/http/server/test_alternating.py", "-k", "own_database"),
    ),
]
