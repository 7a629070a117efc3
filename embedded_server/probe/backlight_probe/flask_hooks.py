"""Flask without a line of code: requests, routes, handled and unhandled exceptions, the list of routes."""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable, Iterable

from . import describe
from .config import FUSES
from .errors import note, status_of
from .frames import add_root
from .record import CURRENT
from .wsgi import handle

_fuse = FUSES["requests"]


def install(flask: Any) -> None:
    """Wrap what every Flask application is called through."""
    kind = flask.Flask
    _wrap_call(kind)
    _wrap_routing(kind, flask)
    _wrap_errors(kind)


def _wrap_call(kind: Any) -> None:
    original: Callable[..., Iterable[bytes]] = kind.__call__

    @functools.wraps(original)
    def call(self: Any, environ: Any, start_response: Any) -> Iterable[bytes]:
        if "_backlight_met" not in self.__dict__:
            _meet(self)
        return handle(functools.partial(original, self), environ, start_response, self)

    kind.__call__ = call


def _meet(app: Any) -> None:
    """The first request of an application: its source is its own, its routes are told."""
    app.__dict__["_backlight_met"] = True
    try:
        package = str(app.import_name).split(".")[0]
        module = sys.modules.get(package)
        file = getattr(module, "__file__", None)
        # A single module's folder may be the whole of site-packages: a package's folder is its own.
        if file and hasattr(module, "__path__"):
            add_root(os.path.dirname(file))
        describe.meet(app)
    except Exception as error:
        _fuse.fault(error)


def _wrap_routing(kind: Any, flask: Any) -> None:
    original: Callable[..., Any] = kind.preprocess_request
    request = flask.request

    @functools.wraps(original)
    def preprocess_request(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = CURRENT.get()
        if record is not None and not record.route:
            try:
                rule = request.url_rule
                if rule is not None:
                    record.route = rule.rule
            except Exception as error:
                _fuse.fault(error)
        return original(self, *args, **kwargs)

    kind.preprocess_request = preprocess_request


def _wrap_errors(kind: Any) -> None:
    user: Callable[..., Any] = kind.handle_user_exception
    last: Callable[..., Any] = kind.handle_exception

    @functools.wraps(user)
    def handle_user_exception(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = CURRENT.get()
        error = next((arg for arg in args if isinstance(arg, BaseException)), None)
        if record is not None and error is not None and not 0 < status_of(error) < 400:
            note(record, error, True)
        return user(self, *args, **kwargs)

    @functools.wraps(last)
    def handle_exception(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = CURRENT.get()
        error = next((arg for arg in args if isinstance(arg, BaseException)), None)
        if record is not None and error is not None:
            note(record, error, False)
        return last(self, *args, **kwargs)

    kind.handle_user_exception = handle_user_exception
    kind.handle_exception = handle_exception
