"""Faults in what is copied as code: keys, types, what may be lost, what is left out."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "desktop/kit/grid"
PYTHON = ("tests/desktop/kit/test_copy_python.py",)
BACK = ("tests/data/server/test_copied_back.py", "-k", "sqlite or postgresql")

FAULTS = [
    Fault(
        "copies-update-without-second-key", f"{ROOM}/copy_update.py", '" AND ".join(', '" OR ".join(', BACK
    ),
    Fault(
        "copies-update-sets-computed-columns",
        f"{ROOM}/copy_update.py",
        "column.name in names or column.generated else",
        "column.name in names else",
        PYTHON,
    ),
    Fault(
        "copies-null-key-equals", f"{ROOM}/copy_update.py", 'f"{name} IS NULL"', 'f"{name} = NULL"', PYTHON
    ),
    Fault(
        "copies-decimals-as-floats",
        f"{ROOM}/copy_python.py",
        "else Decimal(text)",
        "else float(text)",
        PYTHON,
    ),
    Fault(
        "copies-sqlite-texts-respelled",
        f"{ROOM}/copy_python.py",
        'dialect != "sqlite" or text in _spellings(moment)',
        "True",
        PYTHON,
    ),
    Fault(
        "copies-uuid-in-another-case",
        f"{ROOM}/copy_python.py",
        "found if str(found) == text else text",
        "found",
        PYTHON,
    ),
    Fault("copies-zones-lost", f"{ROOM}/copy_python.py", 'return "timezone.utc"', 'return "None"', PYTHON),
    Fault(
        "copies-bytes-that-are-no-text",
        f"{ROOM}/copy_python.py",
        '.decode("utf-8", "surrogateescape")',
        '.decode("utf-8", "replace")',
        PYTHON,
    ),
    Fault(
        "copies-select-without-keys",
        f"{ROOM}/copy_forms.py",
        'KEYED = ("update", "sqlalchemy_select")',
        'KEYED = ("update",)',
        ("tests/data/desktop/test_verbs.py", "-k", "copied"),
    ),
    Fault(
        "copies-staged-key-names-another-row",
        "desktop/kit/table_source.py",
        "return await TableSource.read(self, first, last, places, progress)",
        "return await self.read(first, last, places, progress)",
        ("tests/data/desktop/test_verbs.py", "-k", "staged_key"),
    ),
    Fault(
        "copies-new-row-takes-a-key",
        "desktop/data/edited_source.py",
        "        if last >= self.stored_count():\n            raise problem",
        "        if last < 0:\n            raise problem",
        ("tests/data/desktop/test_verbs.py", "-k", "staged_key"),
    ),
    Fault(
        "copies-fixture-inserts-nothing",
        f"{ROOM}/copy_python.py",
        "connection.execute(insert({name}), {name}_cells)",
        "connection.begin_nested()",
        BACK,
    ),
]
