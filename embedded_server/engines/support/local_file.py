"""What can be said of a database's file without opening it."""

from __future__ import annotations

import os
import stat

from embedded_server.wire.problem import problem


def facts_of(path: str) -> os.stat_result:
    """What the system says of a file that is there and no folder. Raises file.* problems with advice."""
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        hint = "Check the path. Backlight never creates a database by opening it."
        raise problem("file.missing", detail=path, hint=hint) from error
    except OSError as error:
        raise problem("file.unreadable", detail=f"{path}: {error.strerror}") from error
    if stat.S_ISDIR(found.st_mode):
        raise problem("file.not_database", detail=path, hint="This is a folder; choose a file in it.")
    return found
