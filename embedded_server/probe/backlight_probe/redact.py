"""Cuts secrets before anything leaves the process.

By key (headers, cookies, query, form, JSON, multipart, bound column names, variables), by what a value looks
like (JWT, PEM, card number, user and password in a URL), and by equality: what was a secret in the request is
one in its statements, log lines and answer too. The placeholder is salted and stays the same for the same
value, so that comparisons still see "same" and "changed".
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Callable, Match
from urllib.parse import unquote_plus

# Parts of a key that make its value a secret, and whole keys that do.
_PARTS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "api_key", "access_key",
    "accesskey", "private_key", "privatekey", "credential", "csrf", "xsrf", "session", "authorization",
    "signature", "jwt", "samlresponse", "samlrequest", "connect_sid", "phpsessid", "mysql_pwd",
)  # fmt: skip
_WHOLE = frozenset(
    ["auth", "otp", "totp", "pin", "cvv", "cvc", "cookie", "set_cookie", "x_forwarded_for", "x_real_ip",
     "forwarded", "remote_addr", "ip_address", "sid", "x_amz_security_token"]
)  # fmt: skip
# Only together, as an OAuth answer carries them: a form's own "state" is no secret.
_OAUTH = ("code", "state")
_SCHEMES = ("basic", "bearer", "digest", "token", "negotiate", "apikey")
SHORTEST_EQUAL, SHORTEST_INSIDE = 4, 6

_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_USER_INFO = re.compile(r"(?<=://)[^\s/@:\"'<>]+:[^\s/@\"'<>]+(?=@)")
_JSON_PAIR = re.compile(r'"((?:[^"\\]|\\.){1,100})"(\s*:\s*)(?:"((?:[^"\\]|\\.)*)"?|(-?\d[\d.eE+-]*))')
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*')
_PART = re.compile(
    r'(name="?([^";\r\n]*)"?[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)(.*?)(?=\r?\n--|\Z)', re.DOTALL
)
_TAG = re.compile(r"<(?:input|meta)\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|id|value|content)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)


class Redactor:
    """The rules with one salt; `keep` are keys that the user wants to see."""

    def __init__(self, salt: bytes, keep: frozenset[str] = frozenset()) -> None:
        self._salt = hashlib.sha256(b"backlight-redaction" + salt).digest()
        self._keep = frozenset(_plain(key) for key in keep)
        self._known: dict[str, bool] = {}

    def secret_key(self, key: str) -> bool:
        """Whether the value of this key is a secret."""
        known = self._known.get(key)
        if known is None:
            plain = _plain(key)
            known = plain not in self._keep and (plain in _WHOLE or any(part in plain for part in _PARTS))
            if len(self._known) < 5000:
                self._known[key] = known
        return known

    def placeholder(self, value: str) -> str:
        """The same for the same value, telling nothing about it."""
        digest = hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=4, key=self._salt)
        return f"[redacted:{digest.hexdigest()}]"


def _plain(key: str) -> str:
    return key.lower().replace("-", "_").replace(".", "_").replace(" ", "_")


class Cutter:
    """Redacts one request: first its own parts, which tell what is secret, then whatever they appear in."""

    def __init__(self, rules: Redactor) -> None:
        self._rules = rules
        self.secrets: set[str] = set()
        self._inside: Any = None
        self._known: dict[str, str] = {}

    def _cut(self, value: str) -> str:
        if not value or value.startswith("[redacted:"):
            return value
        self._remember(value)
        return self._rules.placeholder(value)

    def _remember(self, value: str) -> None:
        if len(value) >= SHORTEST_EQUAL and value not in self.secrets:
            self.secrets.add(value)
            self._inside = None
            self._known.clear()

    # --- parts of a request --------------------------------------------------------------------------

    def headers(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Header values by name."""
        return [(name, self._header(_plain(name), value)) for name, value in pairs]

    def _header(self, plain: str, value: str) -> str:
        if not self._rules.secret_key(plain):
            return self.text(value)
        if plain == "cookie":
            return "; ".join(self._pair(pair) for pair in value.split(";"))
        if plain == "set_cookie":
            first, separator, rest = value.partition(";")
            return self._pair(first) + separator + rest
        scheme, blank, rest = value.partition(" ")
        if blank and scheme.lower() in _SCHEMES:
            self._basic(scheme, rest)
            return f"{scheme} {self._cut(rest)}"
        return self._cut(value)

    def _pair(self, pair: str) -> str:
        name, separator, value = pair.strip().partition("=")
        if not separator or name.lower() in self._rules._keep:
            return pair.strip()
        return f"{name}={self._cut(value)}"

    def _basic(self, scheme: str, value: str) -> None:
        if scheme.lower() == "basic":
            try:
                self._remember(base64.b64decode(value).decode("utf-8", "replace").partition(":")[2])
            except ValueError:
                pass

    def target(self, target: str) -> str:
        """Path and query as received; secret parameters cut in place."""
        path, question, query = target.partition("?")
        return self.text(path) + question + (self.form(query) if query else "")

    def form(self, text: str) -> str:
        """`a=b&c=d`, every other byte left as it is."""
        pieces = [piece.partition("=") for piece in text.split("&")]
        names = [unquote_plus(name) for name, _, _ in pieces]
        oauth = all(name in names for name in _OAUTH)
        done = []
        for name, (raw, separator, value) in zip(names, pieces):
            if value and (self._rules.secret_key(name) or (oauth and name in _OAUTH)):
                self._remember(unquote_plus(value))
                value = self._rules.placeholder(unquote_plus(value))
            elif value:
                value = self.text(value)
            done.append(raw + separator + value)
        return "&".join(done)

    def body(self, text: str, content_type: str) -> str:
        """A body by its type; bytes that are no secret stay as they are."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/x-www-form-urlencoded":
            return self.form(text)
        if kind.startswith("multipart/"):
            return self.text(_PART.sub(self._part, text))
        if "json" in kind or text[:1] in ("{", "["):
            return self._json_text(self._json(text))
        if "html" in kind:
            return self.text(_TAG.sub(self._tag, text))
        return self.text(text)

    def _part(self, match: Match[str]) -> str:
        head, name, value = match.groups()
        return head + (self._cut(value) if self._rules.secret_key(name) else value)

    def _tag(self, match: Match[str]) -> str:
        tag = match.group(0)
        found = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag)}
        name = found.get("name") or found.get("id") or ""
        value = found.get("value") or found.get("content") or ""
        return tag.replace(value, self._cut(value)) if value and self._rules.secret_key(name) else tag

    def _json(self, text: str) -> str:
        cut = _JSON_PAIR.sub(self._json_pair, text)
        if not any(part in cut.lower().replace("-", "_") for part in _PARTS):
            return cut
        try:
            whole = json.loads(cut)
        except (ValueError, RecursionError):
            return cut
        redacted = self.value(whole)
        return cut if redacted == whole else json.dumps(redacted, ensure_ascii=False)

    def _json_text(self, text: str) -> str:
        """As `text`; a number that is cut becomes a string, so that JSON stays JSON."""
        if self.text(text) == text:
            return text
        # What stands outside of strings and numbers is looked at last: it may be no JSON after all.
        return self.text(_JSON_TOKEN.sub(self._json_token, text))

    def _json_token(self, match: Match[str]) -> str:
        token = match.group(0)
        cut = self.text(token)
        return cut if cut == token or token[0] == '"' else json.dumps(cut)

    def _json_pair(self, match: Match[str]) -> str:
        key, colon, value, number = match.groups()
        if not self._rules.secret_key(key):
            return match.group(0)
        if value is not None:
            try:
                self._remember(json.loads(f'"{value}"'))
            except ValueError:
                pass
        return f'"{key}"{colon}"{self._cut(value if value is not None else number)}"'

    def value(self, value: Any, secret: bool = False) -> Any:
        """A JSON value or bound parameters: by key, by equality, by looks."""
        if isinstance(value, dict):
            return {
                key: self.value(item, secret or self._rules.secret_key(str(key)))
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.value(item, secret) for item in value]
        if value is None or isinstance(value, bool):
            return value
        if secret:
            return self._cut(str(value))
        if isinstance(value, str):
            return self._rules.placeholder(value) if value in self.secrets else self.text(value)
        return self._rules.placeholder(str(value)) if str(value) in self.secrets else value

    # --- any text ------------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """Known secrets and what looks like one."""
        if self.secrets:
            text = self._pattern().sub(self._found, text) if self._pattern() else text
        if "eyJ" in text:
            text = _JWT.sub(self._found, text)
        if "PRIVATE KEY" in text:
            text = _PEM.sub(self._found, text)
        if "://" in text and "@" in text:
            text = _USER_INFO.sub(self._found, text)
        return _CARD.sub(self._card, text)

    def again(self, text: str) -> str:
        """As `text`, for what one request says many times: its statements."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self.text(text)
        return known

    def _pattern(self) -> Any:
        if self._inside is None:
            long = sorted((one for one in self.secrets if len(one) >= SHORTEST_INSIDE), key=len, reverse=True)
            self._inside = re.compile("|".join(map(re.escape, long))) if long else False
        return self._inside

    def _found(self, match: Match[str]) -> str:
        return self._rules.placeholder(match.group(0))

    def _card(self, match: Match[str]) -> str:
        digits = [int(sign) for sign in match.group(0) if sign.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        if len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            return self._rules.placeholder(match.group(0))
        return match.group(0)


Named = Callable[[str], bool]
