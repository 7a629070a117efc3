"""A trace as a pytest: same status, same body, and no more statements than it was seen to need."""

from __future__ import annotations

import pprint
import re
from typing import Any

import msgspec

from embedded_server.wire.http import Draft
from embedded_server.wire.trace import Trace

from .bodies import header, is_html, is_json
from .html_diff import read
from .prepare import REDACTED, body_bytes, split_url
from .redact import Cutter

_LEFT_OUT = frozenset({"host", "content-length", "connection", "accept-encoding", "traceparent"})

_HEAD = '''"""{title}, as Backlight saw it on {day}: its answer, and how many statements it may take."""

{imports}

# {counted}
MOST_STATEMENTS = {most}
HEADERS = {headers}
{expected}

{fixture}@pytest.fixture
def statements():
    """What SQLAlchemy sends to the database, whatever the engine."""
    seen = []

    def note(connection, cursor, statement, parameters, context, executemany):
        seen.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)

{helper}
def test_{name}({app}, statements):
    {app}.config["WTF_CSRF_ENABLED"] = False
    response = {app}.test_client().open({target}, method={method}, headers=HEADERS{data})
    assert response.status_code == {status}
{body}    shown = "\\n".join(f"{{count}} x {{sql}}" for sql, count in Counter(statements).most_common())
    assert len(statements) <= MOST_STATEMENTS, f"{{len(statements)}} statements:\\n{{shown}}"
'''

_FIXTURE = '''@pytest.fixture
def app():
    """The application under test; point it at a database with the data of the capture."""
    found = import_module({module!r}).{attribute}
    return found{call}


'''

_WORDS = '''
class Words(HTMLParser):
    """The text of a page, without its tags, scripts and blanks."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_data(self, data):
        self.found += data.split()

'''


def pytest_file(trace: Trace, draft: Draft, cutter: Cutter, app: str, fixture: str) -> str:
    """The test's source. Without `app` and `fixture` it expects a fixture named app."""
    draft = cutter.draft(draft)
    target = split_url(draft.url)[1]
    body = body_bytes(draft)
    expected, check, helper = _expected(trace, cutter)
    module, _, attribute = app.partition(":")
    count = sum(1 for one in trace.statements if one.kind == "statement")
    imports = ["from collections import Counter"]
    imports += ["from html.parser import HTMLParser"] if helper else []
    imports += ["from importlib import import_module"] if app else []
    imports += ["", "import pytest", "from sqlalchemy import event", "from sqlalchemy.engine import Engine"]
    shapes = len({one.fingerprint or one.sql for one in trace.statements if one.kind == "statement"})
    text = _HEAD.format(
        title=f"{draft.method} {_plain(target)}",
        day=trace.summary.at[:10],
        imports="\n".join(imports),
        counted=f"{count} statements of {shapes} kinds were seen; more is a step back.",
        most=count,
        headers=pprint.pformat(_headers(draft), width=100),
        expected=expected,
        fixture=_fixture(module, attribute) if app else "",
        helper=helper,
        name=_name(draft.method, target),
        app=fixture or "app",
        target=repr(target),
        method=repr(draft.method),
        data="" if body is None else f", data={body!r}",
        status=trace.summary.status,
        body=check,
    )
    return re.sub(r"\n{4,}", "\n\n\n", text)


def _fixture(module: str, attribute: str) -> str:
    """A name that begins with create or make is a factory."""
    name = (attribute or "create_app").removesuffix("()")
    factory = attribute.endswith("()") or name.startswith(("create", "make", "build"))
    return _FIXTURE.format(module=module, attribute=name, call="()" if factory else "")


def _headers(draft: Draft) -> list[tuple[str, str]]:
    return [
        (name.rstrip(":"), value)
        for name, value in draft.headers
        if name.lower() not in _LEFT_OUT and not REDACTED.search(value)
    ]


def _expected(trace: Trace, cutter: Cutter) -> tuple[str, str, str]:
    """The constant, the lines that check it, and a helper they need."""
    response = trace.response
    if response.truncated or not response.body:
        return "", "", ""
    shown = cutter.body(response.body, response.content_type)
    if REDACTED.search(shown) and not is_html(response):
        return "# The answer held secrets that were cut out, so it is not compared.\n", "", ""
    if is_json(response):
        return _expected_json(shown)
    if is_html(response):
        words = _words(shown)
        return f"WORDS = {words!r}\n", '    assert " ".join(Words(response.text).found) == WORDS\n', _WORDS
    if header(response.headers, "content-type").startswith("text/"):
        return f"BODY = {shown!r}\n", "    assert response.text == BODY\n", ""
    return "", "", ""


def _expected_json(shown: str) -> tuple[str, str, str]:
    try:
        document: Any = msgspec.json.decode(shown)
    except msgspec.DecodeError:
        return "", "", ""
    text = pprint.pformat(document, width=100, sort_dicts=False)
    return f"BODY = {text}\n", "    assert response.get_json() == BODY\n", ""


def _words(page: str) -> str:
    waiting, found = [read(page)], []
    while waiting:
        node = waiting.pop()
        if not node.tag:
            found += node.text.split()
        waiting += reversed(node.children)
    return " ".join(found)


def _name(method: str, target: str) -> str:
    return re.sub(r"[\W_]+", "_", f"{method}_{target}".lower()).strip("_")[:80]


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")[:80]
