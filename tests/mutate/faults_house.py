"""Faults in what every capability stands on: the environment, the contract rules, the private servers."""

from __future__ import annotations

from tests.mutate.fault import Fault

SCRATCH = ("tests/server/test_scratch.py",)

QUICK_ENUMS = ("tests/desktop/test_quick_enums.py",)

FAULTS = [
    Fault(
        "house-every-service-is-loaded-at-the-start",
        "embedded_server/dispatch.py",
        "return name in self or _there(_service(name))",
        "return name in self or bool(self[name])",
        ("tests/server/test_contract.py", "-k", "loaded_when"),
    ),
    Fault(
        "house-a-service-that-does-not-load-is-no-problem",
        "embedded_server/dispatch.py",
        "        handler = self._handlers[endpoint.name]\n        try:\n            return handler",
        "        try:\n            handler = self._handlers[endpoint.name]\n"
        "        except ImportError as error:\n            raise SystemExit(str(error)) from error\n"
        "        try:\n            return handler",
        ("tests/test_removal.py", "-k", "cannot_be_loaded"),
    ),
    Fault(
        "house-a-probe-finds-nobody",
        "embedded_server/dispatch.py",
        '_ANSWERED_BY = {"probe": "trace"}',
        "_ANSWERED_BY: dict[str, str] = {}",
        ("tests/server/test_contract.py", "-k", "has_a_handler"),
    ),
    Fault(
        "house-every-verb-is-told-of-by-itself",
        "desktop/kit/verb.py",
        "self._owed = bool(self._together)",
        "self._owed = False",
        ("tests/desktop/shell/test_shortcuts.py", "-k", "together"),
    ),
    Fault(
        "house-all-bits-are-one-flag",
        "desktop/quick_enums.py",
        "return value > 0 and value.bit_count() == 1",
        "return value.bit_count() == 1",
        QUICK_ENUMS,
    ),
    Fault(
        "house-an-alias-is-a-member-of-its-own",
        "desktop/quick_enums.py",
        "            member = by_value.get(value)\n",
        "            member = None\n",
        QUICK_ENUMS,
    ),
    Fault(
        "house-any-python-is-known",
        "desktop/quick_enums.py",
        "flags_as_known and held <= _SHARED | set(_OWN)",
        "flags_as_known",
        QUICK_ENUMS,
    ),
    Fault(
        "house-what-is-loaded-later-is-not-found",
        "desktop/quick_start.py",
        "shown, spec.name = spec.name, self.__name__",
        "shown = spec.name",
        ("tests/desktop/test_quick_start.py",),
    ),
    Fault(
        "house-a-worker-leaves-its-folder",
        "embedded_server/engines/support/worker.py",
        "    atexit._run_exitfuncs()\n",
        "",
        (*SCRATCH, "-k", "in_order"),
    ),
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
    Fault(
        "scratch-of-the-living-removed",
        "embedded_server/wire/scratch.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        (*SCRATCH, "-k", "nobody_uses"),
    ),
    Fault(
        "scratch-of-the-dead-kept",
        "embedded_server/web/serve.py",
        "    threading.Thread(target=sweep, daemon=True).start()\n",
        "",
        (*SCRATCH, "-k", "killed_processes"),
    ),
    Fault(
        "scratch-of-a-killed-worker-kept",
        "embedded_server/engines/support/remote/client.py",
        "        if killed:",
        "        if not killed:",
        (*SCRATCH, "-k", "killed_worker"),
    ),
    Fault(
        "scratch-outlives-its-room",
        "embedded_server/wire/scratch.py",
        "        self._end()",
        "        assert self._end",
        (*SCRATCH, "-k", "last_user"),
    ),
]
