"""Saved connections: what is stored, tested and listed. Secrets go in and never come out."""

from __future__ import annotations

from typing import Literal

import msgspec

from .endpoint import Done, Endpoint, Nothing, Scope

ConnectionClass = Literal["local", "shared", "production"]


class Profile(msgspec.Struct, frozen=True):
    """A saved database target.

    `url` is a SQLAlchemy URL without a password; `class_` ("class" on the wire) decides frame,
    colour, confirmations and the default of `read_only`; `options` are engine options such as
    `sslmode` or `sslrootcert`, merged into the URL's query, and `ssh`: the host (`USER@HOST:PORT` or an
    alias of ssh's configuration) through which the system's ssh reaches the URL's host.
    """

    name: str
    url: str
    class_: ConnectionClass = msgspec.field(default="local", name="class")
    read_only: bool = False
    color: str = ""
    options: dict[str, str] = {}
    zone: str = ""
    has_secret: bool = False
    last_used: str = ""


class ProfileList(msgspec.Struct, frozen=True):
    """Saved connections, most recently used first."""

    connections: list[Profile]


class SaveRequest(msgspec.Struct, frozen=True):
    """Create or replace a profile. `previous` renames. `secret` null keeps, "" forgets the password."""

    connection: Profile
    previous: str = ""
    secret: str | None = None


class SaveResponse(msgspec.Struct, frozen=True):
    """The profile as stored; `secret_stored` says where the password went: keyring, memory, none."""

    connection: Profile
    secret_stored: Literal["keyring", "memory", "none"] = "none"


class ConnectionRequest(msgspec.Struct, frozen=True):
    """Name a connection: a saved one, or a URL. `allow_write` lifts read-only for a URL."""

    connection: str
    allow_write: bool = False


class TestRequest(msgspec.Struct, frozen=True):
    """Try a saved connection, a URL, or an unsaved `profile` with an unsaved `secret`.

    `shared` asks over a session that the connection's other calls use too, instead of opening one more;
    nothing is measured then.
    """

    __test__ = False

    connection: str = ""
    profile: Profile | None = None
    secret: str | None = None
    allow_write: bool = False
    shared: bool = False


class TestResponse(msgspec.Struct, frozen=True):
    """What answered. `latency_ms` is one round trip of an open session, `connect_ms` opening it."""

    __test__ = False

    engine: str
    server_version: str
    class_: ConnectionClass = msgspec.field(name="class")
    read_only: bool
    latency_ms: float
    connect_ms: float
    database: str = ""
    user: str = ""
    tls: bool | None = None
    zone: str = ""
    notes: list[str] = []


class UnlockRequest(msgspec.Struct, frozen=True):
    """The password asked for by `secret.needed`; kept in memory, in the keyring only if `remember`.

    With `question`, the detail of a `ssh.question`, it is the answer to that: used when ssh asks again.
    """

    connection: str
    secret: str
    remember: bool = False
    question: str = ""


class DiscoverRequest(msgspec.Struct, frozen=True):
    """Look for connections in a project folder (alembic.ini, pyproject.toml, .env, Flask config, *.db)."""

    folder: str


class Discovered(msgspec.Struct, frozen=True):
    """A connection found in a file. `url` carries no password; `source` is `file:line`."""

    name: str
    url: str
    source: str
    has_secret: bool = False


class DiscoverResponse(msgspec.Struct, frozen=True):
    """Connections found in the folder, the most telling source first."""

    found: list[Discovered]


class AdoptRequest(msgspec.Struct, frozen=True):
    """Save a discovered connection under `name`, taking its password from the same source."""

    folder: str
    source: str
    url: str
    name: str = ""


LIST = Endpoint("connections.list", "GET", "/api/connections/list", Nothing, ProfileList, "Saved connections")
SAVE = Endpoint(
    "connections.save", "POST", "/api/connections/save", SaveRequest, SaveResponse, "Save", Scope.WRITE
)
DELETE = Endpoint(
    "connections.delete", "POST", "/api/connections/delete", ConnectionRequest, Done, "Delete", Scope.WRITE
)
TEST = Endpoint("connections.test", "POST", "/api/connections/test", TestRequest, TestResponse, "Try it")
UNLOCK = Endpoint(
    "connections.unlock", "POST", "/api/connections/unlock", UnlockRequest, Done, "Give a password"
)
CLOSE = Endpoint("connections.close", "POST", "/api/connections/close", ConnectionRequest, Done, "Disconnect")
DISCOVER = Endpoint(
    "connections.discover",
    "POST",
    "/api/connections/discover",
    DiscoverRequest,
    DiscoverResponse,
    "Find connections in a project folder",
)
ADOPT = Endpoint(
    "connections.adopt",
    "POST",
    "/api/connections/adopt",
    AdoptRequest,
    SaveResponse,
    "Save a found one",
    Scope.WRITE,
)
