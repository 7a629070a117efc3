"""An application that measures itself: ``python probed.py DATABASE`` answers a line per batch of requests.

It runs in a process of its own, once bare and once under the probe, since what the probe listens to is
everything in a process. A line ``PATH COUNT`` on standard input is answered with the median latency of COUNT
calls of the WSGI application in microseconds and with the process's CPU time for each.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from io import BytesIO
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

LINES = 20


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()


def application(path: str) -> Flask:
    """``/hello`` has no statement; ``/books`` has 21 statements and two log lines."""
    app = Flask("probed")
    app.logger.setLevel(logging.INFO)
    # The application lives as long as the process, and so does what it logs to.
    app.logger.handlers = [logging.StreamHandler(open(os.devnull, "w"))]  # noqa: SIM115
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        if session.get(Author, 1) is None:
            numbers = range(1, LINES + 1)
            session.add_all([Author(id=number, name=f"author {number}") for number in numbers])
            session.add_all([Book(id=n, title=f"book {n}", author_id=n) for n in numbers])
            session.commit()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/books")
    def books() -> dict[str, Any]:
        app.logger.info("listing %d books", LINES)
        with Session(engine) as session:
            found = session.scalars(select(Book).order_by(Book.id).limit(LINES))
            listed = {book.title: book.author.name for book in found}
        app.logger.info("listed %d books", len(listed))
        return listed

    return app


def call(app: Any, path: str) -> int:
    """One request straight into the application; the size of its answer."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:5000",
        "HTTP_USER_AGENT": "bench",
        "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    body = app(environ, lambda status, headers, _error=None: told.append(status))
    size = sum(map(len, body))
    body.close()
    assert told == ["200 OK"], told
    return size


def main(path: str) -> None:
    app = application(path)
    print("ready", flush=True)
    for line in sys.stdin:
        target, count = line.split()
        taken, size = [], 0
        cpu = time.process_time()
        for _ in range(int(count)):
            started = time.perf_counter()
            size += call(app, target)
            taken.append(time.perf_counter() - started)
        used = (time.process_time() - cpu) / int(count)
        answer = {"p50 us": median(taken) * 1e6, "cpu us": used * 1e6, "bytes": size, "rows": len(taken)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
