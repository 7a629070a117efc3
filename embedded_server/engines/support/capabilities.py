"""What an engine says that its product can do."""

from __future__ import annotations

import msgspec


class Capabilities(msgspec.Struct, frozen=True):
    """What a product can do; the window disables a verb with the reason instead of failing."""

    schemas: bool = False
    cancel: bool = True
    read_only_enforced: bool = True
    estimates: bool = False
    explain: bool = False
    transactional_ddl: bool = False
    row_locks: bool = False
    edits: bool = False  # of rows by key: `data.apply` was run against it
    one_writer: bool = False  # who began to write keeps all others out
    regex: bool = False
    routines: bool = False
    tls: bool = False
    concurrent_sessions: bool = True
    files: bool = False
    reopens: bool = False  # a file is opened for writing only while somebody means to
    heap_ranges: bool = False
    rows_as_found: bool = False  # a row is handed over when it is found, not kept back for more
