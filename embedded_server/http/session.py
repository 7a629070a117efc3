"""One run's way to be let in: logging in, fetching fresh tokens, keeping cookies."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from embedded_server.wire.http import Draft, Environment, TokenRule
from embedded_server.wire.problem import problem

from . import rules
from .bodies import plain_body
from .engine import Engine, Exchange, Prepared
from .prepare import Given, Secret, body_bytes, prepare, split_url

_PAGE_HEADERS = ("host", "accept", "accept-language", "user-agent", "cookie", "authorization")


class Session:
    """Sends in an environment. `notes` of the last `prepared` say what differs from the draft."""

    def __init__(self, engine: Engine, environment: Environment, base: str, secret: Secret) -> None:
        self.engine = engine
        self.environment = environment
        self.base = base
        self.given = Given()
        self._secret = secret

    def login(self) -> None:
        """Replay the login requests of the environment. Raises http.login."""
        for draft in self.environment.login:
            self.refresh(draft)
            answer = self.send(draft)
            if answer.status >= 400:
                target = split_url(draft.url)[1]
                hint = "Look at what the login answers: Edit and resend its request."
                raise problem("http.login", detail=f"{draft.method} {target}: {answer.status}", hint=hint)

    def refresh(self, draft: Draft) -> None:
        """Ask for the pages that hold the tokens this request needs."""
        body = body_bytes(draft) or b""
        wanted: list[TokenRule] = self.environment.rules or rules.implied(draft, body)
        for rule in wanted:
            if rule.fetch:
                exchange = self.send(_page(draft, rule.fetch))
                self._look(rule, exchange)

    def prepared(self, draft: Draft, extra: list[tuple[str, str]]) -> tuple[Prepared, list[str]]:
        """The draft as it is sent now, and what differs."""
        self.given.extra = extra
        try:
            return prepare(draft, self.environment, self.base, self.given, self._secret)
        finally:
            self.given.extra = []

    def send(self, draft: Draft) -> Exchange:
        """Send a request that only prepares the way."""
        request, _ = self.prepared(draft, [])
        self.engine.prepare(request)
        exchange = self.engine.run()
        self.take(exchange, request.target.decode("latin-1"))
        return exchange

    def take(self, exchange: Exchange, target: str) -> None:
        """Keep the cookies of an answer, and the tokens that later requests need."""
        self.given.jar.take([v for name, v in exchange.headers if name.lower() == "set-cookie"], target)
        for rule in self.environment.rules:
            self._look(rule, exchange)

    def _look(self, rule: TokenRule, exchange: Exchange) -> None:
        body = plain_body(exchange.body, exchange.headers)
        value = rules.found(rule, exchange.headers, body, self.given.jar)
        if value is not None:
            self.given.tokens[rule] = value


def _page(draft: Draft, path: str) -> Draft:
    base, _ = split_url(draft.url)
    headers = [(name, value) for name, value in draft.headers if name.lower() in _PAGE_HEADERS]
    url = path if urlsplit(path).scheme else base + path
    return msgspec.structs.replace(draft, method="GET", url=url, headers=headers, body=None, body_base64="")
