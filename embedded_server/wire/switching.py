"""An index switched off and on while something is measured, on a local database; put back at the end."""

from __future__ import annotations

import msgspec

from .endpoint import Endpoint, Scope


class SwitchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Begin without `switch`; then its id with `on`, as often as wanted; at last with `finish`.

    `table` and `columns` say which index: one that exists is dropped and made again by its own definition,
    one that does not is made and dropped. What the database had at the beginning it has at the end; the
    journal knows how, so that the next start mends what a kill left.
    """

    connection: str = ""
    table: str = ""
    columns: list[str] = []
    schema: str = ""
    switch: str = ""
    on: bool = True
    finish: bool = False


class SwitchResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`there`: whether the index exists now; `original` whether it did at the beginning."""

    switch: str
    name: str
    there: bool
    original: bool


SWITCH: Endpoint[SwitchRequest, SwitchResponse] = Endpoint(
    "explain.switch",
    "POST",
    "/api/explain/switch",
    SwitchRequest,
    SwitchResponse,
    "Switch an index off and on",
    Scope.WRITE,
)
