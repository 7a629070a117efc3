"""A real server process, spoken to over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded_server.http_caller import HttpCaller


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Raw:
    """Requests with full control over every header."""

    def __init__(self, caller: HttpCaller) -> None:
        self.port = caller.port
        self.token = caller.token
        self.pid = caller.process.pid
        self.process = caller.process

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str | None) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        for name in [name.replace("_", "-") for name, value in headers.items() if value is None]:
            sent.pop(name, None)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in sent, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        if body is not None and "Content-Length" not in sent:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    def call(self, name: str, request: dict[str, Any], **headers: str | None) -> Answer:
        path = "/api/" + name.replace(".", "/")
        return self.send("POST", path, json.dumps(request).encode(), **headers)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpCaller]:
    caller = HttpCaller(Path(tmp_path_factory.mktemp("workspace")))
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def raw(caller: HttpCaller) -> Raw:
    return Raw(caller)
