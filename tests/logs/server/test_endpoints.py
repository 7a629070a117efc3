"""Every endpoint of logs: what it answers, what it refuses, and to whom."""

from __future__ import annotations

import gzip
import json
import sys

import psutil
import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.logs.sources import Sources
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.endpoint import Scope
from embedded_server.wire.logs import (
    CLOSE,
    FIND,
    FORCE,
    FORMATS,
    HISTOGRAM,
    OPEN,
    RECORD,
    ROWS,
    RUN,
    SOURCES,
    STATE,
    ForceRequest,
    FormatsRequest,
    HistogramRequest,
    OpenLogRequest,
    RecordRequest,
    RowsRequest,
    RunCommandRequest,
    SearchRequest,
    SourceRequest,
    SourcesRequest,
    StateRequest,
)
from tests.server.test_call import run
from tests.waiting import wait_until

from .corpus import record

LINES = [record(n, "ERROR" if n % 10 == 0 else "INFO") for n in range(2000)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "app.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


# --- opening and rows ------------------------------------------------------------------------------


def test_open_shows_both_ends_and_names_the_format(desk, path):
    answer = desk.open(path, limit=5)
    assert [row.text for row in answer.head] == LINES[:5]
    assert [row.text for row in answer.tail] == LINES[-5:]
    assert (answer.state.format, answer.formats[0].name, answer.formats[0].score) == ("python", "python", 1.0)
    state = desk.state(path)
    assert (state.count, state.exact, state.levels) == (2000, True, {"info": 1800, "error": 200})
    assert (state.first_time, state.last_time) == (LINES[0][:23], LINES[-1][:23])


@pytest.mark.parametrize("name", ["none.log", "missing/x.log", "", "a\0b"])
def test_open_refuses_what_is_not_there(desk, tmp_path, name):
    assert desk.refused(OPEN, OpenLogRequest(path=str(tmp_path / name) if name else "")).code in (
        "file.missing",
        "file.unreadable",
    )


def test_open_refuses_a_folder_and_an_unknown_format(desk, path):
    refused = desk.refused(OPEN, OpenLogRequest(path=str(path.parent)))
    assert (refused.code, refused.title) == ("file.unreadable", "This is not a file")
    refused = desk.refused(OPEN, OpenLogRequest(path=str(path), format="nonsense"))
    assert refused.code == "request.invalid" and "nonsense" in refused.title and "python" in refused.hint


def test_rows_by_number_by_offset_and_from_the_end(desk, path):
    rows = desk.rows(path, row=1000, limit=3)
    assert [row.text for row in rows.rows] == LINES[1000:1003]
    assert [row.line for row in rows.rows] == [1001, 1002, 1003] and rows.next == 1003
    around = desk.rows(path, offset=rows.rows[0].offset + 7, limit=3, before=2)
    assert [row.row for row in around.rows] == [998, 999, 1000]
    last = desk.rows(path, last=True, limit=2)
    assert [row.line for row in last.rows] == [1999, 2000] and last.next is None
    assert desk.rows(path, row=5000).rows == []
    assert [row.text for row in desk.all_rows(path)] == LINES


def test_rows_refuse_an_unknown_view_and_a_closed_command(desk, path):
    assert desk.refused(ROWS, RowsRequest(source=str(path), view="main")).code == "logs.view"
    assert desk.refused(ROWS, RowsRequest(source="command:99")).code == "logs.closed"
    assert desk.refused(STATE, StateRequest("command:99")).code == "logs.closed"


def test_a_traceback_is_one_record_with_frames_and_sql(desk, tmp_path):
    path = tmp_path / "a.log"
    trace = [
        "Traceback (most recent call last):",
        '  File "/srv/shop/orders.py", line 41, in recent',
        "    rows = session.execute(query)",
        "           ^^^^^^^^^^^^^^^^^^^^^^",
        '  File "/usr/lib/python3/site-packages/sqlalchemy/engine/base.py", line 1900, in _execute',
        "    raise error",
        "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: orders",
        "[SQL: SELECT *",
        "FROM orders WHERE id = ?]",
        "[parameters: (4,)]",
        "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
    ]
    path.write_text("\n".join([record(1), record(2, "ERROR", "it failed"), *trace, record(3)]) + "\n")
    rows = desk.all_rows(path)
    assert [row.level for row in rows] == ["info", *["error"] * 12, "info"]
    assert [row.start for row in rows] == [True, True, *[False] * 11, True]
    found = desk.call(RECORD, RecordRequest(source=str(path), offset=rows[6].offset))
    assert (found.first_line, found.lines, found.message) == (2, 12, "it failed")
    (part,) = found.parts
    assert part.type == "sqlalchemy.exc.OperationalError"
    assert [(frame.function, frame.line, frame.own) for frame in part.frames] == [
        ("recent", 41, True),
        ("_execute", 1900, False),
    ]
    assert found.sql == "SELECT *\nFROM orders WHERE id = ?"
    assert desk.refused(RECORD, RecordRequest(source=str(path), offset=0, file=7)).code == "request.invalid"


# --- histogram, formats, sources -------------------------------------------------------------------


def test_histogram_sums_to_all_records_and_narrows(desk, path):
    whole = desk.call(HISTOGRAM, HistogramRequest(source=str(path), buckets=50))
    assert sum(sum(bucket.counts.values()) for bucket in whole.buckets) == 2000 and whole.exact
    assert sum(bucket.counts.get("error", 0) for bucket in whole.buckets) == 200
    assert len(whole.buckets) <= 51
    span = {"since": LINES[100][:23], "until": LINES[199][:23]}
    part = desk.call(HISTOGRAM, HistogramRequest(source=str(path), **span))
    assert sum(sum(bucket.counts.values()) for bucket in part.buckets) == 100
    refused = desk.refused(HISTOGRAM, HistogramRequest(source=str(path), since="soon"))
    assert refused.code == "request.invalid" and "soon" in refused.title


def test_histogram_of_a_big_file_is_spread_and_still_sums(desk, tmp_path):
    path = tmp_path / "big.log"
    path.write_text("\n".join(record(n, "ERROR" if n % 10 == 0 else "INFO") for n in range(40_000)))
    found = desk.call(HISTOGRAM, HistogramRequest(source=str(path), buckets=40))
    assert not found.exact
    assert sum(bucket.counts.get("error", 0) for bucket in found.buckets) == 4000
    assert sum(bucket.counts.get("info", 0) for bucket in found.buckets) == 36_000
    middle = found.buckets[len(found.buckets) // 2]
    row = desk.rows(path, offset=middle.offset, limit=1).rows[0]
    assert abs(_seconds(row.time) - _seconds(middle.at)) < 3 * found.step_ms / 1000


def _seconds(time: str) -> int:
    hours, minutes, seconds = time[11:19].split(":")
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds)


def test_histogram_without_times_goes_by_place(desk, tmp_path):
    path = tmp_path / "basic.log"
    path.write_text("".join(f"{'ERROR' if n > 500 else 'INFO'}:root:{n}\n" for n in range(1000)))
    found = desk.call(HISTOGRAM, HistogramRequest(source=str(path), buckets=10))
    assert found.step_ms == 0 and [bucket.at for bucket in found.buckets] == [""] * 10
    assert found.buckets[0].counts.keys() == {"info"} and found.buckets[-1].counts.keys() == {"error"}
    assert sum(sum(bucket.counts.values()) for bucket in found.buckets) == 1000


def test_formats_are_listed_scored_and_forced(desk, path):
    listed = desk.call(FORMATS, FormatsRequest())
    assert {"python", "flask", "json", "plain"} <= {form.name for form in listed.formats}
    scored = desk.call(FORMATS, FormatsRequest(str(path)))
    assert (scored.formats[0].name, scored.formats[0].score) == ("python", 1.0)
    assert desk.call(FORCE, ForceRequest(str(path), "plain")).forced
    assert desk.state(path).levels == {"": 2000}
    # What was forced is remembered for the next time.
    desk.call(CLOSE, SourceRequest(str(path)))
    assert desk.open(path).state.format == "plain"
    desk.call(FORCE, ForceRequest(str(path), ""))
    assert desk.state(path).levels == {"info": 1800, "error": 200}
    assert desk.refused(FORCE, ForceRequest(str(path), "nonsense")).code == "request.invalid"


def test_sources_are_open_recent_and_of_the_folder(desk, path):
    (path.parent / "logs").mkdir()
    other = path.parent / "logs" / "worker.log"
    other.write_text("x\n")
    (path.parent / "notes.txt").write_text("x\n")
    desk.open(path)
    found = desk.call(SOURCES, SourcesRequest(str(path.parent))).sources
    assert [(source.title, source.place) for source in found] == [
        ("app.log", "open"),
        ("worker.log", "folder"),
    ]
    desk.call(CLOSE, SourceRequest(str(path)))
    found = desk.call(SOURCES, SourcesRequest()).sources
    assert [(source.title, source.place) for source in found] == [("app.log", "recent")]
    assert desk.refused(CLOSE, SourceRequest(str(path))).code == "logs.closed"


def test_a_search_that_goes_on_is_rows_until_it_is_given_up(desk, path):
    begun = desk.call(FIND, SearchRequest(source=str(path), pattern="user=5 ", view="a"))
    assert begun.engine == "ripgrep"
    wanted = [n for n, line in enumerate(LINES, 1) if "user=5 " in line]
    wait_until(lambda: desk.rows(path, view="a").exact, "the search")
    assert [row.line for row in desk.all_rows(path, view="a")] == wanted
    assert desk.call(FIND, SearchRequest(source=str(path), view="a")).done
    assert desk.refused(ROWS, RowsRequest(source=str(path), view="a")).code == "logs.view"
    refused = desk.refused(FIND, SearchRequest(source=str(path), pattern="x"))
    assert refused.code == "request.invalid" and "name" in refused.title
    assert desk.refused(FIND, SearchRequest(source=str(path), pattern="(", view="a")).code == "logs.pattern"


# --- other kinds of source -------------------------------------------------------------------------


def test_a_packed_file_is_unpacked_once_and_read(desk, tmp_path):
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(("\n".join(LINES) + "\n").encode()))
    answer = desk.open(path, limit=5)
    assert answer.state.kind == "packed" and answer.state.path == str(path)
    assert [row.text for row in answer.head] == LINES[:5]
    state = desk.state(path)
    assert (state.count, state.levels) == (2000, {"info": 1800, "error": 200})
    assert [row.text for row in desk.all_rows(path)] == LINES


