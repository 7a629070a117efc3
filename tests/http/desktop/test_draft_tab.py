"""Composing and sending in a whole window: by names, keys and clicks, with what arrived at a real server."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea

from desktop.http.rule_lines import rule_of, rule_text
from desktop.http.words import header_lines, headers_of
from desktop.kit.theme import theme
from embedded_server.wire.http import (
    DELETE,
    ENVIRONMENTS,
    LIST,
    SAVE,
    SAVE_ENVIRONMENT,
    DeleteRequest,
    Draft,
    Environment,
    EnvironmentsRequest,
    ListRequest,
    SaveEnvironmentRequest,
    SaveRequest,
    TokenRule,
)
from embedded_server.wire.refs import DraftRef
from tests.http.recorder import fixed, said
from tests.outside import preview


@pytest.fixture
def tab(live_shell):
    live_shell.verbs.run("http.new")
    return live_shell.window.bench.current()


@pytest.fixture
def type_request(named, qtbot):
    def act(url: str, headers: str = "", body: str = "", method: str = "GET") -> None:
        named("Method").setCurrentText(method)
        named("Address").setText(url)
        named("Headers, one a line").setPlainText(headers)
        named("Parts of the request").setCurrentIndex(1)
        named("Body").setPlainText(body)

    return act


def test_a_typed_request_is_sent_with_ctrl_enter(
    live_shell, tab, named, until, type_request, recorder, qtbot
):
    recorder.answer = fixed(said(b'{"made": 1}', status="201 Created"), keep=True)
    type_request(f"{recorder.url}/x?a=%7e", "X-one: 1\nContent-Type: application/json", '{"a": 1}', "PATCH")
    assert live_shell.verbs.run_key("Ctrl+Enter") == ""
    until(lambda: tab.answer_shown is not None)
    sent = recorder.requests[0]
    assert sent.startswith(b"PATCH /x?a=%7e HTTP/1.1\r\n") and sent.endswith(b'\r\n\r\n{"a": 1}')
    assert tab.answer.status.text() == "201 Created" and "wait" in named("Timing").accessibleDescription()
    assert named("Answer body").way() == "JSON"
    named("Parts of the answer").setCurrentIndex(2)
    shown = named("What was really sent").toPlainText()
    assert shown == sent.decode().replace("\r\n", "\n")
    assert "Content-Length added" in tab.answer.differences.text()


def test_a_server_that_is_down_is_told_in_place(live_shell, tab, type_request, until, named):
    type_request("http://127.0.0.1:1/")
    live_shell.verbs.run("http.send")
    until(lambda: tab.place.message is not None)
    assert tab.place.message.problem.code == "http.unreachable"
    assert named("Address").text() == "http://127.0.0.1:1/"
    assert "No answer" in [label.text() for label in tab.answer.findChildren(QLabel)], "nothing is waited for"


def test_esc_gives_up_waiting(live_shell, tab, type_request, until, recorder):
    recorder.answer = lambda _request, _connection: not recorder.stopping.wait(30)
    type_request(recorder.url)
    live_shell.verbs.run("http.send")
    until(lambda: recorder.requests)
    assert tab.sending() and live_shell.verbs.run("http.send") == "The answer is on its way"
    assert live_shell.verbs.run("http.stop") == ""
    assert not tab.sending() and live_shell.verbs.run("http.stop") == "Nothing runs"
    assert "No answer" in [label.text() for label in tab.answer.findChildren(QLabel)]


def test_a_write_to_a_shared_environment_asks_and_is_sent_when_told(
    live_shell, tab, type_request, until, recorder, ask, named
):
    shared = Environment(name="shared one", base_url=recorder.url, class_="shared")
    ask(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=shared))
    tab.environment.reload("shared one")
    until(lambda: tab.environment.name() == "shared one")
    type_request("http://elsewhere/x", method="DELETE")
    live_shell.verbs.run("http.send")
    until(lambda: tab.place.message is not None)
    assert tab.place.message.title.text() == "This request may change data" and recorder.requests == []
    (button,) = [b for b in tab.place.message.findChildren(QPushButton) if b.text().startswith("Send to")]
    button.click()
    until(lambda: recorder.requests)
    assert recorder.requests[0].startswith(b"DELETE /x ")
    ask(DELETE, DeleteRequest(environment="shared one"))


def test_a_capture_is_edited_and_kept(live_shell, captured, until, named, ask, recorder):
    trace = captured(headers=[("X-Mine", "1")])
    live_shell.window.bench.open(trace, keep=True)
    assert live_shell.verbs.run("http.draft") == ""
    tab = live_shell.window.bench.current()
    until(lambda: tab.url.text())
    assert tab.url.text() == f"{recorder.url}/orders?limit=2" and "X-Mine: 1" in tab.headers.toPlainText()
    assert not tab.dirty() and tab.subject("trace").trace == trace.trace
    named("Address").setText(f"{recorder.url}/orders?limit=9")
    assert tab.dirty() and live_shell.verbs.run_key("Ctrl+S") == ""
    until(lambda: not tab.dirty())
    (kept,) = ask(LIST, ListRequest(query="limit=9")).requests
    assert kept.trace == trace.trace
    ask(DELETE, DeleteRequest(draft=kept.id))


def test_what_is_typed_comes_back_after_a_restart(live_shell, tab, type_request):
    type_request("http://a/b", "A: 1", "body", "PUT")
    state = json.loads(json.dumps(tab.state()))
    again = live_shell.window.bench.open(DraftRef(title="other"), keep=True)
    again.restore(state)
    assert again.draft() == tab.draft() and again.dirty()


def test_what_is_typed_is_on_disk_within_a_second(live_shell, tab, type_request, until, tmp_path):
    type_request("http://a/typed-just-now")

    def on_disk() -> bool:
        files = [path for path in (tmp_path / "profile").rglob("*") if path.is_file()]
        return any(b"typed-just-now" in path.read_bytes() for path in files)

    until(on_disk)
    live_shell.verbs.run("http.new")
    assert live_shell.window.bench.current() is not tab and tab.dirty()


def test_a_pasted_curl_command_opens_and_a_broken_one_says_why(live_shell, until, named, ask, recorder):
    QGuiApplication.clipboard().setText(f"curl '{recorder.url}/pasted' -H 'A: 1' -d x=1")
    live_shell.verbs.run("http.paste")
    until(lambda: getattr(live_shell.window.bench.current(), "url", None) is not None)
    tab = live_shell.window.bench.current()
    until(lambda: tab.url.text().endswith("/pasted"))
    assert tab.method.currentText() == "POST" and tab.body.toPlainText() == "x=1"
    QGuiApplication.clipboard().setText("curl http://a -d @secret")
    live_shell.verbs.run("http.paste")
    until(lambda: tab.place.message is not None)
    assert tab.place.message.problem.code == "http.bad_curl"
    ask(DELETE, DeleteRequest(draft=tab.ref.draft))


def test_a_request_is_copied_as_curl_without_its_secrets(live_shell, until, ask, recorder, qtbot):
    kept = ask(
        SAVE, SaveRequest(Draft(url=f"{recorder.url}/c", headers=[("Authorization", "Bearer s3cret")]))
    )
    live_shell.window.bench.open(DraftRef(kept.request.id))
    QGuiApplication.clipboard().clear()
    live_shell.verbs.run("http.copy_curl")
    shown = preview(qtbot)
    assert QGuiApplication.clipboard().text() == "", "nothing leaves before it is confirmed"
    assert "/c" in shown.text.toPlainText() and "s3cret" not in shown.text.toPlainText()
    shown.confirm.click()
    until(lambda: QGuiApplication.clipboard().text().startswith("curl"))
    text = QGuiApplication.clipboard().text()
    assert "/c" in text and "s3cret" not in text
    ask(DELETE, DeleteRequest(draft=kept.request.id))


def test_saved_requests_are_listed_filtered_opened_and_removed(live_shell, until, named, ask, qtbot):
    for name in ("alpha", "beta"):
        ask(SAVE, SaveRequest(Draft(name=name, url=f"http://h/{name}", folder="tests")))
    live_shell.window.bench.show_page("requests")
    bar = named("Lists of requests")
    titles = [bar.tabText(index) for index in range(bar.count())]
    bar.setCurrentIndex(titles.index("Saved"))
    pane = named("Filter saved requests").parentWidget().parentWidget()
    until(lambda: len(pane.drafts()) == 2)
    view = named("Saved requests")
    named("Filter saved requests").setText("beta")
    until(lambda: view.model().rowCount() == 1)
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    tab = live_shell.window.bench.current()
    until(lambda: tab.url.text() == "http://h/beta")
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    until(lambda: [d.name for d in ask(LIST, ListRequest(query="tests")).requests] == ["alpha"])
    named("Filter saved requests").setText("")
    (last,) = ask(LIST, ListRequest(query="tests")).requests
    ask(DELETE, DeleteRequest(draft=last.id))


def test_a_har_file_is_imported_by_its_path(live_shell, until, ask, tmp_path):
    request = {"method": "GET", "url": "http://h/from-har", "headers": []}
    path = tmp_path / "x.har"
    path.write_text(json.dumps({"log": {"entries": [{"request": request}]}}))
    live_shell.verbs.run("http.import", {"path": str(path)})
    until(lambda: ask(LIST, ListRequest(query="from-har")).requests)
    (draft,) = ask(LIST, ListRequest(query="from-har")).requests
    assert draft.folder == "x.har"
    ask(DELETE, DeleteRequest(draft=draft.id))


def test_the_form_of_an_environment_fits_into_a_narrow_inspector(tab):
    form = tab.panel.findChild(QScrollArea).widget()
    assert form.minimumSizeHint().width() <= theme().scaled(190)


def test_an_environment_is_kept_with_its_rules_and_a_wrong_rule_is_told(live_shell, tab, named, until, ask):
    until(lambda: named("Environment name").isVisible())
    named("Environment name").setText("made here")
    named("Environment address").setText("http://127.0.0.1:9")
    named("Token rules").setPlainText("html csrf_token -> nowhere x")
    tab.panel.keep.click()
    until(lambda: tab.panel._problem is not None)
    assert "Line 1" in tab.panel._problem.problem.detail
    second = "json /t -> header A as 'B {}' always"
    named("Token rules").setPlainText(f"html csrf_token -> field csrf_token from /cart\n\n{second}")
    named("Secret name").setText("password")
    named("Secret value").setText("s3cret")
    tab.panel.keep.click()
    until(lambda: ask(ENVIRONMENTS, EnvironmentsRequest()).environments)
    (made,) = [e for e in ask(ENVIRONMENTS, EnvironmentsRequest()).environments if e.name == "made here"]
    assert [rule.fetch for rule in made.rules] == ["/cart", ""] and made.rules[1].template == "B {}"
    assert made.secrets == ["password"] and named("Secret value").text() == ""
    until(lambda: tab.environment.findText("made here") > 0)
    ask(DELETE, DeleteRequest(environment="made here"))


@pytest.mark.parametrize("rule", [
    TokenRule(find="html", name="csrf_token", put="field", as_name="csrf_token", fetch="/a b"),
    TokenRule(find="json", name="/a/b", put="header", as_name="X-Key", template="Key {}", add=True),
    TokenRule(find="cookie", name="k", put="cookie", as_name="'quoted'"),
])  # fmt: skip
def test_rules_read_as_they_are_written(rule):
    assert rule_of(rule_text(rule)) == rule


BROKEN = ["", "html a", "x a -> header b", "html a -> header b from", "html a -> header b as x", "'"]


@pytest.mark.parametrize("line", BROKEN)
def test_rules_that_are_none(line):
    assert isinstance(rule_of(line), str)


def test_headers_read_as_they_are_written():
    headers = [("A", "1"), ("b:", "2"), ("C", ""), ("D", " two blanks"), ("E", "with: colon")]
    assert headers_of(header_lines(headers)) == headers
