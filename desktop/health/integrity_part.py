"""What is wrong with the data: asked on demand, answered question by question."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.two_lines import Row
from desktop.kit.widgets import EmptyState, Offer
from embedded_server.wire.health import INTEGRITY, IntegrityEvent, IntegrityRequest, IntegrityResult

from .details import Details, of_result, said_by
from .part import Part
from .words import TOKENS, plural, result_below


class IntegrityPart(Part):
    """Results as they come; those without a finding at the end, dim."""

    title = "Integrity"

    def __init__(self, context: Context, connection: str) -> None:
        text = (
            "Orphans, duplicates, NULLs and sequences are looked for in all rows of each table. That reads "
            "them from end to end, in the background; it can be stopped at any time."
        )
        empty = EmptyState(
            "The data was not looked at yet",
            text,
            "search",
            (Offer("Check the data", self.load, primary=True),),
        )
        super().__init__(context, connection, empty, "Results of the data")
        self.results: list[IntegrityResult] = []
        self.progress: IntegrityEvent | None = None
        self.ran = False
        self.stack.setCurrentWidget(self.empty)

    def load(self) -> None:
        """Ask all questions anew."""
        self.stop()
        self.results, self.ran, self.progress = [], True, None
        self.waiting.show_text("Looking through the data…", "")
        self.stack.setCurrentWidget(self.waiting)
        self._flow = Flow(self, self._listen(), self.show_problem)
        self.changed.emit()

    async def _listen(self) -> None:
        request = IntegrityRequest(connection=self.connection)
        await self.context.api.stream(INTEGRITY, request, self._heard)

    def _heard(self, event: IntegrityEvent) -> None:
        self.progress = event
        if event.result is not None:
            self.results.append(event.result)
            self.show_rows()
        if event.kind == "asking":
            self.waiting.show_text("Looking through the data…", event.text)
        if event.kind == "end" and not self.results:
            self.empty.show_text("There is nothing to ask", "No table has a rule that its rows could break.")
            self.stack.setCurrentWidget(self.empty)
        self._tell(event)

    def _tell(self, event: IntegrityEvent) -> None:
        if event.kind == "end":
            self.say(
                f"{plural(event.total, 'check')} in {event.elapsed_ms / 1000:.1f} s, "
                f"{plural(len(self.found()), 'finding')}",
                *event.notes,
            )
        else:
            self.say(f"{event.done:,} of {event.total:,}: {event.text}".rstrip(": "))
        self.changed.emit()

    def give_up(self) -> None:
        """Stop; what was found stays."""
        if self.busy():
            self.stop()
            done = self.progress.done if self.progress is not None else 0
            total = self.progress.total if self.progress is not None else 0
            self.say(f"Stopped after {done:,} of {plural(total, 'check')}")
            if not self.results:
                self.ran = False
                self.stack.setCurrentWidget(self.empty)
            self.changed.emit()

    def found(self) -> list[IntegrityResult]:
        """Results that found something."""
        return [one for one in self.results if one.count]

    def rows(self) -> Sequence[Row]:
        """Findings, then questions without an answer, then those that found nothing."""
        ordered = sorted(self.results, key=_rank)
        return [_row(one) for one in ordered]

    def details(self) -> Details:
        """The selected result."""
        thing = self.list.thing()
        return of_result(thing) if isinstance(thing, IntegrityResult) else Details()

    def summary(self) -> str:
        """How far it is."""
        if not self.ran:
            return "not checked yet"
        if self.busy() and self.progress is not None and self.progress.kind != "end":
            return (
                f"{self.progress.done:,} of {self.progress.total:,} · {plural(len(self.found()), 'finding')}"
            )
        return plural(len(self.found()), "finding") if self.found() else "no finding"


def _rank(one: IntegrityResult) -> tuple[int, str]:
    worse = {"error": 0, "warn": 1, "info": 2}[one.severity]
    return (worse if one.count else 3 if one.problem else 5 - bool(one.operations), one.table)


def _row(one: IntegrityResult) -> Row:
    badge = TOKENS[one.severity] if one.count else "info" if one.problem else "ok"
    number = f"{one.count:,}" if one.count else "?" if one.problem else "ok"
    cure = "cure" if one.operations and one.count else "could be a rule" if one.operations else ""
    return Row(
        one.title,
        number,
        result_below(one) or said_by(one),
        cure,
        token=badge if one.count else "dim",
        badge=badge,
        mono=False,
        tip=one.text or one.title,
        thing=one,
    )
