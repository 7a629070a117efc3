"""Passwords: the system's keyring, the environment, or memory; never plain text on disk."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from typing import Literal, TypeVar

SERVICE = "backlight"
KEYRING_SECONDS = 3.0
T = TypeVar("T")


def environment_name(connection: str) -> str:
    """The variable that carries a connection's password on a machine without a keyring."""
    return "BACKLIGHT_SECRET_" + re.sub(r"[^A-Z0-9]", "_", connection.upper())


class Secrets:
    """Looks a password up by connection name. Keyring calls may hang, so they run beside the request."""

    def __init__(self, *, use_keyring: bool = True) -> None:
        self._memory: dict[str, str] = {}
        self.use_keyring = use_keyring
        self._lock = threading.Lock()

    def get(self, connection: str, *, stored: bool = True) -> str | None:
        """The password, or None if none is known; `stored` false spares asking the keyring."""
        with self._lock:
            known = self._memory.get(connection)
        if known is not None:
            return known
        from_environment = os.environ.get(environment_name(connection))
        if from_environment is not None:
            return from_environment
        if not stored:
            return None
        found = self._keyring(lambda keyring: keyring.get_password(SERVICE, connection))
        if isinstance(found, str):
            self.remember(connection, found)
            return found
        return None

    def remember(self, connection: str, secret: str) -> None:
        """Keep a password in memory until the server ends."""
        with self._lock:
            self._memory[connection] = secret

    def store(self, connection: str, secret: str) -> Literal["keyring", "memory"]:
        """Keep a password, in the keyring if there is a working one; says where it went."""
        self.remember(connection, secret)
        stored = self._keyring(lambda keyring: (keyring.set_password(SERVICE, connection, secret), True)[1])
        return "keyring" if stored else "memory"

    def forget(self, connection: str) -> None:
        """Remove a password everywhere."""
        with self._lock:
            self._memory.pop(connection, None)
        self._keyring(lambda keyring: keyring.delete_password(SERVICE, connection))

    def _keyring(self, use: Callable[..., T]) -> T | None:
        if not self.use_keyring:
            return None
        results: list[T] = []

        def work() -> None:
            try:
                import keyring  # noqa: PLC0415  # lazy: 70 ms, and only with saved passwords

                results.append(use(keyring))
            except Exception:
                # Every backend raises its own classes; a keyring that fails counts as none.
                return

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(KEYRING_SECONDS)
        return results[0] if results else None
