"""Finding `%s` and `%(name)s` in SQL, as drivers mean them, but never inside quotes or comments.

Names and texts may hold percent signs of their own; only outside of quotes must one that is no placeholder
be written twice. That way a quoted name is the same in a statement with parameters as in one without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from embedded_server.engines.base import Params
from embedded_server.engines.support.remembering import remembered
from embedded_server.wire.problem import ProblemError, problem

_COMMON = r"\"(?:[^\"]|\"\")*\"|/\*.*?\*/"
POSTGRES = (
    rf"\b[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|{_COMMON}|--[^\n]*|(?<!\w)\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
)
MYSQL = rf"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"|{_COMMON}|`(?:[^`]|``)*`|--(?=\s)[^\n]*|\#[^\n]*"
_MARK = r"%(?P<mark>%|s|\((?P<name>[^)]*)\)s|(?P<wrong>))"


class Mark(NamedTuple):
    """A piece of a statement: `text` as it goes out, and the placeholder behind it if there is one.

    `end` is the offset behind the placeholder in the statement as it came. `name` is empty for `%s`.
    """

    text: str
    end: int
    is_placeholder: bool
    name: str = ""


@lru_cache(maxsize=4)
def _scanner(quoted: str) -> re.Pattern[str]:
    return re.compile(f"(?P<quoted>{quoted})|{_MARK}", re.DOTALL)


def escape(sql: str, quoted: str) -> str:
    """SQL without placeholders, made fit to stand beside some."""
    scanner = re.compile(f"(?P<quoted>{quoted})|%", re.DOTALL)
    return scanner.sub(lambda match: match[0] if match["quoted"] is not None else "%%", sql)


@remembered
def marks(sql: str, quoted: str) -> tuple[Mark, ...]:
    """The statement in pieces, the last one without a placeholder. Raises sql.params."""
    found: list[Mark] = []
    end = 0
    for match in _scanner(quoted).finditer(sql):
        if match["quoted"] is not None:
            continue
        if match["wrong"] is not None:
            raise wrong(
                "A percent sign outside of quotes stands before something else than s; write it twice."
            )
        if match["mark"] == "%":
            found.append(Mark(sql[end : match.end() - 1], match.end(), False))
        else:
            found.append(Mark(sql[end : match.start()], match.end(), True, match["name"] or ""))
        end = match.end()
    return (*found, Mark(sql[end:], len(sql), False))


class Filler:
    """Hands out the parameters in the order of the placeholders. Raises sql.params when they do not fit."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._used = 0

    def value(self, mark: Mark) -> Any:
        """The parameter of a placeholder."""
        params = self._params
        if isinstance(params, Mapping):
            if not mark.name:
                raise wrong("The placeholders have no names, the parameters have.")
            if mark.name not in params:
                raise wrong(f"The parameter {mark.name} is missing.")
            return params[mark.name]
        if mark.name:
            raise wrong("The placeholders have names, the parameters have none.")
        if self._used >= len(params):
            raise wrong(f"There are more placeholders than parameters ({len(params)}).")
        self._used += 1
        return params[self._used - 1]

    def finish(self) -> None:
        """Object to parameters that no placeholder took."""
        if not isinstance(self._params, Mapping) and self._used != len(self._params):
            raise wrong(f"There are {self._used} placeholders but {len(self._params)} parameters.")


def wrong(detail: str) -> ProblemError:
    """The problem of parameters that do not fit."""
    return problem("sql.params", detail=detail)
