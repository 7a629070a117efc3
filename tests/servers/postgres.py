"""A private PostgreSQL: Unix socket only, trust, no fsync; on demand with TCP, a password and TLS."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.servers.base import (
    Account,
    Unavailable,
    free_port,
    note_process,
    stop_process,
    template,
)
from tests.servers.tls import make_certificates
from tests.waiting import wait_until

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "160",
    "max_locks_per_transaction": "256",
    "autovacuum": "off",
    "timezone": "UTC",
    "logging_collector": "off",
}
PASSWORD = "correct horse: battery/staple@1"


def programs() -> Path:
    """The folder of the newest installed server, asked of pg_config or found where Debian puts them."""
    versions = [int(p.parent.parent.name) for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return Path(f"/usr/lib/postgresql/{max(versions)}/bin")
    config = shutil.which("pg_config")
    if config:
        folder = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout
        if (Path(folder.strip()) / "initdb").exists():
            return Path(folder.strip())
    raise Unavailable("no PostgreSQL server is installed: apt-get install postgresql postgresql-contrib")


@dataclass
class PostgresServer:
    """One cluster in ``root/name``. ``tcp`` adds a loopback port that asks for ``PASSWORD``; ``tls`` a
    certificate for ``localhost`` signed by ``root/name/ca.pem``. ``settings`` are added to the defaults."""

    root: Path
    name: str = "pg"
    tcp: bool = False
    tls: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 5432
    pid: int = 0
    user: str = "postgres"

    @property
    def folder(self) -> Path:
        return self.root / self.name

    def create(self) -> PostgresServer:
        """Make the data directory (copied from one made once per machine) and start."""
        account, binaries = Account.unprivileged("postgres"), programs()
        version = re.sub(r"[^\w.]+", "-", program_version(binaries / "postgres"))

        def initdb(target: Path) -> None:
            target.mkdir()
            account.own(target)
            options = ["-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8", "-U", self.user]
            account.run([binaries / "initdb", "-D", target, *options], target.parent)

        self.folder.mkdir()
        with template(f"postgres-{version}", initdb) as made:
            shutil.copytree(made, self.folder / "data")
        if self.tcp:
            self._secure()
        account.own(self.folder)
        (self.folder / "data").chmod(0o700)
        return self.start()

    def _secure(self) -> None:
        lines = ["local all all trust"]
        if self.tls:
            make_certificates(self.folder)
            for name in ("ca.pem", "server.pem", "server.key"):
                (self.folder / name).chmod(0o600 if name.endswith("key") else 0o644)
            lines.append("hostssl all all 127.0.0.1/32 scram-sha-256")
        else:
            lines.append("host all all 127.0.0.1/32 scram-sha-256")
        (self.folder / "data" / "pg_hba.conf").write_text("\n".join(lines) + "\n")

    def start(self) -> PostgresServer:
        """Start the server on its data directory and wait until it answers."""
        settings = SETTINGS | self.settings
        settings |= {"unix_socket_directories": str(self.folder), "listen_addresses": ""}
        if self.tcp:
            self.port = free_port()
            settings["listen_addresses"] = "127.0.0.1"
        if self.tls:
            files = {"ssl_cert_file": "server.pem", "ssl_key_file": "server.key"}
            settings |= {k: str(self.folder / v) for k, v in files.items()} | {"ssl": "on"}
        command: list[str | Path] = [
            programs() / "postgres",
            "-D",
            self.folder / "data",
            "-p",
            str(self.port),
        ]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        account = Account.unprivileged("postgres")
        self.pid = account.spawn(command, self.folder, self.folder / "log")
        note_process(self.root, self.name, self.pid, signal.SIGQUIT)
        wait_until(self.answers, f"PostgreSQL in {self.folder}; its log:\n{self.log()}")
        if self.tcp:
            self.execute(f"alter user {self.user} password '{PASSWORD}'")
        return self

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self.execute("select 1")
            return True
        return False

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop at once (SIGQUIT: clients lose their connection, no clean shutdown) and wait for the end."""
        stop_process(self.pid, self.root, how)

    def execute(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def conninfo(self, database: str = "postgres") -> str:
        """A libpq connection string over the Unix socket."""
        return f"host={self.folder} port={self.port} user={self.user} dbname={database}"

    def url(self, database: str = "postgres") -> str:
        """A SQLAlchemy URL over the Unix socket, no password."""
        query = f"host={self.folder}&port={self.port}"
        return f"postgresql+psycopg://{self.user}@/{quote(database, safe='')}?{query}"

    def tcp_url(self, database: str = "postgres", password: str = PASSWORD, query: str = "") -> str:
        """A SQLAlchemy URL over the loopback with the password; ``query`` is added as it is."""
        where = f"{self.user}:{quote(password, safe='')}@localhost:{self.port}"
        return f"postgresql+psycopg://{where}/{quote(database, safe='')}{'?' + query if query else ''}"


def program_version(path: Path) -> str:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split("(")[0].strip().split()[-1]
