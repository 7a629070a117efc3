"""The private database servers themselves: they answer, they isolate, they leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pymysql
import pytest
import sqlalchemy

from tests.servers.base import server_root, sweep
from tests.servers.mariadb import MariadbServer
from tests.servers.postgres import PostgresServer


def scalar(url: str, sql: str) -> object:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return connection.exec_driver_sql(sql).scalar()


def test_postgres_answers_by_url(pg_database: str) -> None:
    assert str(scalar(pg_database, "select current_database()")).startswith("t")
    assert scalar(pg_database, "show listen_addresses") == ""


def test_mariadb_answers_by_url(mariadb_database: str) -> None:
    assert str(scalar(mariadb_database, "select database()")).startswith("t")
    assert scalar(mariadb_database, "select @@skip_networking") == 1


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_postgres_over_tcp_needs_the_password(
    private_postgres: Callable[..., PostgresServer], tls: bool
) -> None:
    server = private_postgres(tcp=True, tls=tls)
    secure = f"sslmode=verify-full&sslrootcert={server.folder / 'ca.pem'}" if tls else ""
    assert scalar(server.tcp_url(query=secure), "select 1") == 1
    ssl = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
    assert scalar(server.tcp_url(query=secure), ssl) is tls
    with pytest.raises(sqlalchemy.exc.OperationalError, match="password authentication failed"):
        scalar(server.tcp_url(password="wrong"), "select 1")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_mariadb_over_tcp_needs_the_password(
    private_mariadb: Callable[..., MariadbServer], tls: bool
) -> None:
    server = private_mariadb(tcp=True, tls=tls)
    secure = f"ssl_ca={server.folder / 'ca.pem'}" if tls else ""
    assert scalar(server.tcp_url(query=secure), "select 1") == 1
    cipher = "select variable_value from information_schema.session_status where variable_name = 'Ssl_cipher'"
    assert bool(scalar(server.tcp_url(query=secure), cipher)) is tls
    with pytest.raises(sqlalchemy.exc.OperationalError, match="Access denied"):
        scalar(server.tcp_url(password="wrong", query=secure), "select 1")


def test_a_private_server_can_crash_and_come_back(
    private_postgres: Callable[..., PostgresServer], private_mariadb: Callable[..., MariadbServer]
) -> None:
    postgres, mariadb = private_postgres(), private_mariadb()
    postgres.stop()
    mariadb.stop(signal.SIGKILL)
    with pytest.raises(psycopg.OperationalError):
        postgres.execute("select 1")
    with pytest.raises(pymysql.OperationalError):
        mariadb.execute("select 1")
    assert scalar(postgres.start().url(), "select 1") == 1
    assert scalar(mariadb.start().url(), "select 1") == 1


RUN = """
import os, signal, sys
os.environ.pop("BACKLIGHT_TEST_SERVERS")
from tests.servers.base import server_root
from tests.servers.postgres import PostgresServer
root = server_root()
server = PostgresServer(root).create()
print(root, server.pid, flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("end", ["killed", "normal"])
def test_no_server_outlives_its_run(end: str, pg_server: PostgresServer) -> None:
    done = subprocess.run([sys.executable, "-c", RUN, end], capture_output=True, text=True)
    root, pid = Path(done.stdout.split()[0]), int(done.stdout.split()[1])
    if end == "killed":
        assert psutil.pid_exists(pid) and root.exists()
        sweep()
    assert not psutil.pid_exists(pid) and not root.exists()
    assert server_root().exists() and scalar(pg_server.url(), "select 1") == 1
