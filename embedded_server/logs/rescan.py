"""The child that finds lines by Python's own patterns; the standard library alone, so it starts at once.

Its standard input is the file, what to look for stands in the environment.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, BinaryIO

SPEC = "BACKLIGHT_SCAN"


def compiled(spec: dict[str, Any]) -> re.Pattern[str]:
    """The pattern of a search. Raises what `re.compile` raises."""
    text = re.escape(spec["pattern"]) if spec["literal"] else spec["pattern"]
    return re.compile(text, re.IGNORECASE if spec["ignore_case"] else 0)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Print `number:offset:` of each line found."""
    search = compiled(json.loads(os.environ[SPEC])).search
    offset = 0
    for number, line in enumerate(source, 1):
        if search(line.rstrip(b"\n").decode("utf-8", "surrogateescape")):
            sink.write(b"%d:%d:\n" % (number, offset))
        offset += len(line)
    sink.flush()
