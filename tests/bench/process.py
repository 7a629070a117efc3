"""Runs a piece of work in a fresh process and reads its time and peak memory: no state of ours counts in."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.bench.case import Work
from tests.runner.changes import ROOT

PROLOGUE = "import json, resource, sys, time\nstarted = time.perf_counter()\n"
EPILOGUE = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
peak = peak / 1024 if sys.platform == "linux" else peak / 1024 / 1024
print(json.dumps({"rows": rows, "bytes": size, "seconds": time.perf_counter() - started, "peak_mb": peak}))
"""


def fresh(code: str, **environment: str) -> Work:
    """Run ``code``, which must leave ``rows`` and ``size`` (bytes) behind, from the project's root."""
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + code + EPILOGUE],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Work(**json.loads(done.stdout.splitlines()[-1]))
