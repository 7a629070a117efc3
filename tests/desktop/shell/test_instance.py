"""One window per workspace: the claim, the handing over, and names left behind by killed windows."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from desktop.context import Launch
from desktop.shell.capabilities import Capability, find_capabilities
from desktop.shell.instance import Instance, socket_name
from desktop.shell.options import Options, default_workspace, parse

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def first(tmp_path, qapp):
    instance = Instance(tmp_path / "w")
    assert instance.claim()
    instance.listen()
    yield instance
    instance.release()


def test_a_second_window_cannot_claim(first, tmp_path):
    assert not Instance(tmp_path / "w").claim()
    assert Instance(tmp_path / "other").claim()


SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.context import Launch
from desktop.shell.instance import Instance
app = QCoreApplication([])
instance = Instance(Path(sys.argv[1]))
assert not instance.claim()
launch = Launch(sys.argv[2], sys.argv[3], "/somewhere") if len(sys.argv) > 2 else None
sys.exit(0 if instance.hand_over(launch) else 5)
"""


def start_second(workspace: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", SECOND, str(workspace), *words]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def test_a_second_start_hands_over_what_it_should_open(first, tmp_path, qtbot):
    with qtbot.waitSignal(first.launched, timeout=20_000) as handed:
        second = start_second(tmp_path / "w", "shop.db", "orders")
    assert handed.args == [Launch("shop.db", "orders", "/somewhere")]
    assert second.wait() == 0


def test_a_second_start_with_nothing_to_open_brings_the_window_to_the_front(first, tmp_path, qtbot):
    with qtbot.waitSignal(first.launched, timeout=20_000) as handed:
        second = start_second(tmp_path / "w")
    assert handed.args == [None]
    assert second.wait() == 0


def test_nonsense_on_the_socket_is_refused(first, tmp_path, qtbot):
    socket = QLocalSocket()
    socket.connectToServer(socket_name(tmp_path / "w"))
    assert socket.waitForConnected(2000)
    with qtbot.assertNotEmitted(first.launched), qtbot.waitSignal(socket.disconnected):
        socket.write(b'{"launch": \n')


@pytest.mark.skipif(os.name != "posix", reason="socket files")
def test_only_this_user_may_connect(first, tmp_path):
    mode = (tmp_path / "w" / "window.socket").stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0
    assert (tmp_path / "w").stat().st_mode & 0o077 == 0


def test_long_paths_get_a_short_name(tmp_path):
    deep = tmp_path / ("x" * 120)
    assert socket_name(deep).startswith("backlight-") and socket_name(deep) != socket_name(deep / "y")


HOLDER = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.shell.instance import Instance
app = QCoreApplication([])
instance = Instance(Path(sys.argv[1]))
print(instance.claim(), flush=True)
app.exec()
"""


def test_a_killed_window_leaves_the_workspace_free(tmp_path, qapp):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "w")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"True\n"
        assert not Instance(tmp_path / "w").claim()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    instance = Instance(tmp_path / "w")
    assert instance.claim()
    instance.release()


# Options and capabilities


def test_words_of_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = parse(["shop.db", "-t", "orders", "--profile", "p"])
    assert options.profile == tmp_path / "p" and options.workspace == tmp_path / "p" / "workspace"
    assert options.launch == Launch("shop.db", "orders", str(tmp_path))
    options = parse(["--workspace", "w"])
    assert options.workspace == tmp_path / "w" and options.launch is None
    assert options.profile.name == "backlight"
    assert isinstance(options, Options)


def test_nonsense_on_the_command_line_exits_with_a_usage_line(capsys):
    with pytest.raises(SystemExit) as gone:
        parse(["--frobnicate"])
    assert gone.value.code == 2 and "usage: main.py" in capsys.readouterr().err


def test_the_workspace_is_the_servers_default(monkeypatch):
    monkeypatch.delenv("BACKLIGHT_WORKSPACE", raising=False)
    assert default_workspace().parts[-2:] == ("backlight", "workspace")
    code = "from embedded_server.store.workspace import default_folder; print(default_folder())"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()) == default_workspace()
    monkeypatch.setenv("BACKLIGHT_WORKSPACE", "/elsewhere")
    assert default_workspace() == Path("/elsewhere")


def test_capabilities_are_found_in_order():
    found = find_capabilities()
    assert [(one.order, one.name) for one in found] == sorted((one.order, one.name) for one in found)
    assert all(isinstance(one, Capability) and callable(one.register) for one in found)
    assert not {"shell", "kit", "api"} & {one.name for one in found}
