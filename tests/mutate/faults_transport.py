"""Faults in the window's connections to the server."""

from __future__ import annotations

from tests.mutate.fault import Fault

READER = "desktop/api/answer_reader.py"
CONNECTION = "desktop/api/connection.py"
READS = ("tests/desktop/api/test_answer_reader.py",)
CONNECTS = ("tests/desktop/api/test_connection.py",)
CLIENT = ("tests/desktop/api/test_client.py",)
STRAIGHT = "embedded_server/web/straight.py"
SENT = ("tests/server/test_straight.py",)

FAULTS = [
    Fault(
        "transport-chunks-keep-their-ends",
        READER,
        "            self._step = AnswerReader._behind",
        "            self._step = AnswerReader._size",
        READS,
    ),
    Fault(
        "transport-a-broken-answer-is-whole",
        READER,
        '            raise UnreadableError("the connection was closed before the answer was whole")',
        "            self.over = True",
        (*READS, *CONNECTS),
    ),
    Fault(
        "transport-a-size-is-taken-for-decimal",
        READER,
        "_number(bytes(self._raw[:end]), 16)",
        "_number(bytes(self._raw[:end]), 10)",
        READS,
    ),
    Fault(
        "transport-what-follows-is-swallowed",
        READER,
        "        if self.over and self._raw:",
        "        if False:",
        READS,
    ),
    Fault(
        "transport-a-closing-connection-is-kept",
        CONNECTION,
        "if exchange.answer.lasts and not",
        "if not",
        CONNECTS,
    ),
    Fault(
        "transport-half-a-request-is-sent",
        CONNECTION,
        "        self._writer.setEnabled(bool(self._unsent))",
        "        self._writer.setEnabled(False)",
        CONNECTS,
    ),
    Fault(
        "transport-a-thrown-away-window-stays-connected",
        CONNECTION,
        "        held.close()",
        "        pass",
        CONNECTS,
    ),
    Fault(
        "transport-every-call-connects-anew",
        "desktop/api/transport.py",
        "            if connection.idle:\n",
        "            if False:\n",
        CONNECTS,
    ),
    Fault(
        "transport-waiting-calls-are-forgotten",
        "desktop/api/transport.py",
        "            if not exchange.given_up:\n",
        "            if exchange.given_up:\n",
        CONNECTS,
    ),
    Fault(
        "transport-an-older-server-is-asked",
        "desktop/api/transport.py",
        "(connection.stale or connection.port != self._port)",
        "connection.stale",
        CONNECTS,
    ),
    Fault(
        "transport-a-broken-stream-ends-well",
        "desktop/api/client.py",
        "if exchange.answer.status != 200 or exchange.failure:",
        "if exchange.answer.status != 200:",
        CLIENT,
    ),
    Fault(
        "transport-what-was-sent-is-sent-again",
        STRAIGHT,
        "        left[0] = left[0][sent:]\n",
        "        pass\n",
        SENT,
    ),
    Fault(
        "transport-large-pieces-tell-a-wrong-size",
        STRAIGHT,
        'b"%x\\r\\n" % len(data)',
        'b"%d\\r\\n" % len(data)',
        SENT,
    ),
]
