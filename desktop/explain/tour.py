"""The tour's steps of plans and the index lab."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import LabRef, StatementRef

from .lab_tab import LabTab
from .plan_tab import PlanTab, summary_of
from .words import gain_text, stage_text

SLOW = (
    "SELECT id, status, created_at\nFROM orders\nWHERE status = :status\nORDER BY created_at DESC\nLIMIT 20"
)
JOIN = (
    "SELECT c.name, count(*) AS orders\nFROM customers AS c\nJOIN orders AS o ON o.customer_id = c.id\n"
    "WHERE o.status = 'open'\nGROUP BY c.name\nORDER BY orders DESC\nLIMIT 10"
)


class ExplainSteps:
    """Acts as a user would on one slow statement."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _statement(self, sql: str) -> StatementRef:
        params = {"status": "open"} if ":status" in sql else None
        return StatementRef(self._context.workbench.connection(), sql, params)

    def plan_tab(self) -> PlanTab:
        """The plan in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, PlanTab)
        return tab

    def lab_tab(self) -> LabTab:
        """The lab in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, LabTab)
        return tab

    async def guess(self) -> Facts:
        """The planner's guess."""
        self._context.workbench.open(self._statement(SLOW), keep=True)
        await Until(lambda: self.plan_tab().answer is not None, "the plan")
        answer = self.plan_tab().answer
        return summary_of(answer) if answer is not None else {}

    async def measured(self) -> Facts:
        """The same, run and measured."""
        self.plan_tab().measure()
        await Until(self._is_measured, "the measured plan")
        answer = self.plan_tab().answer
        return summary_of(answer) if answer is not None else {}

    def _is_measured(self) -> bool:
        answer = self.plan_tab().answer
        return answer is not None and answer.plan.measured

    async def join(self) -> Facts:
        """A join, several operators."""
        self._context.workbench.open(self._statement(JOIN), keep=True)
        await Until(lambda: self.plan_tab().answer is not None, "the plan")
        self.plan_tab().measure()
        await Until(self._is_measured, "the measured plan")
        answer = self.plan_tab().answer
        return summary_of(answer) if answer is not None else {}

    async def compare(self) -> Facts:
        """With the plan before."""
        tab = self.plan_tab()
        tab.parts.setCurrentIndex(1)
        await Until(lambda: bool(tab.compare.lines.rows()), "the comparison")
        return {"lines": len(tab.compare.lines.rows())}

    async def lab(self) -> Facts:
        """Candidates."""
        self._context.workbench.open(LabRef(self._statement(SLOW)), keep=True)
        await Until(lambda: bool(self.lab_tab().list.rows()), "the candidates")
        return {"candidates": len(self.lab_tab().list.rows())}

    async def tried(self) -> Facts:
        """The best one, measured."""
        self.lab_tab().try_it()
        await Until(self._has_measured, "the trial")
        one = self.lab_tab().candidate()
        return {} if one is None else {"stage": stage_text(one), "gain": gain_text(one)}

    def _has_measured(self) -> bool:
        one = self.lab_tab().candidate()
        return one is not None and one.stage == "measured"

    async def paste(self) -> None:
        """A place for a plan from elsewhere."""
        self._context.verbs.run("explain.paste")

    async def slow(self) -> None:
        """The page of slow statements."""
        self._context.workbench.show_page("slow")


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = ExplainSteps(context)
    return [
        Step("plan-guess", acts.guess, "The planner's guess"),
        Step("plan-measured", acts.measured, "A statement run and measured"),
        Step("plan-join", acts.join, "The plan of a join"),
        Step("plan-compare", acts.compare, "Two plans operator by operator"),
        Step("lab", acts.lab, "Candidates for an index"),
        Step("lab-tried", acts.tried, "An index tried"),
        Step("plan-paste", acts.paste, "A plan from elsewhere"),
        Step("slow", acts.slow, "Slow statements"),
    ]
