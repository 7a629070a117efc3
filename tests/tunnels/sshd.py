"""A real ssh server on the loopback, for the user who runs the tests, with keys of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
from pathlib import Path

import psutil

from embedded_server.wire.child_env import child_env
from tests.waiting import wait_until

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


class SshHost:
    """Lets `key` in. `home` is an ssh configuration of its own: the user's is not touched."""

    def __init__(self, folder: Path, *, passphrase: str = "") -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.known_hosts = folder / "known_hosts"
        self.key = folder / "key"
        self.host_key = folder / "host_key"
        _make_key(self.key, passphrase)
        _make_key(self.host_key)
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        self._configure()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def _configure(self) -> None:
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {self.folder / 'pid'}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "PermitRootLogin yes",
            "AllowTcpForwarding yes",
        ]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n")
        user = [
            "Host bastion",
            "  HostName 127.0.0.1",
            f"  Port {self.port}",
            f"  User {getpass.getuser()}",
            f"  IdentityFile {self.key}",
            "  IdentitiesOnly yes",
            "  IdentityAgent none",
            f"  UserKnownHostsFile {self.known_hosts}",
            "  GlobalKnownHostsFile none",
            "  StrictHostKeyChecking ask",
        ]
        (self.folder / "config").write_text("\n".join(user) + "\n")

    def trust(self) -> None:
        """What ssh writes when somebody trusted the host."""
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")

    def start(self) -> None:
        """Listen, and wait until it does."""
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        assert SSHD is not None
        command = [SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        self.log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(command, stderr=self.log, env=child_env(), start_new_session=True)
        wait_until(self._listens, "sshd to listen")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """No more connections; those that are open end, too."""
        if self._process is not None:
            # Each connection has a process in a session of its own.
            for one in psutil.Process(self._process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    one.kill()
            self._process.kill()
            self._process.wait()
            self._process = None
            self.log.close()


def _make_key(path: Path, passphrase: str = "") -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, env=child_env())
