"""What is saved, in memory; every change goes through the server and comes back from it."""

from __future__ import annotations

from collections.abc import Coroutine
from hashlib import sha256
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context, Found
from embedded_server.wire.favourites import (
    DELETE_FAVOURITES,
    EXPORT_FAVOURITES,
    FAVOURITES,
    IMPORT_FAVOURITES,
    MOVE_FAVOURITES,
    SAVE_FAVOURITE,
    DeleteFavouritesRequest,
    Favourite,
    FavouriteFilesRequest,
    FavouriteFilesResponse,
    FavouritesRequest,
    MoveFavouritesRequest,
    SaveFavouriteRequest,
)
from embedded_server.wire.fuzzy import Names
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import ScriptRef
from embedded_server.wire.server import Event


class Shelf(QObject):
    """`changed`: others are saved now. `saved(Favourite)`, `deleted(list)`: done here. `failed(Problem)`."""

    changed = Signal()
    saved = Signal(object)
    deleted = Signal(object)
    failed = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.favourites: list[Favourite] = []
        self._index: Names[Favourite] = Names([])
        context.events.happened.connect(self._on_event)
        context.events.reset.connect(self.load)
        context.api.online_changed.connect(self._online)
        if context.api.online:
            self.load()

    def folders(self) -> list[str]:
        """Every folder, those in between too."""
        found = set()
        for one in self.favourites:
            parts = one.folder.split("/") if one.folder else []
            found |= {"/".join(parts[: count + 1]) for count in range(len(parts))}
        return sorted(found, key=str.casefold)

    def by_document(self, document: str) -> Favourite | None:
        """The one that is opened as this script."""
        return next((one for one in self.favourites if ref_of(one).document == document), None)

    def within(self, folder: str) -> list[Favourite]:
        """Those in a folder and below."""
        return [one for one in self.favourites if one.folder == folder or one.folder.startswith(folder + "/")]

    # --- changing ----------------------------------------------------------------------------------

    def load(self) -> None:
        """Read them again."""
        self._flow(self._load())

    def save(self, one: Favourite) -> None:
        """Save it."""
        self._flow(self._save(one))

    def restore(self, gone: list[Favourite]) -> None:
        """Bring back what was deleted."""
        self._flow(self._restore(gone))

    def move(self, ids: list[str], to: str) -> None:
        """Into another folder."""
        self._flow(self._move(MoveFavouritesRequest(ids=ids, to=to)))

    def move_folder(self, folder: str, to: str) -> None:
        """A folder gets another name or place."""
        self._flow(self._move(MoveFavouritesRequest(folder=folder, to=to)))

    def delete(self, gone: list[Favourite]) -> None:
        """They go; `deleted` tells which, so that they can be brought back."""
        self._flow(self._delete(gone))

    def export(self, path: str, folder: str = "") -> None:
        """To a folder of files."""
        self._flow(self._files(FavouriteFilesRequest(path=path, folder=folder), out=True))

    def take(self, path: str, folder: str = "") -> None:
        """From a folder of files."""
        self._flow(self._files(FavouriteFilesRequest(path=path, folder=folder), out=False))

    async def _load(self) -> None:
        answer = await self._context.api.call(FAVOURITES, FavouritesRequest())
        self._took(answer.favourites)

    async def _save(self, one: Favourite) -> None:
        saved = await self._context.api.call(SAVE_FAVOURITE, SaveFavouriteRequest(one))
        await self._load()
        self.saved.emit(saved)
        self._context.notify.say(f"Saved “{saved.name}”.")

    async def _restore(self, gone: list[Favourite]) -> None:
        for one in gone:
            await self._context.api.call(SAVE_FAVOURITE, SaveFavouriteRequest(one))
        await self._load()

    async def _move(self, request: MoveFavouritesRequest) -> None:
        answer = await self._context.api.call(MOVE_FAVOURITES, request)
        self._took(answer.favourites)

    async def _delete(self, gone: list[Favourite]) -> None:
        await self._context.api.call(DELETE_FAVOURITES, DeleteFavouritesRequest([one.id for one in gone]))
        await self._load()
        self.deleted.emit(gone)

    async def _files(self, request: FavouriteFilesRequest, *, out: bool) -> None:
        endpoint = EXPORT_FAVOURITES if out else IMPORT_FAVOURITES
        answer: FavouriteFilesResponse = await self._context.api.call(endpoint, request)
        await self._load()
        files = "1 file" if answer.count == 1 else f"{answer.count:,} files"
        self._context.notify.say(f"{'Wrote' if out else 'Read'} {files}.")
        if answer.skipped:
            title = f"{len(answer.skipped):,} files were left out"
            self.failed.emit(Problem("file.unreadable", title, "\n".join(answer.skipped[:20])))

    def _took(self, favourites: list[Favourite]) -> None:
        if favourites != self.favourites:
            self.favourites = favourites
            self._index = Names((f"{one.name} {one.folder}", one) for one in favourites)
            self.changed.emit()

    # --- quick open --------------------------------------------------------------------------------

    def find(self, text: str, limit: int) -> list[Found]:
        """Best matches by name and folder; nothing for no text."""
        return [_found(one) for _, one in self._index.find(text, limit)]

    # --- following ---------------------------------------------------------------------------------

    def _flow(self, steps: Coroutine[Any, None, None]) -> None:
        self._context.flow(self, steps)

    def _on_event(self, event: Event) -> None:
        if event.kind == "console.favourites":
            self.load()

    def _online(self, online: bool) -> None:
        if online:
            self.load()


def ref_of(one: Favourite) -> ScriptRef:
    """The script a favourite is opened as: the same one again until its text is another."""
    document = f"saved-{sha256(f'{one.id} {one.sql}'.encode()).hexdigest()[:24]}"
    return ScriptRef(one.connection, document, sql=one.sql)


def _found(one: Favourite) -> Found:
    detail = " · ".join(part for part in (one.folder, one.description.split("\n", 1)[0]) if part)
    return Found(one.name, detail or "saved statement", "save", ref_of(one))
