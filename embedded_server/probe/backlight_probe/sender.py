"""One thread per process that sends what was recorded. The application never waits for it.

The queue is bounded and drops its oldest; a server that is away, hung or new costs nothing but that.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import threading
import time
from collections import deque
from typing import Any

from . import describe, message, spool
from .config import FUSES, QUEUE_BYTES, QUEUE_ITEMS, SETTINGS, Address, say_once
from .record import LOOSE, Record, deliver_to
from .redact import Redactor

BATCH_ITEMS, BATCH_BYTES, BATCH_SECONDS = 100, 2 * 1024 * 1024, 0.2
TIMEOUT_SECONDS, EXIT_SECONDS = 1.0, 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
# A new server leaves its address in the file: looked at this often, however long the pause.
LOOK_SECONDS = 1.0
_PATH = "/api/probe/ingest"
_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Sender:
    """Queue and thread of one process; a forked child begins with an empty one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[tuple[Record, int]] = deque()
        self._bytes = 0
        self._dropped = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._working = False
        self._thread: threading.Thread | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._address: Address | None = None
        self._rules: Redactor | None = None
        self._held: bytes | None = None
        self._pause = 0.0
        self._again = 0.0
        self._spool = spool.Writer(SETTINGS)

    # --- the application's side ----------------------------------------------------------------------

    def put(self, record: Record) -> None:
        """Queue a record; takes no longer than that."""
        size = record.size()
        with self._lock:
            self._queue.append((record, size))
            self._bytes += size
            while len(self._queue) > QUEUE_ITEMS or self._bytes > QUEUE_BYTES:
                self._bytes -= self._queue.popleft()[1]
                self._dropped += 1
        if self._thread is None:
            self._start()
        if not self._wake.is_set():
            self._wake.set()

    def nudge(self) -> None:
        """There is work outside of requests to be sent before long."""
        if self._thread is None:
            self._start()
        self._wake.set()

    def _idle(self) -> bool:
        """Whether everything that was put has left."""
        return not self._queue and not self._working and self._held is None

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="backlight-probe", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """At exit: send what there is, for 200 ms at most."""
        self._stopping.set()
        self._wake.set()
        thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join(EXIT_SECONDS)

    # --- the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        fuse = FUSES["requests"]
        while True:
            self._wait()
            self._working = True
            try:
                self._work()
            except Exception as error:
                self._held = None
                fuse.fault(error)
            finally:
                self._working = False
            if self._stopping.is_set():
                return

    def _wait(self) -> None:
        """Until there is something, then a moment more for company; in a pause until it is over."""
        busy = bool(self._queue) or self._held is not None
        if self._held is not None:
            self._stopping.wait(min(LOOK_SECONDS, max(0.0, self._again - time.monotonic())))
        elif not busy:
            self._wake.wait(LOOSE.SECONDS / 2 if LOOSE.records else None)
        self._wake.clear()
        if len(self._queue) < BATCH_ITEMS:
            self._stopping.wait(BATCH_SECONDS)

    def _work(self) -> None:
        for record in LOOSE.take(self._stopping.is_set()):
            self.put(record)
        while self._held is not None or self._queue or self._dropped:
            if self._held is None:
                self._held = self._batch()
            if not self._deliver(self._held):
                return
            self._held = None

    def _batch(self) -> bytes:
        taken: list[Record] = []
        with self._lock:
            while self._queue and len(taken) < BATCH_ITEMS:
                record, size = self._queue.popleft()
                self._bytes -= size
                taken.append(record)
            dropped, self._dropped = self._dropped, 0
        rules = self._redactor()
        requests: list[str] = []
        total = 0
        for position, record in enumerate(taken):
            text = _encoded(record, rules)
            if text is None:
                dropped += 1
                continue
            requests.append(text)
            total += len(text)
            if total >= BATCH_BYTES:
                self._give_back(taken[position + 1 :])
                break
        head = {"application": describe.application(), "dropped": dropped, "routes": describe.routes()}
        text = json.dumps(head)[:-1] + ', "requests": [' + ",".join(requests) + "]}"
        return text.encode("utf-8", "replace")

    def _give_back(self, left: list[Record]) -> None:
        with self._lock:
            for record in reversed(left):
                size = record.size()
                self._queue.appendleft((record, size))
                self._bytes += size

    def _redactor(self) -> Redactor:
        if self._rules is None:
            secret = SETTINGS.secret()
            self._rules = Redactor(secret.encode() if secret else spool.salt(SETTINGS), SETTINGS.keep)
        return self._rules

    def _deliver(self, batch: bytes) -> bool:
        """Whether the batch is done with: taken, refused for good, or written to the spool."""
        if time.monotonic() >= self._again or SETTINGS.moved():
            status = self._post_again(batch)
            if status == 200:
                self._pause = 0.0
                return True
            if status and status not in (401, 403, 503):
                self._pause = 0.0
                say_once(f"the server refused a batch with status {status}")
                return True
            self._close()
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self._again = time.monotonic() + self._pause
        return self._spool.write(batch)

    def _post_again(self, batch: bytes) -> int:
        """The answer's status, 0 for none. A kept connection may be one to a server that is no more."""
        for _ in range(2):
            kept = self._connection is not None
            try:
                return self._post(batch)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._close()
                if not kept or not isinstance(error, (ConnectionError, http.client.HTTPException)):
                    return 0
        return 0

    def _post(self, batch: bytes) -> int:
        connection = self._connection
        if connection is None:
            address = SETTINGS.address()
            if address is None:
                raise OSError("no address")
            if self._address is not None and address != self._address:
                describe.tell_again()
            self._address = address
            connection = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT_SECONDS)
            self._connection = connection
        assert self._address is not None
        connection.putrequest("POST", _PATH, skip_accept_encoding=True)
        connection.putheader("Authorization", "Bearer " + self._address.token)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(batch)))
        connection.endheaders(batch)
        response = connection.getresponse()
        response.read()
        return response.status

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _encoded(record: Record, rules: Redactor) -> Any:
    """The record's JSON, None when it cannot be made (counted, and the fuse is told)."""
    try:
        sent = message.encode(record, rules)
        text = _json(sent)
        return text if len(text) <= message.MOST_BYTES else _json(message.smaller(sent))
    except Exception as error:
        FUSES["requests"].fault(error)
        return None


SENDER = Sender()


def _put(record: Record) -> None:
    SENDER.put(record)


def _nudge() -> None:
    SENDER.nudge()


def _after_fork() -> None:
    global SENDER
    SENDER = Sender()
    LOOSE.records.clear()
    LOOSE.lock = threading.Lock()


def _at_exit() -> None:
    SENDER.flush()


def install() -> None:
    """Records finished from now on are sent."""
    deliver_to(_put)
    LOOSE.wake = _nudge
    atexit.register(_at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
