"""The modes of ``python3 -m tests`` and the stages of a whole run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.packaging import building
from tests.runner.changes import ROOT, changed_capabilities
from tests.runner.collect import CI_ONLY, QUICK
from tests.runner.counts import Counts, compare, read_records, write_baseline
from tests.runner.machine import prepare_machine
from tests.runner.order import write_order
from tests.runner.report import AGAIN, REPORT
from tests.runner.sources import python_files, text_of

TESTS_FAILED, NO_TESTS = 1, 5
INTERRUPTED = 130
ASKED = "asked for"
PYTEST = [sys.executable, "-X", "faulthandler", "-m", "pytest", "-q", "--no-header", "--tb=short"]
ALONE = "timing"
# A test that fails among two thousand others and passes by itself is said to be unsteady. A few of these do
# not fail a run, since a crowded machine makes some; more of them do.
MOST_UNSTEADY = 3
# Half of the time a test waits for a server, a socket or a disk: four of them keep two cores busy.
WORKERS = 4
# What others leave of the processor: the tests that run alone are not to notice.
NICE = ["nice", "-n", "10"]
X_SERVER = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24 -nolisten tcp"]


def main(arguments: list[str]) -> int:
    """Run one mode; the process's exit code. Whoever ends us ends the tests under way as well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("===== interrupted =====", flush=True)
        return INTERRUPTED


def _run(arguments: list[str]) -> int:
    os.chdir(ROOT)
    if arguments[:1] == ["bench"]:
        from tests.bench.frame import main as bench  # noqa: PLC0415  # lazy: its cases import the drivers

        return bench(arguments[1:])
    if arguments[:1] == ["mutate"]:
        from tests.mutate.frame import main as mutate  # noqa: PLC0415  # lazy: not needed by other modes

        return mutate(arguments[1:])
    ci, update = "--ci" in arguments, "--update-counts" in arguments
    rest = [argument for argument in arguments if argument not in ("--ci", "--update-counts")]
    prepare_machine(package=ci or rest == ["prepare"])
    if rest == ["prepare"]:
        return 0
    run = Run(ci)
    if rest == ["quick"]:
        return run.finish(run.quick(), counted=False)
    if rest:
        return run.finish(run.stage(ASKED, rest), counted=False)
    return run.finish(run.everything(), counted=True, update=update)


