"""Saved statements: kept, moved, renamed, deleted and brought back, as files and from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.console.favourites.files import parsed, text_of
from embedded_server.console.favourites.handlers import folder_of
from embedded_server.wire.endpoint import Endpoint
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
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import PollRequest

from .conftest import Desk


def save(desk: Desk, name: str, sql: str = "SELECT 1", **fields: Any) -> Favourite:
    return desk.call(SAVE_FAVOURITE, SaveFavouriteRequest(Favourite(name=name, sql=sql, **fields)))


def listed(desk: Desk, query: str = "") -> list[str]:
    found = desk.call(FAVOURITES, FavouritesRequest(query)).favourites
    return [f"{one.folder}/{one.name}" for one in found]


def refused(desk: Desk, endpoint: Endpoint[Any, Any], request: Any) -> Problem:
    with pytest.raises(ProblemError) as caught:
        desk.call(endpoint, request)
    return caught.value.problem


def test_what_is_saved_comes_back_whole(lite: Desk) -> None:
    given = {
        "folder": " reports // weekly/ ",
        "description": "two\nlines",
        "params": {"state": "open", "1": "'7'"},
        "nulls": ["day"],
        "connection": "main",
    }
    saved = save(lite, "  open   ones ", "SELECT :state, :day", **given)
    (found,) = lite.call(FAVOURITES, FavouritesRequest()).favourites
    assert found == saved and saved.id and saved.at
    assert (saved.folder, saved.name) == ("reports/weekly", "open ones")
    assert (saved.params, saved.nulls) == ({"state": "open", "1": "'7'"}, ["day"])
    told = lite.services.events.poll(PollRequest(0, lite.services.epoch, 0)).events
    assert told[-1].kind == "console.favourites"
    again = lite.call(SAVE_FAVOURITE, SaveFavouriteRequest(Favourite(id=saved.id, name="x", sql="SELECT 2")))
    assert again.id == saved.id and listed(lite) == ["/x"], "the same one, changed"


def test_names_are_unique_in_their_folder(lite: Desk) -> None:
    for folder in ("", "", "a", ""):
        save(lite, "Same", folder=folder)
    assert listed(lite) == ["/Same", "/Same (2)", "/Same (3)", "a/Same"]


def test_what_is_missing_is_a_problem(lite: Desk) -> None:
    for favourite, title in (
        (Favourite(name=" ", sql="SELECT 1"), "A saved statement needs a name"),
        (Favourite(name="n" * 201, sql="SELECT 1"), "A saved statement needs a name"),
        (Favourite(name="n", sql=" \n"), "There is nothing to save"),
        (Favourite(name="n", sql="SELECT 1", folder="f" * 401), "The folder's name is too long"),
    ):
        found = refused(lite, SAVE_FAVOURITE, SaveFavouriteRequest(favourite))
        assert (found.code, found.title) == ("request.invalid", title)
    assert listed(lite) == []


def test_moving_renaming_deleting_and_bringing_back(lite: Desk) -> None:
    one, two = save(lite, "one", folder="a"), save(lite, "two", folder="a/b")
    save(lite, "one", folder="c")
    lite.call(MOVE_FAVOURITES, MoveFavouritesRequest(ids=[one.id, "nobody"], to="c"))
    assert listed(lite) == ["a/b/two", "c/one", "c/one (2)"]
    lite.call(MOVE_FAVOURITES, MoveFavouritesRequest(folder="a", to="z"))
    assert listed(lite) == ["c/one", "c/one (2)", "z/b/two"], "a folder is renamed with what is below it"
    found = refused(lite, MOVE_FAVOURITES, MoveFavouritesRequest(folder="z", to="z/b"))
    assert found.title == "A folder cannot be moved into itself"
    lite.call(DELETE_FAVOURITES, DeleteFavouritesRequest([two.id]))
    assert listed(lite) == ["c/one", "c/one (2)"]
    back = lite.call(SAVE_FAVOURITE, SaveFavouriteRequest(two))
    assert back.id == two.id and listed(lite)[0] == "a/b/two"


def test_words_find_names_folders_texts(lite: Desk) -> None:
    save(lite, "Late orders", "SELECT * FROM t WHERE v = 'late'", folder="reports")
    save(lite, "Other", "SELECT 2", description="Nothing OF note")
    assert listed(lite, "REPORTS late") == ["reports/Late orders"]
    assert listed(lite, "note") == ["/Other"] and listed(lite, "from t") == ["reports/Late orders"]
    assert listed(lite, "late nothing") == []


def files(desk: Desk, endpoint: Endpoint[Any, Any], path: Path, folder: str = "") -> FavouriteFilesResponse:
    return desk.call(endpoint, FavouriteFilesRequest(path=str(path), folder=folder))


def test_as_files_and_back(lite: Desk, tmp_path: Path) -> None:
    save(lite, "a/b: c?", "SELECT 'ü';\n-- name: no\n", folder="r/w", description="x\ny", connection="main")
    save(lite, "A_b_ c_", "SELECT 2", folder="r/w", params={"p": "secret"})
    save(lite, "con", "SELECT 3", connection="postgresql://me@there/db")
    target = tmp_path / "out"
    wrote = files(lite, EXPORT_FAVOURITES, target)
    names = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert (
        wrote.count == 3
        and names == ["_con.sql", "r/w/A_b_ c_ (2).sql", "r/w/a_b_ c_.sql"]
        or names
        == [
            "_con.sql",
            "r/w/A_b_ c_.sql",
            "r/w/a_b_ c_ (2).sql",
        ]
    )
    text = "".join(path.read_text(encoding="utf-8") for path in target.rglob("*.sql"))
    assert "secret" not in text and "me@there" not in text
    before = lite.call(FAVOURITES, FavouritesRequest()).favourites
    lite.call(DELETE_FAVOURITES, DeleteFavouritesRequest([one.id for one in before]))
    read = files(lite, IMPORT_FAVOURITES, target)
    after = lite.call(FAVOURITES, FavouritesRequest()).favourites
    facts = [(one.folder, one.name, one.sql.rstrip("\n"), one.description) for one in before]
    assert [(one.folder, one.name, one.sql, one.description) for one in after] == facts and read.count == 3
    assert {one.connection for one in after} == {"", "main"}
    again = files(lite, IMPORT_FAVOURITES, target)
    assert again.count == 0 and len(again.skipped) == 3, "what is there already is not doubled"


def test_only_a_folder_of_the_favourites_and_into_one(lite: Desk, tmp_path: Path) -> None:
    save(lite, "in", folder="a/b")
    save(lite, "out", folder="ab")
    wrote = files(lite, EXPORT_FAVOURITES, tmp_path / "out", "a")
    assert [Path(path).relative_to(tmp_path / "out") for path in wrote.files] == [Path("b/in.sql")]
    files(lite, IMPORT_FAVOURITES, tmp_path / "out", "new")
    assert listed(lite) == ["a/b/in", "ab/out", "new/b/in"]


def test_a_file_of_somebody_else_stays_and_bad_ones_are_named(lite: Desk, tmp_path: Path) -> None:
    save(lite, "mine", "SELECT 1")
    (tmp_path / "mine.sql").write_text("SELECT 'not yours'", encoding="utf-8")
    wrote = files(lite, EXPORT_FAVOURITES, tmp_path)
    assert wrote.count == 0 and "another file" in wrote.skipped[0]
    assert (tmp_path / "mine.sql").read_text(encoding="utf-8") == "SELECT 'not yours'"
    (tmp_path / "bad.sql").write_bytes(b"SELECT '\xff'")
    (tmp_path / "empty.sql").write_text(" \n", encoding="utf-8")
    (tmp_path / "plain.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\r\nSELECT 2;\r\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.sql").write_text("SELECT 9", encoding="utf-8")
    read = files(lite, IMPORT_FAVOURITES, tmp_path)
    assert read.count == 2 and {Path(one.split(":")[0]).name for one in read.skipped} == {
        "bad.sql",
        "empty.sql",
    }
    plain = next(o for o in lite.call(FAVOURITES, FavouritesRequest()).favourites if o.name == "plain")
    assert plain.sql == "SELECT 1;\nSELECT 2;\n"


def test_paths_that_are_none(lite: Desk, tmp_path: Path) -> None:
    relative = FavouriteFilesRequest(path="here")
    for endpoint in (EXPORT_FAVOURITES, IMPORT_FAVOURITES):
        assert refused(lite, endpoint, relative).title == "The folder's path must be absolute"
    gone = FavouriteFilesRequest(path=str(tmp_path / "none"))
    assert refused(lite, IMPORT_FAVOURITES, gone).code == "file.missing"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    save(lite, "one")
    blocked = FavouriteFilesRequest(path=str(tmp_path / "file"))
    assert refused(lite, EXPORT_FAVOURITES, blocked).code == "file.disk"


LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40)


@given(st.lists(LINES, min_size=1, max_size=5), LINES, st.lists(LINES, max_size=3))
def test_any_text_survives_its_file(lines: list[str], name: str, description: list[str]) -> None:
    sql = "\n".join(lines)
    one = Favourite(name=name.strip() or "n", sql=sql, description="\n".join(description))
    back = parsed(text_of(one), "other", "")
    assert (back.sql, back.name) == (one.sql, one.name)
    assert back.description.splitlines() == one.description.splitlines()


@given(st.text(max_size=60))
def test_a_folder_stays_below_where_it_is_put(text: str) -> None:
    try:
        tidy = folder_of(text)
    except ProblemError:
        return
    assert folder_of(tidy) == tidy and not tidy.startswith("/") and ".." not in tidy.split("/")
