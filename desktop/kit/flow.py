"""Straight-line asynchronous code on Qt's event loop: no threads, no nested loops.

A flow is an `async def` that awaits `Waiter` objects (a server call, a timer, an inline question).
It belongs to a QObject; when that object dies the coroutine is closed (its `finally` blocks run) and
whatever it was waiting for is cancelled.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

from embedded_server.wire.problem import Problem, ProblemError

T = TypeVar("T")


class Cancelled(Exception):
    """The awaited work was cancelled by its owner; a flow may catch it to clean up."""


class Waiter(Generic[T]):
    """Something that will have a result. Settled once; later settlements are ignored."""

    def __init__(self) -> None:
        self._settled = False
        self._result: T | None = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[], None]] = []

    @property
    def settled(self) -> bool:
        """Whether the result or the error is known."""
        return self._settled

    def resolve(self, result: T) -> None:
        """Settle with a result."""
        self._settle(result, None)

    def reject(self, error: BaseException) -> None:
        """Settle with an error."""
        self._settle(None, error)

    def cancel(self) -> None:
        """Give up; subclasses also stop the work behind it."""
        self.reject(Cancelled())

    def result(self) -> T:
        """The result, or the error raised; only once settled."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def then(self, callback: Callable[[], None]) -> None:
        """Call back when settled (at once if it already is)."""
        if self._settled:
            callback()
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator[Waiter[T], None, T]:
        if not self._settled:
            yield self
        return self.result()

    def _settle(self, result: T | None, error: BaseException | None) -> None:
        if self._settled:
            return
        self._settled, self._result, self._error = True, result, error
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class Pause(QObject, Waiter[None]):
    """Settles after some milliseconds (0: when the event loop comes round)."""

    def __init__(self, milliseconds: int = 0) -> None:
        QObject.__init__(self)
        Waiter.__init__(self)
        self._timer = QTimer(singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._over)
        self._timer.start()

    def cancel(self) -> None:
        """Give up, and let no timer run on."""
        self._timer.stop()
        super().cancel()

    def _over(self) -> None:
        self.resolve(None)


class Turns:
    """Work in slices: between two of them it rests, and when its turn was long the event loop comes round."""

    SECONDS = 0.006

    def __init__(self) -> None:
        self._end = time.monotonic() + self.SECONDS

    def over(self) -> bool:
        """Whether the event loop should have its turn."""
        return time.monotonic() >= self._end

    async def rest(self) -> None:
        """Give the event loop its turn if it is due."""
        if self.over():
            await Pause()
            self._end = time.monotonic() + self.SECONDS


class Flow(QObject):
    """A running coroutine. `on_problem` receives what it did not catch itself."""

    _running: set[Flow] = set()
    # Of the class too: where flow and owner are collected together the owner's end reaches what is left of
    # the flow, which has nothing of its own any more.
    _steps: Coroutine[Any, None, Any] | None = None
    _waiting: Waiter[Any] | None = None
    _stepping = _given_up = False

    def __init__(
        self, owner: QObject, steps: Coroutine[Any, None, Any], on_problem: Callable[[Problem], None]
    ) -> None:
        super().__init__()
        self._steps = steps
        self._on_problem = on_problem
        owner.destroyed.connect(self.cancel)
        Flow._running.add(self)
        self._step()

    @property
    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._steps is None

    # Declared: one that Python only makes known when it is connected may be gone when its owner is.
    @Slot()
    def cancel(self) -> None:
        """Close the coroutine and cancel what it waits for. Idempotent.

        It may be what the coroutine does at this moment that leads here, as when a window it shows takes the
        focus from another: then it ends at its next wait.
        """
        self._given_up = True
        if self._stepping:
            return
        steps, self._steps = self._steps, None
        waiting, self._waiting = self._waiting, None
        Flow._running.discard(self)
        if steps is not None:
            steps.close()
        if waiting is not None:
            waiting.cancel()

    def _step(self) -> None:
        while self._steps is not None:
            problem = self._run_on(self._steps)
            waiter = self._waiting
            if self._given_up:
                self.cancel()
            elif problem is not None:
                self._end()
                self._on_problem(problem)
            elif waiter is not None and not waiter.settled:
                waiter.then(self._step)
                return

    def _run_on(self, steps: Coroutine[Any, None, Any]) -> Problem | None:
        """Run to the next wait, or to the end; what went wrong."""
        self._waiting, self._stepping = None, True
        try:
            self._waiting = steps.send(None)
        except (StopIteration, Cancelled):
            self._end()
        except ProblemError as error:
            return error.problem
        except Exception as error:
            return _unexpected(error)
        finally:
            self._stepping = False
        return None

    def _end(self) -> None:
        self._steps = None
        Flow._running.discard(self)


def _unexpected(error: Exception) -> Problem:
    trace = "".join(traceback.format_exception(error))
    return Problem("server.internal", f"Unexpected {type(error).__name__} in the window", trace)
