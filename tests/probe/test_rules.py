"""What the probe must never do to the application it watches, and what it keeps to itself."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PRELUDE, PROBE, TOKEN, Bench, Recorder

pytestmark = pytest.mark.process

FILES = sorted(PROBE.rglob("*.py"))
ECHO = """
@app.post("/")
def echo(): return request.get_data()
@app.get("/")
def index():
    logging.getLogger("x").warning("said")
    return "hello"
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_old_interpreters_can_read_it_and_it_needs_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(), path.name, feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    roots = {str(name).partition(".")[0] for name in names}
    # What is imported from the application's own libraries only where these are there already.
    attached = {"sqlalchemy", "redis", "_pytest"}
    assert roots <= set(sys.stdlib_module_names) | attached | {"backlight_probe"}


def test_off_without_its_variables(bench: Bench) -> None:
    out = bench.run(
        ECHO
        + """
r = client.get("/")
print(r.headers.get("X-Backlight-Id"), "backlight_probe.sender" in sys.modules, threading.active_count())
""",
        BACKLIGHT_TOKEN="",
    )
    assert out.split() == ["None", "False", "1"] and bench.recorder.statuses == []


def test_another_machine_is_refused_without_the_flag(bench: Bench) -> None:
    bench.run(ECHO + 'client.get("/")\ntime.sleep(0.6)\n', BACKLIGHT_URL="http://192.0.2.1:9")
    assert "is not this machine" in bench.errors and bench.errors.count("backlight-probe") == 1


def test_production_is_warned_about(bench: Bench) -> None:
    bench.run(ECHO, FLASK_ENV="production")
    assert "calls itself production" in bench.errors


