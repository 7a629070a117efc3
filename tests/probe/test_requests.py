"""What is captured of a request: target, bodies, statements with values and callers, logs, errors, spans."""

from __future__ import annotations

import subprocess

import pytest

from .conftest import Bench

pytestmark = pytest.mark.process

DATABASE = """
engine = create_engine("sqlite:///a.db")
with engine.begin() as c:
    c.execute(text("create table t (id integer primary key, name text)"))
    c.execute(text("insert into t (name) values (:name)"), [{"name": n} for n in ("a", "b", "c")])
flushed()
"""


def test_the_request_and_its_answer(bench: Bench) -> None:
    one = bench.captured("""
@app.post("/items/<int:number>")
def item(number):
    return {"got": request.get_json(), "n": number}, 201, {"X-Two": ["1", "2"]}
r = client.post("/items/5?q=%2F&q=2", json={"a": "ü"}, headers={"X-Backlight-Run": "r1/2",
    "X-Backlight-Origin": "abc", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"})
print(r.headers["X-Backlight-Id"], r.get_data(as_text=True))
""")
    assert (one["method"], one["target"], one["route"]) == (
        "POST",
        "/items/5?q=%2F&q=2",
        "/items/<int:number>",
    )
    assert (one["status"], one["run"], one["origin"], one["parent"]) == (201, "r1/2", "abc", "a" * 32)
    assert one["request"]["body"] == '{"a": "\\u00fc"}' and one["response"]["body"].startswith('{"got":')
    assert [pair for pair in one["response"]["headers"] if pair[0] == "X-Two"] == [
        ["X-Two", "1"],
        ["X-Two", "2"],
    ]
    assert ["Content-Type", "application/json"] in one["request"]["headers"]
    assert one["duration_ms"] >= one["ttfb_ms"] > 0


def test_statements_with_values_rows_callers_and_transactions(bench: Bench) -> None:
    one = bench.captured(
        DATABASE
        + """
@app.get("/")
def index():
    with engine.connect() as c:
        rows = list(c.execute(text("select * from t where id > :low"), {"low": 1}))
        c.execute(text("insert into t (name) values (:name)"), [{"name": "x"}, {"name": "y"}])
        c.commit()
        try:
            c.execute(text("select * from missing where a = :a"), {"a": 5})
        except Exception:
            pass
    return str(len(rows))
assert client.get("/").status_code == 200
"""
    )
    select, insert, commit, failed, rollback = one["statements"]
    assert (select["params"], select["rows"], select["dialect"]) == ([1], 2, "sqlite")
    assert select["database"].startswith("sqlite:////") and select["database"].endswith("/a.db")
    file, line, function, source = one["frames"][select["frames"][0]]
    assert file.endswith("application.py") and function == "index" and source.startswith("rows = list(")
    assert (insert["many"], insert["rows"], insert["params"]) == (2, 2, ["x"])
    assert (commit["kind"], rollback["kind"]) == ("commit", "rollback")
    assert "no such table: missing" in failed["error"] and failed["params"] == [5]
    assert select["transaction"] == 1 and failed["transaction"] == 2
    assert all(s["start_ms"] + s["duration_ms"] <= one["duration_ms"] for s in one["statements"])


def test_tables_made_and_dropped(bench: Bench) -> None:
    """What SQLAlchemy compiles for DDL is another kind of object than for queries."""
    one = bench.captured(
        """
from sqlalchemy import Column, Integer, MetaData, Table
engine, everything = create_engine("sqlite://"), MetaData()
for name in "abcd":
    Table(name, everything, Column("id", Integer, primary_key=True))
@app.get("/")
def index():
    everything.create_all(engine)
    everything.drop_all(engine)
    with engine.connect() as connection: connection.execute(text("select :word"), {"word": "last"})
    return ""
client.get("/")
"""
    )
    found = [statement["sql"].split()[0] for statement in one["statements"]]
    assert (found.count("CREATE"), found.count("DROP")) == (4, 4) and bench.errors == ""
    assert [statement["params"] for statement in one["statements"] if "select" in statement["sql"]] == [
        ["last"]
    ]


def test_every_logger_and_its_traceback(bench: Bench) -> None:
    one = bench.captured("""
quiet = logging.getLogger("own"); quiet.propagate = False; quiet.setLevel("DEBUG")
@app.get("/")
def index():
    quiet.debug("value %s", 5)
    try:
        1 / 0
    except ZeroDivisionError:
        app.logger.exception("broken %d %d", 1)
    return ""
client.get("/")
""")
    debug, error = one["logs"]
    assert (debug["level"], debug["logger"], debug["message"]) == ("DEBUG", "own", "value 5")
    assert debug["file"].endswith("application.py") and debug["line"] > 0
    assert error["message"] == "broken %d %d" and "ZeroDivisionError: division by zero" in error["traceback"]


