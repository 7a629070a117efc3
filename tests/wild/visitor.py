"""A browser without a window: cookies, forms with their hidden token, JSON; every answer is kept whole."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """A response; ``id`` is the trace the application named, if it runs under the probe."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.header("X-Backlight-Id")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Visitor:
    """One client on one port; a connection per request, as the development servers want it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.answers: list[Answer] = []

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.send("GET", path, b"", headers or {})

    def call(self, path: str, body: Any = None, method: str = "POST") -> Answer:
        """A call of a JSON API; its answer must be a success."""
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.send(method, path, sent, {"Content-Type": "application/json"})
        assert answer.status == 200, answer.text[:2000]
        return answer

    def submit(self, path: str, fields: list[tuple[str, str]], page: str = "") -> Answer:
        """Fill in the form found on ``page`` (else on ``path``) and send it, its hidden token included."""
        found = TOKEN.search(self.get(page or path).text)
        assert found is not None, f"{page or path} has no token"
        body = urlencode([("csrf_token", found.group(1)), *fields]).encode()
        answer = self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status in (302, 303), f"{path}: {answer.status} {answer.text[-2000:]}"
        return answer

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if self.cookies:
                headers = headers | {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        self.answers.append(answer)
        return answer
