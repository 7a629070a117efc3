"""A pytest plugin: hands files out to the workers, also after one of them died."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# What is read in one of these is there for the others: whole trees of the project's source.
TOGETHER = {f"tests/test_{name}.py": "the sources" for name in ("arrows", "shape", "hygiene")}


class Files(LoadFileScheduling):
    """Hands out files; of a worker that died only the tests that it had not begun, and each worker is told
    when nothing more will come.

    The base class hands out the finished files of a dead worker too, with nothing to run, and the test that
    killed it, to kill the next one. A worker begins with a test when it knows the next one, or that there is
    none: with neither it would wait for ever.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(file, file)

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that was running when the worker died, null if it had none left."""
        left = {
            file: tests for file, tests in self.assigned_work.pop(node).items() if not all(tests.values())
        }
        for tests in left.values():
            killer = next(test for test, over in tests.items() if not over)
            tests[killer] = True
            break
        else:
            return None
        self.workqueue.update({file: tests for file, tests in left.items() if not all(tests.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return killer

    def _reschedule(self, node: WorkerController) -> None:
        if node not in self.registered_collections:  # it has only just begun, in the place of a dead one
            return
        super()._reschedule(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files | None:
    """For whole files, the scheduler above."""
    return Files(config, log) if config.getvalue("dist") == "loadfile" else None
