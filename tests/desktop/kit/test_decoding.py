"""Values that are packed, escaped or written in another alphabet: recognised, undone, bounded, told."""

from __future__ import annotations

import base64
import gzip
import json
import time
import uuid
import xml.etree.ElementTree as ElementTree
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from desktop.kit.grid.viewers import unpack as unpacking
from desktop.kit.grid.viewers.jwt import distance, jwt_facts
from desktop.kit.grid.viewers.panel import HEX, JSON, TEXT, ValuePanel, ways
from desktop.kit.grid.viewers.recognise import BASE64, DEFLATE, GZIP, JWT, URL, UUID, XML, ZLIB, recognised
from desktop.kit.grid.viewers.unpack import MOST_DEEP, MOST_OUT, Unpacked, as_content, unpack
from desktop.kit.grid.viewers.uuid_facts import uuid_facts
from desktop.kit.grid.viewers.xml_text import NotXml, pretty
from embedded_server.wire.data import Column
from embedded_server.wire.values import Truncated

PLAIN, BLOB = Column("a", "text", "text"), Column("b", "blob", "binary")
PATIENCE = 20_000


def done(steps):
    """A generator to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def packed(way: str, raw: bytes) -> str | bytes:
    if way == BASE64:
        return base64.b64encode(raw).decode()
    if way == URL:
        return quote(raw, safe="")
    if way == GZIP:
        return gzip.compress(raw)
    if way == ZLIB:
        return zlib.compress(raw)
    squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezed.compress(raw) + squeezed.flush()


def found(value: str | bytes) -> list[str]:
    return recognised(value, PLAIN if isinstance(value, str) else BLOB, whole=True)


# --- undoing ---------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from([BASE64, URL, GZIP, ZLIB, DEFLATE]), st.binary(max_size=300))
@example(BASE64, b"")
@example(URL, "a=1&b=é %".encode())
@example(GZIP, "é".encode() * 10)
def test_what_was_packed_comes_out(way, raw):
    result = done(unpack(way, packed(way, raw)))
    if way == URL and isinstance(result.content, str) and "=" in packed(way, raw).__str__():
        return
    assert result == Unpacked(as_content(raw))


@settings(max_examples=60)
@given(st.sampled_from([BASE64, URL, GZIP, ZLIB, DEFLATE]), st.binary(max_size=200), st.data())
def test_damaged_and_cut_values_never_fail(way, raw, data):
    whole = packed(way, raw)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    result = done(unpack(way, cut))
    assert isinstance(result.content, str | bytes)
    done(unpack(way, raw))
    if way in (GZIP, ZLIB) and len(cut) < len(whole):
        assert "cut" in result.note or not cut


def test_url_safe_data_and_lines_are_base64_too():
    raw = bytes(range(256))
    safe = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert done(unpack(BASE64, safe)).content == raw
    assert done(unpack(BASE64, base64.encodebytes(raw).decode())).content == raw
    picture = f"data:image/png;base64,{base64.b64encode(raw).decode()}"
    assert done(unpack(BASE64, picture)).content == raw and found(picture) == [BASE64]
    assert "no base64" in done(unpack(BASE64, "QUJD#UJD")).note
    assert "missing" in done(unpack(BASE64, "QUJDR")).note


def test_a_query_is_read_line_by_line():
    query = urlencode({"name": "Ada & Deniz", "page": "2", "sum": "1+1"})
    assert done(unpack(URL, f"/search?{query}")).content == "/search?\nname=Ada & Deniz\npage=2\nsum=1+1"


def test_several_gzip_members_and_what_is_behind_them():
    assert done(unpack(GZIP, gzip.compress(b"one ") + gzip.compress(b"two"))).content == "one two"
    rest = done(unpack(GZIP, gzip.compress(b"one") + b"xyz"))
    assert rest == Unpacked("one", "3 bytes behind the packed data are not shown")
    broken = bytearray(gzip.compress(b"a" * 5000))
    broken[20] ^= 255
    assert "damaged" in done(unpack(GZIP, bytes(broken))).note


@pytest.mark.parametrize("way", [GZIP, ZLIB, DEFLATE])
def test_a_bomb_is_cut(way, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_OUT", 1024 * 1024)
    bomb = packed(way, b"a" * 40_000_000)
    assert len(bomb) < 50_000
    result = done(unpack(way, bomb))
    assert len(result.content) == 1024 * 1024 and "there is more" in result.note
    assert MOST_OUT == 32 * 1024 * 1024


# --- recognising -----------------------------------------------------------------------------------


def test_what_a_value_seems_to_be():
    text = "a perfectly ordinary sentence, twice as long"
    assert found(base64.b64encode(text.encode()).decode()) == [BASE64]
    assert found(gzip.compress(text.encode())) == [GZIP] and found(zlib.compress(text.encode())) == [ZLIB]
    assert found(packed(DEFLATE, text.encode() * 3)) == [DEFLATE]
    assert found("/a%20b?x=%C3%A9") == [URL] and found("<a><b/></a>") == [XML]
    assert found(base64.b64encode(gzip.compress(b"x"))) == [BASE64], "bytes that are letters"
    start = base64.b64encode(text.encode() * 4000).decode()
    assert recognised(start[:65536], PLAIN, whole=False) == [BASE64]
    assert ways(Truncated(start[:65536], len(start), "characters"), PLAIN) == [TEXT, BASE64]
    assert ways(Truncated(gzip.compress(b"x" * 99), 10**6), BLOB) == [HEX, GZIP]


@pytest.mark.parametrize(
    "value",
    [
        "", "plain words", "internationalization", "d41d8cd98f00b204e9800998ecf8427e",
        "user_name-with_dashes", "100%", "50% of 20%", "a%2", "%FF%FE",
        "a < b", "<3", "<>", "1 < 2 > 3", "a.b.c", "eyJ.x.y",
        "2026-11-23", b"", b"\x00" * 40, b"\xff" * 16 + b"x", b"random bytes, no packing at all", b"x\x9c",
    ],
)  # fmt: skip
def test_what_is_nothing_of_the_kind_is_left_alone(value):
    assert found(value) == []


def test_digits_that_happen_to_spell_words_are_digits():
    four = "a0da"
    assert base64.b64decode(four * 8).isalpha() and found(four * 8) == []


@settings(max_examples=60)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)), st.booleans())
def test_recognising_never_fails(value, whole):
    recognised(value, PLAIN, whole=whole)
    ways(value, PLAIN)


# --- UUID ------------------------------------------------------------------------------------------


def told(value: str | bytes) -> dict[str, str]:
    return {fact.label: fact.text for fact in uuid_facts(value)}


def test_a_uuid_tells_its_version_moment_and_node():
    one = uuid.uuid1(node=0x001122334455, clock_seq=77)
    facts = told(str(one))
    at = datetime(1582, 10, 15, tzinfo=UTC) + timedelta(microseconds=one.time // 10)
    assert facts["time"].startswith(at.isoformat(" ")[:-6]) and facts["node"].startswith(
        "00:11:22:33:44:55 (a net"
    )
    assert facts["version"].startswith("1 ") and facts["clock sequence"] == "77"
    # The examples of RFC 9562.
    six = told("1EC9414C-232A-6B00-B3C8-9F6BDECED846")
    assert six["time"] == "2022-02-22 19:22:22.0000000 UTC" and six["node"].endswith("(random)")
    assert told("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")["time"] == "2022-02-22 19:22:22.000 UTC"
    assert told(uuid.uuid4().bytes)["version"] == "4 (random)"
    assert told("{00000000-0000-0000-0000-000000000000}")["version"].startswith("none")
    assert (
        told("ffffffff-ffff-7fff-bfff-ffffffffffff")["time"].startswith("10889-08-02")
        or "ms after" in told("ffffffff-ffff-7fff-bfff-ffffffffffff")["time"]
    )
    assert "reserved" in told("0b14d501-a594-495b-0f4d-2e7a3f3c7b21")["variant"].lower()
    assert told("not one") == {} and found(str(one)) == [UUID]


@settings(max_examples=60)
@given(st.uuids() | st.binary(min_size=16, max_size=16).map(lambda raw: uuid.UUID(bytes=raw)))
def test_any_uuid_tells_something(one):
    assert told(str(one))["UUID"] == str(one) == told(one.bytes)["UUID"]


# --- JWT -------------------------------------------------------------------------------------------


def token(header: object, payload: object, signature: str = "c2ln") -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(payload)}.{signature}"


def test_a_token_is_read_and_never_said_to_be_verified():
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    past = int((now - timedelta(days=3)).timestamp())
    text = token({"alg": "HS256", "typ": "JWT"}, {"sub": "ada", "exp": past, "nbf": "soon", "n": [1, None]})
    facts = {fact.label: fact.text for fact in jwt_facts(text, now)}
    assert facts["signature"] == "HS256, not verified here" and facts["header.typ"] == "JWT"
    assert (
        facts["expired"] == "2026-11-23 12:00:00 UTC, 3 days ago"
        and facts["not before"] == "soon (not a time)"
    )
    assert facts["subject (sub)"] == "ada" and facts["n"] == "[1, null]" and facts["exp"] == str(past)
    assert found(text) == [JWT] and found(f"Bearer {text}") == [JWT]
    nobody = {fact.label: fact.text for fact in jwt_facts(token({"alg": "none"}, {}, ""), now)}
    assert nobody["signature"].startswith("none (none): anybody")
    later = {fact.label: fact.text for fact in jwt_facts(text, now - timedelta(days=9))}
    assert later["expires"] == "2026-11-23 12:00:00 UTC, in 6 days"
    odd = jwt_facts(token({"alg": "x"}, {"exp": 1e300, "iat": True}), now)
    assert {fact.label: fact.text for fact in odd}["expires"] == "1e+300 (outside the calendar)"
    assert jwt_facts("a.b.c") == [] and distance(now + timedelta(seconds=90), now) == "in 90 seconds"
    assert distance(now, now) == "0 seconds ago"


@settings(max_examples=40)
@given(st.text(alphabet="eyJabc._-=", max_size=60))
def test_what_looks_like_a_token_never_fails(text):
    jwt_facts(text)


# --- XML -------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b:c", "item", "_x"])
leaves = st.sampled_from(["", "text", " two words ", "&lt;", "]]&gt;"])
blanks = st.sampled_from(["", "\n", "  "])


def element(name: str, parts: list[str], blank: str) -> str:
    return f'<{name} v="1 > 2">{blank.join(parts)}</{name}>'


trees = st.recursive(
    st.builds(lambda name, text: f"<{name}>{text}</{name}>", names, leaves),
    lambda inner: st.builds(
        element, names, st.lists(inner | st.sampled_from(["<e/>", "<!-- c -->"]), max_size=4), blanks
    ),
    max_leaves=12,
)


def meaning(text: str) -> object:
    def of(element: ElementTree.Element) -> object:
        inner = [(of(child), words(child.tail)) for child in element]
        return element.tag, dict(element.attrib), words(element.text), inner

    def words(text: str | None) -> str:
        return text if text is not None and text.strip() else ""

    return of(ElementTree.fromstring(text.replace("b:c", "bc")))


@settings(max_examples=60)
@given(trees)
@example("<a>one <b>two</b> three<c/> </a>")
@example("<a>\n\n<b>  kept  </b>\n</a>")
def test_laid_out_it_means_the_same(text):
    laid = done(pretty(text))
    assert meaning(laid) == meaning(text)
    assert done(pretty(laid)) == laid, "and it is laid out already"


def test_elements_stand_on_lines_and_text_stays():
    head = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "x>y">]>'
    text = head + '<a><b k="1">t</b><c><d/><!-- n --></c><p>so <i>it</i> is</p></a>'
    assert done(pretty(text)).splitlines() == [
        '<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY e "x>y">]>', "<a>", '  <b k="1">t</b>', "  <c>",
        "    <d/>", "    <!-- n -->", "  </c>", "  <p>so <i>it</i> is</p>", "</a>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("<a>", "<a> is not closed: line 1, column 1"), ("<a></b>", "</b> closes nothing, expected </a>"),
        ("</a>", "closes nothing: line 1"), ("<a>\n  <b", "not closed: line 2, column 3"),
        ("<a", "not closed"),
    ],
)  # fmt: skip
def test_what_is_no_xml_says_where(text, trouble):
    with pytest.raises(NotXml) as error:
        done(pretty(text))
    assert trouble in str(error.value)


def test_a_thousand_laughs_stay_words():
    lines = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    text = f'<!DOCTYPE a [<!ENTITY l0 "ha">{"".join(lines)}]><a>&l9;</a>'
    began = time.process_time()
    laid = done(pretty(text))
    assert laid.endswith("<a>&l9;</a>") and len(laid) < 2 * len(text) and time.process_time() - began < 1
    deep = "<a>" * 20_000 + "</a>" * 20_000
    assert done(pretty(deep)).count("\n") == 39_998
    with pytest.raises(NotXml):
        done(pretty("<a" + " b" * 50_000))


# --- in the panel ----------------------------------------------------------------------------------


@pytest.fixture
def panel(qtbot):
    made = ValuePanel()
    qtbot.addWidget(made)
    made.resize(700, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_chain_is_undone_to_its_end(qtbot, panel):
    raw = json.dumps({"deep": list(range(50))}).encode()
    value = base64.b64encode(gzip.compress(base64.b64encode(zlib.compress(raw)))).decode()
    panel.show_cell(value, PLAIN, None)
    assert panel.way() == TEXT and panel.offered() == [TEXT, BASE64, HEX], "offered, not forced"
    assert panel.decode()
    inner = panel
    for way in (BASE64, GZIP, BASE64, ZLIB):
        assert inner.way() == way
        qtbot.waitUntil(lambda view=inner.unpacked: view.result is not None, timeout=PATIENCE)
        assert inner.unpacked.about.text().startswith(f"{way} → ")
        inner = inner.unpacked.panel
    assert inner.way() == JSON and not inner.decode()
    panel.show_cell("nothing", PLAIN, None)
    assert panel.way() == TEXT and not panel.decode()


def test_packed_in_itself_it_ends(qtbot, panel):
    value: bytes = b"the end, after many steps"
    for _ in range(MOST_DEEP + 3):
        value = gzip.compress(value)
    panel.show_cell(value, BLOB, None)
    panel.decode()
    inner, depth = panel, 0
    while inner.way() == GZIP:
        qtbot.waitUntil(lambda view=inner.unpacked: view.result is not None, timeout=PATIENCE)
        inner, depth = inner.unpacked.panel, depth + 1
    assert depth == MOST_DEEP and inner.offered() == [HEX]


def test_xml_uuid_and_tokens_have_views(qtbot, panel):
    panel.show_cell("<a><b>1</b></a>", PLAIN, None)
    panel.choose(XML)
    qtbot.waitUntil(lambda: panel.xml.text.edit.whole_text() == "<a>\n  <b>1</b>\n</a>", timeout=PATIENCE)
    panel.show_cell("<a><b>1</a>", PLAIN, None)
    qtbot.waitUntil(lambda: "</a> closes nothing" in panel.xml.trouble, timeout=PATIENCE)
    assert panel.xml.text.edit.whole_text() == "<a><b>1</a>", "it is shown as it is"
    assert ways("<a/>", Column("x", "xml", "text"))[0] == XML
    panel.show_cell(str(uuid.uuid4()), Column("u", "uuid", "uuid"), None)
    panel.choose(UUID)
    assert panel.facts.rows()[1].value == "4 (random)" and panel.facts.accessibleName() == "UUID"
    panel.show_cell(token({"alg": "RS256"}, {"iss": "us"}), PLAIN, None)
    panel.choose(JWT)
    assert panel.facts.rows()[0].value == "RS256, not verified here"
    QGuiApplication.clipboard().setText("")


def test_ten_megabytes_never_hold_the_window_up(qtbot, panel):
    row = f"<row id='7'><name>Ada</name><note>{'some words ' * 60}</note></row>"
    text = f"<rows>{row * (10_000_000 // len(row))}</rows>"
    panel.show_cell(base64.b64encode(gzip.compress(text.encode())).decode(), PLAIN, None)
    panel.decode()
    inner = panel
    for _ in range(2):
        qtbot.waitUntil(lambda view=inner.unpacked: view.result is not None, timeout=PATIENCE)
        inner = inner.unpacked.panel
    laid_out = "<rows>\n  <row"
    qtbot.waitUntil(lambda: inner.xml.text.edit.toPlainText().startswith(laid_out), timeout=PATIENCE)
