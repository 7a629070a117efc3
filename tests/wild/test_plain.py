"""The foreign applications run as they are, before anything is captured."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psutil

from tests.wild.applications import IHATEMONEY, MLFLOW, ihatemoney_session, mlflow_session
from tests.wild.conftest import Start
from tests.wild.environments import AIRFLOW, unpacked


def test_mlflow(start: Start, database: str) -> None:
    application = start(MLFLOW, database)
    made = mlflow_session(application.visitor())
    assert len(made.runs) == 3


def test_ihatemoney(start: Start, database: str) -> None:
    application = start(IHATEMONEY, database)
    ihatemoney_session(application.visitor())
    if not database:
        with sqlite3.connect(application.folder / "wild.db") as file:
            assert file.execute("select count(*) from bill").fetchone() == (3,)


def test_gunicorn_has_two_workers_and_leaves_none(start: Start) -> None:
    application = start(IHATEMONEY, command=IHATEMONEY.gunicorn(2))
    family = application.family()
    assert len(family) == 3
    ihatemoney_session(application.visitor())
    application.stop()
    assert not [process for process in family if psutil.pid_exists(process.pid)]


def test_airflow_lies_unpacked() -> None:
    folder: Path = unpacked(AIRFLOW)
    assert len(list((folder / "airflow" / "migrations" / "versions").glob("*.py"))) > 100
