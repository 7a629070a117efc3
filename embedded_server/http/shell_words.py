"""A pasted command line cut into words, as bash or as the Windows command prompt would."""

from __future__ import annotations

import re

from embedded_server.wire.problem import ProblemError, problem

_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "0": "\0",
}
_CODE = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")


def words(text: str) -> list[str]:
    """The words of one command. Raises http.bad_curl with the place, for what only a shell could fill in."""
    text = text.strip()
    return _windows(text) if _is_windows(text) else _Bash(text).words()


def _is_windows(text: str) -> bool:
    """The first sign tells: the command prompt has no single quotes and escapes by a caret; bash neither."""
    if re.match(r"(?i)curl\.exe\b", text):
        return True
    sign = re.search(r"""\^"|\^\r?\n|\^\Z|['"\\]""", text)
    if sign is None or sign[0] in ("'", "\\"):
        return False
    return sign[0] != '"' or re.search(r"\^\r?\n|\^\Z", text) is not None


def refusal(text: str, at: int, reason: str) -> ProblemError:
    """A problem that says where."""
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    near = " ".join(text[max(0, at - 15) : at + 15].split())
    return problem(
        "http.bad_curl",
        detail=f"line {line}, column {column}: {reason}, near {near!r}",
        hint="Paste what “Copy as cURL” gives, or a command with plain values.",
        position=at,
    )


class _Bash:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def words(self) -> list[str]:
        found: list[str] = []
        while True:
            self._blanks()
            if self._at >= len(self._text):
                return found
            found.append(self._word())

    def _blanks(self) -> None:
        while self._at < len(self._text):
            if self._text[self._at] in " \t\r\n":
                # A line that ends without a backslash ends the command.
                if self._text[self._at] == "\n" and self._text[self._at :].strip():
                    raise refusal(self._text, self._at, "a second command")
                self._at += 1
            elif self._text.startswith(("\\\n", "\\\r\n"), self._at):
                self._at += 2 + (self._text[self._at + 1] == "\r")
            else:
                return

    def _word(self) -> str:
        parts: list[str] = []
        text = self._text
        while self._at < len(text) and text[self._at] not in " \t\r\n":
            character = text[self._at]
            if character == "'":
                parts.append(self._single())
            elif character == '"':
                parts.append(self._double())
            elif text.startswith("$'", self._at):
                parts.append(self._escaped())
            elif character == "\\":
                if text.startswith(("\\\n", "\\\r\n"), self._at):
                    break
                parts.append(text[self._at + 1 : self._at + 2])
                self._at += 2
            else:
                self._refuse_shell(character)
                parts.append(character)
                self._at += 1
        return "".join(parts)

    def _refuse_shell(self, character: str) -> None:
        if character == "`" or (character == "$" and re.match(r"\$[\w({]", self._text[self._at :])):
            raise refusal(self._text, self._at, "a value that only the shell knows")
        if character in "|;<>()":
            raise refusal(self._text, self._at, f"{character!r} leads to another command or file")
        if self._text.startswith("&&", self._at) or (character == "&" and self._ends_word()):
            raise refusal(self._text, self._at, "a second command")

    def _ends_word(self) -> bool:
        return self._text[self._at + 1 : self._at + 2] in ("", " ", "\t", "\n")

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise refusal(self._text, self._at, "a quote that is not closed")
        begin, self._at = self._at + 1, end + 1
        return self._text[begin:end]

    def _double(self) -> str:
        begin = self._at
        parts: list[str] = []
        self._at += 1
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == '"':
                self._at += 1
                return "".join(parts)
            following = self._text[self._at + 1 : self._at + 2]
            if character == "\\" and following and following in '"\\$`\n':
                parts.append("" if following == "\n" else following)
                self._at += 2
                continue
            if character in "$`":
                self._refuse_shell(character)
            parts.append(character)
            self._at += 1
        raise refusal(self._text, begin, "a quote that is not closed")

    def _escaped(self) -> str:
        """$'...': as browsers write values with quotes or characters that are no ASCII."""
        begin = self._at
        parts: list[str] = []
        self._at += 2
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == "'":
                return "".join(parts)
            parts.append(self._escape() if character == "\\" else character)
        raise refusal(self._text, begin, "a quote that is not closed")

    def _escape(self) -> str:
        code = _CODE.match(self._text, self._at)
        if code is not None:
            self._at = code.end()
            octal = code[4]
            number = int(octal, 8) if octal else int(code[1] or code[2] or code[3], 16)
            return chr(number) if number < 0x110000 else "\ufffd"
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return _SIMPLE.get(character, character if character in "\\'\"?" else "\\" + character)


def _windows(text: str) -> list[str]:
    """Carets taken away first, as cmd does, then quotes as the C library splits them."""
    plain = re.sub(r"\^(\r?\n\r?\n|\r?\n|.)", _caret, text, flags=re.S)
    found: list[str] = []
    at = 0
    while at < len(plain):
        if plain[at] in " \t\r\n":
            at += 1
            continue
        word, at = _windows_word(plain, at)
        found.append(word)
    return found


def _caret(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped.strip("\r\n"):
        return escaped
    # A caret before a line's end joins the lines; twice, it stands for a real one.
    return "\n" if escaped.count("\n") == 2 else " "


def _windows_word(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    quoted, begin = False, at
    while at < len(text):
        slashes = re.match(r'(\\*)"', text[at:])
        if slashes:
            count = len(slashes[1])
            parts.append("\\" * (count // 2))
            at += count + 1
            if count % 2:
                parts.append('"')
            elif quoted and text[at : at + 1] == '"':
                parts.append('"')
                at += 1
            else:
                quoted = not quoted
            continue
        if not quoted and text[at] in " \t\r\n":
            break
        parts.append(text[at])
        at += 1
    if quoted:
        raise refusal(text, begin, "a quote that is not closed")
    return "".join(parts), at
