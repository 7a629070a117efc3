"""Shows Backlight what a web application does for each request.

Nothing happens unless BACKLIGHT_URL and BACKLIGHT_TOKEN, BACKLIGHT_ADDRESS or BACKLIGHT_SPOOL are set. With
`main.py run -- COMMAND` no line of code is needed; else two:

    from backlight_probe import install  # noqa: PLC0415  # lazy: x
    app = install(app)          # any WSGI application, also the Flask object itself

Around work outside of a request: `with span("nightly export"): ...`; a function that another thread is to run
for this request: `pool.submit(carried(function), ...)`.
"""

from __future__ import annotations

from typing import Any

from .config import SETTINGS
from .record import carried, span

__all__ = ["carried", "install", "span"]
__version__ = "0.1.0"


def install(app: Any = None) -> Any:
    """Start the probe in this process; returns the application, wrapped if it is not one of Flask."""
    if not SETTINGS.on:
        return app
    from .hooks import FLASK, activate  # noqa: PLC0415  # lazy: an application without Backlight pays nothing

    activate()
    if app is None or isinstance(app, FLASK.classes()):
        return app
    from .wsgi import Middleware  # noqa: PLC0415  # lazy: see above

    return Middleware(app)
