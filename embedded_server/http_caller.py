"""`call --server`: the same calls over HTTP to a server started for them."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from embedded_server.wire.endpoint import Endpoint, declared
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.values import json_decoder


def server_command() -> list[str]:
    """The command line that starts the server, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "serve"]
    return [sys.executable, str(Path(__file__).resolve().parents[1] / "main.py"), "serve"]


class HttpCaller:
    """A child server and a client for it."""

    def __init__(self, workspace: Path | None) -> None:
        self.token = secrets.token_hex(32)
        # Our own program keeps the environment as it is; only foreign programs get a cleaned one.
        self.process = subprocess.Popen(
            server_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        start = {"token": self.token, "workspace": str(workspace or "")}
        self.process.stdin.write(json.dumps(start) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"ready": false}')
        if not answer["ready"]:
            self.close()
            refusal = answer.get("problem")
            raise ProblemError(msgspec.convert(refusal, Problem)) if refusal else problem("server.start")
        self.port: int = answer["port"]
        self._endpoints: dict[str, Endpoint[msgspec.Struct, msgspec.Struct]] = declared()

    def names(self) -> list[str]:
        """Names in the server's OpenAPI document."""
        paths = json.loads(self._send("GET", "/openapi.json", b"", "").read())["paths"]
        return sorted(operation["operationId"] for path in paths.values() for operation in path.values())

    def call(self, name: str, body: bytes, call_id: str) -> Iterator[bytes]:
        """Send one call; lines of a stream are handed on as they come."""
        endpoint = self._endpoints.get(name)
        if endpoint is None:
            known = ", ".join(self.names())
            raise problem("request.not_found", detail=name, hint=f"Known endpoints: {known}")
        path = endpoint.path
        if endpoint.method == "GET":
            path += "?" + urlencode(self._fields(body))
        response = self._send(endpoint.method, path, body, call_id)
        if response.status != 200:
            raise ProblemError(json_decoder(Problem).decode(response.read()))
        if not endpoint.stream:
            yield response.read()
            return
        for line in response:
            if line.startswith(b'{"problem":'):
                raise ProblemError(msgspec.convert(json.loads(line)["problem"], Problem))
            yield line.rstrip(b"\n")

    def close(self) -> None:
        """End the server by closing its stdin."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _fields(self, body: bytes) -> dict[str, str]:
        try:
            fields = json.loads(body or b"{}")
        except ValueError as error:
            raise problem("request.invalid", detail=str(error)) from error
        if not isinstance(fields, dict):
            raise problem("request.invalid", detail="expected an object")
        return {name: str(value) for name, value in fields.items()}

    def _send(self, method: str, path: str, body: bytes, call_id: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {self.token}"}
        if call_id:
            headers["X-Call-Id"] = call_id
        if method == "POST":
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body if method == "POST" else None, headers)
        return connection.getresponse()
