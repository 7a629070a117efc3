"""Faults in what every capability stands on: the environment, the contract rules, the private servers."""

from __future__ import annotations

from tests.mutate.fault import Fault

FAULTS = [
    Fault(
        "stamp-ignored",
        "desktop/bootstrap.py",
        "return set(wanted) <= set(have)",
        "return set(wanted) >= set(have)",
        ("tests/test_bootstrap.py", "-k", "fits"),
    ),
    Fault(
        "lock-not-compared",
        "desktop/bootstrap.py",
        "{zlib.crc32(content):08x}",
        "",
        ("tests/test_bootstrap.py", "-k", "fits or changed"),
    ),
    Fault(
        "dead-display-believed",
        "desktop/bootstrap.py",
        '    if not _probe_display():\n        return "none"',
        "    _probe_display()",
        ("tests/test_bootstrap.py", "-k", "display"),
    ),
    Fault(
        "file-lock-off",
        "desktop/environment.py",
        "fcntl.LOCK_EX",
        "fcntl.LOCK_SH",
        ("tests/test_bootstrap.py", "-k", "lock"),
    ),
]