@pytest.mark.parametrize("state", ["down", "hung", "wrong token"])
def test_without_a_working_viewer_nothing_fails_and_nothing_waits(bench: Bench, state: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hung = f"http://127.0.0.1:{listener.getsockname()[1]}"
        urls = {"down": "http://127.0.0.1:9", "hung": hung, "wrong token": bench.recorder.url}
        token = "wrong" if state == "wrong token" else TOKEN
        out = bench.run(
            ECHO
            + """
times, sizes = [], []
for n in range(3000):
    t = time.perf_counter()
    assert client.post("/", data=b"x" * 20000).get_data() == b"x" * 20000
    times.append(time.perf_counter() - t)
from backlight_probe.sender import SENDER
print(sorted(times)[len(times) // 2], max(times), len(SENDER._queue), SENDER._bytes, SENDER._dropped)
began = time.perf_counter()
import atexit; atexit.register(lambda: print(time.perf_counter() - began))
""",
            BACKLIGHT_URL=urls[state],
            BACKLIGHT_TOKEN=token,
        )
    median, worst, items, size, dropped, exit_seconds = map(float, out.split())
    assert median < 0.02 and worst < 1 and items <= 1000 and size <= 8 << 20 and dropped > 1000
    # Registered last, so it ran first: the flush comes after it and is bounded by the test below.
    assert exit_seconds < 5 and bench.errors.count("backlight-probe") <= 1


# The clock that says how long the exit took must be set before the probe's own: the last one set runs first.
CLOCK = """
import atexit, time
atexit.register(lambda: print(time.perf_counter() - began))
"""


@pytest.mark.timing
def test_the_flush_at_exit_takes_no_longer_than_allowed(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hung = f"http://127.0.0.1:{listener.getsockname()[1]}"
        script = ECHO + 'client.get("/")\ntime.sleep(0.5)\nbegan = time.perf_counter()\n'
        out = bench.run(script, prelude=CLOCK + PRELUDE, BACKLIGHT_URL=hung)
    assert float(out) < 0.5


def test_what_is_left_is_sent_at_exit(bench: Bench) -> None:
    bench.run(ECHO + 'client.get("/")\n')
    assert len(bench.recorder.requests) == 1


@pytest.mark.parametrize(
    ("where", "fuse"),
    [
        ("sql._keep", "sql"),
        ("logs._note", "logs"),
        ("wsgi._begin", "requests"),
        ("message.encode", "requests"),
        ("errors._described", "exceptions"),
    ],
)
def test_a_fault_of_the_probe_is_not_one_of_the_application(bench: Bench, where: str, fuse: str) -> None:
    module, name = where.split(".")
    out = bench.run(
        f"""
import backlight_probe.{module} as module
calls = []
def broken(*a, **k):
    calls.append(1)
    raise RuntimeError("planted")
module.{name} = broken
engine = create_engine("sqlite://")
@app.get("/")
def index():
    with engine.connect() as c: c.execute(text("select 1"))
    logging.warning("x")
    if request.args: raise ValueError
    return "fine"
for n in range(6):
    r = client.get("/"); assert (r.status_code, r.get_data()) == (200, b"fine")
    assert client.get("/?x").status_code == 500
time.sleep(0.5)
"""
        + "from backlight_probe.config import FUSES\n"
        + "print([name for name, fuse in FUSES.items() if fuse.faults and not fuse.on], len(calls))\n"
    )
    off, calls = out.rstrip().rsplit(" ", 1)
    assert off == repr([fuse]) and int(calls) >= 3 and bench.errors.count("is off after 3 faults") == 1


@pytest.mark.parametrize("how", ["read", "readline", "readinto", "iter", "chunks", "unread"])
@pytest.mark.parametrize("size", [10, 200_000])
def test_the_body_reaches_the_application_whole(bench: Bench, how: str, size: int) -> None:
    bench.run(f"""
from backlight_probe import install
import hashlib, io
def plain(environ, start_response):
    stream, how = environ["wsgi.input"], {how!r}
    if how == "read": data = stream.read()
    elif how == "readline": data = b"".join(iter(stream.readline, b""))
    elif how == "iter": data = b"".join(stream)
    elif how == "chunks": data = b"".join(iter(lambda: stream.read(777), b""))
    elif how == "readinto": data = io.BufferedReader(Raw(stream)).read()
    else: data = b""
    start_response("200 OK", [])
    return [hashlib.md5(data).hexdigest().encode()]
class Raw(io.RawIOBase):
    def __init__(self, stream): self.stream = stream
    def readable(self): return True
    def readinto(self, buffer): return self.stream.readinto(buffer)
body = (b"line\\n" * {size})[:{size}]
got = Client(install(plain)).post("/", data=body).get_data()
assert got.decode() == hashlib.md5(body if {how!r} != "unread" else b"").hexdigest()
flushed()
""")
    (one,) = bench.recorder.requests
    kept = len(one["request"].get("body", ""))
    assert one["request"]["body_bytes"] == size and one["request"].get("truncated", False) == (kept < size)
    assert kept == (size if size <= 65536 else 0 if how == "unread" else 65536)


def test_a_hundred_megabytes_up_and_down_keep_little(bench: Bench) -> None:
    out = bench.run("""
import resource
@app.post("/")
def big():
    n = 0
    while piece := request.stream.read(1 << 20): n += len(piece)
    return Response((b"y" * (1 << 20) for _ in range(100)), headers={"X-N": str(n)})
class Zeros:
    left = 100 << 20
    def read(self, n=-1):
        n = min(n if n >= 0 else self.left, self.left); self.left -= n; return bytes(n)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
from werkzeug.test import EnvironBuilder, run_wsgi_app
environ = EnvironBuilder(method="POST").get_environ()
environ.update({"wsgi.input": Zeros(), "CONTENT_LENGTH": str(100 << 20)})
pieces, _, headers = run_wsgi_app(app, environ)
size = sum(len(piece) for piece in pieces)
print(headers["X-N"], size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
flushed()
""")
    up, down, grown = map(int, out.split())
    assert up == down == 100 << 20 and grown < 30_000
    (one,) = bench.recorder.requests
    assert one["request"]["truncated"] and one["response"]["truncated"]
    assert one["response"]["body_bytes"] == 100 << 20 and len(one["response"]["body"]) == 65536


def test_the_clock_stops_at_the_last_piece_not_at_close(bench: Bench) -> None:
    bench.run("""
from backlight_probe import install
def known(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"a", b"b"]
def unknown(environ, start_response):
    start_response("200 OK", [])
    return [b"a", b"b"]
for app in (known, unknown):
    body = install(app)({"REQUEST_METHOD": "GET", "PATH_INFO": "/" + app.__name__}, lambda *a: None)
    next(body); next(body)
    if app is unknown:
        for _ in body: pass
    time.sleep(0.3)
    body.close()
flushed()
""")
    known, unknown = bench.recorder.requests
    assert known["duration_ms"] < 200 and unknown["duration_ms"] < 200
    assert known["re_encoded"] and known["target"] == "/known"


def test_statements_beyond_the_limit_are_counted(bench: Bench) -> None:
    one = bench.captured("""
engine = create_engine("sqlite://")
@app.get("/")
def index():
    with engine.connect() as c:
        for n in range(2500): c.exec_driver_sql("select ?", (n,))
        for n in range(600): logging.getLogger("x").warning("n")
    return ""
client.get("/")
""")
    assert len(one["statements"]) == 2000 and len(one["logs"]) == 500 and one["dropped"]["logs"] == 100
    (beyond,) = [o for o in one["overflow"] if o["sql"] == "select ?"]
    assert beyond["count"] == 500 and beyond["total_ms"] > 0


def test_long_texts_are_cut_and_odd_values_are_sent(bench: Bench) -> None:
    one = bench.captured("""
import datetime, decimal, uuid
engine = create_engine("sqlite://")
@app.route("/", methods=["GET", "POST"])
def index():
    with engine.connect() as c:
        c.exec_driver_sql("select ?, ?, ?, ?, ?", ("x" * 9999, b"\\xff\\x00", float("inf"), 2**62, None))
    logging.getLogger("\\ud800").warning("y" * 9999 + "\\udfff")
    return Response(b"\\xff\\x00", headers={"X-Odd": "caf\\xe9", "X-Tab": "a\\tb"})
client.post("/?q=\\xe9", data=b"\\xfe\\xff", headers={"X-H\\xe9": "\\xff"})
""")
    values = one["statements"][0]["params"]
    assert len(values[0]) == 2048 and values[1] == {"$bytes": "/wA="} and values[2:] == ["inf", 2**62, None]
    assert len(one["logs"][0]["message"]) == 4096
    assert one["request"]["body_base64"] == "/v8=" and one["response"]["body_base64"] == "/wA="


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("BACKLIGHT_SQL", "statements"),
        ("BACKLIGHT_LOGS", "logs"),
        ("BACKLIGHT_TEMPLATES", "spans"),
        ("BACKLIGHT_CALLERS", "frames"),
        ("BACKLIGHT_EXCEPTIONS", "exception"),
    ],
)
def test_each_source_has_its_switch(bench: Bench, variable: str, what: str) -> None:
    script = """
engine = create_engine("sqlite://")
@app.errorhandler(ValueError)
def handled(e): return render_template_string("x")
@app.get("/")
def index():
    with engine.connect() as c: c.execute(text("select 1"))
    logging.warning("x")
    raise ValueError
client.get("/")
"""
    # A connection that is slow to be made is a span of another source.
    assert bench.captured(script, BACKLIGHT_POOL="0")[what]
    bench.recorder.batches.clear()
    assert not bench.captured(script, BACKLIGHT_POOL="0", **{variable: "0"})[what]


