"""Faults in what Backlight tells of itself, confirming, saved statements, files, layouts and the chip."""

from __future__ import annotations

from tests.mutate.fault import Fault

SENT = "tests/console/server/test_sent.py"
GUARD = "tests/console/server/test_guard.py"
RUN = "tests/console/server/test_run.py"
SAVED = "tests/console/server/test_favourites.py"
LAYOUT = "tests/console/server/test_layout.py"
MUCH = "tests/console/server/test_too_much.py"
FILES = "tests/console/desktop/test_script_files.py"
WINDOW = "tests/console/desktop/test_saved.py"
TAB = "tests/console/desktop/test_sent_tab.py"

FAULTS = [
    Fault(
        "values-told-with-our-statements",
        "embedded_server/engines/support/hearing.py",
        'return f"text of {len(value):,}"',
        "return value",
        (SENT, "-k", "without_values and sqlite"),
    ),
    Fault(
        "the-users-statements-told-as-ours",
        "embedded_server/console/run.py",
        "        lease.ear.theirs = step.bound.sql\n",
        "",
        (SENT, "-k", "user_runs and sqlite"),
    ),
    Fault(
        "our-statements-without-bound",
        "embedded_server/sent.py",
        "while len(self._entries) > self._most or self._characters > self._most_characters:",
        "while len(self._entries) > self._most:",
        (SENT, "-k", "bounded"),
    ),
    Fault(
        "purpose-of-the-call-before",
        "embedded_server/sent.py",
        "            self.purpose, self.call, self.theirs = before\n",
        "            pass\n",
        (SENT, "-k", "user_runs and sqlite"),
    ),
    Fault(
        "passwords-in-our-own-statements",
        "embedded_server/console/own.py",
        "        sql=_redacted(told.sql.strip(), spoken),\n",
        "        sql=told.sql.strip(),\n",
        (SENT, "-k", "passwords"),
    ),
    Fault(
        "what-was-sent-comes-again-and-again",
        "embedded_server/console/own.py",
        "        if entry.number <= request.after:\n            continue\n",
        "",
        (SENT, "-k", "only_what_is_new"),
    ),
    Fault(
        "the-selection-jumps-when-statements-come",
        "desktop/console/sent/tab.py",
        "one is not None and other.id == one.id), -1)",
        "False), -1)",
        (TAB, "-k", "keeps_what_is_selected"),
    ),
    Fault(
        "production-written-to-without-a-token",
        "embedded_server/console/guard/confirming.py",
        'if lease.profile.class_ != "production" or lease.profile.read_only:',
        "if True:",
        (GUARD, "-k", "without_a_token and sqlite"),
    ),
    Fault(
        "a-token-for-any-text",
        "embedded_server/console/guard/tokens.py",
        'body = "\\0".join((str(until), connection, sql)).encode("utf-8", "surrogatepass")',
        'body = "\\0".join((str(until), connection)).encode()',
        (GUARD, "-k", "this_text_alone and sqlite"),
    ),
    Fault(
        "a-token-for-ever",
        "embedded_server/console/guard/tokens.py",
        "or len(until) > 12 or int(until) < time.time():",
        "or len(until) > 12:",
        (GUARD, "-k", "grows_old"),
    ),
    Fault(
        "a-token-without-the-name",
        "embedded_server/console/guard/guard.py",
        "confirmed = production and request.word == profile.name",
        "confirmed = production",
        (GUARD, "-k", "this_text_alone and sqlite"),
    ),
    Fault(
        "explained-inserts-harmless",
        "embedded_server/wire/sql/dangers.py",
        "    if what.runs_write or not what.kind:\n",
        "    if not what.kind:\n",
        (GUARD, "-k", "counts_as_writing"),
    ),
    Fault(
        "a-select-for-update-explained-asks",
        "embedded_server/wire/sql/dangers.py",
        "words[number].low not in _EXPLAINED:",
        'words[number].low not in ("update", "delete", "with"):',
        (GUARD, "-k", "counts_as_writing"),
    ),
    Fault(
        "a-transaction-that-died-at-rest-is-pretended",
        "embedded_server/console/service.py",
        'state = "lost" if lease.session.gone() else transaction_state(lease, tab)',
        "state = transaction_state(lease, tab)",
        (RUN, "-k", "ends_at_rest"),
    ),
    Fault(
        "saved-names-overwrite-each-other",
        "embedded_server/store/favourites.py",
        "    while found.casefold() in taken:\n",
        "    while False:\n",
        (SAVED, "-k", "unique"),
    ),
    Fault(
        "a-folder-takes-its-neighbours-along",
        "embedded_server/console/favourites/files.py",
        'one.folder != base and not one.folder.startswith(base + "/"):',
        "not one.folder.startswith(base):",
        (SAVED, "-k", "only_a_folder"),
    ),
    Fault(
        "exporting-overwrites-somebodys-file",
        "embedded_server/console/favourites/files.py",
        "if path.exists() and not path.read_bytes().startswith(_MARK.encode()):",
        "if False:",
        (SAVED, "-k", "somebody_else"),
    ),
    Fault(
        "undo-of-deleting-forgets-some",
        "desktop/console/favourites/shelf.py",
        "        for one in gone:\n",
        "        for one in gone[:1]:\n",
        (WINDOW, "-k", "undone"),
    ),
    Fault(
        "overwriting-loses-their-text",
        "desktop/console/script_file.py",
        "            kept = self._keep_theirs(path)\n",
        '            kept = ""\n',
        (FILES, "-k", "overwriting"),
    ),
    Fault(
        "encodings-become-utf-8",
        "desktop/console/files.py",
        'plain = text.replace("\\n", newline).encode(_PLAIN.get(encoding, encoding))',
        'plain = text.replace("\\n", newline).encode()',
        (FILES, "-k", "every_encoding"),
    ),
    Fault(
        "a-views-columns-renamed-by-layout",
        "embedded_server/console/format.py",
        "    if spoken.name in _NAMED_BY_TEXT and _defines_columns(sql, spoken):\n        return None\n",
        "",
        (LAYOUT, "-k", "named_by_their_text"),
    ),
    Fault(
        "a-result-reads-on-unasked",
        "embedded_server/console/results.py",
        "            wanted = min(step, limit + 1 - have)\n",
        "            wanted = max(step, 2 * (limit + 1 - have))\n",
        (MUCH, "-k", "hundred_million and sqlite"),
    ),
]
