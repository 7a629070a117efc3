"""The handlers of http in this process, and real applications to talk to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded_server.http.service import HANDLERS
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.child_env import child_env
from tests.desk import AnyDesk
from tests.http.recorder import Recorder, recording

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo"
ORDERS = 400


class Desk(AnyDesk):
    """Runs requests as the server would."""

    handlers = HANDLERS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    services = Services(Workspace(tmp_path / "workspace"))
    yield Desk(services)
    services.close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as made:
        yield made


@dataclass
class Shop:
    """The demo shop as a process."""

    url: str
    user: dict[str, str]
    database: Path


@pytest.fixture(scope="session")
def shop_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    command = [sys.executable, str(DEMO / "run_demo.py"), "generate", "--url", f"sqlite:///{path}"]
    subprocess.run(
        [*command, "--orders", str(ORDERS), "--seed", "3"], check=True, capture_output=True, env=child_env()
    )
    return path


@contextmanager
def serving(database: Path, port: int = 0, **environment: str) -> Iterator[Shop]:
    """A shop on that database for the time of the block."""
    command = [sys.executable, str(DEMO / "run_demo.py"), "serve", "--url", f"sqlite:///{database}"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_env() | {"PATH": os.environ["PATH"]} | environment,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Shop(ready["url"], ready["user"], database)
    finally:
        process.stdin.close()
        process.wait(15)
        process.stdout.close()


@pytest.fixture(scope="module")
def shop(shop_database: Path) -> Iterator[Shop]:
    with serving(shop_database) as running:
        yield running
