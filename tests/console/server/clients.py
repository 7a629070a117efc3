"""Where the products' own clients cut a script: what `psql` and `mariadb` send, what SQLite takes."""

from __future__ import annotations

import re
import socket
import sqlite3
import struct
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pymysql

from embedded_server.wire.child_env import child_env
from tests.servers.mariadb import MariadbServer
from tests.servers.postgres import programs

_READY = b"Z" + struct.pack("!i", 5) + b"I"
_MARK = "select 'mark of the corpus';"


class PsqlRecorder(threading.Thread):
    """Answers `psql` as a server would that does nothing, and keeps what it is sent."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.queries: list[str] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()

    def run(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as incoming:
            (size,) = struct.unpack("!i", incoming.read(4))
            incoming.read(size - 4)
            parameters = b"server_version\x0015.0\x00"
            told = b"S" + struct.pack("!i", len(parameters) + 4) + parameters
            connection.sendall(b"R" + struct.pack("!ii", 8, 0) + told + _READY)
            while (kind := incoming.read(1)) and kind != b"X":
                (size,) = struct.unpack("!i", incoming.read(4))
                body = incoming.read(size - 4)
                if kind == b"Q":
                    self._query(connection, body[:-1].decode())
                elif kind in (b"c", b"f"):
                    connection.sendall(_complete("COPY 0") + _READY)
        self._listener.close()

    def _query(self, connection: socket.socket, sql: str) -> None:
        self.queries.append(sql)
        if re.match(r"(?is)\s*(?:--[^\n]*\n\s*)*copy\b.*\bfrom\s+stdin\b", sql):
            connection.sendall(b"G" + struct.pack("!ibh", 7, 0, 0))
        else:
            connection.sendall(_complete("DO") + _READY)


def _complete(tag: str) -> bytes:
    body = tag.encode() + b"\0"
    return b"C" + struct.pack("!i", len(body) + 4) + body


def cut_by_psql(scripts: Sequence[str], folder: Path) -> list[list[str]]:
    """What psql sends of each script."""
    recorder = PsqlRecorder(folder)
    recorder.start()
    whole = folder / "whole.sql"
    whole.write_text("".join(f"{script}\n{_MARK}\n" for script in scripts), encoding="utf-8")
    command = [programs() / "psql", "-X", "-q", "-h", folder, "-U", "nobody", "-d", "none", "-f", whole]
    subprocess.run(command, env=child_env(), capture_output=True, timeout=60, check=True)
    recorder.join(30)
    return _parted(recorder.queries)


def cut_by_mariadb(scripts: Sequence[str], server: MariadbServer, folder: Path) -> list[list[str]]:
    """What the client sends of each script; whether the server likes it does not matter."""
    server.execute("create database corpus")
    server.execute("set global log_output = 'TABLE'")
    server.execute("set global general_log = 1")
    whole = folder / "whole.sql"
    text = "".join(f"{script}\nDELIMITER ;\n{_MARK}\n" for script in scripts)
    # Queries before the first mark are those of connecting.
    text = f"{_MARK}\n{text}"
    whole.write_text(text, encoding="utf-8")
    command = ["mariadb", "--no-defaults", "--force", "--comments", f"--socket={server.socket}", "-uroot"]
    with whole.open("rb") as file:
        subprocess.run(
            [*command, "corpus"], stdin=file, env=child_env(), capture_output=True, timeout=60, check=False
        )
    server.execute("set global general_log = 0")
    asked = "select argument from mysql.general_log where command_type = 'Query'"
    with (
        pymysql.connect(unix_socket=str(server.socket), user="root") as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(asked)
        sent = [str(row[0]) for row in cursor.fetchall()]
    # The client sends USE in a way of its own, and asks where it is.
    own = ("set global general_log = 0", asked, "SELECT DATABASE()")
    return _parted([sql for sql in sent if sql not in own])[1:]


def _parted(sent: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for sql in sent:
        if sql.strip().rstrip(";") == _MARK.rstrip(";"):
            found.append([])
        else:
            found[-1].append(sql)
    return found[:-1]


def cut_by_sqlite(script: str) -> list[str]:
    """Statements as `sqlite3_complete` ends them."""
    found: list[str] = []
    begin = 0
    for semicolon in re.finditer(";", script):
        piece = script[begin : semicolon.end()]
        if sqlite3.complete_statement(piece):
            found.append(piece)
            begin = semicolon.end()
    rest = script[begin:]
    return [*found, rest] if rest.strip() else found
