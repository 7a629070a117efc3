"""Backlight: one command, several modes as plain words.

The mode is decided before anything heavy is imported: the server never loads Qt, the window never
loads a database driver.
"""

import gc
import os
import sys
from importlib import import_module

from desktop.bootstrap import ensure

USAGE = """usage: python3 main.py [MODE] [ARGUMENTS]

  (none) [FILE | URL] [-t TABLE]   open the window, on a database if one is named
  demo [--out DIR]                 the same on the demo application's database
  run -- COMMAND ...               start an application with its requests captured
  call NAME JSON                   call one endpoint; '-' reads the JSON from standard input
  call --script FILE               call many, one JSON line each
  replay FILE --to URL             send recorded requests again, say what differs ('--help' tells more)
  tour --out DIR                   open every page on the demo and save a picture of each
  serve                            the server alone (start message on standard input)
  selftest                         check this installation

Options of the window, demo, tour and call: --workspace DIR. 'call --help' tells more.
"""

# Mode -> (module, whether it shows or draws a window).
MODES = {
    "window": ("desktop.shell.app", True),
    "demo": ("desktop.demo", True),
    "tour": ("desktop.tour", True),
    "call": ("embedded_server.command", False),
    "serve": ("embedded_server.web.serve", False),
    "replay": ("embedded_server.http.command", False),
    "selftest": ("desktop.selftest", True),
    "demo-app": ("desktop.demo.application", False),
    "run": ("embedded_server.trace.launch", False),
    "ssh-helper": ("embedded_server.tunnels.helper", False),
    "worker": ("embedded_server.engines.support.worker", False),
}


# A server starts them, with its own interpreter: never to be set up again meanwhile.
STARTED_BY_US = ("worker", "ssh-helper")


def main(argv: "list[str]") -> int:
    """Run the mode named by the first word; anything else opens the window on it."""
    words = argv[1:]
    if words[:1] in (["--help"], ["-h"], ["help"]):
        print(USAGE)
        return 0
    mode = words[0] if words and words[0] in MODES else "window"
    module, gui = MODES[mode]
    if mode not in STARTED_BY_US:
        ensure(os.path.dirname(os.path.abspath(__file__)), dev=False, gui=gui, argv=argv)
    if words and words[0] == mode:
        words = words[1:]
    if not gui:
        # What a start makes stays, and rows that come in thousands are gone before they could be garbage:
        # looking for it again and again is a tenth of a start's time.
        gc.set_threshold(50_000, 20, 100)
    result: int = import_module(module).main(words)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv))
