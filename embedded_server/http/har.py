"""HAR files, as browsers and proxies save them: requests out of them, and one trace into one."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import msgspec

from embedded_server.wire.http import Draft
from embedded_server.wire.problem import problem
from embedded_server.wire.replays import Answer

from .bodies import header, message

# A larger file is refused: it is read at once, without its answers.
LARGEST = 256 << 20
MOST_ENTRIES = 20_000
_COOKIES = ("cookie", "authorization")


class _Pair(msgspec.Struct):
    name: str = ""
    value: str | None = ""


class _Param(msgspec.Struct):
    name: str = ""
    value: str | None = None
    fileName: str | None = None


class _PostData(msgspec.Struct):
    mimeType: str = ""
    text: str | None = None
    params: list[_Param] | None = None
    encoding: str | None = None


class _Request(msgspec.Struct):
    method: str
    url: str
    headers: list[_Pair] = []
    cookies: list[_Pair] | None = None
    postData: _PostData | None = None


class _Content(msgspec.Struct):
    text: str | None = None
    encoding: str | None = None
    mimeType: str = ""


class _Response(msgspec.Struct):
    status: float = 0


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response | None = None


class _FullResponse(msgspec.Struct):
    status: float = 0
    headers: list[_Pair] = []
    content: _Content | None = None


class _Answered(msgspec.Struct):
    response: _FullResponse | None = None
    time: float | None = None


class _Program(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]
    creator: _Program | None = None
    browser: _Program | None = None


class _Har(msgspec.Struct):
    log: _Log


_har = msgspec.json.Decoder(_Har)
_entry = msgspec.json.Decoder(_Entry)
_answered = msgspec.json.Decoder(_Answered)


@dataclass
class Imported:
    """What a file held. `ask` is what must be supplied before its requests can be replayed.

    `answers` and `times` (milliseconds) of the drafts, if they were asked for.
    """

    drafts: list[Draft] = field(default_factory=list)
    answers: list[Answer | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)
    browser: str = ""


def read_file(path: str) -> Imported:
    """The requests of a HAR file. Raises file.missing, file.unreadable, http.bad_har."""
    return read(content_of(Path(path)))


def content_of(path: Path) -> bytes:
    """A file's bytes, within the limit."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            detail = f"{path.name}: {size:,} bytes, at most {LARGEST:,} are read"
            raise problem("http.bad_har", "The file is too large", detail, "Save fewer requests at once.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise problem("file.missing", detail=str(path)) from error
    except OSError as error:
        raise problem("file.unreadable", detail=f"{path}: {error}") from error


def read(data: bytes, *, answers: bool = False) -> Imported:
    """The requests of a HAR document, in its order, and their answers if wanted.

    Raises http.bad_har with the place of the fault.
    """
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        log = _har.decode(data).log
    except (msgspec.MsgspecError, RecursionError) as error:
        raise problem("http.bad_har", detail=place(data, str(error)), hint=_HINT) from error
    if len(log.entries) > MOST_ENTRIES:
        detail = f"{len(log.entries):,} requests, at most {MOST_ENTRIES:,} are taken"
        raise problem("http.bad_har", "The file has too many requests", detail)
    found = Imported(browser=_browser(log))
    skipped = 0
    signed, asked = False, False
    for number, raw in enumerate(log.entries, 1):
        entry = _read_entry(raw, number)
        if urlsplit_scheme(entry.request.url) not in ("http", "https"):
            skipped += 1
            continue
        draft = _draft(entry.request, number)
        signed = signed or any(name.lower() in _COOKIES for name, _ in draft.headers)
        asked = asked or (entry.response is not None and entry.response.status in (401, 403))
        found.drafts.append(draft)
        if answers:
            answer, time = _answer(raw, number)
            found.answers.append(answer)
            found.times.append(time)
    if skipped:
        found.notes.append(f"{skipped} entries are no HTTP requests and were left out.")
    if found.drafts and not signed and ("Web" in found.browser or "Chrom" in found.browser or asked):
        _without_cookies(found)
    return found


_HINT = "Save it again as HAR from the browser's network panel."


def _without_cookies(found: Imported) -> None:
    found.ask.append("auth")
    found.notes.append(
        "The file came without cookies and keys: browsers leave them out unless asked. "
        "Give the environment a login, or export with sensitive data."
    )
    found.drafts = [msgspec.structs.replace(one, needs=[*one.needs, "cookies"]) for one in found.drafts]


def _read_entry(raw: msgspec.Raw, number: int) -> _Entry:
    try:
        return _entry.decode(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        detail = f"request {number}: {error}".replace("`$", f"`$.log.entries[{number - 1}]")
        raise problem("http.bad_har", detail=detail, hint=_HINT) from error


def _answer(raw: msgspec.Raw, number: int) -> tuple[Answer | None, float]:
    try:
        entry = _answered.decode(raw)
        response = entry.response
        if response is None or not response.status:
            return None, 0.0
        content = response.content or _Content()
        text = content.text
        if text is None:
            return Answer(status=int(response.status)), entry.time or 0.0
        coded = content.encoding == "base64"
        body = base64.b64decode(text) if coded else text.encode("utf-8", "surrogatepass")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise problem("http.bad_har", detail=f"answer of request {number}: {error}", hint=_HINT) from error
    headers = [(one.name, one.value or "") for one in response.headers if not one.name.startswith(":")]
    if not header(headers, "content-type") and content.mimeType:
        headers.append(("Content-Type", content.mimeType))
    return Answer(status=int(response.status), message=message(headers, body)), entry.time or 0.0


def place(data: bytes, text: str) -> str:
    """The message with line and column instead of a byte's number."""
    if "truncated" in text:
        text = f"it ends too early (byte {len(data)})"
    begin, found, rest = text.partition("(byte ")
    number = rest.partition(")")[0]
    if not found or not number.isdigit():
        return text
    before = data[: int(number)]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"{begin.strip()} (line {line}, column {column})"


def urlsplit_scheme(url: str) -> str:
    """The scheme of a URL, "" for none."""
    return url.partition(":")[0].lower() if ":" in url else ""


def _browser(log: _Log) -> str:
    program = log.browser or log.creator
    return f"{program.name} {program.version}".strip() if program else ""


def _draft(request: _Request, number: int) -> Draft:
    headers: list[tuple[str, str]] = []
    authority = ""
    for pair in request.headers:
        if pair.name.startswith(":"):  # HTTP/2 and 3 write the request line so
            authority = pair.value or "" if pair.name == ":authority" else authority
        else:
            headers.append((pair.name, pair.value or ""))
    if not header(headers, "host"):
        headers.insert(0, ("Host", authority or urlsplit(request.url).netloc.rpartition("@")[2]))
    cookies = "; ".join(f"{one.name}={one.value or ''}" for one in request.cookies or [])
    if cookies and not header(headers, "cookie"):
        headers.append(("Cookie", cookies))
    text, encoded, notes = _body(request.postData, headers)
    url = request.url.split("#", 1)[0]
    path = url.split("/", 3)[3] if url.count("/") > 2 else ""
    return Draft(
        name=f"{request.method} /{path}"[:200],
        method=request.method,
        url=url,
        headers=headers,
        body=text,
        body_base64=encoded,
        needs=["body"] if notes else [],
        notes=[f"Request {number}: {note}" for note in notes],
    )


def _body(data: _PostData | None, headers: list[tuple[str, str]]) -> tuple[str | None, str, list[str]]:
    """Text, base64, and what is missing."""
    if data is None:
        return None, "", []
    if data.text:
        if data.encoding == "base64":
            return None, data.text, []
        return data.text, "", []
    params = data.params or []
    if not params:
        length = header(headers, "content-length")
        missing = length not in ("", "0")
        return ("" if length == "0" else None), "", ["its body was not recorded"] if missing else []
    if "multipart" in data.mimeType:
        return None, "", ["its form with files was not recorded byte for byte"]
    pairs = [f"{quote_plus(one.name)}={quote_plus(one.value or '')}" for one in params]
    return "&".join(pairs), "", []


def body_entry(body: bytes, content_type: str) -> dict[str, object]:
    """A body as HAR's postData or content."""
    try:
        return {"mimeType": content_type, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"mimeType": content_type, "text": base64.b64encode(body).decode(), "encoding": "base64"}
