"""The tab of a chart: controls, what is to be known of the rows, the chart itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout

from desktop.context import Context, Tab
from desktop.kit.flow import Flow, Pause
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    InlineProblem,
    LinkButton,
    MessagePlace,
    Offer,
    Surface,
    bind,
    refresh_bound,
)
from desktop.kit.work_bar import WorkBar
from desktop.settings import CHARTS
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ChartRef

from .building import Steps, build
from .canvas import Canvas
from .controls import Controls
from .feeds import Feed, TableFeed, more_text
from .pictures import Pictures
from .pieces import Held
from .plot import Plot, rows_text
from .spec import Role, Spec, guess, load_spec, traits
from .view import View

_SLICE_SECONDS = 0.012
_REMEMBERED = 60
_SOON_MILLISECONDS = 300
_FEW_ROWS = 300_000


class ChartTab(Tab):
    """Opened by a `ChartRef`. `preferred` are the columns that were selected where it was asked for."""

    ref: ChartRef
    icon = "chart"

    def __init__(self, context: Context, ref: ChartRef, feed: Feed, preferred: Sequence[str] = ()) -> None:
        super().__init__()
        self.ref = ref
        self._context, self._feed = context, feed
        self._preferred = list(preferred)
        self._flow: Flow | None = None
        self._held: Held | None = None
        self._spec: Spec | None = None
        self.roles: dict[str, Role] = {}
        self._wanted: dict[str, Any] = {}
        self.plot: Plot | None = None
        self.controls = Controls(context.verbs)
        self.note = ElidedLabel("", "dim")
        self.more = LinkButton("Load and draw all rows")
        bind(self.more, context.verbs, "chart.all")
        self.more.hide()
        self.canvas = Canvas()
        self.work = WorkBar("bg1", "top")
        self._doing = ""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MILLISECONDS)
        self._soon.timeout.connect(self._show_work)
        self.pictures = Pictures(context, self)
        self.place = MessagePlace()
        self.stack = QStackedWidget()
        self.empty = EmptyState("Reading the rows…", "", "chart")
        self._lay_out()
        self.controls.chosen.connect(self.draw)
        self.work.cancelled.connect(self._give_up)
        self.canvas.pointed.connect(self._touch)
        self._start()

    def _lay_out(self) -> None:
        line = Surface("bg1")
        inset = QHBoxLayout(line)
        inset.setContentsMargins(theme().scaled(14), 4, theme().scaled(14), 0)
        inset.addWidget(self.note)
        inset.addWidget(self.more)
        inset.addStretch(1)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.controls)
        column.addLayout(self.place)
        column.addWidget(line)
        column.addWidget(self.stack, 1)
        column.addWidget(self.work)
        self.work.row.setContentsMargins(10, 4, 10, 6)
        self.setFocusProxy(self.canvas)

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """Chart of orders"""
        return self.ref.label()

    def path(self) -> str:
        """What it is a chart of."""
        return f"chart of {self._feed.about or self.ref.title}"

    def status(self) -> list[str]:
        """How many rows stand behind it, and what the cursor is on."""
        if self.plot is None:
            return []
        return [f"{rows_text(self.plot.drawn)} drawn", *([self.canvas.spoken()] if self.canvas.mark else [])]

    def state(self) -> dict[str, Any]:
        """Kind, columns and stretch."""
        if self._spec is None:
            return self._wanted
        view = self.canvas.view()
        stretch = [view.left, view.right, view.low, view.high] if view is not None else None
        return {"spec": self._spec.saved(), "view": stretch}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said, once the columns are known."""
        if isinstance(state, dict) and state:
            self._wanted = state
            self._preferred = []

    def refresh(self) -> None:
        """Read all rows again."""
        self._held = None
        if self._spec is None:
            self._start()
        else:
            self.draw(self._spec)

    def closing(self) -> None:
        """Stop reading."""
        if self._flow is not None:
            self._flow.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Over the chart; what was drawn stays."""
        self._idle()
        self.place.show_message(InlineProblem(problem, (Offer("Try again", self.refresh),)))
        if self.plot is None:
            self.empty.show_text("No chart", "What went wrong stands above.")

    # --- drawing ---------------------------------------------------------------------------------------

    def prefer(self, names: Sequence[str]) -> None:
        """Draw these columns: they were selected where the chart was asked for once more."""
        spec = guess(traits(self._feed.columns, self._feed.sample), names)
        if spec is not None:
            self.draw(spec)

    def draw(self, spec: Spec) -> None:
        """Draw this, and remember that it was wanted."""
        self._spec = spec
        self.controls.show_spec(spec)
        self._remember(spec)
        self._run(self._draw(spec))

    def _start(self) -> None:
        self._run(self._begin())

    def _run(self, steps: Any) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self.place.show_message(None)
        self._idle()
        self._flow = self._context.flow(self, steps)

    async def _begin(self) -> None:
        await self._feed.begin()
        found = traits(self._feed.columns, self._feed.sample)
        self.roles = {one.name: one.role for one in found}
        self.controls.show_columns(self._feed.columns, self.roles)
        spec = self._restored() or guess(found, self._preferred) or guess(found)
        if spec is None or not any(map(len, self._feed.sample)):
            self._show_empty(
                "No rows to draw", "Numbers, times and words of a table or a result are drawn here."
            )
            return
        self._spec = spec
        self.controls.show_spec(spec)
        self._context.workbench.touched(self)
        await self._draw(spec)

    def _restored(self) -> Spec | None:
        """What the tab showed, else what was drawn of these columns before."""
        columns = self._feed.columns
        restored = load_spec(self._wanted.get("spec"), columns)
        if restored is not None or self._preferred:
            return restored
        return load_spec(self._context.settings.get(CHARTS).get(self._key()), columns)

    async def _draw(self, spec: Spec) -> None:
        names = spec.names()
        if self._held is None or not set(names) <= self._held.columns.keys():
            self._busy(f"Reading {self._feed.about}")
            # Columns are of one reading; those that were drawn before are likely to be wanted again.
            before = self._held.columns if self._held is not None and self._held.rows < _FEW_ROWS else {}
            self._held = await self._feed.read(list(dict.fromkeys([*names, *before])), self._told)
        self._busy("Drawing")
        steps = build(spec, self._held, self.roles)
        plot = await self._in_slices(steps)
        self._idle()
        self._show(plot)

    async def _in_slices(self, steps: Steps) -> Plot:
        """All steps, some at a time, so that the window answers."""
        deadline = time.monotonic() + _SLICE_SECONDS
        while True:
            try:
                next(steps)
            except StopIteration as end:
                plot: Plot = end.value
                return plot
            if time.monotonic() > deadline:
                await Pause()
                deadline = time.monotonic() + _SLICE_SECONDS

    def busy(self) -> bool:
        """Whether something is being read or drawn."""
        return self._flow is not None and not self._flow.done

    def _busy(self, text: str) -> None:
        """What lasts is shown with a way to stop it; what does not moves nothing."""
        self._doing = text
        if self.work.running():
            self.work.tell(text, 0.0)
        elif not self._soon.isActive():
            self._soon.start()

    def _show_work(self) -> None:
        self.work.begin(self._doing)

    def _idle(self) -> None:
        self._soon.stop()
        self.work.end()

    def _told(self, done: int, total: int) -> None:
        of = f" of about {total:,}" if total else ""
        if self.work.running():
            self.work.tell(f"Reading {self._feed.about}: {done:,}{of} rows", done / total if total else 0)

    def _show(self, plot: Plot) -> None:
        more = more_text(plot.held, isinstance(self._feed, TableFeed))
        plot.notes = [*([more] if more else []), *plot.notes]
        plot.summary = ". ".join([plot.summary, *plot.notes])
        self.plot = plot
        self.note.setText(" · ".join([f"{rows_text(plot.held.rows)} of {self._feed.about}", *plot.notes]))
        self.note.set_token("warn" if plot.notes else "dim")
        self.more.setVisible(self._feed.loadable())
        refresh_bound(self)
        if plot.empty():
            self._show_nothing(plot)
            return
        self.canvas.show_plot(plot, self._stretch())
        self.stack.setCurrentWidget(self.canvas)
        if self.isVisible() and QApplication.focusWidget() is None:
            # It was to have the keyboard while there was nothing to have it.
            self.canvas.setFocus()
        self._context.workbench.touched(self)

    def _show_nothing(self, plot: Plot) -> None:
        """Why, once: in the place of the chart and not above it as well."""
        self.note.setText(f"{rows_text(plot.held.rows)} of {self._feed.about}")
        self.note.set_token("dim")
        why = [note[:1].upper() + note[1:] for note in plot.notes]
        self._show_empty("Nothing to draw", ". ".join([*why, "Choose other columns above."]))

    def _stretch(self) -> View | None:
        """The stretch that was seen before a restart, once."""
        view = self._wanted.pop("view", None)
        if isinstance(view, list) and len(view) == 4 and all(isinstance(one, int | float) for one in view):
            found = View(*map(float, view))
            return found if found.right > found.left and found.high > found.low else None
        return None

    def _show_empty(self, title: str, text: str) -> None:
        self.empty.show_text(title, text)
        self.stack.setCurrentWidget(self.empty)
        self._context.workbench.touched(self)

    def loadable(self) -> bool:
        """Whether there are rows that can be loaded and drawn as well."""
        return self.plot is not None and self._feed.loadable()

    def load_all(self) -> None:
        """Load the rows that are missing, and draw all."""
        self._run(self._load_all())

    async def _load_all(self) -> None:
        self._busy("Loading rows")
        await self._feed.load(self._told)
        self._held = None
        if self._spec is not None:
            await self._draw(self._spec)

    def _give_up(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self._idle()
        if self.plot is None:
            self._show_empty("Reading was cancelled", "F5 reads the rows again.")

    def _touch(self) -> None:
        self._context.workbench.touched(self)

    # --- remembering -----------------------------------------------------------------------------------

    def _key(self) -> str:
        """What is remembered for: the table, or any rows of these columns."""
        if self.ref.table:
            return f"{self.ref.connection} {self.ref.schema}.{self.ref.table}"
        return "|".join(column.name for column in self._feed.columns)[:400]

    def _remember(self, spec: Spec) -> None:
        chosen = dict(self._context.settings.get(CHARTS))
        chosen.pop(self._key(), None)
        chosen[self._key()] = spec.saved()
        for old in list(chosen)[: max(0, len(chosen) - _REMEMBERED)]:
            del chosen[old]
        try:
            self._context.settings.set(CHARTS, chosen)
        except ProblemError as error:
            self.show_problem(error.problem)