class Run:
    """One run: its stages append to one report, from which the counts and the last line are made."""

    def __init__(self, ci: bool) -> None:
        self.ci = ci
        self.started = time.monotonic()
        self.folder = tempfile.TemporaryDirectory(prefix="blt-run-")
        self.report = Path(self.folder.name) / "report.jsonl"
        self.report.touch()
        self.environment = {**os.environ, REPORT: str(self.report)}
        self.environment.pop(QUICK, None)
        # A run starts over a thousand processes of the program: without compiled files each compiles it anew.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if ci:
            self.environment[CI_ONLY] = "1"
        if os.name == "posix":
            from tests.servers.base import server_root  # noqa: PLC0415  # lazy: needs a POSIX system

            self.environment["BACKLIGHT_TEST_SERVERS"] = str(server_root())

    def quick(self) -> bool:
        changed = ",".join(sorted(changed_capabilities()))
        self.environment[QUICK] = changed
        return self.stage(f"quick; whole: {changed or 'nothing has changed'}", ["tests"])

    def everything(self) -> bool:
        """Tests that may share the machine, those that run alone and those that need an X server.

        The package is built and tested beside them, mostly by what they leave idle.
        """
        with self._built() if self.ci else contextlib.nullcontext():
            good = self.stage("shared", ["tests", *_spread(WORKERS), "-m", f"not {ALONE} and not ci"])
        alone = [*_files_with(ALONE), "-m", f"{ALONE} and not ci"]
        if not self.ci:
            return good & self.stage("alone", alone)
        # Should the build have failed it is made once more, for minutes: no stack dumps meanwhile.
        package = ["tests/packaging", *_files_with("ci"), "-m", "ci", "-o", "faulthandler_timeout=0"]
        with self._beside("package", package) as packaged:
            good &= self.stage("alone", alone)
            x11 = {"QT_QPA_PLATFORM": "xcb"}
            good &= self.stage("X server", [*_files_with("xvfb"), "-m", "xvfb"], X_SERVER, x11)
        return good & packaged()

    @contextlib.contextmanager
    def _built(self) -> Iterator[None]:
        """Build the package in the background; its tests find it. What fails is left to them to tell."""
        folder = Path(self.folder.name) / "build"
        folder.mkdir()
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [*NICE, *building.command(folder)],
                cwd=ROOT,
                env=building.environment(folder),
                stdout=log,
                stderr=log,
            )
            try:
                yield
                if process.wait() == 0:
                    self.environment[building.READY] = str(folder / "dist")
            finally:
                process.terminate()
                process.wait()

    def stage(
        self,
        name: str,
        arguments: list[str],
        wrapper: list[str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> bool:
        """Run pytest, and what failed once more; False when pytest itself failed, not a test."""
        known = set(read_records(self.report).failed)
        started = time.monotonic()
        print(f"--- {name}", flush=True)
        code = self._pytest(arguments, wrapper, extra)
        if code == TESTS_FAILED and name != ASKED:
            self._again(
                [test for test in read_records(self.report).failed if test not in known], wrapper, extra
            )
        print(f"--- {name}: {time.monotonic() - started:.0f} s", flush=True)
        return code in (0, TESTS_FAILED, NO_TESTS)

    @contextlib.contextmanager
    def _beside(self, name: str, arguments: list[str]) -> Iterator[Callable[[], bool]]:
        """Run pytest in the background; what it gives waits for the end, tells it, and returns as `stage`."""
        report, log = (Path(self.folder.name) / f"{name}.{kind}" for kind in ("jsonl", "log"))
        report.touch()
        started = time.monotonic()
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [*NICE, *PYTEST, *arguments],
                env=self.environment | {REPORT: str(report)},
                stdout=output,
                stderr=output,
            )

        def ended() -> bool:
            code = process.wait()
            print(
                f"--- {name}", log.read_text(encoding="utf-8", errors="replace"), sep="\n", end="", flush=True
            )
            with open(self.report, "a", encoding="utf-8") as whole:
                whole.write(report.read_text(encoding="utf-8"))
            if code == TESTS_FAILED:
                self._again(read_records(report).failed, None, None)
            print(f"--- {name}: {time.monotonic() - started:.0f} s, beside others", flush=True)
            return code in (0, TESTS_FAILED, NO_TESTS)

        try:
            yield ended
        except BaseException:
            process.terminate()
            process.wait()
            raise

    def _again(self, failed: list[str], wrapper: list[str] | None, extra: dict[str, str] | None) -> None:
        """Run each failed test by itself, unless so many failed that the machine is not to blame."""
        if len(failed) > MOST_UNSTEADY:
            return
        for test in failed:
            print(f"--- once more, by itself: {test}", flush=True)
            self._pytest([test], wrapper, {**(extra or {}), AGAIN: "1"})

    def _pytest(
        self, arguments: list[str], wrapper: list[str] | None = None, extra: dict[str, str] | None = None
    ) -> int:
        command = [*(wrapper or []), *PYTEST, *arguments]
        return subprocess.run(command, env=self.environment | (extra or {}), check=False).returncode

    def finish(self, good: bool, counted: bool, update: bool = False) -> int:
        """Print counts and verdict, the summary last; 0 only when tests ran and nothing is wrong."""
        counts = read_records(self.report)
        wrong = self._wrong(counts, counted and not update)
        if counted:
            print("\n".join(self._slowest(counts)))
            print("\n".join(counts.lines()))
        if counted and update:
            write_baseline(counts)
            write_order(counts)
        for line in wrong:
            print("wrong:", line)
        self.folder.cleanup()
        ran = sum(counts.outcomes.values()) - counts.outcomes["skipped"]
        failed = not good or bool(wrong) or not ran or bool(counts.failed)
        if failed and not counts.failed:
            counts.outcomes["failed"] += 1  # the run itself is what failed, and the last line must say so
        print(counts.summary(time.monotonic() - self.started), flush=True)
        return int(failed)

    def _wrong(self, counts: Counts, compared: bool) -> list[str]:
        wrong = compare(counts, self.ci) if compared else []
        for test in counts.unsteady:
            print("unsteady, failed at first and then passed by itself:", test)
        if len(counts.unsteady) > MOST_UNSTEADY:
            wrong.append(f"{len(counts.unsteady)} tests are unsteady, {MOST_UNSTEADY} may be")
        if os.environ.get("CI"):
            wrong += [f"skipped in CI: {test}" for test in counts.not_run]
        elif counts.not_run:
            print(f"{len(counts.not_run)} tests of databases or windows were skipped, for example:")
            print(" ", counts.not_run[0])
        return wrong

    def _slowest(self, counts: Counts) -> list[str]:
        slow = sorted(counts.seconds.items(), key=lambda pair: -pair[1])[:10]
        return ["slowest tests:"] + [f"  {seconds:7.2f} s  {test}" for test, seconds in slow if seconds > 1]


def _spread(workers: int) -> list[str]:
    """Whole files to so many processes, in the order of `tests.runner.order`."""
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def _files_with(mark: str) -> list[str]:
    """The test files that use a mark: collecting all of them for a dozen tests takes longer than those."""
    files = [path for path in python_files("tests") if path.name.startswith("test_")]
    return [str(path) for path in files if f"pytest.mark.{mark}" in text_of(path)]
