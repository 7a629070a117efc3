"""One window per workspace: a second start hands over what it should open and ends.

A lock says whose the workspace is. The socket where a later start hands over is opened once the first frame
stands: loading Qt's network costs the start 12 ms.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from PySide6.QtCore import QLockFile, QObject, Signal

from desktop.context import Launch

if TYPE_CHECKING:
    from .handing_over import Doorkeeper

# Socket paths are limited to 107 bytes on Linux, 103 on macOS.
LONGEST_PATH = 100


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
        self._door: Doorkeeper | None = None

    def claim(self) -> bool:
        """Take the workspace; False if another window has it."""
        return self._lock.tryLock(0)

    def listen(self) -> None:
        """Hear what later starts hand over. They wait for this a while."""
        from .handing_over import Doorkeeper  # noqa: PLC0415  # lazy: see above

        self._door = Doorkeeper(self._name, self)
        self._door.launched.connect(self.launched)

    def release(self) -> None:
        """Give the workspace back."""
        if self._door is not None:
            self._door.close()
        self._lock.unlock()

    def hand_over(self, launch: Launch | None) -> bool:
        """Ask the window that has the workspace to come to the front and open this; False if it is deaf."""
        from .handing_over import hand_over  # noqa: PLC0415  # lazy: see above

        return hand_over(self._name, launch)


def socket_name(workspace: Path) -> str:
    """A socket inside the private workspace folder, or a name made from it where paths are too long."""
    path = str(workspace.absolute() / "window.socket")
    if os.name == "posix" and len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    # Long enough to tell one user's workspaces apart; a stranger's socket is refused by the lock.
    return f"backlight-{crc32(os.fsencode(path)):08x}-{len(path)}"
