"""Logs as the real libraries write them today, not as somebody remembers them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tests.wild.environments import environment

LOGGING = """
import logging
{configure}
log = logging.getLogger("shop.orders")
log.info("ready")
log.warning("low stock: %d", 3)
try:
    {{}}["none"]
except KeyError:
    log.exception("it failed")
log.critical("out of disk")
log.debug("after it")
"""
BASIC = "logging.basicConfig({}level=logging.DEBUG)"
FORMATS = {
    "": "python-basic",
    "%(asctime)s %(levelname)s %(name)s: %(message)s": "python",
    "%(asctime)s %(levelname)s %(name)s %(message)s": "python",
    "%(asctime)s [%(levelname)s] %(name)s: %(message)s": "python",
    "%(asctime)s %(levelname)-8s %(message)s": "python",
    "%(asctime)s - %(name)s - %(levelname)s - %(message)s": "python-name-first",
    "%(asctime)s %(name)s %(levelname)s %(message)s": "python-name-first",
    "[%(asctime)s] %(levelname)s in %(module)s: %(message)s": "flask",
}
LEVELS = {"info": 1, "warning": 1, "error": 1, "critical": 1, "debug": 1}


def written(tmp_path: Path, code: str, python: Path | str = sys.executable) -> Path:
    """What a program prints on standard error, as a file."""
    path = tmp_path / "app.log"
    with path.open("wb") as file:
        subprocess.run([python, "-c", code], stderr=file, stdout=file, check=True, env=dict(os.environ))
    return path


@pytest.mark.process
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form or "default")
def test_pythons_logging_in_its_usual_formats(desk, tmp_path, form):
    configure = BASIC.format(f"format={form!r}, " if form else "")
    path = written(tmp_path, LOGGING.format(configure=configure))
    state = desk.open(path).state
    assert state.format == FORMATS[form]
    assert desk.state(path).levels == LEVELS
    rows = desk.all_rows(path)
    trace = [row for row in rows if not row.start]
    assert trace[0].text == "Traceback (most recent call last):" and {row.level for row in trace} == {"error"}
    assert trace[-1].text == "KeyError: 'none'"
    if "%(name)s" in form:
        assert {row.logger for row in rows if row.start} == {"shop.orders"}


JSON_LOGGER = """
from pythonjsonlogger.json import JsonFormatter
handler = logging.StreamHandler()
handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.DEBUG)
"""
STRUCTLOG = """
import structlog
structlog.configure(processors=[
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
])
log = structlog.get_logger()
log.info("ready", user=7)
log.warning("low stock", left=3)
try:
    {}["none"]
except KeyError:
    log.exception("it failed")
log.critical("out of disk")
log.debug("after it")
"""


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("library", ["structlog", "python-json-logger"])
def test_json_lines_need_no_configuration(desk, tmp_path, library):
    code = STRUCTLOG if library == "structlog" else LOGGING.format(configure=JSON_LOGGER)
    path = written(tmp_path, code, environment("loggers") / "python")
    assert desk.open(path).state.format == "json"
    assert desk.state(path).levels == LEVELS
    rows = desk.all_rows(path)
    assert [row.level for row in rows] == ["info", "warning", "error", "critical", "debug"]
    assert rows[0].message.startswith("ready") and all(row.time for row in rows)
    from embedded_server.wire.logs import RECORD, RecordRequest  # noqa: PLC0415  # lazy: only here

    record = desk.call(RECORD, RecordRequest(source=str(path), offset=rows[2].offset))
    assert record.parts[0].type == "KeyError"


FLASK = """
import logging, sys
from flask import Flask
app = Flask("shop")

@app.get("/")
def home():
    app.logger.warning("someone is here")
    return "hello"

@app.get("/bad")
def bad():
    return 1 / 0

app.run(port=int(sys.argv[1]))
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def served(path: Path, command: list[str | Path], port: int, folder: Path) -> None:
    """Serve until three pages were asked for, output to a file."""
    with path.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd=folder, env=dict(os.environ))
        try:
            wait_until(lambda: get(f"http://127.0.0.1:{port}/") == 200, "the server answers")
            assert [get(f"http://127.0.0.1:{port}/{page}") for page in ("bad", "none")] == [500, 404]
        finally:
            process.terminate()
            process.wait()


@pytest.mark.process
def test_flask_and_werkzeug_in_one_stream(desk, tmp_path):
    path, port = tmp_path / "flask.log", free_port()
    (tmp_path / "site.py").write_text(FLASK)
    served(path, [sys.executable, tmp_path / "site.py", str(port)], port, tmp_path)
    state = desk.open(path).state
    assert {"flask", "werkzeug"} <= {state.format, *state.also}
    rows = desk.all_rows(path)
    (failed,) = [row for row in rows if "Exception on /bad" in row.text]
    assert failed.level == "error" and failed.start
    after = rows[failed.row + 1 :]
    assert after[0].text.startswith("Traceback") and not after[0].start and after[0].level == "error"
    (bad,) = [row for row in rows if re.search(r'GET /bad HTTP/1.1.*" 500 -', row.text)]
    (none,) = [row for row in rows if re.search(r'GET /none HTTP/1.1.*" 404 -', row.text)]
    assert (bad.level, none.level) == ("error", "warning") and bad.start and bad.time


@pytest.mark.process
@pytest.mark.slow
def test_gunicorn_with_its_access_log(desk, tmp_path):
    path, port = tmp_path / "gunicorn.log", free_port()
    (tmp_path / "site_app.py").write_text(FLASK.replace("app.run(port=int(sys.argv[1]))", ""))
    command = [environment("loggers") / "gunicorn", "--bind", f"127.0.0.1:{port}", "--access-logfile", "-"]
    served(path, [*command, "site_app:app"], port, tmp_path)
    state = desk.open(path).state
    assert {"gunicorn", "access"} <= {state.format, *state.also}
    rows = desk.all_rows(path)
    (booting,) = [row for row in rows if "Booting worker" in row.text]
    assert (booting.level, booting.start) == ("info", True)
    (bad,) = [row for row in rows if '"GET /bad HTTP/1.1" 500' in row.text]
    assert (bad.level, bad.start) == ("error", True)


def test_postgresqls_own_log(desk, pg_server, tmp_path):
    import psycopg  # noqa: PLC0415  # lazy: only here

    path = tmp_path / "postgresql.log"
    with psycopg.connect(pg_server.conninfo(), autocommit=True) as connection:
        connection.execute("SET log_min_messages = 'warning'")
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT * FROM no_table_of_this_name")
    path.write_bytes((Path(pg_server.folder) / "log").read_bytes())
    assert desk.open(path).state.format == "postgresql"
    (failed, *_) = desk.search(path, 'ERROR: .*relation "no_table_of_this_name" does not exist')
    assert (failed.level, failed.start) == ("error", True) and failed.time
    after = desk.rows(path, row=failed.line - 1, limit=3).rows
    statement = [row for row in after if "STATEMENT:" in row.text]
    assert statement and not statement[0].start and statement[0].level == "error"
