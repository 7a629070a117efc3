"""`main.py run -- COMMAND`: starts a command with the probe in its Python, and nothing else.

The command replaces this process: its terminal, its signals and its exit code are its own. Only the
environment is added to: the probe first on PYTHONPATH, and where the workspace's server leaves its address.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from embedded_server.store.folder import default_folder
from embedded_server.wire.child_env import child_env

USAGE = """python3 main.py run [--workspace DIR] [--app NAME] [--locals] -- COMMAND [ARGUMENTS]
       python3 main.py run -- flask --app hello run --debug
       python3 main.py run -- pytest"""
NOT_FOUND = 127


def probe_folder() -> Path:
    """The folder of the probe's distribution."""
    return Path(__file__).resolve().parents[1] / "probe"


def environment(workspace: Path, app: str = "", variables: bool = False) -> dict[str, str]:
    """This process's environment with the probe in it, reporting to the server of a workspace.

    While none runs the captures wait in the workspace's spool folder.
    """
    given = child_env()
    paths = [str(probe_folder() / "startup"), given.get("PYTHONPATH", "")]
    given["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    given["BACKLIGHT_ADDRESS"] = str(workspace.absolute() / "ingest.json")
    given["BACKLIGHT_SPOOL"] = str(workspace.absolute() / "spool")
    if app:
        given["BACKLIGHT_APP"] = app
    if variables:
        given["BACKLIGHT_LOCALS"] = "1"
    return given


def main(words: list[str]) -> int:
    """Entry of the mode; the command's own exit code, 127 when there is no such command."""
    parser = argparse.ArgumentParser(prog="main.py run", usage=USAGE)
    parser.add_argument("--workspace", type=Path, help="whose server receives what is captured")
    parser.add_argument("--app", default="", help="the application's name in Backlight")
    parser.add_argument("--locals", action="store_true", help="with exceptions, send local variables too")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(words)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("which command? write it after --")
    given = environment(options.workspace or default_folder(), options.app, options.locals)
    program = shutil.which(command[0], path=given.get("PATH"))
    if program is None:
        print(f"{command[0]}: there is no such command", file=sys.stderr)
        return NOT_FOUND
    return _replace(program, command, given)


def _replace(program: str, command: list[str], given: dict[str, str]) -> int:
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(program, command, given)
    # Windows has no exec: the child shares the console, which gives both of them Ctrl-C.
    process = subprocess.Popen([program, *command[1:]], env=given)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
