"""Faults in how one value is read: what is recognised, how far it is unpacked, what is told of it."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "desktop/kit/grid/viewers"
TESTS = ("tests/desktop/kit/test_decoding.py",)

FAULTS = [
    Fault("viewers-bombs-uncut", f"{ROOM}/unpack.py", "while len(out) < MOST_OUT:", "while True:", TESTS),
    Fault("viewers-endless-chains", f"{ROOM}/panel.py", "self._depth < MOST_DEEP", "self._depth < 99", TESTS),
    Fault(
        "viewers-cut-data-passes-for-whole",
        f"{ROOM}/unpack.py",
        '"the packed data is cut: its end is missing"',
        '""',
        TESTS,
    ),
    Fault(
        "viewers-second-gzip-member-lost",
        f"{ROOM}/unpack.py",
        'if bits < 16 or not left.startswith(b"\\x1f\\x8b"):',
        "if True:",
        TESTS,
    ),
    Fault(
        "viewers-words-taken-for-base64",
        f"{ROOM}/recognise.py",
        "or bool(found[2]) or _known(raw)",
        "or True",
        TESTS,
    ),
    Fault("viewers-digests-taken-for-base64", f"{ROOM}/recognise.py", " or _HEX.match(found[1])", "", TESTS),
    Fault(
        "viewers-token-passes-for-verified",
        f"{ROOM}/jwt.py",
        'return f"{name}, not verified here"',
        'return f"{name}"',
        TESTS,
    ),
    Fault(
        "viewers-unsigned-token-unmarked",
        f"{ROOM}/jwt.py",
        'if name.lower() == "none" or not signature:',
        "if not name:",
        TESTS,
    ),
    Fault(
        "viewers-xml-blanks-of-text-lost",
        f"{ROOM}/xml_text.py",
        "if close > number and (parts.verbatim[number] or close == number + 1):",
        "if close > number and close == number + 1:",
        TESTS,
    ),
    Fault(
        "viewers-xml-unclosed-accepted",
        f"{ROOM}/xml_text.py",
        "    parts.check(text)\n",
        "",
        TESTS,
    ),
    Fault(
        "viewers-uuid-six-read-as-one",
        f"{ROOM}/uuid_facts.py",
        "    if found.version == 1:\n        return (found.time_low)",
        "    if found.version:\n        return (found.time_low)",
        TESTS,
    ),
    Fault(
        "viewers-decoded-without-being-asked",
        f"{ROOM}/panel.py",
        "        way = self._preferred if self._preferred in self._ways else self._ways[0]",
        "        way = self._preferred if self._preferred in self._ways else self._ways[-1]",
        TESTS,
    ),
]
