"""Applications made from a seed: other packages, tables, columns, routes, keys and schemas each time.

Each is a real Flask application with SQLAlchemy and Alembic (every second one by Flask-Migrate) and one slow
route: a filter on a column without an index, newest first. Nothing in it knows who looks at it.
"""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from sqlalchemy import create_engine, inspect, text

# Enough that reading all of them shows beside what a request costs anyway. The application inserts the first
# of them, the database makes the others from these.
FIRST_ROWS, COPIES = 3_000, 30
TREES = "amber birch cedar delta ember fjord grove heron inlet juniper kelp larch maple nectar orchid pine"
WORDS = TREES.split()
STATES = ["waiting", "moving", "landed", "lost"]


@dataclass(frozen=True)
class Application:
    """What a test has to know of one; `schema` is "" where the engine has none."""

    folder: Path
    package: str
    url: str
    table: str
    schema: str
    filtered: str
    ordered: str
    route: str
    state: str
    flask_migrate: bool

    @property
    def target(self) -> str:
        """Path and query of the slow request."""
        return f"{self.route}?state={self.state}"

    @property
    def project(self) -> Path:
        """The folder with alembic.ini."""
        return self.folder / ("migrations" if self.flask_migrate else "")


def make(folder: Path, url: str, seed: int) -> Application:
    """Write the application into an empty folder, make its tables by its migrations and fill them."""
    dice = random.Random(seed)
    package, parent, child, filtered, ordered, name = dice.sample(WORDS, 6)
    schema = f"{dice.choice(WORDS)}_s" if url.startswith("postgresql") else ""
    made = Application(
        folder=folder,
        package=f"{package}_app",
        url=url,
        table=f"{child}_items",
        schema=schema,
        filtered=f"{filtered}_state",
        ordered=f"{ordered}_at",
        route=f"/{name}/{dice.choice(WORDS)}-list",
        state=dice.choice(STATES),
        flask_migrate=seed % 2 == 0,
    )
    fields = vars(made) | {
        "parent": f"{parent}_groups",
        "schema": made.schema,
        "schema_arg": repr(made.schema) if made.schema else "None",
        "prefix": f"{made.schema}." if made.schema else "",
    }
    _write(made, fields)
    _fill(made)
    return made


def _write(made: Application, fields: dict[str, object]) -> None:
    files = {
        f"{made.package}/__init__.py": APP,
        f"{made.package}/models.py": MODELS,
        f"{made.project.name + '/' if made.flask_migrate else ''}alembic.ini": INI,
        "migrations/env.py": ENV_FLASK if made.flask_migrate else ENV,
        "migrations/script.py.mako": MAKO,
        "migrations/versions/0a1b2c3d4e5f_tables.py": FIRST,
        "fill.py": FILL,
    }
    for path, template in files.items():
        target = made.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        body = dedent(template).lstrip("\n")
        for key, value in fields.items():
            body = body.replace(f"@{key}@", str(value))
        target.write_text(body, encoding="utf-8")


