"""What may stand at the cursor: a table, a column, a keyword, and after which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .reading import Word, bare
from .structure import CLAUSES, Structure, opens_table

Wanted = Literal[
    "statement",  # the first word
    "table",
    "join",  # a table behind JOIN
    "on",  # a join condition
    "value",  # an expression: columns, functions
    "insert columns",
    "set",  # a column to be set
    "using",  # columns two tables have in common
    "columns of",  # columns of the table that is named before the parenthesis
    "after table",
    "after insert",
    "after value",
    "routine",
    "type",
    "word",  # only what continues the words before
    "nothing",  # a new name, a number
]

# Behind these words an operand follows.
_BEFORE_OPERAND = """
    select where and or not on having by when then else case between like ilike in distinct all returning
    set values limit offset any some exists interval escape glob regexp rlike qualify if elseif while
    """
_OPERAND = frozenset(_BEFORE_OPERAND.split())
_STARTS_QUERY = frozenset({"union", "except", "intersect", "minus", "explain", "analyze", "verbose", "as"})
_AFTER_STAR = frozenset({"select", "distinct", "all", ",", "."})
_CONTINUED = """
    left right inner cross full outer natural group order partition insert delete create alter drop is
    primary foreign merge nulls on set add rename do conflict nothing duplicate key default for fetch
    first next rows row only
    """
_WORDS_AFTER = frozenset(_CONTINUED.split())


@dataclass(frozen=True)
class Place:
    """`wanted` at the cursor, the `clause` it stands in, the word `before` it.

    `target` is the table whose columns are listed, `taken` the names already in that list.
    """

    wanted: Wanted
    clause: str = ""
    before: str = ""
    target: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    verb: str = ""


def place(structure: Structure) -> Place:
    """Where the cursor stands."""
    begin, _ = structure.levels()[0]
    previous = structure.before(structure.at)
    verb = _verb(structure)
    if begin and (listed := _list(structure, begin)) is not None:
        return listed
    if previous < begin or previous < 0:
        return _at_start(structure, begin, verb)
    clause = _clause(structure, begin, previous)
    found = _behind(structure, begin, previous, clause)
    return Place(found, clause, structure.low(previous), (), frozenset(), verb)


def _verb(structure: Structure) -> str:
    return next((word.low for word in structure.words[: structure.at] if word.kind == "word"), "")


def _at_start(structure: Structure, begin: int, verb: str) -> Place:
    if not begin:
        return Place("statement")
    before = structure.low(begin - 2)
    if before == "as" and verb == "with":
        return Place("statement", before="(")
    return Place("value", _clause(structure, 0, begin - 1), "(", verb=verb)


def _list(structure: Structure, begin: int) -> Place | None:
    """A list of column names in parentheses, null for any other."""
    opened = begin - 1
    inside = structure.words[begin : structure.at]
    if inside and inside[-1].text != ",":
        return None
    before = structure.low(opened - 1)
    wanted: Wanted = "columns of"
    target: tuple[str, ...] = ()
    if before == "using" and structure.low(opened - 2) != "index":
        wanted = "using"
    else:
        path, at = _path_before(structure, opened)
        word = structure.low(at)
        if not path or word not in ("into", "on", "references", "copy"):
            return None
        if word == "on" and structure.low(0) != "create":
            return None
        wanted, target = ("insert columns" if word == "into" else "columns of"), path
    behind = _rest_of_list(structure)
    taken = frozenset(bare(word).lower() for word in [*inside, *behind] if word.kind in ("word", "name"))
    return Place(wanted, before=inside[-1].text if inside else "(", target=target, taken=taken)


def _rest_of_list(structure: Structure) -> list[Word]:
    begin, end = structure.levels()[0]
    closed = end < structure.count and structure.words[end].text == ")"
    return structure.words[structure.at : end] if closed else []


def _path_before(structure: Structure, opened: int) -> tuple[tuple[str, ...], int]:
    """The table's name that ends before a parenthesis, and where the word before it stands."""
    number = opened - 1
    path: list[str] = []
    while number >= 0 and structure.words[number].kind in ("word", "name"):
        path.insert(0, bare(structure.words[number]))
        if structure.low(number - 1) != ".":
            return tuple(path), number - 1
        number -= 2
    return (), -1


def _clause(structure: Structure, begin: int, previous: int) -> str:
    """The word that governs what stands here."""
    number = previous
    while number >= begin:
        low = structure.low(number)
        if low in CLAUSES and structure.words[number].kind == "word" and structure.low(number - 1) != ".":
            return low
        number = structure.before(number)
        if number < 0:
            break
    return ""


def _behind(structure: Structure, begin: int, previous: int, clause: str) -> Wanted:
    word = structure.words[previous]
    low = word.low
    if word.kind == "word" and opens_table(structure, previous, begin):
        return "join" if low == "join" else "table"
    if word.text == ",":
        return _behind_comma(structure, previous, clause)
    if word.text in ("::",):
        return "type"
    if word.kind == "op" and not (word.text == "*" and structure.low(previous - 1) in _AFTER_STAR):
        return "value"
    if word.kind == "word" and structure.low(previous - 1) != ".":
        found = _behind_word(structure, begin, previous, clause)
        if found is not None:
            return found
    return _behind_operand(structure, previous, clause)


def _behind_comma(structure: Structure, previous: int, clause: str) -> Wanted:
    if clause in ("from", "using", "join"):
        return "table"
    if clause == "set" and structure.low(0) not in ("set", "create", "alter"):
        return "set"
    if clause == "with":
        return "nothing"
    return "value"


def _behind_word(structure: Structure, begin: int, previous: int, clause: str) -> Wanted | None:
    low = structure.low(previous)
    if low == "on" and clause == "on" and structure.low(0) != "create" and structure.low(0) != "insert":
        return "on"
    if low == "and" and clause == "on":
        return "on"
    if low == "set" and structure.low(0) in ("update", "insert", "merge", "with"):
        return "set"
    if low in ("call", "exec", "execute"):
        return "routine"
    if low == "as":
        return _behind_as(structure, begin, clause)
    if low in _STARTS_QUERY or (low == "all" and clause in ("union", "except", "intersect")):
        return "statement"
    if low in ("limit", "offset"):
        return "nothing"
    if low in _OPERAND:
        return "value"
    if low in _WORDS_AFTER:
        return "word"
    return None


def _behind_as(structure: Structure, begin: int, clause: str) -> Wanted:
    if begin and structure.low(begin - 2) in ("cast", "try_cast"):
        return "type"
    if clause in ("select", "from", "join", "returning", "with"):
        return "nothing"
    return "statement" if structure.low(0) in ("create", "explain") else "nothing"


def _behind_operand(structure: Structure, previous: int, clause: str) -> Wanted:
    first = structure.low(0)
    if clause in ("from", "join", "update") or (clause == "using" and first in ("delete", "merge")):
        return "after table"
    if clause == "into" and first in ("insert", "replace", "merge"):
        return "after insert"
    if first in ("create", "alter") and clause == "":
        return "word"
    return "after value"
