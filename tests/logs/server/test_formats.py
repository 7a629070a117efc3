"""Format files: every sample says what its file claims; real libraries' lines are recognised."""

from __future__ import annotations

import pytest

from embedded_server.logs.formats import Format, formats, recognise, scores
from embedded_server.logs.levels import NAMES

SAMPLES = [(form, sample) for form in formats().values() for sample in form.file.samples]


@pytest.mark.parametrize(("form", "sample"), SAMPLES, ids=lambda value: getattr(value, "name", ""))
def test_every_sample_says_what_its_file_claims(form: Format, sample: dict[str, str]):
    line = sample["text"].encode()
    parsed = form.parse(line)
    assert parsed is not None
    assert NAMES[parsed.code] == sample.get("level", "")
    assert parsed.time == sample.get("time", "")
    assert form.code(line) == parsed.code
    if "logger" in sample:
        assert parsed.logger == sample["logger"]
    if "message" in sample:
        shown = parsed.message if parsed.message is not None else sample["text"][parsed.body :]
        assert shown.startswith(sample["message"])
    if parsed.time:
        assert form.at(parsed.time) is not None
    assert scores([line])[0][0] is form, "another format reads this line better"


def test_every_format_has_samples_and_a_title():
    assert len(formats()) >= 9
    for form in formats().values():
        assert form.file.samples and form.file.title, form.name


def test_a_mixed_stream_is_read_by_several_formats():
    lines = [
        b"[2026-11-26 10:00:00,123] ERROR in app: Exception on /checkout [POST]",
        b"Traceback (most recent call last):",
        b'  File "/srv/shop/app.py", line 3, in checkout',
        b"ValueError: no stock",
        b'127.0.0.1 - - [26/Nov/2026 11:00:06] "POST /checkout HTTP/1.1" 500 -',
        b"[2026-11-26 10:00:01,123] INFO in app: ready",
    ]
    reading = recognise(lines)
    assert [form.name for form in reading.formats] == ["flask", "werkzeug"]
    assert [NAMES[reading.code(line)] for line in lines] == ["error", "", "", "", "error", "info"]


def test_text_of_no_format_is_plain():
    reading = recognise([b"hello", b"world", b""])
    assert reading.name == "plain" and reading.code(b"hello") == 1


@pytest.mark.parametrize(
    "line",
    [b"{", b"{}" * 3, b'{"a": ' * 5000, b"\xff\xfe{", b'{"level": {"x": 1}}', b'{"level": null}', b"[1, 2]"],
)
def test_broken_json_never_fails(line: bytes):
    form = formats()["json"]
    parsed = form.parse(line)
    assert (parsed is None) == (form.code(line) is None)
