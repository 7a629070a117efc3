"""The part "Saved" of the Requests page: kept and imported requests."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.items import Item, ItemModel
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    FilterBox,
    InlineProblem,
    ListView,
    Offer,
    Role,
    column,
    no_match,
)
from embedded_server.wire.http import DELETE, LIST, DeleteRequest, Draft, ListRequest
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import DraftRef

from .fitting_list import fit
from .words import title_of

_TYPING_MILLISECONDS = 150


class _List(ListView):
    opened = Signal(QModelIndex)
    removed = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete and self.currentIndex().isValid():
            self.removed.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class SavedPane(QWidget):
    """A HAR file dropped here is imported."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setAcceptDrops(True)
        self.filter = FilterBox("Filter saved requests")
        self.view = _List("Saved requests")
        self.model = ItemModel(self)
        self.view.setModel(self.model)
        fit(self.view)
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._problem: InlineProblem | None = None
        self._stack = QStackedWidget()
        offers = (
            Offer("Import HAR", self._import, primary=True),
            Offer("Paste curl", self._paste),
        )
        text = "Requests you save stand here. Drop a HAR file, or paste a curl command."
        self._stack.addWidget(EmptyState("Nothing saved yet", text, "requests", offers))
        self._stack.addWidget(self.view)
        self._stack.addWidget(no_match(self.filter.clear))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(column(self.filter, margins=(8, 7, 8, 7)))
        self._column.addWidget(self._stack, 1)
        self._column.addWidget(column(self._note, margins=(10, 2, 10, 4)))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self.reload)
        self.filter.filtered.connect(self._typed)
        self.filter.left.connect(self._enter)
        self.view.opened.connect(self._open)
        self.view.doubleClicked.connect(self._open)
        self.view.removed.connect(self._remove)
        context.api.online_changed.connect(self._online)
        self.setFocusProxy(self.filter)
        self.reload()

    def drafts(self) -> list[Draft]:
        """What is listed."""
        found = (item.get(Qt.ItemDataRole.UserRole) for item in self.model.top.below)
        return [draft for draft in found if isinstance(draft, Draft)]

    def reload(self) -> None:
        """Fetch the list."""
        self._context.flow(self, self._load())

    def show_problem(self, problem: Problem) -> None:
        """Above the list."""
        if self._problem is not None:
            self._problem.deleteLater()
        self._problem = InlineProblem(problem)
        self._problem.closed.connect(self._problem.hide)
        self._column.insertWidget(1, self._problem)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """HAR files are welcome."""
        if _har_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import them."""
        for path in _har_files(event):
            self._context.verbs.get("http.import").act({"path": path})  # type: ignore[misc]
        event.acceptProposedAction()

    async def _load(self) -> None:
        query = self.filter.text().strip()
        answer = await self._context.api.call(LIST, ListRequest(query=query))
        self.model.show_items(map(_item, answer.requests))
        self._stack.setCurrentIndex(1 if answer.requests else 2 if query else 0)
        self._note.setText(f"{len(answer.requests):,} requests" if answer.requests else "")

    def _typed(self, _: str) -> None:
        self._typing.start()

    def _enter(self) -> None:
        if self.model.rowCount():
            self.view.setFocus()
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _open(self, index: QModelIndex) -> None:
        draft: Draft = index.data(Qt.ItemDataRole.UserRole)
        self._context.workbench.open(DraftRef(draft.id, draft.trace, title_of(draft)))

    def _remove(self, index: QModelIndex) -> None:
        draft: Draft = index.data(Qt.ItemDataRole.UserRole)
        self._context.flow(self, self._delete(draft))

    async def _delete(self, draft: Draft) -> None:
        await self._context.api.call(DELETE, DeleteRequest(draft=draft.id))
        self._context.notify.say(f"Removed {title_of(draft)}")
        await self._load()

    def _import(self) -> None:
        self._context.verbs.run("http.import")

    def _paste(self) -> None:
        self._context.verbs.run("http.paste")

    def _online(self, online: bool) -> None:
        if online:
            self.reload()


def _har_files(event: QDropEvent) -> list[str]:
    paths = [url.toLocalFile() for url in event.mimeData().urls()]
    return [path for path in paths if path.lower().endswith((".har", ".json"))]


def _item(draft: Draft) -> Item:
    missing = f"\nmissing: {', '.join(draft.needs)}" if draft.needs else ""
    item = Item(title_of(draft), f"{draft.method} {draft.url}{missing}")
    item.set(Qt.ItemDataRole.UserRole, draft)
    item.set(Role.DETAIL, draft.folder)
    item.set(Role.BADGE, "warn" if draft.needs else "")
    item.set(Qt.ItemDataRole.AccessibleTextRole, f"{title_of(draft)} {draft.folder}{missing}".strip())
    return item
