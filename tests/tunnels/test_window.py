"""In the window: the form saves the tunnel, and what ssh asks is answered where it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.connections.form import ConnectionForm
from desktop.data.tree_pane import TreePane
from embedded_server.http_caller import HttpCaller
from embedded_server.wire.refs import ConnectionRef
from tests.live import window_on

PATIENCE = 30_000


@pytest.fixture
def shell(ssh_host, qapp, qtbot, tmp_path: Path):
    """A window on a server that knows the ssh host as `bastion`."""
    server = HttpCaller(tmp_path / "workspace")
    with window_on(qapp, server, tmp_path / "profile", tmp_path / "workspace") as shell:
        with qtbot.waitExposed(shell.window):
            shell.window.show()
        yield shell
    server.close()


def button(root: QWidget, text: str) -> QAbstractButton | None:
    found = [one for one in root.findChildren(QAbstractButton) if one.text() == text and one.isVisible()]
    return found[0] if found else None


def test_a_tunnel_is_saved_tried_and_trusted(shell, qtbot, private_postgres, ssh_host) -> None:
    url = private_postgres(tcp=True).tcp_url()
    form = shell.window.bench.open(ConnectionRef(""), keep=True)
    assert isinstance(form, ConnectionForm)
    form.name.setText("far shop")
    form.url.setText(url)
    form.ssh.setText("bastion")
    form.options.setText("application_name=tried")
    qtbot.mouseClick(button(form, "Test"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button(form, "Trust this host and connect") is not None, timeout=PATIENCE)
    assert not ssh_host.known_hosts.exists()
    qtbot.mouseClick(button(form, "Trust this host and connect"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "answered in" in form.answered(), timeout=PATIENCE)
    assert f":{ssh_host.port}" in ssh_host.known_hosts.read_text()
    qtbot.mouseClick(button(form, "Save and open"), Qt.MouseButton.LeftButton)
    tree = shell.window.findChild(TreePane)
    qtbot.waitUntil(lambda: tree.isVisible() and tree.model.rowCount() > 0, timeout=PATIENCE)
    again = shell.window.bench.open(ConnectionRef("far shop"), keep=True)
    assert isinstance(again, ConnectionForm)
    assert (again.ssh.text(), again.options.text()) == ("bastion", "application_name=tried")


def test_the_tree_asks_what_ssh_asks(shell, qtbot, private_postgres, ssh_host) -> None:
    form = shell.window.bench.open(ConnectionRef(""), keep=True)
    assert isinstance(form, ConnectionForm)
    form.name.setText("far shop")
    form.url.setText(private_postgres(tcp=True).tcp_url())
    form.ssh.setText("bastion")
    form.save()
    tree = shell.window.findChild(TreePane)
    qtbot.waitUntil(lambda: button(tree, "Trust this host and connect") is not None, timeout=PATIENCE)
    qtbot.mouseClick(button(tree, "Trust this host and connect"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tree.model.rowCount() > 0, timeout=PATIENCE)
    assert f":{ssh_host.port}" in ssh_host.known_hosts.read_text()
