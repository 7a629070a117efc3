"""A visit to the demo shop: the pages that show something, asked for over HTTP like by a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from desktop.kit.flow import Waiter

PAGES = (
    "/",
    "/reviews/top",
    "/products?page=40",
    "/static/app.css",
    "/login",
    "/orders/recent",
    "/orders?page=2",
    "/api/orders?status=open&limit=20",
    "/no/such/page",
)
# The invoice of some orders fails; so many are tried to find one.
MOST_INVOICES = 60


class Fetched(Waiter[tuple[int, bytes]]):
    """Status and body of a page; 0 where nothing answered."""

    def __init__(self, reply: QNetworkReply) -> None:
        super().__init__()
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
        self._url = url.rstrip("/")
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))

    def get(self, path: str) -> Fetched:
        """One page."""
        request = QNetworkRequest(QUrl(self._url + path))
        request.setTransferTimeout(30_000)
        return Fetched(self._network.get(request))

    async def visit(self, pages: Sequence[str] = PAGES) -> dict[str, int]:
        """All pages in order and an invoice that fails; their status by path."""
        found = {path: (await self.get(path))[0] for path in pages}
        found |= await self._broken_invoice()
        found["/orders/recent?status=open"] = (await self.get("/orders/recent?status=open"))[0]
        return found

    async def _broken_invoice(self) -> dict[str, int]:
        status, body = await self.get(f"/api/orders?limit={MOST_INVOICES}")
        orders = json.loads(body).get("orders", []) if status == 200 else []
        for order in orders:
            path = f"/orders/{order['id']}/invoice"
            status, _ = await self.get(path)
            if status == 500:
                return {path: status}
        return {}
