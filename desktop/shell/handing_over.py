"""Both ends of the socket through which a second start hands over what it should open."""

from __future__ import annotations

from time import monotonic

import msgspec
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop.context import Launch

WAIT_MILLISECONDS = 3000
# A window that is just starting does not listen yet.
RETRY_MILLISECONDS = 20


class Doorkeeper(QObject):
    """The end of the window that has the workspace. `launched(Launch | None)`: another start's wish."""

    launched = Signal(object)

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        # The name of a window that was killed is still there; we hold the lock, so nobody uses it.
        QLocalServer.removeServer(name)
        self._server.listen(name)

    def close(self) -> None:
        """Hear nobody any more."""
        self._server.close()

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


def hand_over(name: str, launch: Launch | None) -> bool:
    """The second start's end: whether somebody took it."""
    socket = _reached(name)
    if socket is None:
        return False
    socket.write(msgspec.json.encode(launch) + b"\n")
    socket.flush()
    if not socket.waitForReadyRead(WAIT_MILLISECONDS):
        return False
    return socket.readAll().data() == b"ok\n"


def _reached(name: str) -> QLocalSocket | None:
    deadline = monotonic() + WAIT_MILLISECONDS / 1000
    while True:
        socket = QLocalSocket()
        socket.connectToServer(name)
        if socket.waitForConnected(WAIT_MILLISECONDS):
            return socket
        if monotonic() > deadline:
            return None
        QThread.msleep(RETRY_MILLISECONDS)
