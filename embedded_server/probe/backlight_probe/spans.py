"""Templates, calls to other services, redis: each a stretch of the request's time."""

from __future__ import annotations

from typing import Any, Callable

from .config import FUSES
from .record import CURRENT, clock

_templates, _http, _redis = FUSES["templates"], FUSES["http"], FUSES["redis"]


def install_jinja(environment: Any) -> None:
    """Time every rendered template."""
    kind = environment.Template
    original: Callable[..., str] = kind.render

    def render(self: Any, *args: Any, **kwargs: Any) -> str:
        record = CURRENT.get()
        if record is None or not _templates.on:
            return original(self, *args, **kwargs)
        began = clock()
        said = ""
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            said = type(error).__name__
            raise
        finally:
            record.add_span("template", self.name or "<text>", began, self.filename or "", said)

    kind.render = render


def install_http(client: Any) -> None:
    """Time every call made through the standard library's client (urllib, requests, urllib3)."""
    connection = client.HTTPConnection
    send: Callable[..., None] = connection.putrequest
    receive: Callable[..., Any] = connection.getresponse

    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        if _http.on and CURRENT.get() is not None:
            self._backlight = (clock(), method, url)
        return send(self, method, url, *args, **kwargs)

    def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
        begun = self.__dict__.pop("_backlight", None)
        if begun is None:
            return receive(self, *args, **kwargs)
        status, said = "", ""
        try:
            response = receive(self, *args, **kwargs)
            status = str(getattr(response, "status", ""))
            return response
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise
        finally:
            _note_call(self, begun, status, said)

    connection.putrequest = putrequest
    connection.getresponse = getresponse


def _note_call(connection: Any, begun: Any, status: str, said: str) -> None:
    record = CURRENT.get()
    if record is None:
        return
    try:
        began, method, url = begun
        if "://" not in url:
            scheme = "https" if connection.default_port == 443 else "http"
            place = connection.host if connection.port == connection.default_port else None
            place = place or f"{connection.host}:{connection.port}"
            url = f"{scheme}://{place}{url}"
        record.add_span("http", f"{method} {url}", began, status, said)
    except Exception as error:
        _http.fault(error)


def install_redis(redis: Any) -> None:
    """Time every command of the redis client."""
    kinds = [getattr(redis, "Redis", None), getattr(redis, "StrictRedis", None)]
    for kind in {one for one in kinds if one is not None}:
        _time(kind, "execute_command", _command)
    from redis.client import Pipeline  # noqa: PLC0415  # lazy: only where it is installed

    _time(Pipeline, "execute", _pipeline)


def _time(kind: Any, name: str, describe: Callable[..., str]) -> None:
    original: Callable[..., Any] = getattr(kind, name)

    def timed(self: Any, *args: Any, **kwargs: Any) -> Any:
        record = CURRENT.get()
        if record is None or not _redis.on:
            return original(self, *args, **kwargs)
        began, what, said = clock(), describe(self, args), ""
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise
        finally:
            record.add_span("redis", what, began, "", said)

    setattr(kind, name, timed)


def _command(_: Any, args: Any) -> str:
    """The command and its key; never its values."""
    return " ".join(str(arg)[:200] for arg in args[:2])


def _pipeline(pipeline: Any, _: Any) -> str:
    return f"pipeline of {len(getattr(pipeline, 'command_stack', ()))}"
