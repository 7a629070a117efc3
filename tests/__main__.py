"""``python3 -m tests``: prepares what the tests need, then runs them.

    python3 -m tests                 everything
    python3 -m tests quick           unit tests, rules of the house, and all of the capabilities being changed
    python3 -m tests --ci            everything, under an X server too, and the packaged program
    python3 -m tests prepare         only the environment and the system programs
    python3 -m tests bench [CASE..]  speed, as ratios
    python3 -m tests mutate [ID..]   plants faults in a copy; every one must turn the tests red
    python3 -m tests tests/wild      applications nobody here wrote; their packages come from your index
    python3 -m tests ARGUMENTS       anything else goes to pytest as it is: ``tests/data -k page -x``

``--update-counts`` writes the number of tests per capability and engine to tests/counts.json, and what
their files took to tests/seconds.json, by which the longest come first.

The syntax up to ``ensure`` is that of Python 3.6, as in desktop/bootstrap.py.
"""

import os
import sys

from desktop.bootstrap import ensure

if __name__ == "__main__":
    ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    ensure(ROOT, dev=True, gui=True, argv=["-m", "tests", *sys.argv[1:]])
    from tests.runner.main import main  # lazy: needs the environment made above

    sys.exit(main(sys.argv[1:]))
