"""Opens the workspace folder: version check, upgrade with a copy first, the repositories on top."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from embedded_server.wire.problem import problem

from . import (  # noqa: F401  # their tables
    console_models,
    explain_models,
    http_models,
    logs_models,
    migrations_models,
    trace_models,
)
from .favourites import Favourites
from .folder import default_folder as default_folder
from .history import History
from .log_sources import LogSources
from .migrations_runs import Migrations
from .models import HEAD, metadata
from .plans import Plans
from .profiles import Profiles
from .requests import Requests
from .steps import Steps
from .trace_routes import Routes
from .traces import Traces
from .trials import Trials

BUSY_SECONDS = 5.0


class Workspace:
    """An open workspace. Several processes may share it (WAL, busy timeout)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "workspace.db"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._prepare()
        except OSError as error:
            hint = "Choose another folder with --workspace."
            raise problem("store.unusable", detail=f"{self.path}: {error}", hint=hint) from error
        self.engine = self._engine()
        self._upgrade()
        self.profiles = Profiles(self.engine)
        self.history = History(self.engine)
        self.favourites = Favourites(self.engine)
        self.steps = Steps(self.engine)
        self.plans = Plans(self.engine)
        self.logs = LogSources(self.engine)
        self.trials = Trials(self.engine)
        self.traces = Traces(self.engine, self.profiles, self.steps)
        self.routes = Routes(self.engine)
        self.migrations = Migrations(self.engine)
        self.requests = Requests(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _prepare(self) -> None:
        # Created by us with 0600 before SQLite opens it, since SQLite would follow the umask.
        descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        os.close(descriptor)

    def _engine(self) -> Engine:
        url = URL.create("sqlite", database=str(self.path))
        arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(url, connect_args=arguments, poolclass=QueuePool, pool_size=4)

        @event.listens_for(engine, "connect")
        def _pragmas(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")

        return engine

    def _revision(self) -> str | None:
        """The stored revision, read without SQLAlchemy's or Alembic's help; None for a new database."""
        try:
            connection = sqlite3.connect(f"file:{_quoted(self.path)}?mode=ro", uri=True, timeout=BUSY_SECONDS)
            try:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise problem("store.unusable", detail=f"{self.path}: {error}") from error
        except sqlite3.DatabaseError as error:
            hint = "Move the file away to start with an empty workspace."
            raise problem("store.unusable", detail=f"{self.path}: {error}", hint=hint) from error
        return row[0] if row else None

    def _upgrade(self) -> None:
        revision = self._revision()
        if revision == HEAD:
            return
        if revision is None:
            self._create()
            return
        if revision > HEAD:
            detail = f"{self.path} is at revision {revision}, this Backlight knows {HEAD}"
            raise problem("store.newer", detail=detail, hint="Start the newer Backlight, or use --workspace.")
        shutil.copy2(self.path, self.path.with_name(f"workspace.before-{HEAD}.db"))
        from .upgrade import upgrade  # noqa: PLC0415  # lazy: Alembic costs 300 ms, needed once

        upgrade(self.engine)

    def _create(self) -> None:
        """Make the newest schema at once: starting for the first time must not wait for Alembic."""
        version = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        try:
            with self.engine.connect() as connection:
                # Two first starts at once: the second waits here and finds everything made.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                metadata.create_all(connection)
                connection.exec_driver_sql(version)
                connection.exec_driver_sql(f"INSERT OR IGNORE INTO alembic_version VALUES ('{HEAD}')")
                connection.commit()
        except SQLAlchemyError as error:
            raise problem("store.unusable", detail=f"{self.path}: {error}") from error


def _quoted(path: Path) -> str:
    return path.absolute().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
