"""Quick open over the revisions of the project in front."""

from __future__ import annotations

from desktop.context import Found
from embedded_server.wire.fuzzy import Names
from embedded_server.wire.migrations import GraphResponse, Revision
from embedded_server.wire.refs import RevisionRef

from .book import Book
from .revision_list import WORDS, state_of


class RevisionFinder:
    """Answers from the book's memory; nothing before a project was read."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._read: GraphResponse | None = None
        self._index: Names[Revision] = Names([])

    def find(self, text: str, limit: int) -> list[Found]:
        """Best matches by title, then by identifier."""
        graph = self._book.graph
        if graph is None or not text:
            return []
        if graph is not self._read:
            self._read = graph
            names = {f"{one.doc.rstrip('.')} {one.revision}": one for one in graph.revisions}
            self._index = Names(names.items())
        return [self._found(one, graph) for _, one in self._index.find(text, limit)]

    def _found(self, revision: Revision, graph: GraphResponse) -> Found:
        title = revision.doc.rstrip(".") or revision.revision
        state = WORDS[state_of(revision.revision, self._book.status)]
        detail = " · ".join(part for part in (revision.revision, state, graph.project.name) if part)
        ref = RevisionRef(graph.project.folder, revision.revision, self._book.connection(), title)
        return Found(title, detail, "migrate", ref)