def _fill(made: Application) -> None:
    command = [sys.executable, "fill.py", made.url, str(FIRST_ROWS), str(COPIES)]
    done = subprocess.run(command, cwd=made.folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def indexes(made: Application) -> dict[str, list[str]]:
    """The index names and columns that the database really has."""
    engine = create_engine(made.url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        found = inspect(engine).get_indexes(made.table, schema=made.schema or None)
        return {str(one["name"]): [str(name) for name in one["column_names"]] for one in found}
    finally:
        engine.dispose()


def version(made: Application) -> list[str]:
    """The revisions that the database says it has."""
    engine = create_engine(made.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = [str(row[0]) for row in connection.execute(text("SELECT version_num FROM alembic_version"))]
    engine.dispose()
    return rows


APP = """
import logging
import os

from flask import Flask, jsonify, request
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from .models import Base, Child

log = logging.getLogger(__name__)


def url():
    found = os.environ["APP_DATABASE"]
    return found.replace("postgresql://", "postgresql+psycopg://")


def create_app():
    app = Flask(__name__)
    engine = create_engine(url())
    if @flask_migrate@:
        from flask_migrate import Migrate

        class Database:
            metadata = Base.metadata
            metadatas = {"": Base.metadata}

            def get_engine(self, bind_key=None):
                return engine

        database = Database()
        database.engine = engine
        Migrate(app, database)
        app.extensions["migrate"].db = database

    @app.get("@route@")
    def listing():
        state = request.args.get("state", "waiting")
        query = select(Child).where(Child.state == state).order_by(Child.at.desc()).limit(15)
        with Session(engine) as session:
            rows = [
                {
                    "region": c.region, "number": c.number, "line": c.line,
                    "state": c.state, "at": c.at, "note": c.note,
                }
                for c in session.scalars(query)
            ]
        log.warning("listed %s of %s", len(rows), state)
        return jsonify(items=rows)

    return app
"""

MODELS = """
from sqlalchemy import ForeignKeyConstraint, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = @schema_arg@


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "@parent@"
    __table_args__ = {"schema": SCHEMA}
    region: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))


class Child(Base):
    __tablename__ = "@table@"
    __table_args__ = (
        ForeignKeyConstraint(["region", "number"], ["@prefix@@parent@.region", "@prefix@@parent@.number"]),
        {"schema": SCHEMA},
    )
    region: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column("@filtered@", String(16))
    at: Mapped[str] = mapped_column("@ordered@", String(32))
    note: Mapped[str] = mapped_column(String(400))
"""

INI = """
[alembic]
script_location = %(here)s@ini_place@
""".replace("@ini_place@", "/migrations")

ENV = """
import os

from alembic import context
from sqlalchemy import create_engine

from @package@ import url
from @package@.models import Base

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or url())
if context.is_offline_mode():
    context.configure(
        url=engine.url, target_metadata=Base.metadata, literal_binds=True, include_schemas=True,
        version_table_schema=None,
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, include_schemas=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
"""

ENV_FLASK = """
from alembic import context
from flask import current_app

config = context.config
engine = current_app.extensions["migrate"].db.get_engine()
metadata = current_app.extensions["migrate"].db.metadatas[""]
if context.is_offline_mode():
    context.configure(url=engine.url, target_metadata=metadata, literal_binds=True, include_schemas=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, include_schemas=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
"""

MAKO = '''
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''

FIRST = '''
"""The tables.

Revision ID: 0a1b2c3d4e5f
Revises:
"""
import sqlalchemy as sa
from alembic import op

revision = "0a1b2c3d4e5f"
down_revision = None
branch_labels = None
depends_on = None
SCHEMA = @schema_arg@


def upgrade():
    if SCHEMA:
        op.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    op.create_table(
        "@parent@",
        sa.Column("region", sa.String(8), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "@table@",
        sa.Column("region", sa.String(8), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("@filtered@", sa.String(16), nullable=False),
        sa.Column("@ordered@", sa.String(32), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["region", "number"], ["@prefix@@parent@.region", "@prefix@@parent@.number"]),
        schema=SCHEMA,
    )


def downgrade():
    op.drop_table("@table@", schema=SCHEMA)
    op.drop_table("@parent@", schema=SCHEMA)
'''

FILL = """
import os
import sys

os.environ["APP_DATABASE"] = sys.argv[1]
rows, copies = int(sys.argv[2]), int(sys.argv[3])

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, text

import @package@
from @package@.models import Child, Parent

app = @package@.create_app()
if @flask_migrate@:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade("migrations")
else:
    command.upgrade(Config("alembic.ini"), "head")
engine = create_engine(@package@.url())
states = ["waiting", "moving", "landed", "lost"]
with engine.begin() as connection:
    connection.execute(
        insert(Parent.__table__),
        [{"region": f"r{n % 7}", "number": n, "title": f"group {n}"} for n in range(rows // 4)],
    )
    items = []
    for n in range(rows):
        group = n // 4
        second = (n * 7919) % 86_400
        clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{n:06d}"
        items.append(
            {
                "region": f"r{group % 7}", "number": group, "line": n % 4,
                "@filtered@": "arrived" if n % 50 else states[n // 50 % 4],
                "@ordered@": f"2026-{n % 11 + 1:02d}-{n % 27 + 1:02d} {clock}",
                "note": f"note {n} " * 20,
            }
        )
    connection.execute(insert(Child.__table__), items)
    connection.execute(text("CREATE TEMPORARY TABLE again (k INTEGER)"))
    connection.execute(text("INSERT INTO again VALUES (:k)"), [{"k": k} for k in range(1, copies)])
    later = f"number + k * {rows // 4}"
    connection.execute(
        text(f"INSERT INTO @prefix@@parent@ SELECT region, {later}, title || k FROM @prefix@@parent@, again")
    )
    connection.execute(
        text(
            f"INSERT INTO @prefix@@table@ SELECT region, {later}, line, @filtered@, @ordered@ || k, note"
            " FROM @prefix@@table@, again"
        )
    )
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    connection.execute(text("ANALYZE"))
"""
