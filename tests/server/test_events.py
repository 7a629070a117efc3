"""The event ring: order, waiting, gaps, epochs."""

from __future__ import annotations

import threading

from embedded_server.events import EventRing
from embedded_server.wire.server import PollRequest


def poll(ring: EventRing, after: int, wait: float = 0.0, epoch: str = "e"):
    return ring.poll(PollRequest(after, epoch, wait))


def test_events_come_once_and_in_order():
    ring = EventRing("e")
    for number in range(5):
        ring.emit("x", value=number)
    first = poll(ring, 0)
    assert [event.data["value"] for event in first.events] == [0, 1, 2, 3, 4] and first.last == 5
    assert poll(ring, 3).events[0].number == 4
    assert poll(ring, 5).events == [] and not poll(ring, 5).reset


def test_a_waiting_poll_wakes_at_the_first_event():
    ring = EventRing("e")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(poll(ring, 0, wait=20)))
    waiting.start()
    ring.emit("x")
    waiting.join(10)
    assert not waiting.is_alive() and [event.number for event in answers[0].events] == [1]


def test_a_gap_another_epoch_and_the_future_mean_reset():
    ring = EventRing("e", size=3)
    for _ in range(5):
        ring.emit("x")
    assert poll(ring, 1).reset
    assert not poll(ring, 2).reset and len(poll(ring, 2).events) == 3
    assert poll(ring, 0, epoch="other").reset
    assert poll(ring, 99).reset and poll(ring, 99).last == 5


def test_closing_answers_everyone():
    ring = EventRing("e")
    done = threading.Event()
    threading.Thread(target=lambda: (poll(ring, 0, wait=25), done.set())).start()
    ring.close()
    assert done.wait(10)


def test_over_http(raw):
    info = raw.send("GET", "/api/server/info").json
    answer = raw.send("GET", f"/api/events/poll?after=0&wait=0&epoch={info['epoch']}").json
    assert answer == {"epoch": info["epoch"], "last": 0, "events": [], "reset": False}