def test_bodies_and_headers_have_theirs(bench: Bench) -> None:
    one = bench.captured(
        ECHO + 'client.post("/", data=b"abc")\n', BACKLIGHT_BODIES="0", BACKLIGHT_HEADERS="0"
    )
    assert "body" not in one["request"] and "body" not in one["response"] and one["request"]["headers"] == []


def test_a_forked_child_sends_with_a_thread_and_ids_of_its_own(bench: Bench) -> None:
    bench.run(
        ECHO
        + """
client.get("/?parent"); flushed()
pid = os.fork()
client.get("/?" + ("after" if pid else "child"))
flushed()
if pid:
    assert os.waitpid(pid, 0)[1] == 0
else:
    os._exit(0)
"""
    )
    found = bench.recorder.requests
    assert sorted(one["target"] for one in found) == ["/?after", "/?child", "/?parent"]
    assert len({one["id"] for one in found}) == 3


def test_workers_forked_before_the_first_import_have_ids_of_their_own(bench: Bench) -> None:
    """A server's master process has the probe's modules but listens to nothing yet."""
    prelude = """
import os, sys
from backlight_probe import record
for worker in range(3):
    pid = os.fork()
    if pid:
        assert os.waitpid(pid, 0)[1] == 0
        continue
    print(record.new_id(), flush=True)
    os._exit(0)
print(record.new_id())
"""
    assert len(set(bench.run("", prelude=prelude).split())) == 4


