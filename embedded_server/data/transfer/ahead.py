"""The next items of a generator made by a thread while the last one is worked on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")
_STEP_SECONDS = 0.05


class _End(Exception):
    """There is nothing more."""


class _Maker(Generic[Item]):
    """Runs a generator until it ends or nobody wants more of it."""

    def __init__(self, items: Generator[Item, None, None], most: int) -> None:
        self._items = items
        self._made: Queue[tuple[Item | None, Exception | None]] = Queue(most)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._make, name="ahead", daemon=True)
        self._thread.start()

    def _make(self) -> None:
        try:
            with contextlib.closing(self._items):
                for item in self._items:
                    self._put(item, None)
                    if self._unwanted.is_set():
                        return
            self._put(None, _End())
        except Exception as error:  # whatever it was, it is raised where the items are taken
            self._put(None, error)

    def _put(self, item: Item | None, error: Exception | None) -> None:
        while not self._unwanted.is_set():
            with contextlib.suppress(Full):
                self._made.put((item, error), timeout=_STEP_SECONDS)
                return

    def taken(self) -> tuple[Item | None, Exception | None]:
        """The next item, or how it ended."""
        return self._made.get()

    def close(self) -> None:
        """Wait until it has ended."""
        self._unwanted.set()
        with contextlib.suppress(Empty):
            while True:
                self._made.get_nowait()
        self._thread.join()


def ahead(items: Generator[Item, None, None], most: int = 2) -> Generator[Item, None, None]:
    """The same items; at most so many are waiting. Raises what the generator raises."""
    maker = _Maker(items, most)
    try:
        while True:
            item, error = maker.taken()
            if isinstance(error, _End):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        maker.close()