@pytest.mark.parametrize(("handled", "status"), [(False, 500), (True, 418)])
def test_exceptions_with_their_frames_and_cause(bench: Bench, handled: bool, status: int) -> None:
    handler = "@app.errorhandler(ValueError)\ndef teapot(error): return 'no', 418\n" if handled else ""
    one = bench.captured(
        handler
        + """
def inner(password, number):
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("no good") from error
@app.get("/")
def index():
    inner("hunter" + str(22), 5)
client.get("/")
""",
        BACKLIGHT_LOCALS="1",
    )
    error = one["exception"]
    assert (one["status"], error["type"], error["message"]) == (status, "ValueError", "no good")
    assert error["handled"] == handled and error["cause"]["type"] == "KeyError"
    inner, index = [frame for frame in error["frames"] if frame["own"]][:2]
    assert (inner["function"], index["function"]) == ("inner", "index")
    assert inner["source"] == 'raise ValueError("no good") from error'
    assert inner["variables"]["number"] == "5" and "hunter22" not in str(one)
    assert any(not frame["own"] for frame in error["frames"])


def test_local_variables_only_where_asked_for(bench: Bench) -> None:
    one = bench.captured('@app.get("/")\ndef index():\n    a = 1\n    raise ValueError\nclient.get("/")\n')
    assert not any("variables" in frame for frame in one["exception"]["frames"])


def test_aborts_are_no_errors_of_the_application(bench: Bench) -> None:
    one = bench.captured('@app.get("/")\ndef index(): abort(403)\nclient.get("/")\n')
    assert one["status"] == 403 and one["exception"]["handled"]
    assert one["exception"]["type"].endswith("Forbidden")


def test_templates_and_calls_to_other_services(bench: Bench) -> None:
    one = bench.captured("""
import http.server, urllib.request
class Other(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204); self.end_headers()
    def log_message(self, *a): pass
other = http.server.HTTPServer(("127.0.0.1", 0), Other)
threading.Thread(target=other.serve_forever, daemon=True).start()
(os.mkdir("templates"), open("templates/page.html", "w").write("{% for n in load() %}{{ n }}{% endfor %}"))
app.root_path = os.getcwd()
engine = create_engine("sqlite://")
def load():
    with engine.connect() as c:
        return list(c.execute(text("select 1")))
from flask import render_template
@app.get("/")
def index():
    urllib.request.urlopen("http://127.0.0.1:%d/x?token=abcdefgh" % other.server_port).read()
    return render_template("page.html", load=load)
assert client.get("/").status_code == 200
""")
    call, template = [span for span in one["spans"] if span["kind"] in ("http", "template")]
    assert template["name"] == "page.html" and template["duration_ms"] > 0
    assert call["name"].startswith("GET http://127.0.0.1:") and call["detail"] == "204"
    assert "abcdefgh" not in str(one)
    place = [one["frames"][number] for number in one["statements"][0]["frames"]]
    assert any(file.endswith("page.html") and line == 1 for file, line, *_ in place)


def test_connections_that_are_not_returned(bench: Bench) -> None:
    one = bench.captured("""
engine = create_engine("sqlite:///a.db")
kept = []
@app.get("/")
def index():
    kept.append(engine.connect())
    with engine.connect() as c: c.execute(text("select 1"))
    return ""
client.get("/")
""")
    assert one["connections_leaked"] == 1


def test_the_wait_for_a_connection_of_the_pool(bench: Bench) -> None:
    one = bench.captured("""
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///a.db", poolclass=QueuePool, pool_size=1, max_overflow=0)
held = engine.connect()
@app.get("/")
def index():
    threading.Timer(0.5, held.close).start()
    with engine.connect() as c: c.execute(text("select 1"))
    return ""
client.get("/")
""")
    wait = next(span for span in one["spans"] if span["kind"] == "pool")
    assert wait["duration_ms"] >= 40 and one["statements"][0]["pool_wait_ms"] >= 40


