"""How a request is replayed: how often, against what, and with what it is compared."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.context import Context
from desktop.kit.widgets import Choice, ElidedLabel, NumberField, PrimaryVerbButton, Toolbar
from embedded_server.wire.http import Alternate, RunSummary

from .environment_choice import EnvironmentChoice
from .words import ms_text

CAPTURE = "capture"
# Compared with itself: the index off and on in turn.
TURN = "turn"


class ReplayBar(Toolbar):
    """`runs_picked(run)`: a stored run is to be shown."""

    runs_picked = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.busy = False
        self._verbs = context.verbs
        self.count = NumberField("How many requests", 1, 10_000)
        self.count.valueChanged.connect(self._counted)
        self.count.setValue(40)
        self.warm_up = NumberField("Warm-up requests", 0, 1000)
        self.warm_up.setSuffix(" to warm up")
        self.warm_up.setValue(2)
        self.environment = EnvironmentChoice(context)
        self.before = Choice("Compare with", ("the capture",))
        self.run = Choice("Run shown", ("no run yet",))
        self.progress = ElidedLabel("", "dim", figures=True)
        self._before_ids: list[str] = [""]
        self._run_ids: list[str] = [""]
        self._chosen = False
        self._index: Alternate | None = None
        self._names: list[str] = ["the capture"]
        for choice in (self.before, self.run, self.environment):
            choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.add(self.count)
        self.add(self.warm_up)
        self.add(self.environment)
        self.add(self.progress, 4)
        # The words over the two columns of the figures below.
        for word, choice in (("before", self.before), ("after", self.run)):
            self.add_right(_word(word))
            self.add_right(choice)
        self.add_right(PrimaryVerbButton(context.verbs, "http.replay", "Replay"))
        self.run.activated.connect(self._picked)
        self.before.activated.connect(self._before_chosen)

    def before_run(self) -> str:
        """The run to compare with, "" for the capture; unless the user chose, the first one there is."""
        chosen = self._before_ids[max(0, self.before.currentIndex())] if self._chosen else "first"
        return "" if chosen == TURN else chosen

    def alternate(self) -> Alternate | None:
        """The index to switch off and on, null unless the user chose that."""
        chosen = self._before_ids[max(0, self.before.currentIndex())]
        return self._index if self._chosen and chosen == TURN else None

    def show_index(self, index: Alternate | None) -> None:
        """Offer to switch an index that was tried for this request off and on between blocks."""
        at = self._before_ids[max(0, self.before.currentIndex())]
        self._index = index
        self._offer(at)

    def _offer(self, wanted: str) -> None:
        index = self._index
        shown = [f"in turn, without and with {index.table} ({', '.join(index.columns)})"] if index else []
        self._before_ids = [one for one in self._before_ids if one != TURN] + [TURN] * len(shown)
        self.before.clear()
        self.before.addItems([*self._names, *shown])
        self.before.setCurrentIndex(self._before_ids.index(wanted) if wanted in self._before_ids else 0)

    def show_runs(self, runs: Sequence[RunSummary], shown: str) -> None:
        """List stored runs, newest first. Unless the user chose, what the shown one was compared with stands
        before it, as in the figures below."""
        chosen = self._before_ids[max(0, self.before.currentIndex())]
        compared = next((one.before_run for one in runs if one.run == shown), "")
        wanted = chosen if self._chosen else compared
        names = [_name(one, len(runs) - number) for number, one in enumerate(runs)]
        self._before_ids, self._names = ["", *(one.run for one in runs)], ["the capture", *names]
        self._offer(wanted)
        self._run_ids = [one.run for one in runs] or [""]
        self.run.clear()
        self.run.addItems(names or ["no run yet"])
        if shown in self._run_ids:
            self.run.setCurrentIndex(self._run_ids.index(shown))

    def show_progress(self, text: str) -> None:
        """How far the replay is, "" when none runs."""
        self.busy = bool(text)
        self.progress.setText(text)
        self._verbs.changed.emit()

    def _counted(self, count: int) -> None:
        self.count.setSuffix(" request" if count == 1 else " requests")

    def _picked(self, index: int) -> None:
        self.runs_picked.emit(self._run_ids[index])

    def _before_chosen(self, _: int) -> None:
        self._chosen = True


def _word(text: str) -> ElidedLabel:
    """A word that is never cut: it is short, and without it nobody knows what the choice is."""
    label = ElidedLabel(text, "dim")
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return label


def _name(run: RunSummary, number: int) -> str:
    return f"run {number} · {ms_text(run.median_ms)}"
