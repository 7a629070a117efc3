"""A house whose ssh reads the configuration of a test's own ssh host."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.connections import Profile

from .sshd import SSHD, SshHost


@pytest.fixture
def ssh_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshHost]:
    """An ssh server that is called `bastion`, its host key not yet known."""
    if SSHD is None:
        pytest.skip("no sshd")
    folder = tmp_path / "ssh"
    folder.mkdir()
    host = SshHost(folder)
    use_config(host, tmp_path, monkeypatch)
    yield host
    host.stop()


def use_config(host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `ssh` read this host's configuration instead of the user's, in this process and its children."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F "{host.folder / "config"}" "$@"\n')
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


class House:
    """Calls on databases behind the ssh host."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._number = 0

    def rows(self, connection: str, sql: str) -> list[tuple]:
        with self.call("sql").session(connection) as lease, lease.session.execute(sql) as reading:
            return list(reading.block(1000).rows())

    def call(self, name: str) -> Call:
        self._number += 1
        return Call(f"c{self._number}", name, self.services)

    def save(self, name: str, url: str, ssh: str = "bastion", **options: str) -> None:
        """A profile whose host is only to be reached through the ssh host."""
        profile = Profile(name, url, "shared", False, options={"ssh": ssh, **options})
        self.services.store.profiles.save(profile, "")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    services = Services(Workspace(tmp_path / "workspace"))
    yield House(services)
    services.close()
