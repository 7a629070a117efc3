"""What SQLite itself finds wrong in its file."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.question import Question, counted
from embedded_server.health.schema import Example, Schema

ID = "file_check"
TITLE = "SQLite's own check of the file"
ENGINES = ("sqlite",)


def questions(schema: Schema) -> Iterator[Question]:
    """Pages, indexes and constraints of the whole file, then each foreign key."""
    yield Question(
        ID,
        "The file's pages and indexes",
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        _pages,
        advice="Copy the file at once, then recover it: sqlite3 FILE .recover | sqlite3 NEW.",
        mark="pages",
    )
    for table in schema.tables:
        if table.told.foreign_keys:
            yield Question(
                ID,
                f"Foreign keys of {table.name}, by SQLite itself",
                f'SELECT "table", rowid, parent FROM pragma_foreign_key_check({schema.text(table.name)})',
                _keys,
                table,
                advice="SQLite checks foreign keys only for connections that ask for it: "
                "PRAGMA foreign_keys = ON, in each of them.",
            )


def _pages(count: int) -> str:
    return f"{counted(count, 'complaint')}: the file is damaged, or an index or constraint does not hold."


def _keys(count: int) -> str:
    verb = "breaks" if count == 1 else "break"
    return f"{counted(count, 'row')} {verb} a foreign key, written while foreign_keys was off."


_SETUP = (
    "CREATE TABLE a_fc (id integer PRIMARY KEY)",
    "CREATE TABLE b_fc (id integer PRIMARY KEY, a integer REFERENCES a_fc (id))",
)
BAD = (Example("sqlite", "b_fc", (*_SETUP, "INSERT INTO b_fc VALUES (1, 5)")),)
NEAR = (
    Example(
        "sqlite",
        "b_fd",
        (
            "CREATE TABLE a_fd (id integer PRIMARY KEY)",
            "INSERT INTO a_fd VALUES (5)",
            "CREATE TABLE b_fd (id integer PRIMARY KEY, a integer REFERENCES a_fd (id))",
            "INSERT INTO b_fd VALUES (1, 5), (2, NULL)",
        ),
    ),
)
