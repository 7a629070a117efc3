"""Two HTML pages, compared as trees: blanks, the order of attributes and comments count for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from html.parser import HTMLParser

from embedded_server.wire.replays import DifferenceKind

from .align import align

_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
# An element of the first kind ends an open one of the second.
_ENDS = {
    "li": ("li",),
    "option": ("option",),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "p": ("p",),
    "tbody": ("tr", "td", "th", "thead", "tbody"),
}
DEEPEST = 200
_TOKENS = ("csrf", "xsrf", "nonce", "authenticity")

Found = tuple[DifferenceKind, str, str | None, str | None]


@dataclass
class Node:
    """An element, or a text (tag "")."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""
    digest: bytes = b""

    def shown(self) -> str:
        """A short form for people."""
        if not self.tag:
            return self.text
        attributes = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        inner = " ".join(filter(None, (child.words() for child in self.children)))
        return f"<{self.tag}{attributes}> {inner}".strip()[:400]

    def words(self) -> str:
        """The text inside, its blanks collapsed."""
        if not self.tag:
            return self.text
        return " ".join(filter(None, (child.words() for child in self.children)))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_implied(tag)
        node = Node(tag, {name: value or "" for name, value in sorted(attrs, key=_name)})
        self._open[-1].children.append(node)
        if tag not in _VOID and len(self._open) < DEEPEST:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        siblings = self._open[-1].children
        if siblings and not siblings[-1].tag:
            siblings[-1].text += " " + text
        else:
            siblings.append(Node("", text=text))

    def _end_implied(self, tag: str) -> None:
        while len(self._open) > 1 and self._open[-1].tag in _ENDS.get(tag, ()):
            self._open.pop()


def _name(attribute: tuple[str, str | None]) -> str:
    return attribute[0]


def read(text: str) -> Node:
    """The page as a tree whose nodes carry digests."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    _digest(reader.root)
    return reader.root


def _digest(node: Node) -> bytes:
    parts = blake2b(node.tag.encode() + b"\0" + node.text.encode("utf-8", "surrogatepass"), digest_size=16)
    for name, value in node.attributes.items():
        parts.update(f"\1{name}\2{value}".encode("utf-8", "surrogatepass"))
    for child in node.children:
        parts.update(_digest(child))
    node.digest = parts.digest()
    return node.digest


def html_diff(before: str, after: str) -> Iterator[Found]:
    """Each place that differs."""
    yield from _nodes(read(before), read(after), "")


def _nodes(before: Node, after: Node, path: str) -> Iterator[Found]:
    if before.digest == after.digest:
        return
    if not before.tag:
        yield "changed", path, before.text, after.text
        return
    yield from _attributes(before, after, path)
    found = align(
        [child.digest for child in before.children],
        [child.digest for child in after.children],
        ([child.tag for child in before.children], [child.tag for child in after.children]),
    )
    for one, other in found.paired:
        child = after.children[other]
        yield from _nodes(before.children[one], child, f"{path}/{_segment(after, other)}")
    for index in found.removed:
        yield "removed", f"{path}/{_segment(before, index)}", before.children[index].shown(), None
    for index in found.added:
        yield "added", f"{path}/{_segment(after, index)}", None, after.children[index].shown()
    if found.moved:
        shown = [before.children[i].shown() for i, _ in found.moved[:3]]
        places = sorted(j for _, j in found.moved[:3])
        yield "order", path, " · ".join(shown), " · ".join(after.children[j].shown() for j in places)


def _attributes(before: Node, after: Node, path: str) -> Iterator[Found]:
    for name, value in before.attributes.items():
        if name not in after.attributes:
            yield "removed", f"{path}/@{name}", value, None
        elif after.attributes[name] != value:
            yield "changed", f"{path}/@{name}{_mark(after, name)}", value, after.attributes[name]
    for name, value in after.attributes.items():
        if name not in before.attributes:
            yield "added", f"{path}/@{name}", None, value


def _mark(node: Node, name: str) -> str:
    """A one-time token (a hidden input, a meta element) says so in its path."""
    named = node.attributes.get("name", "").lower()
    return "#token" if name in ("value", "content", "nonce") and any(t in named for t in _TOKENS) else ""


def _segment(parent: Node, index: int) -> str:
    """The element by its name, and its number among those of the name where there are several."""
    tag = parent.children[index].tag
    same = [place for place, child in enumerate(parent.children) if child.tag == tag]
    shown = tag or "text()"
    return shown if len(same) == 1 else f"{shown}:{same.index(index) + 1}"


def values(text: str, name: str) -> list[str]:
    """The values of inputs, and the contents of meta elements, of that name."""
    found: list[str] = []
    waiting = [read(text)]
    while waiting:
        node = waiting.pop()
        if node.attributes.get("name") == name:
            if node.tag in ("input", "button", "textarea"):
                found.append(node.attributes.get("value", node.words()))
            elif node.tag == "meta":
                found.append(node.attributes.get("content", ""))
        waiting += reversed(node.children)
    return found