def test_a_broken_packed_file_shows_what_came_before(desk, tmp_path):
    whole = gzip.compress(("\n".join(LINES) + "\n").encode(), 0)
    path = tmp_path / "broken.log.gz"
    path.write_bytes(whole[: len(whole) // 2])
    desk.open(path)
    state = desk.state(path)
    assert "cut off" in state.notice and 500 < state.count < 1500
    assert desk.rows(path, row=100, limit=1).rows[0].text == LINES[100]


def test_a_commands_output_is_a_log_and_ends_with_the_source(desk, tmp_path):
    code = "import sys, time\nfor n in range(1000): print('INFO:app:line', n, flush=n % 100 == 0)\n"
    code += "print('ERROR:app:oops', file=sys.stderr, flush=True)\nsys.stdin.close(); time.sleep(600)"
    state = desk.call(RUN, RunCommandRequest(command=[sys.executable, "-c", code], folder=str(tmp_path)))
    assert state.kind == "command" and state.running
    wait_until(lambda: desk.state(state.source).count == 1001, "the command's lines")
    assert desk.state(state.source).levels == {"info": 1000, "error": 1}
    (hit,) = desk.search(state.source, "oops")
    assert (hit.line, hit.level) == (1001, "error")
    worker = desk.pid(state.source)
    children = [child.pid for child in psutil.Process(worker).children()]
    desk.call(CLOSE, SourceRequest(state.source))
    wait_until(lambda: not any(map(psutil.pid_exists, [worker, *children])), "the command is ended")


def test_a_command_that_ends_says_so(desk):
    state = desk.call(
        RUN, RunCommandRequest(command=[sys.executable, "-c", "print('bye'); raise SystemExit(3)"])
    )
    wait_until(lambda: not desk.state(state.source).running, "it ended")
    assert desk.state(state.source).exit_code == 3
    assert [row.text for row in desk.all_rows(state.source)] == ["bye"]


@pytest.mark.parametrize("command", [[], [""], ["/no/such/program"]])
def test_a_command_that_cannot_run_is_a_problem(desk, command):
    refused = desk.refused(RUN, RunCommandRequest(command=command))
    assert refused.code in ("request.invalid", "logs.command") and refused.title


def test_a_killed_worker_is_told_and_replaced(desk, path):
    desk.state(path)
    psutil.Process(desk.pid(path)).kill()
    wait_until(lambda: not _alive(desk, path), "the worker is gone")
    assert desk.state(path).count == 2000


def _alive(desk, path) -> bool:
    return any(each.process.running for each in desk.services.room("logs", Sources).all())


# --- who may ---------------------------------------------------------------------------------------


def test_a_reading_token_reads_logs_and_starts_no_command(tmp_path, path):
    services = Services(Workspace(tmp_path / "workspace"))
    guard = Guard({"reader": Scope.READ, "probe": Scope.INGEST})
    guard.port = 8080
    client = create_app(Dispatcher(services), guard).test_client()

    def call(name: str, request: dict, token: str) -> tuple[int, dict]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Host": "127.0.0.1:8080",
            "Content-Type": "application/json",
        }
        answer = client.post(f"/api/{name.replace('.', '/')}", data=json.dumps(request), headers=headers)
        return answer.status_code, json.loads(answer.data.splitlines()[0])

    status, answer = call("logs.rows", {"source": str(path), "limit": 1}, "reader")
    assert status == 200 and answer["rows"][0]["text"] == LINES[0]
    status, answer = call("logs.groups", {"source": str(path)}, "reader")
    assert status == 200 and answer["looked_at"] == 2000
    status, answer = call("logs.run", {"command": ["true"]}, "reader")
    assert (status, answer["code"]) == (403, "guard.scope")
    for name in (
        "open",
        "rows",
        "search",
        "histogram",
        "groups",
        "record",
        "state",
        "sources",
        "formats",
        "force",
        "find",
        "close",
    ):
        status, answer = call(f"logs.{name}", {}, "probe")
        assert (status, answer["code"]) == (403, "guard.scope"), name
    services.close()


@pytest.mark.process
@pytest.mark.parametrize("over", [(), ("--server",)])
def test_the_command_line_reads_logs_either_way(tmp_path, path, over):
    source = str(path)
    calls = [
        ("logs.open", {"path": source, "limit": 3}),
        ("logs.state", {"source": source, "wait": 30}),
        ("logs.rows", {"source": source, "row": 10, "limit": 2}),
        ("logs.search", {"source": source, "pattern": "user=5 ", "limit": 3}),
        ("logs.record", {"source": source, "offset": 0}),
        ("logs.histogram", {"source": source, "buckets": 4}),
        ("logs.groups", {"source": source, "limit": 3}),
        ("logs.formats", {"source": source}),
        ("logs.force", {"source": source, "format": "flask"}),
        ("logs.sources", {}),
        ("logs.run", {"command": [sys.executable, "-c", "print(1)"]}),
        ("logs.close", {"source": source}),
        ("logs.rows", {"source": str(tmp_path / "none")}),
    ]
    lines = [json.dumps({"id": name, "name": name, "request": request}) for name, request in calls]
    code, answers = run("--script", "-", *over, workspace=tmp_path / "w", stdin="\n".join(lines))
    assert code == 1
    assert answers[-1]["problem"]["code"] == "file.missing"
    assert not [answer for answer in answers[:-1] if "problem" in answer]
    (state,) = [answer["response"] for answer in answers if answer["id"] == "logs.state"]
    assert state["count"] == 2000 and state["levels"] == {"info": 1800, "error": 200}
    found = [
        answer["response"] for answer in answers if answer["id"] == "logs.search" and "response" in answer
    ]
    wanted = [n for n, line in enumerate(LINES, 1) if "user=5 " in line]
    assert [row["line"] for each in found for row in each["lines"]] == wanted[:3]
    assert found[-1]["count"] == len(wanted)
