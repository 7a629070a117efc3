"""What a statement is, and whether it surely only reads.

"Surely" is meant literally: an unknown function might write, so it makes a SELECT unsure. The answer is
never what protects a database (the engine's own read-only mode does); it decides whether a statement may
be repeated after a lost connection and whether a warning would be noise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from .dialect import Dialect
from .functions import PURE_FUNCTIONS
from .keywords import SYNTAX, TYPES
from .tokens import tokens

_WRITING = frozenset({"insert", "update", "delete", "merge", "into", "share", "truncate"})
_WRITTEN = (_WRITING - {"share"}) | {"replace", "create", "execute", "refresh"}
_PRAGMAS = """
    application_id auto_vacuum automatic_index busy_timeout cache_size cache_spill cell_size_check
    checkpoint_fullfsync collation_list compile_options data_version database_list database_size
    defer_foreign_keys encoding foreign_keys foreign_key_check foreign_key_list freelist_count fullfsync
    function_list functions index_info index_list index_xinfo integrity_check journal_mode journal_size_limit
    legacy_alter_table locking_mode max_page_count mmap_size module_list page_count page_size pragma_list
    query_only quick_check read_uncommitted recursive_triggers reverse_unordered_selects schema_version
    secure_delete show_tables show_tables_expanded soft_heap_limit stats storage_info synchronous table_info
    table_list table_xinfo temp_store threads trusted_schema user_version version wal_autocheckpoint
    writable_schema
