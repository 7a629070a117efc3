"""What `console.run` itself insists on, whoever asks: production is written to only after a yes."""

from __future__ import annotations

from collections.abc import Iterable

from embedded_server.lanes import Lease
from embedded_server.services import Services
from embedded_server.wire.console import RunRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.sql.classify import Classified
from embedded_server.wire.sql.dangers import dangers, may_write
from embedded_server.wire.sql.dialect import Dialect

from .tokens import holds

_STALE = "The confirmation is too old or was given for another text."


def insist(
    request: RunRequest,
    statements: Iterable[tuple[str, Classified, int]],
    services: Services,
    lease: Lease,
    spoken: Dialect,
) -> None:
    """Raise console.unconfirmed for a production connection that may be written to, a script that writes, and
    no token of `console.guard` for it. Before anything runs. That the server's own default is to read only
    counts for nothing: the script may lift it."""
    if lease.profile.class_ != "production" or lease.profile.read_only:
        return
    writing = next((one for one in statements if _writes(one[0], one[1], spoken)), None)
    if writing is None:
        return
    name = lease.profile.name
    if holds(services.store.folder, request.confirmed, name, request.sql):
        return
    detail = f"{writing[1].kind or 'The statement'} on line {writing[2]}"
    raise ProblemError(
        Problem(
            "console.unconfirmed",
            f"{name} is production: writing there needs a yes",
            f"{detail}. {_STALE}" if request.confirmed else f"{detail}.",
            f"Ask console.guard with the same sql and word {name!r}; send its token as `confirmed`.",
        )
    )


def _writes(sql: str, what: Classified, spoken: Dialect) -> bool:
    return may_write(what) or bool(dangers(sql, spoken))
