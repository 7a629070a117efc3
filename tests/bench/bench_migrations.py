"""The graph of 350 revisions, read from their files for the first time and again."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from embedded_server.migrations.graph import lanes, listed
from embedded_server.migrations.lint import of_graph
from embedded_server.migrations.projects import graph_of, locate
from embedded_server.migrations.reader import forget
from tests.bench.case import Bar, Case, CaseMaker, Setting, Work

REVISIONS = 350
COLUMN = '        sa.Column("column_{0}", sa.String(length={0}), nullable=True),\n'

SOURCE = '''"""Revision number {number}.

Revision ID: {name}
Create Date: {at}
"""
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {follows}


def upgrade():
    op.create_table(
        "table_{number}",
{columns}    )


def downgrade():
    op.drop_table("table_{number}")
'''


def history(folder: Path) -> Path:
    """A project whose revisions are as long as real ones, with a branch and a merge now and then."""
    versions = folder / "alembic" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (folder / "alembic" / "env.py").write_text("from alembic import context\n")
    dice = random.Random(7)
    heads: list[str] = []
    for number in range(REVISIONS):
        name = f"{dice.randrange(16**12):012x}"
        down = tuple(heads[:2]) if len(heads) > 1 and number % 10 == 9 else tuple(heads[:1])
        branch = number % 10 == 4
        columns = "".join(COLUMN.format(column + 1) for column in range(30))
        follows = repr((down[0] if len(down) == 1 else down) or None)
        at = f"2024-01-01 00:{number // 60:02}:{number % 60:02}"
        text = SOURCE.format(number=number, name=name, follows=follows, at=at, columns=columns)
        (versions / f"{number:04}_{name}.py").write_text(text)
        heads = [name, *heads] if branch else [name, *heads[len(down) :]]
    return folder


def reading(setting: Setting) -> Iterator[Case]:
    """Discovery, every file parsed, order, lanes and the rules for graphs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = history(Path(temporary) / "project")

        def whole() -> Work:
            begin = time.perf_counter()
            graph = graph_of(locate(str(folder)))
            found = listed(graph)
            lanes(graph)
            of_graph(graph)
            return Work(len(found), figures={"ms": (time.perf_counter() - begin) * 1000})

        def first() -> Work:
            forget()
            return whole()

        limits = [Bar("first", what="ms", limit=1500.0), Bar("again", what="ms", limit=150.0)]
        sides = {"first": first, "again": whole}
        yield Case(f"graph of {REVISIONS} revisions", sides, rows=REVISIONS, bars=limits)


CASES: list[CaseMaker] = [reading]
