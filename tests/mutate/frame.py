"""``python3 -m tests mutate [ID..] [--jobs N]``: plants each fault in a copy of the tree and runs its tests.

The verdicts: ``red`` (a test failed or hung: good), ``SURVIVED`` (the tests stayed green), ``ERROR`` (the
fault no longer fits its file, pytest could not run, or its tests are red without it: nothing is known).
Each selection of tests runs on the untouched copy before its first fault, or red would mean nothing.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from tests.mutate.fault import Fault, all_faults
from tests.runner.changes import ROOT
from tests.runner.sources import project_files
from tests.servers.base import ENVIRONMENT, new_root, sweep

PYTEST = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=line", "-p", "no:xdist"]
PATIENCE = 180
FAILED = 1


@dataclass(frozen=True)
class Verdict:
    fault: Fault
    word: str
    seconds: float
    detail: str = ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests mutate")
    parser.add_argument("ids", nargs="*", help="only faults whose id begins so")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    faults = [f for f in all_faults() if not options.ids or f.id.startswith(tuple(options.ids))]
    sweep()
    with tempfile.TemporaryDirectory(prefix="blt-mutate-") as folder:
        copies = [copy_tree(Path(folder) / "0")]
        for number in range(1, options.jobs):
            copies.append(Path(shutil.copytree(copies[0], Path(folder) / str(number), symlinks=True)))
        verdicts = plant_all(faults, copies)
    return report(verdicts)


def copy_tree(target: Path) -> Path:
    """The project's files as they are now, in a folder of their own."""
    for path in project_files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target / path)
    # Tests that look at the project's files ask git which those are.
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)
    # Tests that start the program would make an environment of the copy's own first.
    (target / ".venv").symlink_to(sys.prefix)
    # Believed only as long as they have the source's hash: a fault is seen however fast it came.
    checked = py_compile.PycInvalidationMode.CHECKED_HASH
    for folder in ("desktop", "embedded_server"):
        compileall.compile_dir(target / folder, quiet=2, invalidation_mode=checked)
    return target


def run_tests(copy: Path, tests: tuple[str, ...]) -> tuple[int | None, str]:
    """pytest's exit code (None when it hung) and output, in a copy."""
    try:
        done = subprocess.run(
            [*PYTEST, *tests],
            cwd=copy,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", ENVIRONMENT: str(servers_of(copy))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None, "hung"
    return done.returncode, done.stdout


@cache
def servers_of(copy: Path) -> Path:
    """Each copy has database servers of its own: what its runs leave there makes no other one red."""
    return new_root()


def plant_all(faults: list[Fault], copies: list[Path]) -> list[Verdict]:
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)
    without: dict[tuple[str, ...], str] = {}

    def one(fault: Fault) -> Verdict:
        copy = free.get()
        try:
            if fault.tests not in without:
                without[fault.tests] = red_without(copy, fault.tests)
            wrong = without[fault.tests]
            verdict = Verdict(fault, "ERROR", 0.0, wrong) if wrong else plant(fault, copy)
        finally:
            free.put(copy)
        print(f"{verdict.word:9}{verdict.seconds:6.1f} s  {fault.id}  {verdict.detail}", flush=True)
        return verdict

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(one, faults))


def red_without(copy: Path, tests: tuple[str, ...]) -> str:
    """What a selection of tests says on the untouched copy, "" if it passes."""
    code, output = run_tests(copy, tests)
    return f"red without the fault: {output[-400:]}" if code != 0 else ""


def plant(fault: Fault, copy: Path) -> Verdict:
    """Change the file, run the tests, put the file back."""
    started = time.monotonic()
    path = copy / fault.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if text.count(fault.old) != 1:
        return Verdict(fault, "ERROR", 0.0, f"old text stands {text.count(fault.old)} times in {fault.file}")
    try:
        path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        code, output = run_tests(copy, fault.tests)
    finally:
        path.write_text(text, encoding="utf-8")
    return judge(fault, code, output, time.monotonic() - started)


def judge(fault: Fault, code: int | None, output: str, seconds: float) -> Verdict:
    lines = [line for line in output.splitlines() if line.strip()]
    if code is None:
        return Verdict(fault, "red", seconds, f"hung for {PATIENCE} s")
    if code == FAILED:
        first = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), lines[-1])
        return Verdict(fault, "red", seconds, first[:120])
    if code == 0:
        return Verdict(fault, "SURVIVED", seconds, lines[-1])
    return Verdict(fault, "ERROR", seconds, f"pytest ended with {code}: {lines[-1][:120] if lines else ''}")


def report(verdicts: list[Verdict]) -> int:
    """The closing count; 0 only when there were faults and every one was seen."""
    red = sum(verdict.word == "red" for verdict in verdicts)
    for verdict in verdicts:
        if verdict.word != "red":
            print(f"{verdict.word}: {verdict.fault.id} in {verdict.fault.file}: {verdict.detail}")
    print(f"{len(verdicts)} faults planted, {red} seen, {len(verdicts) - red} not")
    return int(not verdicts or red < len(verdicts))
