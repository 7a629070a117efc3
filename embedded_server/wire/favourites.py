"""Saved statements in folders."""

from __future__ import annotations

from typing import Any

import msgspec

from .endpoint import Done, Endpoint, Scope


class Favourite(msgspec.Struct, frozen=True, kw_only=True):
    """A saved statement or script.

    `id` "" for one that is not saved yet. `folder` is a path ("reports/weekly"), "" for none; `name` is
    unique in its folder. `params` are values for its placeholders, by name, as they were typed; `nulls` names
    those that are NULL. `connection` is the one it is meant for, "" for whatever is in use. `at` is when it
    was saved last.
    """

    name: str
    sql: str
    id: str = ""
    folder: str = ""
    description: str = ""
    params: dict[str, str] = {}
    nulls: list[str] = []
    connection: str = ""
    at: str = ""


class FavouritesRequest(msgspec.Struct, frozen=True):
    """Which: words that all occur in folder, name, description or text; "" for all."""

    query: str = ""


class FavouritesResponse(msgspec.Struct, frozen=True):
    """By folder and name."""

    favourites: list[Favourite]


class SaveFavouriteRequest(msgspec.Struct, frozen=True):
    """Save a new one, or another state of one with this id (also of one that was deleted)."""

    favourite: Favourite


class MoveFavouritesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Put these into the folder `to`; or, with `folder`, everything below that folder: so folders are
    renamed. A name that is taken there gets a number.
    """

    to: str
    ids: list[str] = []
    folder: str = ""


class DeleteFavouritesRequest(msgspec.Struct, frozen=True):
    """These go. Saving them again with their ids brings them back."""

    ids: list[str]


class FavouriteFilesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is a folder of .sql files (absolute); `folder` where in the favourites: what is exported, or
    where imported ones go."""

    path: str
    folder: str = ""


class FavouriteFilesResponse(msgspec.Struct, frozen=True, kw_only=True):
    """How many files were written or read; `skipped` says which were not, and why."""

    count: int
    files: list[str] = []
    skipped: list[str] = []


def _endpoint(name: str, request: type, response: type, summary: str, scope: Scope) -> Endpoint[Any, Any]:
    path = f"/api/console/{name}"
    return Endpoint(f"console.{name}", "POST", path, request, response, summary, scope, max_body=8 << 20)


FAVOURITES = _endpoint("favourites", FavouritesRequest, FavouritesResponse, "Saved statements", Scope.READ)
SAVE_FAVOURITE = _endpoint("save_favourite", SaveFavouriteRequest, Favourite, "Save a statement", Scope.WRITE)
MOVE_FAVOURITES = _endpoint(
    "move_favourites", MoveFavouritesRequest, FavouritesResponse, "Move saved statements", Scope.WRITE
)
DELETE_FAVOURITES = _endpoint(
    "delete_favourites", DeleteFavouritesRequest, Done, "Delete saved statements", Scope.WRITE
)
EXPORT_FAVOURITES = _endpoint(
    "export_favourites",
    FavouriteFilesRequest,
    FavouriteFilesResponse,
    "Saved statements to files",
    Scope.WRITE,
)
IMPORT_FAVOURITES = _endpoint(
    "import_favourites",
    FavouriteFilesRequest,
    FavouriteFilesResponse,
    "Files to saved statements",
    Scope.WRITE,
)
