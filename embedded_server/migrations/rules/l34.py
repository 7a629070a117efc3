"""The graph itself: what Alembic would stumble over, or apply in an order nobody meant."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.graph import Graph, shown
from embedded_server.wire.migrations import Finding

ID = "L34"
TITLE = "The history of revisions is not sound"
ENGINES: tuple[str, ...] = ()
BAD = {"a.py": ("a", None), "b.py": ("b", "gone")}
NEAR = {"a.py": ("a", None), "b.py": ("b", "a")}


def check_graph(graph: Graph) -> Iterator[Finding]:
    """Broken files, ids in two files, missing parents, cycles, several heads."""
    for file in graph.broken:
        place = shown(file.path, graph.root)
        yield Finding(
            ID,
            "error",
            f"{file.path.name} {file.problem}",
            "Alembic cannot load this folder while it is there.",
            "Repair the file, or move it out of the folder of revisions.",
            file=place,
            line=file.line,
        )
    for file in graph.doubled:
        other = graph.file(file.revision)
        yield Finding(
            ID,
            "error",
            f"Two files say they are revision {file.revision}",
            f"{other} and {shown(file.path, graph.root)}: Alembic takes one of them and warns.",
            "Give the newer one an identifier of its own.",
            file.revision,
            shown(file.path, graph.root),
        )
    yield from _missing(graph)
    if graph.cyclic:
        names = ", ".join(graph.cyclic)
        yield Finding(
            ID,
            "error",
            "Revisions follow each other in a circle",
            f"{names}: none of them can be applied first.",
            "Correct the down_revision of one of them.",
            graph.cyclic[0],
            graph.file(graph.cyclic[0]),
        )
    yield from _heads(graph)


def _missing(graph: Graph) -> Iterator[Finding]:
    for name, file in graph.files.items():
        for kind, parents in (("down_revision", file.down), ("depends_on", file.depends_on)):
            for parent in parents:
                if not graph.resolve(parent):
                    yield Finding(
                        ID,
                        "error",
                        f"{name} follows {parent}, which no file has",
                        f"Its {kind} names a revision that is not in the folder.",
                        "Bring the missing file back (another branch may have it), or correct the name.",
                        name,
                        graph.file(name),
                    )


def _heads(graph: Graph) -> Iterator[Finding]:
    plain = [name for name in graph.heads if not _labelled(graph, name)]
    if len(plain) > 1:
        yield Finding(
            ID,
            "warn",
            f"{len(plain)} revisions are heads",
            f'{", ".join(plain)}: "upgrade head" fails, since it does not know which one is meant.',
            "Merge them, or let the newer one follow the older one.",
            plain[0],
            graph.file(plain[0]),
        )


def _labelled(graph: Graph, name: str) -> bool:
    return any(graph.files[one].labels for one in graph.ancestors([name]))
