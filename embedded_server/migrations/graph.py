"""The graph of a project's revisions, from its files alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from pathlib import Path

from embedded_server.wire.migrations import Finding, Revision

from .reader import RevisionFile, read_file


@dataclass(frozen=True)
class Graph:
    """Revisions by id; `order` newest first; `broken` files are no revisions, `doubled` repeat an id."""

    root: Path
    files: dict[str, RevisionFile]
    order: list[str]
    heads: list[str]
    bases: list[str]
    broken: list[RevisionFile] = field(default_factory=list)
    doubled: list[RevisionFile] = field(default_factory=list)
    # Revisions on a cycle: Alembic cannot order them.
    cyclic: list[str] = field(default_factory=list)

    def parents(self, revision: str) -> list[str]:
        """What must be applied before a revision: its `down` revisions and those it depends on."""
        found = self.files[revision]
        return [self.resolve(name) for name in (*found.down, *found.depends_on) if self.resolve(name)]

    def resolve(self, name: str) -> str:
        """The id behind an id, a unique beginning of one, or a branch label; "" if there is none."""
        if name in self.files:
            return name
        for revision, file in self.files.items():
            if name in file.labels:
                return revision
        found = [revision for revision in self.files if len(name) >= 4 and revision.startswith(name)]
        return found[0] if len(found) == 1 else ""

    def ancestors(self, revisions: Iterable[str]) -> set[str]:
        """The revisions themselves and everything before them."""
        found: set[str] = set()
        waiting = [name for name in revisions if name in self.files]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.parents(name)
        return found

    def pending(self, current: Iterable[str], target: str = "") -> list[str]:
        """What an upgrade to `target` (default: all heads) would apply, oldest first."""
        wanted = self.ancestors([target] if target else self.heads)
        return [name for name in reversed(self.order) if name in wanted - self.ancestors(current)]

    def file(self, revision: str) -> str:
        """Where a revision stands, relative to the project where that is shorter."""
        return shown(self.files[revision].path, self.root)


def shown(path: Path, root: Path) -> str:
    """A path relative to the project's root if it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def revision_files(folders: Iterable[Path], recursive: bool = False) -> Iterator[Path]:
    """The files Alembic would load, in order of name."""
    for folder in folders:
        found = folder.rglob("*.py") if recursive else folder.glob("*.py")
        for path in sorted(found):
            hidden = path.name.startswith((".#", "__init__")) or "__pycache__" in path.parts
            if not hidden and path.is_file():
                yield path


def build(root: Path, files: Iterable[RevisionFile]) -> Graph:
    """Put files together; what does not fit is kept apart and told, never raised."""
    known: dict[str, RevisionFile] = {}
    broken, doubled = [], []
    for file in files:
        if file.problem:
            broken.append(file)
        elif file.revision in known:
            doubled.append(file)
        else:
            known[file.revision] = file
    graph = Graph(root, known, [], [], [], broken, doubled)
    children = _children(graph)
    order, cyclic = _ordered(graph, children)
    graph.order.extend(order)
    graph.cyclic.extend(cyclic)
    followed = {name for file in known.values() for name in map(graph.resolve, file.down)}
    graph.heads.extend(name for name in order if name not in followed)
    graph.bases.extend(name for name in order if not known[name].down)
    return graph


def read_graph(root: Path, folders: Iterable[Path], recursive: bool = False) -> Graph:
    """Read every file of the version folders."""
    return build(root, (read_file(path) for path in revision_files(folders, recursive)))


def _children(graph: Graph) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in graph.files}
    for name in graph.files:
        for parent in graph.parents(name):
            found[parent].add(name)
    return found


def _ordered(graph: Graph, children: dict[str, set[str]]) -> tuple[list[str], list[str]]:
    """Children before parents, of those that are free the newest first; what is left lies on a cycle."""
    missing = {name: len(found) for name, found in children.items()}
    dates = sorted(graph.files, key=lambda name: (graph.files[name].at, graph.files[name].path.name))
    rank = {name: -place for place, name in enumerate(dates)}
    free = [(rank[name], name) for name, count in missing.items() if not count]
    heapify(free)
    order: list[str] = []
    while free:
        _, name = heappop(free)
        order.append(name)
        for parent in set(graph.parents(name)):
            missing[parent] -= 1
            if not missing[parent]:
                heappush(free, (rank[parent], parent))
    done = set(order)
    cyclic = [name for name in dates if name not in done]
    return [*order, *reversed(cyclic)], cyclic


def lanes(graph: Graph) -> dict[str, int]:
    """The column of each revision in a drawn graph: a branch keeps its column until it joins another."""
    waiting: list[str | None] = []
    found: dict[str, int] = {}
    for name in graph.order:
        here = [place for place, wanted in enumerate(waiting) if wanted == name]
        lane = here[0] if here else _free(waiting)
        found[name] = lane
        for place in here or [lane]:
            waiting[place] = None
        for parent in map(graph.resolve, graph.files[name].down):
            if parent and parent not in waiting and parent not in found:
                place = lane if waiting[lane] is None else _free(waiting)
                waiting[place] = parent
    return found


def _free(waiting: list[str | None]) -> int:
    if None in waiting:
        return waiting.index(None)
    waiting.append(None)
    return len(waiting) - 1


def listed(graph: Graph) -> list[Revision]:
    """The revisions as they are told, newest first."""
    columns = lanes(graph)
    heads = set(graph.heads)
    return [
        Revision(
            name,
            list(file.down),
            file.doc,
            graph.file(name),
            file.at,
            list(file.labels),
            list(file.depends_on),
            name in heads,
            file.reversible,
            columns[name],
        )
        for name in graph.order
        for file in [graph.files[name]]
    ]


def suppressed(finding: Finding, file: RevisionFile | None) -> str:
    """The reason why a finding is to be ignored, "" if it is not."""
    return file.ignored.get(finding.rule, "") if file is not None else ""
