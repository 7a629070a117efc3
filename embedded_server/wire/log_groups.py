"""Similar lines of a log as one group: a template, how often, first and last, levels."""

from __future__ import annotations

import msgspec

from .endpoint import Endpoint


class GroupsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Group the records of a source, or those that the search `view` found, by what their messages share.

    Of a log with more than `lines` records (at most 200,000) an even sample is looked at, `limit` groups
    come.
    """

    source: str
    view: str = ""
    lines: int = 200_000
    limit: int = 200


class LogGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`template` has `<*>` for what differs; `pattern` is the regular expression that finds its lines.

    `count` records of those looked at; `levels` of them; `first` and `last` are numbers of lines (0 while not
    known) with their byte offsets and times as written. `sample` is the first message.
    """

    template: str
    pattern: str
    count: int
    levels: dict[str, int] = {}
    sample: str = ""
    logger: str = ""
    first: int = 0
    first_offset: int = 0
    first_time: str = ""
    last: int = 0
    last_offset: int = 0
    last_time: str = ""


class GroupsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The largest first. `looked_at` records of about `total`; `sampled` when not all of them; `others` are
    groups that are not listed, with the records in them."""

    groups: list[LogGroup]
    looked_at: int
    total: int
    sampled: bool = False
    others: int = 0
    other_records: int = 0
    elapsed_ms: float = 0.0


GROUPS: Endpoint[GroupsRequest, GroupsResponse] = Endpoint(
    "logs.groups", "POST", "/api/logs/groups", GroupsRequest, GroupsResponse, "Similar lines, counted."
)