def test_two_tasks_at_once_are_kept_apart(bench: Bench) -> None:
    bench.run("""
engine = create_engine("sqlite:///a.db")
gate = threading.Barrier(4)
@app.get("/<int:n>")
def index(n):
    gate.wait()
    for _ in range(20):
        with engine.connect() as c: c.execute(text("select :n"), {"n": n})
        app.logger.warning("number %d", n)
    return ""
threads = [threading.Thread(target=client.__class__(app).get, args=("/%d" % n,)) for n in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
flushed()
""")
    found = {one["target"]: one for one in bench.recorder.requests}
    for number in range(4):
        one = found[f"/{number}"]
        run = [s["params"] for s in one["statements"] if s["kind"] == "statement"]
        assert run == [[number]] * 20 and {log["message"] for log in one["logs"]} == {f"number {number}"}


def test_work_outside_of_requests_is_not_lost(bench: Bench) -> None:
    bench.run("""
from concurrent.futures import ThreadPoolExecutor
from backlight_probe import carried, span
engine = create_engine("sqlite:///a.db")
def work(n):
    with engine.connect() as c: c.execute(text("select :n"), {"n": n})
pool = ThreadPoolExecutor(1)
@app.get("/")
def index():
    pool.submit(work, 1).result()
    pool.submit(carried(work), 2).result()
    with span("inner"): work(3)
    return ""
client.get("/")
with span("nightly"): work(4)
flushed()
""")
    page, job = bench.recorder.requests
    assert [s["params"] for s in page["statements"] if s["kind"] == "statement"] == [[2], [3]]
    assert page["spans"][-1]["name"] == "inner"
    assert (job["method"], job["target"]) == ("JOB", "nightly") and job["statements"][0]["params"] == [4]
    (thread,) = [one for one in bench.recorder.loose if one["target"].startswith("ThreadPool")]
    assert [s["params"] for s in thread["statements"] if s["kind"] == "statement"] == [[1]]


def test_any_wsgi_application_in_two_lines(bench: Bench) -> None:
    one = bench.captured("""
from backlight_probe import install
def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a"
    yield environ["wsgi.input"].read()
assert Client(install(plain)).post("/x", data=b"body").get_data() == b"abody"
""")
    assert (one["target"], one["status"], one["response"]["body"]) == ("/x", 200, "abody")


def test_routes_are_told_with_their_places(bench: Bench) -> None:
    bench.run('@app.get("/a/<b>")\ndef index(b): return ""\nclient.get("/a/1")\nflushed()\n')
    routes = {one["rule"]: one for batch in bench.recorder.batches for one in batch["routes"]}
    assert routes["/a/<b>"]["methods"] == ["GET"] and routes["/a/<b>"]["file"].endswith("application.py")
    assert routes["/a/<b>"]["line"] > 1 and "/static/<path:filename>" in routes


MIGRATION = '''"""{0}"""
revision = "{0}"
down_revision: str | None = {1}
'''


def test_the_state_of_the_code_is_told(bench: Bench) -> None:
    """Commit and whether files differ from it, Alembic's heads from the files, versions, folder."""

    def git(*words: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *identity, *words], cwd=bench.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    versions = bench.folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    for name, down in (("a1", "None"), ("b2", '"a1"'), ("c3", '("b2",)'), ("d4", '"b2"')):
        (versions / f"{name}.py").write_text(MIGRATION.format(name, down))
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    script = '@app.get("/")\ndef index(): return ""\nclient.get("/")\nflushed()\n'
    bench.run(script, BACKLIGHT_DESCRIBE="1")
    told = bench.recorder.batches[-1]["application"]
    assert (told["git_revision"], told["git_dirty"], told["alembic_heads"]) == (head, False, ["c3", "d4"])
    assert told["name"] == "shop" and told["folder"] == str(bench.folder) and told["framework"] == "flask"
    assert {"flask", "sqlalchemy", "werkzeug"} <= set(told["versions"])
    (versions / "a1.py").write_text("changed = 1\n")
    git("pack-refs", "--all")
    bench.run(script, BACKLIGHT_DESCRIBE="1")
    told = bench.recorder.batches[-1]["application"]
    assert (told["git_revision"], told["git_dirty"]) == (head, True)


def test_a_stream_that_asks_while_it_is_sent(bench: Bench) -> None:
    one = bench.captured("""
from flask import stream_with_context
engine = create_engine("sqlite://")
@app.get("/")
def index():
    def rows():
        for number in range(3):
            with engine.connect() as c: yield str(c.execute(text("select :n"), {"n": number}).scalar())
    return Response(stream_with_context(rows()))
assert client.get("/").get_data() == b"012"
""")
    asked = [s["params"] for s in one["statements"] if s["kind"] == "statement"]
    assert asked == [[0], [1], [2]] and one["response"]["body"] == "012"
