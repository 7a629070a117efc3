"""What the tour shows of migrations: on a copy of the demo's project, never in the original."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.demo_facts import FOLDER
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.migrations import SETTINGS, SettingsRequest
from embedded_server.wire.refs import ProposalRef, RevisionRef

from .pane import MigratePane
from .project_settings import ProjectSettings
from .proposal_tab import ProposalTab
from .revision_tab import RevisionTab


class MigrateSteps:
    """Acts as a user would."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._project = ""
        self._made = ""

    def _revision(self) -> RevisionTab:
        tab = self._context.workbench.current()
        assert isinstance(tab, RevisionTab)
        return tab

    async def page(self) -> Facts:
        """The project's history against the demo's database."""
        folder = self._context.folder / "demo-project"
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "instance"))
        self._project = str(folder / "migrations")
        await self._context.api.call(SETTINGS, SettingsRequest(self._project))
        bench = self._context.workbench
        bench.show_page("migrate")
        pane = next(one for one in QApplication.allWidgets() if isinstance(one, MigratePane))
        await Until(lambda: pane.shows(self._project), "the history")
        return {"project": self._project}

    async def settings(self) -> Facts:
        """How the project is run, and what its interpreter has."""
        self._context.verbs.run("migrations.settings")
        form = self._form()
        await Until(lambda: "alembic" in form.about.text(), "the interpreters")
        return {"interpreter": form.about.text()}

    def _form(self) -> ProjectSettings:
        return next(one for one in QApplication.allWidgets() if isinstance(one, ProjectSettings))

    async def proposal(self) -> Facts:
        """An index as a revision to be."""
        bench = self._context.workbench
        index = {"op": "create_index", "table": "orders", "columns": ["status", "created_at"]}
        self._form().hide()
        title = "Orders by status and time"
        bench.open(ProposalRef(bench.connection(), title, [index], self._project), keep=True)
        tab = bench.current()
        assert isinstance(tab, ProposalTab)
        await Until(lambda: tab.answer is not None, "the preview of the file")
        assert tab.answer is not None
        return {"file": tab.answer.file}

    async def written(self) -> Facts:
        """The revision, written."""
        self._context.verbs.run("migrations.write")
        bench = self._context.workbench
        await Until(lambda: isinstance(bench.current(), RevisionTab), "the written revision")
        tab = self._revision()
        await Until(lambda: tab.preview is not None, "the findings")
        self._made = tab.ref.revision
        return {"revision": self._made}

    async def rehearsed(self) -> Facts:
        """Rehearsed on a copy."""
        tab = self._revision()
        tab.rehearse()
        await Until(lambda: not tab.calls.busy(), "the rehearsal")
        assert tab.rehearsed is not None and tab.rehearsed.rehearsal is not None
        return {"ok": tab.rehearsed.rehearsal.ok}

    async def applied(self) -> Facts:
        """Applied, with a backup first."""
        tab = self._revision()
        self._context.verbs.run("migrations.apply")
        await Until(lambda: not tab.calls.busy() and tab.standing() == "current", "the apply")
        return {"standing": tab.standing()}

    async def danger(self) -> Facts:
        """An old revision's file, and its downgrade asked for."""
        bench = self._context.workbench
        bench.open(RevisionRef(self._project, "d4e8b3907c16", bench.connection()), keep=True)
        tab = self._revision()
        await Until(lambda: tab.graph is not None and bool(tab.graph.source), "the file")
        return {"lines": tab.body.source.blockCount()}

    async def losing(self) -> Facts:
        """A revision that loses data: what the rules say, beside the lines."""
        self._losing_file().write_text(
            (FOLDER / "tour" / "drops.txt").read_text(encoding="utf-8").format(down=self._made),
            encoding="utf-8",
        )
        bench = self._context.workbench
        bench.open(RevisionRef(self._project, "70000000d0d0", bench.connection()), keep=True)
        tab = self._revision()
        await Until(lambda: bool(tab.body.findings.findings), "the findings")
        return {"findings": [one.rule for one in tab.body.findings.findings]}

    def _losing_file(self) -> Path:
        return Path(self._project) / "versions" / "tour_drops.py"

    async def settle(self) -> Facts:
        """Project and database as they were: the losing file is gone, the other revision downgraded."""
        self._losing_file().unlink(missing_ok=True)
        bench = self._context.workbench
        bench.open(RevisionRef(self._project, self._made, bench.connection()), keep=True)
        tab = self._revision()
        await Until(lambda: tab.standing() == "current", "the revision")
        self._context.verbs.run("migrations.downgrade")
        await Until(lambda: not tab.calls.busy() and tab.standing() == "pending", "the downgrade")
        return {"standing": tab.standing()}


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = MigrateSteps(context)
    return [
        Step("migrate-page", acts.page, "A project's history"),
        Step("migrate-settings", acts.settings, "How a project is run"),
        Step("migrate-proposal", acts.proposal, "An index as a revision to be"),
        Step("migrate-written", acts.written, "The written revision and its findings"),
        Step("migrate-rehearsed", acts.rehearsed, "Rehearsed"),
        Step("migrate-applied", acts.applied, "Applied"),
        Step("migrate-file", acts.danger, "A revision's file"),
        Step("migrate-findings", acts.losing, "A revision that loses data"),
        Step("migrate-downgraded", acts.settle, "Downgraded again"),
    ]
