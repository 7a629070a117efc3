"""What the server says of itself, its events and its running work."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Nothing


class EngineInfo(msgspec.Struct, frozen=True):
    """A database engine this build can talk to; `capabilities` maps a name to whether it can."""

    name: str
    title: str
    schemes: list[str]
    capabilities: dict[str, bool]
    available: bool = True
    reason: str = ""


class ServerInfo(msgspec.Struct, frozen=True):
    """Identity of the running server; `epoch` changes at each start."""

    version: str
    python: str
    epoch: str
    workspace: str
    engines: list[EngineInfo]
    pid: int


class Event(msgspec.Struct, frozen=True):
    """Something that changed: `kind` is `capability.what`, `data` its details."""

    number: int
    kind: str
    data: dict[str, Any] = {}


class PollRequest(msgspec.Struct, frozen=True):
    """Wait up to `wait` seconds (at most 25) for events numbered above `after` of `epoch`."""

    after: int = 0
    epoch: str = ""
    wait: float = 25.0


class PollResponse(msgspec.Struct, frozen=True):
    """`reset` means events were missed (a gap, or another epoch): refetch what you show."""

    epoch: str
    last: int
    events: list[Event]
    reset: bool = False


JobState = Literal["queued", "running", "cancelling"]


class Job(msgspec.Struct, frozen=True):
    """A running call: `id` as the caller chose it, `elapsed_ms` since it was queued."""

    id: str
    name: str
    state: JobState
    elapsed_ms: float
    connection: str = ""
    lane: str = ""
    progress: str = ""


class JobList(msgspec.Struct, frozen=True):
    """Running and queued work, oldest first."""

    jobs: list[Job]


class CancelRequest(msgspec.Struct, frozen=True):
    """Cancel the work with this id; unknown ids answer `found: false`."""

    id: str


class CancelResponse(msgspec.Struct, frozen=True):
    """Whether there was such work and whether the database was told."""

    found: bool
    signalled: bool = False


INFO = Endpoint("server.info", "GET", "/api/server/info", Nothing, ServerInfo, "Version, engines, workspace")
STOP = Endpoint("server.stop", "POST", "/api/server/stop", Nothing, Done, "Shut the server down in order")
POLL = Endpoint("events.poll", "GET", "/api/events/poll", PollRequest, PollResponse, "Wait for changes")
JOBS = Endpoint("jobs.list", "GET", "/api/jobs/list", Nothing, JobList, "Running work")
CANCEL = Endpoint("jobs.cancel", "POST", "/api/jobs/cancel", CancelRequest, CancelResponse, "Cancel work")
