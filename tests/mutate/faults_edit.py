"""Faults in editing rows: values, comparing, all or nothing, staging, the journal, the clipboard."""

from __future__ import annotations

from tests.mutate.fault import Fault

ROOM = "embedded_server/data"
WINDOW = "desktop/data"
APPLY = "tests/data/server/test_apply.py"
SQLITE = (APPLY, "-k", "sqlite")
DOORS = ("tests/data/server/test_apply_doors.py",)
TYPED = ("tests/data/server/test_typed.py",)
STAGED = ("tests/data/desktop/test_staged.py",)
EDIT = "tests/data/desktop/test_edit.py"
HANDS = "tests/desktop/kit/test_gestures.py"

FAULTS = [
    Fault(
        "edit-nobody-compares",
        f"{ROOM}/applying.py",
        "done = _compare(batch) and _run(batch) and _read_back(batch)",
        "done = _run(batch) and _read_back(batch)",
        SQLITE,
    ),
    Fault(
        "edit-half-a-batch-is-committed",
        f"{ROOM}/applying.py",
        "    if not done:\n        session.rollback()\n        return False",
        "    if not done:\n        session.commit()\n        return False",
        SQLITE,
    ),
    Fault(
        "edit-any-number-of-rows",
        f"{ROOM}/applying.py",
        "    if not met:\n",
        "    if affected is None:\n",
        ("tests/data/server/test_apply_edges.py", "-k", "kept_by_a_trigger"),
    ),
    Fault(
        "edit-dry-run-writes",
        f"{ROOM}/applying.py",
        "if batch.found.refused or batch.found.conflicts or request.dry_run:",
        "if batch.found.refused or batch.found.conflicts:",
        SQLITE,
    ),
    Fault(
        "edit-rows-are-not-locked",
        f"{ROOM}/edit_sql.py",
        'end = Fragment(" FOR UPDATE" if lock else "")',
        'end = Fragment("")',
        ("tests/data/server/test_apply_edges.py", "-k", "is_locked_from"),
    ),
    Fault(
        "edit-one-equals-one-point-nought",
        f"{ROOM}/edit_check.py",
        "    if type(one) is not type(other):\n        return False\n",
        "",
        TYPED,
    ),
    Fault(
        "edit-the-end-of-a-long-value-is-not-compared",
        f"{ROOM}/edit_check.py",
        "return seen.size in sizes and digest_of(part) == seen.digest",
        "return digest_of(part) == seen.digest",
        TYPED,
    ),
    Fault(
        "edit-a-vanished-column-is-left-out",
        f"{ROOM}/edit_rows.py",
        'found.conflicts.append(Conflict(change.id, "columns", missing=missing))',
        "pass",
        SQLITE,
    ),
    Fault(
        "edit-another-key-will-do",
        f"{ROOM}/edit_rows.py",
        "if asked and sorted(asked) != sorted(table.row_key):",
        "if False:",
        DOORS,
    ),
    Fault(
        "edit-production-without-its-name",
        f"{ROOM}/service.py",
        'profile.class_ == "production" and request.confirm != profile.name',
        'profile.class_ == "production" and request.confirm == profile.name',
        DOORS,
    ),
    Fault(
        "edit-a-reading-token-writes",
        "embedded_server/wire/edits.py",
        "    Scope.WRITE,\n",
        "    Scope.READ,\n",
        DOORS,
    ),
    Fault(
        "edit-decimals-are-rounded",
        "embedded_server/wire/typed.py",
        "if places > max(scale, 0):",
        "if places > max(scale, 0) + 1:",
        TYPED,
    ),
    Fault(
        "edit-a-zone-is-dropped",
        "embedded_server/wire/typed.py",
        'if found["zone"] and not _keeps_zone(column, dialect):',
        "if False:",
        TYPED,
    ),
    Fault(
        "edit-mysql-changes-to-fit",
        "embedded_server/engines/my/session.py",
        "',STRICT_ALL_TABLES'",
        "''",
        ("tests/data/server/test_apply_edges.py", "-k", "strict"),
    ),
    Fault(
        "edit-sqlite-leaves-orphans",
        "embedded_server/engines/sqlite.py",
        '"PRAGMA foreign_keys = ON"',
        '"PRAGMA foreign_keys = OFF"',
        ("tests/data/server/test_apply_edges.py", "-k", "orphan"),
    ),
    Fault(
        "edit-undo-forgets-the-key",
        f"{WINDOW}/staged.py",
        'if new.kind != "insert":',
        'if new.kind != "insert" and forward:',
        STAGED,
    ),
    Fault(
        "edit-undo-reaches-what-is-applied",
        f"{WINDOW}/staged.py",
        "        self._done, self._undone = [], []\n        self.uncertain",
        "        self.uncertain",
        STAGED,
    ),
    Fault(
        "edit-redo-is-not-in-the-journal",
        f"{WINDOW}/staged.py",
        '        elif "redo" in record:\n            self.redo()\n',
        "",
        STAGED,
    ),
    Fault(
        "edit-focus-out-drops-the-text",
        "desktop/kit/grid/cell_editor.py",
        "if event.reason() not in kept and not self._closing:\n            self.finish()",
        "if event.reason() not in kept and not self._closing:\n            self.give_up()",
        (HANDS, "-k", "elsewhere"),
    ),
    Fault(
        "edit-an-empty-field-is-an-empty-text",
        "desktop/kit/grid/paste.py",
        "return field or None, end + 1, sign",
        "return field, end + 1, sign",
        STAGED,
    ),
    Fault(
        "edit-new-values-are-not-laid-over",
        f"{WINDOW}/edited_source.py",
        "column[at] = from_json(value)",
        "column[at] = column[at]",
        (EDIT, "-k", "on_the_screen"),
    ),
    Fault(
        "edit-keep-mine-forgets-theirs",
        f"{WINDOW}/applying.py",
        "after = msgspec.structs.replace(row, base=base, seen=seen)",
        "after = msgspec.structs.replace(row, seen=seen)",
        (EDIT, "-k", "conflict"),
    ),
]
