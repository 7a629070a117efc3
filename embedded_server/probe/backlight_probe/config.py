"""What the environment asks of the probe: where to report, what to leave out, how much to keep."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Mapping, NamedTuple
from urllib.parse import urlsplit

# Bounds. One request may cost this much at most; the queue as much as its two limits.
BODY_BYTES = 64 * 1024
MOST_STATEMENTS, MOST_LOGS, MOST_SPANS = 2000, 500, 500
PARAM_CHARS, LOG_CHARS, SQL_CHARS = 2048, 4096, 64 * 1024
QUEUE_ITEMS, QUEUE_BYTES = 1000, 8 * 1024 * 1024
MOST_FRAMES = 4

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PRODUCTION = ("FLASK_ENV", "APP_ENV", "ENV", "ENVIRONMENT", "DJANGO_ENV", "NODE_ENV")
# Each source and the variable that turns it off with 0.
SOURCES = {
    "sql": "BACKLIGHT_SQL",
    "callers": "BACKLIGHT_CALLERS",
    "pool": "BACKLIGHT_POOL",
    "logs": "BACKLIGHT_LOGS",
    "exceptions": "BACKLIGHT_EXCEPTIONS",
    "templates": "BACKLIGHT_TEMPLATES",
    "http": "BACKLIGHT_HTTP",
    "redis": "BACKLIGHT_REDIS",
    "bodies": "BACKLIGHT_BODIES",
    "headers": "BACKLIGHT_HEADERS",
    "describe": "BACKLIGHT_DESCRIBE",
}
_OFF = ("0", "no", "off", "false")


class Address(NamedTuple):
    """Where the server of the workspace listens, and what opens its intake."""

    host: str
    port: int
    token: str


class Settings:
    """Read once at the start; only the address is read again at each connection."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.url = environ.get("BACKLIGHT_URL", "")
        self.token = environ.get("BACKLIGHT_TOKEN", "")
        self.address_file = environ.get("BACKLIGHT_ADDRESS", "")
        self._stamp = 0
        self.spool = environ.get("BACKLIGHT_SPOOL", "")
        self.app = environ.get("BACKLIGHT_APP", "")
        self.remote = environ.get("BACKLIGHT_ALLOW_REMOTE", "0").lower() not in _OFF
        self.locals = environ.get("BACKLIGHT_LOCALS", "0").lower() not in _OFF
        self.keep = frozenset(
            word.strip().lower() for word in environ.get("BACKLIGHT_KEEP", "").split(",") if word
        )
        self.sources = {name: environ.get(key, "1").lower() not in _OFF for name, key in SOURCES.items()}
        self.on = bool((self.url and self.token) or self.address_file or self.spool)
        if self.on:
            self._warn(environ)

    def _warn(self, environ: Mapping[str, str]) -> None:
        if any(environ.get(name, "").lower().startswith("prod") for name in PRODUCTION):
            say("this environment calls itself production; requests are being captured")

    def address(self) -> Address | None:
        """The server's address as it stands now; None when there is none or it may not be used."""
        url, token = self.url, self.token
        if self.address_file:
            self._stamp = _stamp(self.address_file)
            found = _read(self.address_file)
            if not _lives(found.get("pid")):
                # Whoever listens there now is not the server that wrote this.
                return None
            url, token = str(found.get("url", "")), str(found.get("token", ""))
        host, port = _split(url)
        if not host or not token:
            return None
        if host not in LOOPBACK and not self.remote:
            say_once(f"{host} is not this machine; set BACKLIGHT_ALLOW_REMOTE=1 to report there")
            return None
        return Address(host, port, token)

    def secret(self) -> str:
        """The workspace's token, whether a server runs or not; "" when there has never been one."""
        return str(_read(self.address_file).get("token", "")) if self.address_file else self.token

    def moved(self) -> bool:
        """Whether the address file was written since `address` read it."""
        return bool(self.address_file) and _stamp(self.address_file) != self._stamp


def _lives(process: Any) -> bool:
    """Whether a process runs, as far as this system tells without touching it."""
    if os.name != "posix" or not isinstance(process, int) or process <= 0:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _split(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "", parts.port or 80) if parts.scheme == "http" else ("", 0)
    except ValueError:
        return "", 0


def say(text: str) -> None:
    """One line for whoever started the application."""
    try:
        print("backlight-probe: " + text, file=sys.stderr)
    except Exception:
        pass


_said = set()


def say_once(text: str) -> None:
    """As `say`, the first time only."""
    if text not in _said:
        _said.add(text)
        say(text)


SETTINGS = Settings(os.environ)


class Fuse:
    """Lets a source fail three times, then turns it off: an application is never hurt by being watched."""

    MOST = 3

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults = 0
        self.on = SETTINGS.sources.get(name, True)

    def fault(self, error: BaseException) -> None:
        """Note a failure of the probe itself."""
        self.faults += 1
        if self.faults >= self.MOST and self.on:
            self.on = False
            say_once(f"{self.name} is off after {self.MOST} faults: {type(error).__name__}: {error}")


FUSES = {name: Fuse(name) for name in [*SOURCES, "requests"]}
