"""A visit to the demo application: the pages that show something, asked for over HTTP like by a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from desktop.demo_facts import DemoFacts, facts
from desktop.kit.flow import Waiter


class Fetched(QObject, Waiter[tuple[int, bytes]]):
    """Status and body of a page; 0 where nothing answered."""

    def __init__(self, reply: QNetworkReply) -> None:
        QObject.__init__(self)
        Waiter.__init__(self)
        self._reply = reply
        reply.finished.connect(self._finished)

    def _finished(self) -> None:
        status = self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        body = bytes(self._reply.readAll().data())
        self._reply.deleteLater()
        self.resolve((int(status or 0), body))


class Visitor(QObject):
    """Asks for pages one after the other."""

    def __init__(self, url: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Empty while the application does not run.
        self.url = url.rstrip("/")
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))

    def get(self, path: str) -> Fetched:
        """One page."""
        request = QNetworkRequest(QUrl(self.url + path))
        request.setTransferTimeout(30_000)
        return Fetched(self._network.get(request))

    async def visit(self, pages: Sequence[str] = ()) -> dict[str, int]:
        """All pages in order and one that fails; their status by path."""
        known = facts()
        found = {path: (await self.get(path))[0] for path in pages or known.pages}
        found |= await self._failing(known)
        found[known.slow] = (await self.get(known.slow))[0]
        return found

    async def _failing(self, known: DemoFacts) -> dict[str, int]:
        """Some of them fail; the first that does."""
        status, body = await self.get(known.listing)
        for item in json.loads(body).get(known.items, []) if status == 200 else []:
            path = known.failing.format(id=item["id"])
            status, _ = await self.get(path)
            if status == 500:
                return {path: status}
        return {}