def test_a_server_that_is_new_on_the_same_connection_loses_nothing(bench: Bench, tmp_path: Path) -> None:
    """The connection that was kept is dead; the pause after a failure would be no reason to wait either."""
    address, second = tmp_path / "ingest.json", Recorder()
    write = "open({!r}, 'w').write(json.dumps({{'url': {!r}, 'token': {!r}}}))"
    bench.run(
        ECHO
        + f"""
{write.format(str(address), bench.recorder.url, TOKEN)}
client.get("/?first"); flushed()
from backlight_probe.sender import SENDER
SENDER._connection.sock.shutdown(2)
{write.format(str(address), second.url, TOKEN)}
client.get("/?second"); flushed(3)
SENDER._pause, SENDER._again = 30.0, time.monotonic() + 30.0
SENDER._close()
{write.format(str(address), bench.recorder.url, TOKEN)}
client.get("/?third"); flushed(3)
""",
        BACKLIGHT_ADDRESS=str(address),
    )
    second.close()
    assert [one["target"] for one in bench.recorder.requests] == ["/?first", "/?third"]
    assert [one["target"] for one in second.requests] == ["/?second"]


def test_a_new_server_is_found_by_the_address_file(bench: Bench, tmp_path: Path) -> None:
    address = tmp_path / "ingest.json"
    bench.run(
        ECHO
        + f"""
client.get("/?early")
time.sleep(0.5)
open({str(address)!r}, "w").write(json.dumps({{"url": {bench.recorder.url!r}, "token": {TOKEN!r}}}))
flushed(20)
""",
        BACKLIGHT_URL="",
        BACKLIGHT_TOKEN="",
        BACKLIGHT_ADDRESS=str(address),
    )
    assert [one["target"] for one in bench.recorder.requests] == ["/?early"]


def test_the_address_of_a_server_that_died_is_not_used(bench: Bench, tmp_path: Path) -> None:
    """Another program may have its port by now; it would be told everything, the token too."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    address = tmp_path / "ingest.json"
    address.write_text(json.dumps({"url": bench.recorder.url, "token": TOKEN, "pid": gone.pid}))
    nowhere = {"BACKLIGHT_URL": "", "BACKLIGHT_TOKEN": "", "BACKLIGHT_ADDRESS": str(address)}
    spool = tmp_path / "spool"
    bench.run(ECHO + 'client.get("/")\nflushed()\n', BACKLIGHT_SPOOL=str(spool), **nowhere)
    assert bench.recorder.statuses == [] and len(list(spool.glob("*.jsonl"))) == 1


def test_the_spool_takes_what_no_server_takes(bench: Bench, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    bench.run(
        ECHO + 'client.get("/?kept")\nflushed()\n',
        BACKLIGHT_URL="",
        BACKLIGHT_TOKEN="",
        BACKLIGHT_SPOOL=str(spool),
    )
    (file,) = spool.glob("*.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    batches = [json.loads(line) for line in file.read_text().splitlines()]
    assert [one["target"] for batch in batches for one in batch["requests"]] == ["/?kept"]


def test_an_existing_sitecustomize_is_run_too(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import sys\nsys.chained = __file__\n")
    path = f"{PROBE / 'startup'}:{other}"
    out = bench.run("import sitecustomize\nprint(sys.chained, sitecustomize.__file__)", PYTHONPATH=path)
    assert out.split() == [str(other / "sitecustomize.py")] * 2


def test_other_programs_hardly_notice(tmp_path: Path, bench: Bench) -> None:
    """A Python that serves nothing loads four small modules and starts no thread."""
    code = (
        "import sys, threading; print([m for m in sys.modules if 'backlight' in m], threading.active_count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=bench.environment(), capture_output=True, text=True
    )
    assert done.stdout.count("backlight_probe") == 4 and done.stdout.rstrip().endswith("] 1")
