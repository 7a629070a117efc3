"""What is wrong with the schema."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.context import Context
from desktop.kit.two_lines import Row
from desktop.kit.widgets import EmptyState
from embedded_server.wire.health import LINT, HealthFinding, LintRequest, LintResponse

from .details import Details, of_finding
from .part import Part
from .words import SURENESS, TOKENS, WORSE, finding_below, nothing_text, plural


class SchemaPart(Part):
    """Findings, the worst first."""

    title = "Schema"

    def __init__(self, context: Context, connection: str) -> None:
        empty = EmptyState(
            "No finding", "What is wrong with tables, keys and indexes will stand here.", "schema"
        )
        super().__init__(context, connection, empty, "Findings of the schema")
        self.answer: LintResponse | None = None

    def load(self) -> None:
        """Check the schema."""
        if self.answer is None:
            self.waiting.show_text(
                "Checking the schema…", "Structure, statistics, and the first rows of tables."
            )
            self.stack.setCurrentWidget(self.waiting)
        self.run(self._fetch())
        self.changed.emit()

    async def _fetch(self) -> None:
        answer = await self.context.api.call(LINT, LintRequest(connection=self.connection))
        self.answer, self.dialect = answer, answer.engine
        self.empty.show_text("No finding", nothing_text(answer.checks, answer.tables))
        self.show_rows()
        asked = sum(1 for one in answer.checks if not one.skipped)
        self.say(
            f"{plural(asked, 'check')} of {plural(answer.tables, 'table')}"
            f"{f' in {answer.schema}' if answer.schema else ''}, {answer.elapsed_ms / 1000:.1f} s",
            *answer.notes,
        )

    def rows(self) -> Sequence[Row]:
        """One for each finding."""
        return [_row(one) for one in (self.answer.findings if self.answer is not None else [])]

    def details(self) -> Details:
        """The selected finding."""
        thing = self.list.thing()
        return of_finding(thing) if isinstance(thing, HealthFinding) else Details()

    def summary(self) -> str:
        """How many, by how bad they are."""
        if self.answer is None:
            return "not checked yet"
        found = self.answer.findings
        counts = {word: sum(1 for one in found if one.severity == word) for word in WORSE}
        parts = [plural(count, WORSE[word]) for word, count in counts.items() if count]
        return " · ".join(parts) or "no finding"


def _row(one: HealthFinding) -> Row:
    return Row(
        one.title,
        "cure" if one.operations else "",
        finding_below(one),
        SURENESS[one.confidence] if not one.text else "",
        token="ok",
        badge=TOKENS[one.severity],
        mono=False,
        tip=f"{one.title}\n{one.text}\n{one.advice}",
        thing=one,
    )
