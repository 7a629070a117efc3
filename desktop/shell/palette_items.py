"""What the palette lists: things to open, merged from all finders, and verbs with keys and reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from desktop.context import Finder, Found
from desktop.kit.verb import Verb, Verbs
from desktop.kit.widgets import key_text
from embedded_server.wire.fuzzy import positions, score

from .history import Recent

LIMIT = 60


@dataclass(frozen=True)
class Item:
    """A line of the palette; `reason` says why it cannot be taken now."""

    title: str
    run: Callable[[bool], object]
    icon: str = ""
    note: str = ""
    detail: str = ""
    reason: str = ""
    marks: tuple[int, ...] = ()


class OpenItems:
    """Ctrl+P: what all finders know, the recently used first."""

    hint = "Open a table, request, log line, migration…"
    empty = "Nothing of that name"

    def __init__(
        self, finders: list[Finder], recent: Recent, open_found: Callable[[Found, bool], object]
    ) -> None:
        self._finders, self._recent, self._open = finders, recent, open_found

    def items(self, text: str) -> list[Item]:
        """The best lines for a text; for "" what was used last, then what finders offer by themselves."""
        if not text.strip():
            offered = [found for finder in self._finders for found in finder.find("", LIMIT)]
            return self._lines(_once([*self._recent, *offered]), "")
        ranked = []
        for number, finder in enumerate(self._finders):
            for place, found in enumerate(finder.find(text, LIMIT)):
                # A finder may know more than the title (a path, a comment): what it found stays in.
                fit = score(text, found.title) or (6, place, 0)
                ranked.append((fit[0], self._recent.rank(found.ref.key()), fit, number, place, found))
        ranked.sort(key=lambda entry: entry[:5])
        return self._lines(_once(entry[5] for entry in ranked), text)

    def _lines(self, found: Iterable[Found], text: str) -> list[Item]:
        return [self._line(one, text) for one, _ in zip(found, range(LIMIT), strict=False)]

    def _line(self, found: Found, text: str) -> Item:
        def run(keep: bool) -> object:
            return self._open(found, keep)

        marks = tuple(positions(text, found.title)) if text else ()
        return Item(found.title, run, found.icon, detail=found.detail, marks=marks)


class VerbItems:
    """Ctrl+Shift+P: every verb with its key; what cannot run now is grey and says why."""

    hint = "Run a command"
    empty = "No command of that name"

    def __init__(self, verbs: Verbs, recent: Recent, run: Callable[[str], object]) -> None:
        self._verbs, self._recent, self._run = verbs, recent, run

    def items(self, text: str) -> list[Item]:
        """The best lines for a text; for "" what was run last, then by menu."""
        ranked = []
        for number, verb in enumerate(self._verbs):
            fit = self._fit(text, verb)
            if fit is not None:
                reason = verb.when()
                order = fit[0], bool(reason), self._recent.rank(verb.id), fit, number
                ranked.append((order, verb, reason))
        ranked.sort(key=lambda entry: entry[0])
        return [self._line(verb, reason, text) for _, verb, reason in ranked]

    @staticmethod
    def _fit(text: str, verb: Verb) -> tuple[int, int, int] | None:
        if not text.strip():
            return (0, 0, 0)
        fit = score(text, verb.title)
        if fit is None and verb.menu:
            fit = score(text, f"{verb.menu} {verb.title}")
            fit = (7, fit[1], fit[2]) if fit is not None else None
        return fit

    def _line(self, verb: Verb, reason: str, text: str) -> Item:
        def run(_: bool) -> object:
            return self._run(verb.id)

        keys = self._verbs.keys(verb.id)
        return Item(
            verb.title,
            run,
            verb.icon,
            note=reason or verb.menu.replace("/", " › "),
            detail=key_text(keys[0]) if keys else "",
            reason=reason,
            marks=tuple(positions(text, verb.title)) if text else (),
        )


def _once(found: Iterable[Found]) -> Iterable[Found]:
    seen = set()
    for one in found:
        key = one.ref.key()
        if key not in seen:
            seen.add(key)
            yield one
