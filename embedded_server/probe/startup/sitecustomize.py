"""Found first by every Python that `main.py run` starts; hands on to the one it stands before."""

import os
import sys


def _start() -> None:
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        if place not in sys.path:
            sys.path.append(place)
        from backlight_probe.config import SETTINGS  # noqa: PLC0415  # lazy: an interpreter too old must not read it

        if SETTINGS.on:
            from backlight_probe.hooks import watch  # noqa: PLC0415  # lazy: an interpreter too old must not read it

            watch()
    except Exception as error:
        sys.stderr.write(f"backlight-probe: not started: {error}\n")


def _hand_on() -> None:
    """Another sitecustomize on the path is run as if this one were not there."""
    from importlib.machinery import PathFinder  # noqa: PLC0415  # lazy: an interpreter too old must not read it
    from importlib.util import module_from_spec  # noqa: PLC0415  # lazy: an interpreter too old must not read it

    here = os.path.dirname(os.path.abspath(__file__))
    rest = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_start()
_hand_on()
