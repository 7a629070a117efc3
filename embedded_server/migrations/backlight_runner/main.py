"""Reads the job, does it, tells how it ended."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Any

from .channel import SCHEMA, Channel, Stopped

DISTRIBUTIONS = (
    "alembic", "sqlalchemy", "flask-migrate", "flask-sqlalchemy", "psycopg", "psycopg2", "psycopg2-binary",
    "asyncpg", "pg8000", "pymysql", "mysqlclient", "aiosqlite", "greenlet",
)  # fmt: skip
FRAMES = 6


def main() -> int:
    """One job, one exit code: 0 done, 1 failed, 2 stopped."""
    channel = Channel()
    job = channel.job()
    channel.say("hello", schema=SCHEMA, pid=os.getpid(), versions=_versions())
    if job.get("do", "hello") == "hello":
        return 0
    channel.listen()
    try:
        return _work(job, channel)
    except Stopped as error:
        channel.say("stopped", wish=str(error))
        return 2
    except BaseException as error:
        return _failed(error, job, channel)


def _work(job: dict[str, Any], channel: Channel) -> int:
    from . import environment, generating, running  # noqa: PLC0415  # lazy: hello answers without Alembic
    from .guard import Guard  # noqa: PLC0415  # lazy: see above
    from .target import Target  # noqa: PLC0415  # lazy: see above
    from .watch import Watch  # noqa: PLC0415  # lazy: see above

    os.chdir(job["root"])
    target = Target(job["target"]) if job.get("target") else None
    if target is not None:
        job["guard"] = Guard(target, job, channel)
    environment.prepare(job, target)
    channel.say("phase", text="reading the project")
    with environment.opened(job, target, channel) as found:
        channel.say("phase", text="running")
        if job["do"] == "run":
            _run(running, running.Run(job, found, channel, Watch(channel, bool(job.get("dry")))), channel)
        elif job["do"] == "offline":
            _offline(job, found, channel)
        else:
            _generate(generating, job, found, channel)
    channel.say("done")
    return 0


def _run(running: Any, run: Any, channel: Channel) -> None:
    try:
        run.go()
    except running.RolledBack:
        channel.say("rolled_back")


def _generate(generating: Any, job: dict[str, Any], found: Any, channel: Channel) -> None:
    try:
        if job["do"] == "autogenerate":
            generating.FromModels(job, found, channel).go()
        elif job["do"] == "write":
            generating.write(job, found, channel)
    except generating.Shown:
        return


def _offline(job: dict[str, Any], found: Any, channel: Channel) -> None:
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  # lazy: see above

    buffer = io.StringIO()
    found.config.output_buffer = buffer
    script = found.script
    move = script._downgrade_revs if job["direction"] == "downgrade" else script._upgrade_revs

    def steps(current: Any, _: Any) -> Any:
        return move(job["revision"], current)

    with EnvironmentContext(
        found.config,
        script,
        fn=steps,
        as_sql=True,
        starting_rev=job.get("current") or None,
        destination_rev=job["revision"],
    ):
        script.run_env()
    channel.say("sql", text=buffer.getvalue())


def _versions() -> dict[str, str]:
    found = {"python": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable}
    try:
        from importlib import metadata  # noqa: PLC0415  # lazy: absent before Python 3.8
    except ImportError:
        return found
    for name in DISTRIBUTIONS:
        try:
            found[name] = metadata.version(name)
        except Exception:
            continue
    return found


def _failed(error: BaseException, job: dict[str, Any], channel: Channel) -> int:
    """Tell what kind of failure it was; a cancelled statement looks like any other error of the database."""
    refused = getattr(job.get("guard"), "refused", "")
    kind = "guard" if refused else _kind(error)
    if channel.wish == "cancel" and kind == "failed":
        channel.say("stopped", wish="cancel", message=_text(error))
        return 2
    channel.say(
        "failed",
        kind=kind,
        type=type(error).__name__,
        message=_text(error),
        place=refused,
        trace=_trace(error),
    )
    return 1


def _kind(error: BaseException) -> str:
    name = type(error).__name__
    if name in ("Busy", "Veto", "Exists"):
        return name.lower()
    if isinstance(error, (ImportError, SyntaxError)):
        return "import"
    return "exit" if isinstance(error, (SystemExit, KeyboardInterrupt)) else "failed"


def _text(error: BaseException) -> str:
    original = getattr(error, "orig", None)
    return (str(original or error).strip() or type(error).__name__)[:4000]


def _trace(error: BaseException) -> list[dict[str, Any]]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    own = [frame for frame in own if os.path.dirname(__file__) != os.path.dirname(frame.filename)]
    return [
        {"file": frame.filename, "line": frame.lineno, "function": frame.name, "source": frame.line or ""}
        for frame in own[-FRAMES:]
    ]
