"""Who may call: token with scopes, Host, Origin, content type, body size. Checked before any handler."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Request

from embedded_server.wire.endpoint import Endpoint, Scope
from embedded_server.wire.problem import problem

_INCLUDES: dict[Scope, frozenset[Scope]] = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.WRITE: frozenset({Scope.READ, Scope.WRITE}),
    Scope.MIGRATE: frozenset({Scope.READ, Scope.WRITE, Scope.MIGRATE}),
    Scope.INGEST: frozenset({Scope.INGEST}),
}


@dataclass
class Guard:
    """Tokens of this launch by their text; `port` is known once the server listens."""

    tokens: dict[str, Scope]
    port: int = 0
    tickets: set[str] = field(default_factory=set)

    def admit(self, request: Request, endpoint: Endpoint[Any, Any]) -> None:
        """Raise guard.* or request.too_large unless the request may reach the handler."""
        self.check_place(request)
        scope = self._scope(request)
        if endpoint.scope not in _INCLUDES[scope]:
            raise problem(
                "guard.scope", detail=f"{endpoint.name} needs {endpoint.scope}, the token has {scope}"
            )
        if endpoint.method == "POST":
            if request.mimetype != "application/json":
                raise problem(
                    "guard.content_type", detail=f"{request.mimetype or 'none'} instead of application/json"
                )
            if request.content_length is None or request.content_length > endpoint.max_body:
                raise problem("request.too_large", detail=f"at most {endpoint.max_body:,} bytes")

    def check_place(self, request: Request) -> None:
        """Only this machine by address, never a web page."""
        if request.host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            raise problem("guard.host", detail=request.host)
        if "Origin" in request.headers:
            raise problem("guard.origin", detail=request.headers["Origin"])

    def check_token(self, request: Request) -> None:
        """Any valid token that may read."""
        if Scope.READ not in _INCLUDES[self._scope(request)]:
            raise problem("guard.scope")

    def ticket(self) -> str:
        """A one-time ticket that opens the documentation page in a browser."""
        ticket = secrets.token_urlsafe(24)
        self.tickets.add(ticket)
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Use up a ticket."""
        if ticket in self.tickets:
            self.tickets.discard(ticket)
            return True
        return False

    def _scope(self, request: Request) -> Scope:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer" and given:
            for token, scope in self.tokens.items():
                if hmac.compare_digest(token.encode(), given.encode("utf-8", "surrogateescape")):
                    return scope
        raise problem("guard.token")
