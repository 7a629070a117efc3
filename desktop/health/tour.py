"""The tour's steps of health."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until

from .tab import HealthTab


class HealthSteps:
    """Acts as a user would on the demo's database."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tab(self) -> HealthTab:
        """The health in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, HealthTab)
        return tab

    async def overview(self) -> Facts:
        """Sizes and load."""
        self._context.verbs.run("health.overview")
        series = self.tab().overview.clock.series
        await Until(lambda: "cpu" in series and len(series["cpu"].points) > 1, "two readings")
        return {"series": len(self.tab().overview.clock.series)}

    async def sessions(self) -> Facts:
        """Who has the file open."""
        self.tab().show_part("Sessions")
        await Until(lambda: self.tab().sessions.answer is not None, "the sessions")
        answer = self.tab().sessions.answer
        return {"sessions": len(answer.sessions) if answer is not None else 0}

    async def locks(self) -> None:
        """Nobody waits."""
        self.tab().show_part("Locks")
        await Until(lambda: self.tab().locks.answer is not None, "the locks")

    async def schema(self) -> Facts:
        """What is wrong with the schema."""
        self.tab().show_part("Schema")
        await Until(lambda: self.tab().schema.answer is not None, "the findings")
        answer = self.tab().schema.answer
        return {"findings": len(answer.findings) if answer is not None else 0}

    async def integrity(self) -> Facts:
        """What is wrong with the data."""
        self._context.verbs.run("health.check_data")
        part = self.tab().integrity
        await Until(lambda: part.ran and not part.busy(), "the answers")
        return {"questions": len(part.results), "found": len(part.found())}


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = HealthSteps(context)
    return [
        Step("health-overview", acts.overview, "Sizes, load and limits"),
        Step("health-sessions", acts.sessions, "Who is connected"),
        Step("health-locks", acts.locks, "Who waits for whom"),
        Step("health-schema", acts.schema, "What is wrong with the schema"),
        Step("health-integrity", acts.integrity, "What is wrong with the data"),
    ]
