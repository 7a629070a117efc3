"""Quick open over the requests that came last."""

from __future__ import annotations

from desktop.context import Found
from desktop.kit.ages import age_text
from embedded_server.wire.fuzzy import Names
from embedded_server.wire.refs import TraceRef
from embedded_server.wire.trace import TraceSummary

from .feed import Feed
from .words import facts_text, ms_text, request_text, status_text

OFFERED = 5


class RequestFinder:
    """Answers from the feed's memory; the index is made anew when something came since."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._index: Names[TraceSummary] = Names([])
        self._newest = ("", 0)

    def find(self, text: str, limit: int) -> list[Found]:
        """The best of each request line, the newest of equal ones first; for "" the newest few."""
        known = self._feed.known
        if not text:
            newest = [known[key] for key in reversed(known)][:OFFERED]
            return [_found(summary) for summary in newest]
        state = (next(reversed(known), ""), len(known))
        if state != self._newest:
            self._newest = state
            # One line per request line: the newest of it.
            latest = {request_text(summary): summary for summary in known.values()}
            self._index = Names(latest.items())
        return [_found(summary) for _, summary in self._index.find(text, limit)]


def _found(summary: TraceSummary) -> Found:
    parts = [
        status_text(summary.status),
        ms_text(summary.duration_ms),
        facts_text(summary),
        age_text(summary.at),
    ]
    title = request_text(summary)
    return Found(title, " · ".join(parts), "requests", TraceRef(summary.id, title))
