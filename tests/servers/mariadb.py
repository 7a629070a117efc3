"""A private MariaDB: Unix socket only, no fsync; on demand with TCP, a password and TLS."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pymysql

from tests.servers.base import Account, free_port, note_process, program, stop_process, template
from tests.servers.tls import make_certificates
from tests.waiting import wait_until

SETTINGS = {
    "innodb-flush-method": "nosync",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-fast-shutdown": "2",
    "innodb-buffer-pool-size": "64M",
    "innodb-log-file-size": "16M",
    "innodb-use-native-aio": "0",
    "sync-frm": "0",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_general_ci",
    "default-time-zone": "+00:00",
    "max-connections": "160",
    "local-infile": "0",
}
PASSWORD = "correct horse: battery/staple@1"


@dataclass
class MariadbServer:
    """One server in ``root/name``. ``tcp`` adds a loopback port where the user ``tcp`` needs ``PASSWORD``;
    ``tls`` a certificate for ``localhost`` signed by ``root/name/ca.pem``, which that user then must use."""

    root: Path
    name: str = "my"
    tcp: bool = False
    tls: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 3306
    pid: int = 0

    @property
    def folder(self) -> Path:
        return self.root / self.name

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    def create(self) -> MariadbServer:
        """Make the data directory (copied from one made once per machine) and start."""
        daemon = program("mariadbd", package="mariadb-server")
        installer = program("mariadb-install-db", package="mariadb-server")
        account = Account.unprivileged("mysql")
        text = subprocess.run([daemon, "--version"], capture_output=True, text=True, check=True).stdout
        version = re.sub(r"[^\w.]+", "-", text.split("Ver", 1)[-1].split("for", 1)[0].strip())

        def install(target: Path) -> None:
            target.mkdir()
            account.own(target)
            options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
            options.append(f"--innodb-log-file-size={SETTINGS['innodb-log-file-size']}")
            account.run([installer, *options, f"--datadir={target}"], target)

        self.folder.mkdir()
        with template(f"mariadb-{version}", install) as made:
            shutil.copytree(made, self.folder / "data")
        if self.tls:
            make_certificates(self.folder)
        account.own(self.folder)
        self.start()
        if self.tcp:
            need = "require ssl" if self.tls else ""
            self.execute(f"create user tcp@localhost identified by '{PASSWORD}' {need}")
            self.execute("grant all on *.* to tcp@localhost with grant option")
        return self

    def start(self) -> MariadbServer:
        """Start the server on its data directory and wait until it answers."""
        settings = SETTINGS | self.settings
        command: list[str | Path] = [program("mariadbd", package="mariadb-server"), "--no-defaults"]
        command += [f"--datadir={self.folder / 'data'}", f"--socket={self.socket}"]
        command += [f"--pid-file={self.folder / 'pid'}", f"--tmpdir={self.folder}"]
        command += [f"--{key}={value}" for key, value in settings.items()]
        if self.tcp:
            self.port = free_port()
            command += [f"--port={self.port}", "--bind-address=127.0.0.1"]
        else:
            command.append("--skip-networking")
        if self.tls:
            files = {"ca": "ca.pem", "cert": "server.pem", "key": "server.key"}
            command += [f"--ssl-{key}={self.folder / name}" for key, name in files.items()]
        account = Account.unprivileged("mysql")
        self.pid = account.spawn(command, self.folder, self.folder / "log")
        note_process(self.root, self.name, self.pid, signal.SIGTERM)
        wait_until(self.answers, f"MariaDB in {self.folder}; its log:\n{self.log()}")
        return self

    def answers(self) -> bool:
        with contextlib.suppress(pymysql.OperationalError):
            self.execute("select 1")
            return True
        return False

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server (SIGKILL: as a crash) and wait for its end."""
        stop_process(self.pid, self.root, how)

    def execute(self, sql: str, database: str | None = None) -> None:
        with (
            pymysql.connect(unix_socket=str(self.socket), user="root", database=database) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
            connection.commit()

    def url(self, database: str = "") -> str:
        """A SQLAlchemy URL over the Unix socket, as root without a password."""
        return f"mysql+pymysql://root@localhost/{quote(database, safe='')}?unix_socket={self.socket}"

    def tcp_url(self, database: str = "", password: str = PASSWORD, query: str = "") -> str:
        """A SQLAlchemy URL over the loopback as the user ``tcp``; ``query`` is added as it is."""
        where = f"tcp:{quote(password, safe='')}@127.0.0.1:{self.port}"
        return f"mysql+pymysql://{where}/{quote(database, safe='')}{'?' + query if query else ''}"
