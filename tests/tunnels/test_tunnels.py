"""Databases behind a real sshd: one tunnel for all sessions, questions asked and answered, nothing left."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

from embedded_server.connections.service import test as try_connection
from embedded_server.connections.service import unlock
from embedded_server.data.snapshots.handler import snapshot
from embedded_server.data.transfer import handlers
from embedded_server.wire.child_env import child_env
from embedded_server.wire.connections import Profile, TestRequest, UnlockRequest
from embedded_server.wire.loading import ImportRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.snapshots import SnapshotRequest
from embedded_server.wire.transfer import ExportRequest
from tests.runner.changes import ROOT
from tests.waiting import wait_until

from .conftest import House
from .sshd import SshHost, _make_key

ENGINES = ["postgresql", "mariadb"]


def forwarding(ssh_host: SshHost) -> list[psutil.Process]:
    """The ssh processes of tunnels through this host, helpers included."""
    mark = str(ssh_host.folder / "config")
    return [one for one in psutil.process_iter(["cmdline"]) if mark in (one.info["cmdline"] or [])]


def problem_of(work) -> Problem:
    with pytest.raises(ProblemError) as caught:
        work()
    return caught.value.problem


@pytest.fixture
def url(request, ssh_host):
    engine = request.param
    server = request.getfixturevalue({"postgresql": "private_postgres", "mariadb": "private_mariadb"}[engine])
    return server(tcp=True).tcp_url()


@pytest.mark.parametrize("url", ENGINES, indirect=True)
def test_sessions_share_one_tunnel_and_the_end_leaves_nothing(house: House, ssh_host, url) -> None:
    ssh_host.trust()
    house.save("far", url)
    assert house.rows("far", "select 1 + 1")[0][0] in (2, "2")
    with house.call("a").session("far"), house.call("b").session("far"):
        assert len(forwarding(ssh_host)) == 1
    answer = try_connection(TestRequest("far"), house.call("connections.test"))
    assert answer.engine in ("postgresql", "mysql") and len(forwarding(ssh_host)) == 1
    house.services.close()
    wait_until(lambda: not forwarding(ssh_host), "ssh to end")


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_work_in_a_process_of_its_own_goes_through_it_too(
    house: House, ssh_host, url, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(handlers, "LARGE_FILE", 10)
    ssh_host.trust()
    house.save("far", url)
    table = {"connection": "far", "table": "t", "allow_write": True}
    source, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("id\n" + "\n".join(map(str, range(100))) + "\n")
    create = "create table t(id integer primary key)"
    loaded = ImportRequest(path=str(source), create=create, **table)
    *_, done = handlers.load(loaded, house.call("data.import"))
    assert done.rows == 100
    asked = ExportRequest(connection="far", sql="select id from t", path=str(out), format="jsonl")
    *_, exported = handlers.export(asked, house.call("data.export"))
    assert exported.rows == 100 and len(out.read_text().splitlines()) == 100
    kept = SnapshotRequest(connection="far", table="t", order_by=["id desc"])
    *_, made = snapshot(kept, house.call("data.snapshot"))
    assert made.rows == 100


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_tunnel_that_broke_is_made_again(house: House, ssh_host, url) -> None:
    ssh_host.trust()
    house.save("far", url)
    assert house.rows("far", "select 1") == [("1",)]
    ssh_host.stop()
    wait_until(lambda: not forwarding(ssh_host), "ssh to notice")
    # The session that was open may notice first.
    codes = [problem_of(lambda: house.rows("far", "select 1")).code for _ in range(2)]
    assert codes[0] in ("connection.lost", "connection.tunnel") and codes[1] == "connection.tunnel"
    ssh_host.start()
    assert house.rows("far", "select 2") == [("2",)]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_an_unknown_host_key_is_shown_and_trusted_only_when_told(house: House, ssh_host, url) -> None:
    house.save("far", url)
    told = problem_of(lambda: house.rows("far", "select 1"))
    assert told.code == "ssh.question" and "SHA256:" in told.detail and "(yes/no" in told.detail
    assert "fingerprint" in told.hint and not ssh_host.known_hosts.exists()
    unlock(UnlockRequest("far", "no", question=told.detail), house.call("connections.unlock"))
    assert problem_of(lambda: house.rows("far", "select 1")).code == "connection.tunnel"
    assert not ssh_host.known_hosts.exists() or not ssh_host.known_hosts.read_text()
    unlock(UnlockRequest("far", "yes", question=told.detail), house.call("connections.unlock"))
    assert house.rows("far", "select 1") == [("1",)]
    assert f":{ssh_host.port}" in ssh_host.known_hosts.read_text()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_another_host_key_than_the_known_one_is_refused(house: House, ssh_host, url) -> None:
    ssh_host.trust()
    ssh_host.stop()
    ssh_host.host_key.unlink()
    _make_key(ssh_host.host_key)
    ssh_host.start()
    house.save("far", url)
    told = problem_of(lambda: house.rows("far", "select 1"))
    assert told.code == "connection.tunnel" and "IDENTIFICATION HAS CHANGED" in told.detail
    assert told.hint and "trust" in told.hint + told.detail


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_passphrase_is_asked_for_and_kept_in_memory(house: House, ssh_host, url, tmp_path) -> None:
    ssh_host.trust()
    ssh_host.key.unlink()
    _make_key(ssh_host.key, "open sesame")
    (ssh_host.folder / "authorized_keys").write_bytes((ssh_host.folder / "key.pub").read_bytes())
    house.save("far", url)
    told = problem_of(lambda: house.rows("far", "select 1"))
    assert told.code == "ssh.question" and "passphrase" in told.detail
    unlock(UnlockRequest("far", "wrong", question=told.detail), house.call("connections.unlock"))
    again = problem_of(lambda: house.rows("far", "select 1"))
    assert (again.code, again.hint) == ("ssh.question", "What was given before was refused.")
    assert problem_of(lambda: house.rows("far", "select 1")).hint == "", "it is not tried a second time"
    unlock(UnlockRequest("far", "open sesame", question=told.detail), house.call("connections.unlock"))
    assert house.rows("far", "select 1") == [("1",)]
    found = [path for path in (tmp_path / "workspace").rglob("*") if path.is_file()]
    assert found and not any(b"open sesame" in path.read_bytes() for path in found)


def test_what_cannot_be_reached_says_why(house: House, ssh_host, monkeypatch) -> None:
    ssh_host.trust()
    house.save("beyond", "postgresql+psycopg://me@no.such.db.invalid/app")
    told = problem_of(lambda: house.rows("beyond", "select 1"))
    assert "through bastion to no.such.db.invalid:5432: channel" in told.detail, told
    house.save("nowhere", "postgresql+psycopg://me@db/app", ssh="no.such.host.invalid")
    told = problem_of(lambda: house.rows("nowhere", "select 1"))
    assert told.code == "connection.tunnel" and "no.such.host.invalid" in told.detail and told.hint
    house.save("file", "sqlite:///x.db")
    assert "needs no ssh" in problem_of(lambda: house.rows("file", "select 1")).detail
    house.save("evil", "postgresql+psycopg://me@db/app", ssh="-oProxyCommand=touch /tmp/blt-evil")
    assert "invalid characters" in problem_of(lambda: house.rows("evil", "select 1")).detail
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "no program called ssh" in problem_of(lambda: house.rows("nowhere", "select 1")).detail


def test_an_unsaved_profile_can_be_tried(house: House, ssh_host, private_postgres) -> None:
    ssh_host.trust()
    profile = Profile("", private_postgres(tcp=True).tcp_url(), "shared", options={"ssh": "bastion"})
    answer = try_connection(TestRequest(profile=profile), house.call("connections.test"))
    assert answer.engine == "postgresql" and answer.read_only is False


@pytest.mark.process
def test_a_killed_server_leaves_no_ssh_behind(ssh_host, private_postgres, tmp_path) -> None:
    ssh_host.trust()
    code = (
        "import sys, time; from pathlib import Path\n"
        "from embedded_server.secrets import Secrets; from embedded_server.tunnels import Tunnels\n"
        "from embedded_server.engines.base import Target\n"
        "Tunnels(Secrets()).reach(Target(sys.argv[1], options={'ssh': 'bastion'}))\n"
        "print('through', flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, private_postgres(tcp=True).tcp_url()]
    server = subprocess.Popen(command, cwd=ROOT, env=child_env(), stdout=subprocess.PIPE)
    assert server.stdout is not None and server.stdout.readline() == b"through\n"
    assert forwarding(ssh_host)
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    wait_until(lambda: not forwarding(ssh_host), "ssh to end with its server")
