"""A condition that a person wrote in SQL, checked so that it stays one condition.

The text is put between parentheses, each on a line of its own. It must therefore not close them, end the
statement, leave a quote or comment open, or take one of our parameters. That is decided by reading
its tokens alone; whether it means anything is the database's to say, for no parser knows every dialect.
"""

from __future__ import annotations

import re
from functools import lru_cache

from embedded_server.wire.problem import ProblemError, problem

_STRING = r"'(?:[^']|'')*'"
_MYSQL_STRING = r"""'(?:[^'\\]|''|\\[^'"])*'|"(?:[^"\\]|""|\\[^'"])*\""""
_QUOTED = r'"(?:[^"]|"")*"'
_TICKS = r"`(?:[^`]|``)*`"
_BRACKETS = r"\[[^\]]*\]"
_ESCAPES = r"\b[eE]'(?:[^'\\]|''|\\.)*'"
_DOLLARS = r"\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$"
_COMMENT = r"--[^\n]*|/\*(?![!+M])(?:(?!/\*|\*/).)*\*/"
_MYSQL_COMMENT = r"--(?=\s|\Z)[^\n]*|\#[^\n]*|/\*(?![!+M])(?:(?!/\*|\*/).)*\*/"

_ATOMS = {
    "sqlite": (_STRING, _QUOTED, _TICKS, _BRACKETS, _COMMENT),
    "postgres": (_ESCAPES, _STRING, _QUOTED, _DOLLARS, _COMMENT),
    "duckdb": (_ESCAPES, _STRING, _QUOTED, _DOLLARS, _COMMENT),
    "mysql": (_MYSQL_STRING, _TICKS, _MYSQL_COMMENT),
}
# Of an unknown dialect only what all of them read alike is let through.
_COMMON = (_MYSQL_STRING, _COMMENT)
_PARAMETERS = {
    "sqlite": re.compile(r"\?|[:@$](?=\w)"),
    "postgres": re.compile(r"(?<![\w$])\$(?=\d)"),
    "duckdb": re.compile(r"\?|(?<![\w$])\$(?=\w)"),
    "mysql": re.compile(r"(?!)"),
}
_COMMON_PARAMETERS = re.compile(r"\?|:(?=\w)(?<!::)")
_OPENERS = {
    "'": "A quote is not closed, or closed in a way that databases read differently; "
    "write two quotes for one inside a text.",
    '"': "A quoted name is not closed.",
    "/*": "A comment is not closed, or holds another one or an instruction to the database.",
    "`": "A quoted name is not closed.",
}


class Checked:
    """A condition fit to be put between parentheses; `doubt` is a parser's objection, if any."""

    def __init__(self, text: str, doubt: ProblemError | None) -> None:
        self.text = text
        self.doubt = doubt


def _wrong(detail: str, position: int | None) -> ProblemError:
    return problem(
        "data.bad_where",
        detail=detail,
        hint="Write one condition as behind WHERE: status = 'open' AND amount > 5",
        position=position,
    )


@lru_cache(maxsize=128)
def check(text: str, dialect: str) -> Checked:
    """The condition of a WHERE box. Raises data.bad_where with a position in `text`."""
    _stays_inside(text, dialect)
    return Checked(text, _doubt(text, dialect))


def _stays_inside(text: str, dialect: str) -> None:
    if "\0" in text:
        raise _wrong("There is a NUL character.", text.index("\0"))
    pieces = _pieces(text, dialect)
    code = [(start, piece) for start, piece, is_code in pieces if is_code]
    _is_balanced(code)
    values = any(not is_code and not piece.startswith(("--", "/*", "#")) for _, piece, is_code in pieces)
    if not values and all(piece.isspace() for _, piece in code):
        raise _wrong("There is no condition.", 0)
    parameter = _parameter(pieces, dialect)
    if parameter is not None:
        raise _wrong("A parameter cannot be used here; write its value.", parameter)


def _is_balanced(code: list[tuple[int, str]]) -> None:
    opened: list[int] = []
    for start, piece in code:
        if piece in _OPENERS:
            raise _wrong(_OPENERS[piece], start)
        if piece == ";":
            raise _wrong("A condition holds no semicolon.", start)
        if piece == "(":
            opened.append(start)
        elif piece == ")":
            if not opened:
                raise _wrong("This parenthesis closes nothing.", start)
            opened.pop()
    if opened:
        raise _wrong("This parenthesis is never closed.", opened[-1])


@lru_cache(maxsize=8)
def _reader(dialect: str) -> re.Pattern[str]:
    atoms = "|".join(_ATOMS.get(dialect, _COMMON))
    marks = "['\"`]" if dialect not in ("postgres", "duckdb") else "['\"]"
    hash_mark = "" if dialect in _ATOMS else r"|\#"
    code = rf"/\*|{marks}|[;()]{hash_mark}|[^\W\d][\w$]*|\d[\w.]*|\s+|."
    return re.compile(f"(?P<atom>{atoms})|(?P<code>{code})", re.DOTALL)


def _pieces(text: str, dialect: str) -> list[tuple[int, str, bool]]:
    known = dialect in _ATOMS
    found = []
    for match in _reader(dialect).finditer(text):
        is_code = match["code"] is not None
        if is_code and not known and match[0] in "#\\[":
            raise _wrong("Databases read this character differently.", match.start())
        found.append((match.start(), match[0], is_code))
    _no_continued_escapes(found)
    return found


def _no_continued_escapes(pieces: list[tuple[int, str, bool]]) -> None:
    # PostgreSQL goes on reading escapes in a text that continues E'...' on the next line.
    atoms = [(start, piece) for start, piece, is_code in pieces if not is_code]
    if any(piece[:2] in ("e'", "E'") for _, piece in atoms):
        for start, piece in atoms:
            if piece[0] == "'" and "\\" in piece:
                raise _wrong("Beside an E'' text another one holds a backslash; write it as E'' too.", start)


def _parameter(pieces: list[tuple[int, str, bool]], dialect: str) -> int | None:
    # Code only: in atoms every mark is an ordinary character. Blanks keep the positions.
    code = "".join(piece if is_code else " " * len(piece) for _, piece, is_code in pieces)
    match = _PARAMETERS.get(dialect, _COMMON_PARAMETERS).search(code)
    return match.start() if match else None


def _doubt(text: str, dialect: str) -> ProblemError | None:
    """A parser's objection. It raises for what is surely no condition, such as a whole SELECT."""
    import sqlglot  # noqa: PLC0415  # lazy: slow to import, needed for hand-written conditions only
    from sqlglot import errors, exp  # noqa: PLC0415  # lazy: as above

    try:
        parsed = sqlglot.parse(text, read=dialect or None)
    except errors.SqlglotError as error:
        return _parse_error(text, error)
    except RecursionError:
        return None
    if len(parsed) != 1 or isinstance(parsed[0], exp.Query | exp.DDL | exp.DML | exp.Command):
        raise _wrong("This is not a condition.", 0)
    return None


def _parse_error(text: str, error: Exception) -> ProblemError:
    found = getattr(error, "errors", None)
    if not found:
        return _wrong("", None)
    place = found[0]
    lines = text.split("\n")
    line, column = place.get("line") or 1, place.get("col") or 1
    before = sum(len(other) + 1 for other in lines[: line - 1])
    word = place.get("highlight") or ""
    position = max(0, min(len(text), before + column - len(word)))
    return _wrong(str(place.get("description") or ""), position)
