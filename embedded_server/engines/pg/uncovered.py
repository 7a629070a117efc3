"""What a read-only transaction of PostgreSQL does not prevent, seen in the text of a statement.

The server itself keeps tables, sequences and the catalogue. What is refused here reaches past them: to
other sessions, to the server's files, settings and statistics, to other servers, to large objects before
version 16. What a function of the user's own does inside nobody sees but the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embedded_server.engines.support.remembering import remembered
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.tokens import tokens

_SESSIONS = """
    pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
    pg_cancel_backend pg_log_backend_memory_contexts pg_notify pg_terminate_backend pg_try_advisory_lock
    pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
"""
_SERVER = """
    pg_backup_start pg_backup_stop pg_create_restore_point pg_log_standby_snapshot pg_logical_emit_message
    pg_promote pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_start_backup pg_stop_backup
    pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume
"""
_REPLICATION = """
    pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
    pg_create_physical_replication_slot pg_drop_replication_slot pg_logical_slot_get_binary_changes
    pg_logical_slot_get_changes pg_replication_origin_advance pg_replication_origin_create
    pg_replication_origin_drop pg_replication_origin_session_reset pg_replication_origin_session_setup
    pg_replication_origin_xact_reset pg_replication_origin_xact_setup pg_replication_slot_advance
    pg_sync_replication_slots
"""
_STORAGE = """
    brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
    pg_import_system_collations pg_nextoid pg_stop_making_pinned_objects
"""
_STATISTICS = """
    pg_stat_force_next_flush pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot
    pg_stat_reset_shared pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters
    pg_stat_reset_slru pg_stat_reset_subscription_stats
"""
_LARGE_OBJECTS = """
    be_lo_unlink lo_creat lo_create lo_export lo_from_bytea lo_import lo_put lo_truncate lo_truncate64
    lo_unlink lowrite
"""
# Of extensions, which may lie in any schema.
_EXTENSIONS = """
    dblink dblink_exec dblink_open dblink_send_query heap_force_freeze heap_force_kill pg_buffercache_evict
    pg_file_rename pg_file_sync pg_file_unlink pg_file_write pg_stat_statements_reset
"""
# These run a text that they are given.
_RUN_TEXT = frozenset(
    {"query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "crosstab", "ts_stat", "ts_rewrite"}
)
BUILT_IN = frozenset((_SESSIONS + _SERVER + _REPLICATION + _STORAGE + _STATISTICS + _LARGE_OBJECTS).split())
_FOREIGN = frozenset(_EXTENSIONS.split())
# What rewrites, locks or tells others, and is no change of data in the eyes of the server.
_STATEMENTS = frozenset({"analyze", "cluster", "load", "lock", "notify", "reindex", "vacuum"})
_PAIRS = frozenset(
    {("alter", "system"), ("commit", "prepared"), ("prepare", "transaction"), ("rollback", "prepared")}
)

_NAMES = "|".join(sorted(BUILT_IN | _FOREIGN, key=len, reverse=True))
_IN_TEXT = re.compile(rf"\b({_NAMES})\W*\(|\b(copy)\b[^;]*\b(?:to|from)\b|\b(notify)\s+[\w\"]", re.IGNORECASE)
# Nothing is refused that has none of this; "uescape" and a backslash may hide a name.
_SUSPECT = re.compile(
    r"\b(?:pg_|lo_|be_lo|lowrite|dblink|heap_force|query_to|crosstab|ts_|brin_|gin_|copy|do\b|alter|commit"
    r"|rollback|prepare|analyze|cluster|load|lock|notify|reindex|vacuum|uescape)|\\",
    re.IGNORECASE,
)
_POSTGRES = dialect("postgresql")
_Words = Sequence[tuple[str, str]]


@remembered
def uncovered(sql: str) -> str:
    """What of the statement would have effects although the session is read-only, "" if nothing has."""
    if _SUSPECT.search(sql) is None:
        return ""
    found = [(t.kind, sql[t.start : t.end]) for t in tokens(sql, _POSTGRES) if t.kind != "comment"]
    words = [(kind, text.lower() if kind == "word" else text) for kind, text in found]
    if not words:
        return ""
    if words[0][1] == "do" or any(name in _RUN_TEXT for _, name in _called(words)):
        inside = _IN_TEXT.search(sql)
        return next(filter(None, inside.groups())).lower() if inside is not None else ""
    return _statement(words) or next((name for schema, name in _called(words) if _reaches(schema, name)), "")


def _statement(words: _Words) -> str:
    first, second = words[0][1], words[1][1] if len(words) > 1 else ""
    if first in _STATEMENTS:
        return first.upper()
    if (first, second) in _PAIRS:
        return f"{first} {second}".upper()
    return "COPY with a file of the server" if first == "copy" and _names_file(words) else ""


def _names_file(words: _Words) -> bool:
    """Whether a COPY names a file or program of the server: no other text follows TO or FROM."""
    return any(
        word in (("word", "to"), ("word", "from"))
        and (words[place][0] == "string" or words[place] == ("word", "program"))
        for place, word in enumerate(words[:-1], 1)
    )


def _reaches(schema: str, name: str) -> bool:
    return name in _FOREIGN or (name in BUILT_IN and schema in ("", "pg_catalog"))


def _called(words: _Words) -> Iterator[tuple[str, str]]:
    """Functions that are called, with the schema they are said to be in."""
    escape = next((text[1:2] for place, (_, text) in enumerate(words) if _is_escape(words, place)), "\\")
    for place, (kind, text) in enumerate(words[:-1]):
        behind = place + (3 if words[place + 1][1] == "uescape" else 1)
        if kind not in ("word", "name") or words[behind : behind + 1] != [("punct", "(")]:
            continue
        qualified = place > 1 and words[place - 1][1] == "."
        schema = _plain(words[place - 2], escape) if qualified else ""
        yield schema, _plain((kind, text), escape)


def _is_escape(words: _Words, place: int) -> bool:
    return place > 0 and words[place][0] == "string" and words[place - 1][1] == "uescape"


def _plain(word: tuple[str, str], escape: str) -> str:
    """A name without its quotes, characters that are written by their numbers included."""
    kind, text = word
    if kind != "name":
        return text
    numbered = rf"{re.escape(escape)}(?:\+([0-9a-fA-F]{{6}})|([0-9a-fA-F]{{4}}))"
    return re.sub(numbered, lambda found: chr(int(found[1] or found[2], 16) % 0x110000), text[1:-1])
