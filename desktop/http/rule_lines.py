"""Token rules and variables of an environment as lines of text, and back.

`html csrf_token -> header X-CSRFToken from /cart`
`json /token -> header Authorization as "Bearer {}" always`
"""

from __future__ import annotations

import shlex
from typing import Literal, cast

from embedded_server.wire.http import TokenRule

HINT = "html csrf_token -> field csrf_token from /cart"
_FIND = ("json", "header", "html", "cookie")
_PUT = ("header", "field", "cookie", "json")


def rule_text(rule: TokenRule) -> str:
    """One rule as a line."""
    parts = [rule.find, rule.name, "->", rule.put, rule.as_name or rule.name]
    if rule.fetch:
        parts += ["from", rule.fetch]
    if rule.template != "{}":
        parts += ["as", rule.template]
    if rule.add:
        parts.append("always")
    return " ".join(part if part == "->" else shlex.quote(part) for part in parts)


def rule_of(line: str) -> TokenRule | str:
    """The rule of a line, or what is wrong with it."""
    try:
        words = shlex.split(line)
    except ValueError:
        return "a quote is not closed"
    if len(words) < 5 or words[2] != "->":
        return "it reads: WHERE NAME -> WHERE NAME"
    if words[0] not in _FIND or words[3] not in _PUT:
        return f"found in {', '.join(_FIND)}; put into {', '.join(_PUT)}"
    fetch, template, add = "", "{}", False
    rest = words[5:]
    while rest:
        word = rest.pop(0)
        if word == "always":
            add = True
        elif word in ("from", "as") and rest:
            fetch, template = (rest.pop(0), template) if word == "from" else (fetch, rest.pop(0))
        else:
            return f"{word!r} is not understood"
    if "{}" not in template:
        return "after `as` stands a text with {}"
    find = cast(Literal["json", "header", "html", "cookie"], words[0])
    put = cast(Literal["header", "field", "cookie", "json"], words[3])
    return TokenRule(
        find=find, name=words[1], put=put, as_name=words[4], fetch=fetch, template=template, add=add
    )


def rules_of(text: str) -> tuple[list[TokenRule], str]:
    """All rules, and the first fault with its line."""
    found: list[TokenRule] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rule = rule_of(line)
        if isinstance(rule, str):
            return found, f"Line {number}: {rule}"
        found.append(rule)
    return found, ""


def variables_of(text: str) -> dict[str, str]:
    """`name = value` lines."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def variables_text(variables: dict[str, str]) -> str:
    """The lines again."""
    return "\n".join(f"{name} = {value}" for name, value in variables.items())
