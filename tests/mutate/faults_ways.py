"""Faults in ways to a database and through it: ssh tunnels, streams of rows, diagrams, the staged start."""

from __future__ import annotations

from tests.mutate.fault import Fault

TUNNELS = "embedded_server/tunnels/tunnels.py"
TESTS = "tests/tunnels/test_tunnels.py"
STREAMS = "tests/data/server/test_streams.py"
LAYOUT = "tests/data/desktop/test_diagram_layout.py"
REGISTRAR = "tests/desktop/shell/test_registrar.py"

FAULTS = [
    Fault(
        "ways-host-keys-are-trusted-unasked",
        TUNNELS,
        '            "ExitOnForwardFailure": "yes",\n',
        '            "ExitOnForwardFailure": "yes",\n            "StrictHostKeyChecking": "accept-new",\n',
        (TESTS, "-k", "unknown_host_key"),
    ),
    Fault(
        "ways-a-tunnel-for-each-session",
        TUNNELS,
        "            if not tunnel.alive():\n                self._open(tunnel)\n",
        "            self._open(tunnel)\n",
        (TESTS, "-k", "share_one_tunnel"),
    ),
    Fault(
        "ways-a-dead-tunnel-is-used",
        TUNNELS,
        "            if not tunnel.alive():\n",
        "            if not tunnel.local_port:\n",
        (TESTS, "-k", "broke"),
    ),
    Fault(
        "ways-ssh-outlives-its-server",
        "embedded_server/tunnels/helper.py",
        "        process.terminate()\n",
        "        pass\n",
        (TESTS, "-k", "killed_server"),
    ),
    Fault(
        "ways-a-wrong-passphrase-is-kept",
        TUNNELS,
        "            self._forget(tunnel.destination, given)\n",
        "",
        (TESTS, "-k", "passphrase"),
    ),
    Fault(
        "ways-a-destination-is-an-option",
        TUNNELS,
        '    return ["--", text]\n',
        "    return [text]\n",
        (TESTS, "-k", "cannot_be_reached"),
    ),
    Fault(
        "ways-a-stream-forgets-its-limit",
        "embedded_server/data/streams.py",
        "        count = MOST_SKIPPED if request.limit is None else request.limit\n",
        "        count = MOST_SKIPPED\n",
        (STREAMS,),
    ),
    Fault(
        "ways-blocks-of-a-stream-have-no-bound",
        "embedded_server/data/streams.py",
        "            size = max(1, min(_MOST_ROWS, int(BLOCK_BYTES / max(weight, 1.0))))\n",
        "            size = 1_000_000\n",
        (STREAMS,),
    ),
    Fault(
        "ways-marks-are-sent-as-plain-cells",
        "embedded_server/engines/support/sqlite/reading.py",
        "plain=not self._careful",
        "plain=True",
        (STREAMS,),
    ),
    Fault(
        "ways-boxes-cover-each-other",
        "desktop/data/diagram/layout.py",
        "            top += sizes[name][1] + down\n",
        "            top += down\n",
        (LAYOUT,),
    ),
    Fault(
        "ways-parents-stand-left",
        "desktop/data/diagram/layout.py",
        "        near[edge.child].append((edge.parent, 1))\n",
        "        near[edge.child].append((edge.parent, -1))\n",
        (LAYOUT,),
    ),
    Fault(
        "ways-verbs-stand-as-they-came",
        "desktop/kit/verb.py",
        "        if max(self._ranks.values(), default=0) > self.rank:\n",
        "        if False:\n",
        (REGISTRAR,),
    ),
    Fault(
        "ways-a-capability-wanted-early-is-not-brought",
        "desktop/shell/tabs.py",
        "        self.bring.pop(kind)()\n",
        "        self.bring.pop(kind)\n",
        (REGISTRAR,),
    ),
]
