"""The shop as one command: generate its database, migrate it, serve it.

Usable as a script (``python run_demo.py serve``) and as a function (``main(["serve", "--port", "0"])``), with
nothing installed but the packages in requirements.txt.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import generate
from flask import Flask
from generator.build import upgrade
from generator.people import DEMO_EMAIL, DEMO_PASSWORD
from shop import create_app
from shop.extensions import db
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class KeepAlive(WSGIRequestHandler):
    """HTTP/1.1, as behind a production server: a connection serves more than one request."""

    protocol_version = "HTTP/1.1"


def run_generate(options: argparse.Namespace) -> int:
    """Fill a database."""
    generate.interrupt_on_terminate()
    return generate.run(options)


def run_upgrade(options: argparse.Namespace) -> int:
    """Run the migrations."""
    try:
        upgrade(create_app(options.url), options.revision)
    except SQLAlchemyError as error:
        print(f"Not migrated: {error}", file=sys.stderr)
        return 2
    return 0


def run_serve(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C, a polite kill, or the end of standard input; prints one JSON line when ready."""
    generate.interrupt_on_terminate()
    app = create_app(options.url)
    problem = missing(app)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    server = make_server(options.host, options.port, app, threaded=True, request_handler=KeepAlive)
    if options.stop_with_stdin:
        threading.Thread(target=stop_at_end_of_input, args=(server,), daemon=True).start()
    user = {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}
    ready = {"step": "ready", "url": f"http://{options.host}:{server.port}", "user": user}
    print(json.dumps(ready), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def stop_at_end_of_input(server: BaseWSGIServer) -> None:
    """A parent that dies closes our standard input, however it died."""
    while os.read(sys.stdin.fileno(), 4096):
        continue
    server.shutdown()


def missing(app: Flask) -> str | None:
    """What keeps the shop from working, in words."""
    with app.app_context():
        try:
            if not inspect(db.engine).has_table("orders"):
                return "The database is empty. Fill it first: python run_demo.py generate"
        except SQLAlchemyError as error:
            return f"The database does not answer: {error}"
        finally:
            db.engine.dispose()
    return None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(description="The demo shop.")
    commands = root.add_subparsers(dest="command", required=True)
    command = commands.add_parser("generate", help="fill a database")
    generate.add_arguments(command)
    command.set_defaults(run=run_generate)
    command = commands.add_parser("upgrade", help="run the migrations")
    command.add_argument("--url", help="SQLAlchemy URL; default: DATABASE_URL, else instance/shop.db")
    command.add_argument("--revision", default="head")
    command.set_defaults(run=run_upgrade)
    command = commands.add_parser("serve", help="serve the site")
    command.add_argument("--url", help="SQLAlchemy URL; default: DATABASE_URL, else instance/shop.db")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=5000, help="0 takes a free one")
    command.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input ends")
    command.set_defaults(run=run_serve)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(argv)
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
