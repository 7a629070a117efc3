"""One window per workspace: a second start hands over what it should open and ends."""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32

import msgspec
from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop.context import Launch

# Socket paths are limited to 107 bytes on Linux, 103 on macOS.
LONGEST_PATH = 100
WAIT_MILLISECONDS = 3000


class Instance(QObject):
    """The claim on a workspace. `launched(Launch | None)`: another start wants this window in front."""

    launched = Signal(object)

    def __init__(self, workspace: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = QLockFile(str(workspace / "window.lock"))
        # Stale only if its process is gone, however long the window has been open.
        self._lock.setStaleLockTime(0)
        self._name = socket_name(workspace)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)

    def claim(self) -> bool:
        """Take the workspace; False if another window has it."""
        if not self._lock.tryLock(0):
            return False
        # The name of a window that was killed is still there; we hold the lock, so nobody uses it.
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Give the workspace back."""
        self._server.close()
        self._lock.unlock()

    def hand_over(self, launch: Launch | None) -> bool:
        """Ask the window that has the workspace to come to the front and open this; False if it is deaf."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MILLISECONDS):
            return False
        socket.write(msgspec.json.encode(launch) + b"\n")
        socket.flush()
        if not socket.waitForReadyRead(WAIT_MILLISECONDS):
            return False
        return socket.readAll().data() == b"ok\n"

    def _connected(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)

    def _read(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket) or not socket.canReadLine():
            return
        try:
            launch = msgspec.json.decode(socket.readLine().data(), type=Launch | None)
        except msgspec.MsgspecError:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self.launched.emit(launch)


def socket_name(workspace: Path) -> str:
    """A socket inside the private workspace folder, or a name made from it where paths are too long."""
    path = str(workspace.absolute() / "window.socket")
    if os.name == "posix" and len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    # Long enough to tell one user's workspaces apart; a stranger's socket is refused by the lock.
    return f"backlight-{crc32(os.fsencode(path)):08x}-{len(path)}"