"""
_READ_PRAGMAS = frozenset(_PRAGMAS.split())
# Pragmas whose argument in parentheses only says what to look at.
_LOOK_AT = frozenset(
    {"foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo", "integrity_check"}
    | {"quick_check", "table_info", "table_list", "table_xinfo", "storage_info"}
)
_QUERIES = frozenset({"select", "with", "values", "table", "from", "("})
_SHOWS = frozenset({"show", "describe", "desc", "summarize", "help"})
_EXPLAIN_WORDS = frozenset(
    {"query", "plan", "verbose", "extended", "format", "for", "partitions", "text", "json", "tree", "xml"}
    | {"yaml", "traditional"}
)


_QUERY_KINDS = frozenset(
    {"SELECT", "WITH", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "DESC", "SUMMARIZE"}
)
# Statements about the transaction itself.
CONTROL = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "XA"})
# Statements after which structures must be read anew.
SCHEMA_KINDS = frozenset(
    {"CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "COMMENT", "ATTACH", "DETACH", "IMPORT"}
)
# What may stand before a parenthesis without being a function.
_NO_FUNCTION = SYNTAX | frozenset(
    {
        "any",
        "array",
        "cast",
        "cube",
        "escape",
        "exclude",
        "filter",
        "ilike",
        "lateral",
        "materialized",
        "only",
    }
    | {"over", "partition", "qualify", "recursive", "rollup", "row", "sets", "similar", "some", "window"}
)


class _Word(NamedTuple):
    kind: str
    text: str


_CONTROL_WORDS = {
    "begin": ("begin", "begin transaction", "begin work", "start transaction"),
    "commit": ("commit", "commit transaction", "commit work", "end", "end transaction"),
    "rollback": ("rollback", "rollback transaction", "rollback work"),
}
_PLAIN_CONTROL = {words: name for name, forms in _CONTROL_WORDS.items() for words in forms}


def plain_control(sql: str, spoken: Dialect) -> str:
    """ "begin", "commit" or "rollback" for a statement that says nothing else, "" for any other."""
    words = [sql[token.start : token.end].lower() for token in tokens(sql, spoken) if token.kind != "comment"]
    return _PLAIN_CONTROL.get(" ".join(words[:4]), "")


class Classified(NamedTuple):
    """The leading keyword in upper case and whether the statement surely only reads.

    `waits`: it is a query, so its rows may wait in the database until somebody asks for them. Anything else
    that returns rows must be read to its end to take effect. `runs_write`: it says EXPLAIN, and yet what it
    explains is run and writes.
    """

    kind: str
    reads_only: bool
    waits: bool = False
    runs_write: bool = False


def classify(sql: str, spoken: Dialect) -> Classified:
    """Classify one statement."""
    words: list[_Word] = []
    for token in tokens(sql, spoken):
        text = sql[token.start : token.end]
        if token.kind == "comment":
            if text.startswith(("/*!", "/*M!")) and spoken.body == "mysql":
                # The server runs what stands in such a comment.
                return Classified(_kind(words) if words else "", False)
            continue
        words.append(_Word(token.kind, text if token.kind == "name" else text.lower()))
    if not words:
        return Classified("", True)
    kind = _kind(words)
    reads = _reads(words)
    explained = kind in ("EXPLAIN", "ANALYZE") and not reads and _runs_write(words)
    return Classified(kind, reads, kind in _QUERY_KINDS and not _writes(words), explained)


def _kind(words: list[_Word]) -> str:
    first = next((word for word in words if word.text != "("), words[0])
    return first.text.upper()


def _writes(words: list[_Word]) -> bool:
    return words[0].text != "explain" and any(
        word.text in _WRITING
        and word.kind == "word"
        and not (place and words[place - 1].text in ("for", "key"))
        for place, word in enumerate(words)
    )


def _runs_write(words: list[_Word]) -> bool:
    """Of an EXPLAIN that runs what it explains: whether that is more than a query."""
    return any(
        word.kind == "word" and word.text in _WRITTEN and before.text not in ("for", "key", "or")
        for before, word in pairwise(words)
    )


def _reads(words: list[_Word]) -> bool:
    first = words[0].text
    if first == "explain" or (first in ("describe", "desc", "analyze") and _explains(words)):
        return _explain_reads(words[1:], ran=first == "analyze")
    if first in _QUERIES:
        return _query_reads(words)
    if first in _SHOWS:
        return True
    return first == "pragma" and _pragma_reads(words[1:])


def _explains(words: list[_Word]) -> bool:
    return any(
        word.text in ("select", "with", "insert", "update", "delete", "replace") for word in words[1:4]
    )


def _explain_reads(words: list[_Word], *, ran: bool) -> bool:
    """EXPLAIN runs nothing unless it says ANALYZE; then what it explains decides."""
    at = 0
    if words and words[0].text == "(":
        closing = next((i for i, word in enumerate(words) if word.text == ")"), len(words) - 1)
        ran = ran or any(word.text in ("analyze", "analyse") for word in words[:closing])
        at = closing + 1
    while at < len(words) and (
        words[at].text in _EXPLAIN_WORDS or words[at].text in ("=", "analyze", "analyse")
    ):
        ran = ran or words[at].text in ("analyze", "analyse")
        at += 1
    inner = words[at:]
    return not ran or (bool(inner) and _reads(inner))


def _query_reads(words: list[_Word]) -> bool:
    for place, word in enumerate(words):
        if word.kind == "word" and word.text in _WRITING:
            return False
        if word.text == "for" and _locks(words, place):
            return False
        if word.text == ":=":
            return False
        if word.text == "(" and place and not _call_is_pure(words, place):
            return False
    return True


def _locks(words: list[_Word], place: int) -> bool:
    following = words[place + 1].text if place + 1 < len(words) else ""
    return following in ("update", "share", "no", "key")


def _call_is_pure(words: list[_Word], place: int) -> bool:
    """Whether what stands before this parenthesis is syntax or a function known to change nothing."""
    before = words[place - 1]
    if before.kind not in ("word", "name"):
        return True
    earlier = words[place - 2] if place > 1 else _Word("", "")
    if earlier.text in ("as", ")", "with", "recursive"):
        # A list of column names behind an alias or a WITH query's name.
        return True
    if earlier.text == ".":
        schema = words[place - 3].text if place > 2 else ""
        return schema == "pg_catalog" and before.text in PURE_FUNCTIONS
    if before.kind == "name":
        return False
    return before.text in PURE_FUNCTIONS or before.text in _NO_FUNCTION or before.text in TYPES


def _pragma_reads(words: list[_Word]) -> bool:
    if len(words) > 2 and words[1].text == ".":
        words = words[2:]
    if not words or words[0].text not in _READ_PRAGMAS:
        return False
    if len(words) == 1:
        return True
    return words[1].text == "(" and words[0].text in _LOOK_AT
