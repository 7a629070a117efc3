"""Faults in schema changes: what a copy loses, what runs unasked, what stays, keys that clash."""

from __future__ import annotations

from tests.mutate.fault import Fault

HERE = "embedded_server/schema"
DDL = "embedded_server/ddl"
WAYS = "tests/schema/server/test_ways.py"
REFUSED = "tests/schema/server/test_refused.py"
REVISIONS = "tests/schema/server/test_revisions.py"
DRAFT = "tests/schema/desktop/test_draft.py"
FORM = "tests/schema/desktop/test_form.py"
KEYMAPS = "tests/desktop/shell/test_keymaps.py"

FAULTS = [
    Fault(
        "schema-copy-without-checks",
        f"{HERE}/reading.py",
        "        checks=_checks(structure),",
        "        checks=[],",
        (REVISIONS, "-k", "sqlite"),
    ),
    Fault(
        "schema-copy-without-triggers",
        f"{HERE}/rebuilding.py",
        "    return before, [sql for _, _, _, sql in taken]",
        "    return before, [sql for kind, _, _, sql in taken if kind == 'view']",
        (REVISIONS, "-k", "sqlite"),
    ),
    Fault(
        "schema-runs-on-production",
        f"{HERE}/composing.py",
        '    if profile.class_ == "production":',
        '    if profile.class_ == "production" and read_only:',
        (REFUSED, "-k", "production and sqlite"),
    ),
    Fault(
        "schema-runs-past-migrations",
        f"{HERE}/running.py",
        "    if answer.refused is not None:",
        "    if answer.refused is not None and not request.confirmed:",
        (REFUSED, "-k", "migrations_rule"),
    ),
    Fault(
        "schema-runs-unconfirmed",
        f"{HERE}/running.py",
        "    if answer.ask and word != wanted:",
        "    if answer.ask == 'type' and word != wanted:",
        (REFUSED, "-k", "asked_for"),
    ),
    Fault(
        "schema-brackets-not-understood",
        f"{DDL}/types.py",
        '    return "(" in text and "(" not in found.compile(dialect=dialect_of(engine))',
        "    return False",
        (REFUSED, "-k", "told_with_its_place and postgresql"),
    ),
    Fault(
        "schema-colon-is-a-parameter",
        f"{DDL}/dialects.py",
        '        return f"sa.text({item.arg.text!r})"',
        "        return False",
        (WAYS, "-k", "sqlite-create_table"),
    ),
    Fault(
        "schema-lock-not-told",
        f"{HERE}/patience.py",
        "        raise _told(error, lease, table, kept) from error",
        "        raise",
        (REFUSED, "-k", "lock_is_waited and postgresql"),
    ),
    Fault(
        "schema-half-stays",
        f"{HERE}/running.py",
        "    session.begin()\n",
        "    session.alive()\n",
        (REFUSED, "-k", "takes_the_others_back"),
    ),
    Fault(
        "schema-file-overwritten",
        f"{HERE}/files.py",
        "        os.link(beside, path)",
        "        os.replace(beside, path)",
        (REFUSED, "-k", "new_files"),
    ),
    Fault(
        "schema-key-leaves-not-null",
        f"{HERE}/completing.py",
        "if column.name in key.columns and column.nullable",
        "if column.name in key.columns and column.nullable and column.computed",
        (WAYS, "-k", "postgresql-primary"),
    ),
    Fault(
        "schema-index-of-a-key-stays",
        f"{HERE}/completing.py",
        '    if tables.engine == "mysql" and not _leads(spec, foreign.columns):',
        '    if tables.engine == "none" and not _leads(spec, foreign.columns):',
        (WAYS, "-k", "mysql-constraints"),
    ),
    Fault(
        "schema-loss-untold",
        f"{HERE}/effects.py",
        "    if words or missing:",
        "    if missing:",
        (REFUSED, "-k", "would_lose"),
    ),
    Fault(
        "schema-expression-split",
        "desktop/schema/draft.py",
        '        elif letter == "," and not depth:',
        '        elif letter == ",":',
        (DRAFT, "-k", "expression"),
    ),
    Fault(
        "schema-draft-forgotten",
        "desktop/schema/tab.py",
        '        return {"draft": saved(self.form.draft)}',
        "        return {}",
        (FORM, "-k", "survives"),
    ),
    Fault(
        "schema-drop-unasked",
        "desktop/schema/tab.py",
        "        if not answer.ask:",
        "        if answer.ask != 'type':",
        (FORM, "-k", "dropping_is_asked"),
    ),
    Fault(
        "keymap-reset-to-declared",
        "desktop/shell/shortcuts.py",
        "        return self._verbs.get(verb_id).keys if found is None else found",
        "        return self._verbs.get(verb_id).keys",
        (KEYMAPS, "-k", "own_keys"),
    ),
    Fault(
        "keymap-conflict",
        "resources/keymaps/dbeaver.toml",
        '"explain.analyze" = ["Ctrl+Alt+Shift+E"]',
        '"explain.analyze" = ["Ctrl+Shift+E"]',
        (KEYMAPS, "-k", "no_conflict and DBeaver"),
    ),
]
