"""A copy of the database before it is changed, checked before it is trusted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import ProblemError, problem

from .clone import copy, verified

# Copies of one database that are kept.
KEPT = 5
DUMP_SECONDS = 1800.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Backup:
    """Where the copy is ("" where none was made) and what it promises."""

    path: str
    text: str


def back_up(parts: dict[str, Any], server_version: str, folder: Path, check: Callable[[], None]) -> Backup:
    """Copy the database. Raises file.disk, job.cancelled; says why where no copy can be made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = re.sub(r"[^\w.-]", "_", Path(str(parts["database"])).name or "database")
    stem = f"{name}.{datetime.now():%Y%m%d-%H%M%S-%f}"
    if parts["engine"] == "sqlite":
        return _sqlite(Path(parts["database"]), folder / f"{stem}.db", name, check)
    if parts["engine"] == "postgresql":
        return _postgresql(parts, server_version, folder / f"{stem}.dump", name, check)
    return Backup("", "No backup was made: Backlight cannot copy this engine's databases.")


def _sqlite(source: Path, target: Path, name: str, check: Callable[[], None]) -> Backup:
    size = copy(source, target, check)
    found = verified(target)
    if found != "ok":
        target.unlink()
        raise problem("file.corrupt", "The copy does not pass SQLite's check", found)
    _forget_old(target.parent, name, ".db")
    text = f"Backup: {target}, {size:,} bytes, checked. Going back to it loses later writes."
    return Backup(str(target), text)


def _postgresql(
    parts: dict[str, Any], server_version: str, target: Path, name: str, check: Callable[[], None]
) -> Backup:
    tool = shutil.which("pg_dump")
    if tool is None:
        return Backup("", "No backup was made: pg_dump is not installed here.")
    mine, theirs = _major(_version(tool)), _major(server_version)
    if mine < theirs:
        return Backup("", f"No backup was made: pg_dump {mine} cannot read PostgreSQL {theirs}.")
    query = parts["query"]
    environment = child_env() | {"PGCONNECT_TIMEOUT": "10"}
    if parts["password"]:
        environment["PGPASSWORD"] = str(parts["password"])
    words = [tool, "-Fc", "-w", "-f", str(target)]
    for flag, value in (
        ("-h", query.get("host") or parts["host"]),
        ("-p", query.get("port") or parts["port"]),
        ("-U", query.get("user") or parts["username"]),
    ):
        words += [flag, str(value)] if value else []
    failed = _run([*words, "--", str(parts["database"])], environment, target, check)
    if failed:
        target.unlink(missing_ok=True)
        return Backup("", f"No backup was made: {failed}")
    os.chmod(target, 0o600)
    _forget_old(target.parent, name, ".dump")
    size = target.stat().st_size
    text = f"Backup: {target}, {size:,} bytes, listed. Restoring it loses later writes."
    return Backup(str(target), text)


def _run(words: list[str], environment: dict[str, str], target: Path, check: Callable[[], None]) -> str:
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as dump:
        while dump.poll() is None:
            try:
                check()
                dump.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            except ProblemError:
                dump.kill()
                dump.wait()
                target.unlink(missing_ok=True)
                raise
        said = dump.stderr.read().decode("utf-8", "replace").strip() if dump.stderr else ""
    if dump.returncode:
        return said or f"pg_dump ended with {dump.returncode}"
    listed = subprocess.run(
        [shutil.which("pg_restore") or "pg_restore", "-l", str(target)], env=environment, capture_output=True
    )
    return "" if listed.returncode == 0 else "the dump cannot be read back"


def _version(tool: str) -> str:
    done = subprocess.run([tool, "--version"], env=child_env(), capture_output=True, text=True, timeout=10)
    return done.stdout


def _major(text: str) -> int:
    found = re.search(r"(\d+)(?:\.\d+)?", text)
    return int(found.group(1)) if found else 0


def _forget_old(folder: Path, name: str, suffix: str) -> None:
    found = sorted(folder.glob(f"{name}.*{suffix}"))
    for path in found[:-KEPT]:
        path.unlink(missing_ok=True)
