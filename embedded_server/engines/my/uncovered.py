"""What a read-only transaction of MySQL or MariaDB does not prevent, seen in the text of a statement.

What a stored routine does inside (SET GLOBAL, KILL) nobody sees but the server.
"""

from __future__ import annotations

import re

from embedded_server.engines.support.remembering import remembered
from embedded_server.engines.support.statement import code_of

_STATEMENTS = re.compile(
    r"\A\W*(?:shutdown|purge|reset|change|install|uninstall|flush|kill|prepare|execute|load|xa|binlog|backup"
    r"|stop|lock|start\s+(?:all\s+)?(?:slaves?|replicas?|group_replication)|cache\s+index"
    r"|analyze\s+(?:(?:no_write_to_binlog|local)\s+)?tables?|set\s+(?:password|default\s+role))\b"
    r"|\A\W*set\b.*(?:\b(?:global|persist|persist_only)\b|@@(?:global|persist))"
    r"|\bbegin\s+not\s+atomic\b|\binto\s+(?:out|dump)file\b",
    re.IGNORECASE | re.DOTALL,
)
# Functions that hold what others wait for, or run something elsewhere; a name in quotes is the same function.
_FUNCTIONS = re.compile(
    r"(?<![\w.@`])`?(?:get_lock|spider_(?:bg_)?direct_sql|spider_copy_tables|spider_flush_table_mon_cache"
    r"|sys_(?:exec|eval|set))`?\s*\(",
    re.IGNORECASE,
)
# Quoted texts where a backslash escapes, and where it does not: both views count.
_QUOTED = (
    re.compile(
        r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"|`(?:[^`]|``)*`|--\s[^\n]*|\#[^\n]*|/\*(?!!|M!).*?\*/",
        re.DOTALL,
    ),
    re.compile(
        r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--\s[^\n]*|\#[^\n]*|/\*(?!!|M!).*?\*/",
        re.DOTALL,
    ),
)
_PLAIN = re.compile(r"`\w+`")
# SET STATEMENT ... FOR lifts the access mode for one statement only.
_ONE_STATEMENT = re.compile(
    r"\A\W*set\W+statement\b.*(?:tx|transaction)_read_only", re.IGNORECASE | re.DOTALL
)


@remembered
def uncovered(sql: str) -> bool:
    """Whether the statement would have effects although the session is read-only."""
    views = (code_of(sql), _QUOTED[0].sub(" ", sql))
    if any(map(_STATEMENTS.search, views)) or _ONE_STATEMENT.search(sql):
        return True
    return any(_FUNCTIONS.search(quoted.sub(_names, sql)) for quoted in _QUOTED)


def _names(quoted: re.Match[str]) -> str:
    """Of what stands in quotes only plain names stay."""
    return quoted[0] if _PLAIN.fullmatch(quoted[0]) else " "
