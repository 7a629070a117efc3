"""The answers to the endpoints of saved statements."""

from __future__ import annotations

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.endpoint import Done
from embedded_server.wire.favourites import (
    DeleteFavouritesRequest,
    Favourite,
    FavouritesRequest,
    FavouritesResponse,
    MoveFavouritesRequest,
    SaveFavouriteRequest,
)
from embedded_server.wire.problem import problem

LONGEST_NAME = 200
LONGEST_FOLDER = 400


def favourites(request: FavouritesRequest, call: Call) -> FavouritesResponse:
    """Saved statements that hold every word. Source: the workspace."""
    words = request.query.casefold().split()
    found = [one for one in call.services.store.favourites.all() if all(w in _text(one) for w in words)]
    return FavouritesResponse(found)


def save(request: SaveFavouriteRequest, call: Call) -> Favourite:
    """The favourite as it is saved. Raises request.invalid without name or text."""
    one = request.favourite
    name = " ".join(one.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise problem(
            "request.invalid", "A saved statement needs a name", f"of 1 to {LONGEST_NAME} characters"
        )
    if not one.sql.strip():
        raise problem("request.invalid", "There is nothing to save", "The statement is empty.")
    tidy = msgspec.structs.replace(one, name=name, folder=folder_of(one.folder))
    saved = call.services.store.favourites.save(tidy)
    call.services.events.emit("console.favourites")
    return saved


def move(request: MoveFavouritesRequest, call: Call) -> FavouritesResponse:
    """Everything as it stands behind the move. Raises request.invalid when a folder would go into itself."""
    store = call.services.store.favourites
    to, source = folder_of(request.to), folder_of(request.folder)
    if source and (to == source or to.startswith(source + "/")) and to != source:
        raise problem("request.invalid", "A folder cannot be moved into itself", f"{source} -> {to}")
    store.move(request.ids, to)
    if source:
        by_folder: dict[str, list[str]] = {}
        for one in store.all():
            if one.folder == source or one.folder.startswith(source + "/"):
                by_folder.setdefault(one.folder, []).append(one.id)
        for folder, ids in by_folder.items():
            store.move(ids, folder_of(to + folder[len(source) :]))
    call.services.events.emit("console.favourites")
    return FavouritesResponse(store.all())


def delete(request: DeleteFavouritesRequest, call: Call) -> Done:
    """They are gone."""
    call.services.store.favourites.delete(request.ids)
    call.services.events.emit("console.favourites")
    return Done()


def folder_of(text: str) -> str:
    """A folder's path in one form. Raises request.invalid for one that is too long."""
    parts = (" ".join(part.split()) for part in text.replace("\\", "/").split("/"))
    tidy = "/".join(part for part in parts if part and part not in (".", ".."))
    if len(tidy) > LONGEST_FOLDER:
        raise problem(
            "request.invalid", "The folder's name is too long", f"at most {LONGEST_FOLDER} characters"
        )
    return tidy


def _text(one: Favourite) -> str:
    return "\n".join((one.folder, one.name, one.description, one.sql)).casefold()
