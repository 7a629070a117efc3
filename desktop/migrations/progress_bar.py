"""An apply under way: which revision, which statement, how long, Cancel."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.kit.work_bar import WorkBar
from embedded_server.wire.migration_runs import ApplyEvent


class ProgressBar(WorkBar):
    """Follows the events of an apply."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "bottom", parent)
        self.row.setContentsMargins(12, 6, 10, 8)
        self.cancel.setAccessibleName("Cancel the apply")
        self.detail.show()

    def hear(self, event: ApplyEvent) -> None:
        """One event of an apply."""
        if event.kind == "revision":
            self.tell(
                f"Revision {event.number} of {event.count}: {event.revision}",
                (event.number - 1) / max(event.count, 1),
            )
        elif event.kind == "revision_done":
            self.show_share(event.number / max(event.count, 1))
        elif event.kind == "statement":
            self.detail.setText(" ".join(event.sql.split()))
        elif event.kind in ("phase", "plan", "waiting", "note", "backup"):
            self.detail.setText(event.text)
