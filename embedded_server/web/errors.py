"""Problems as HTTP answers."""

from __future__ import annotations

from flask import Response

from embedded_server.wire.problem import Problem
from embedded_server.wire.values import encode_json, encode_msgpack

_STATUS = {
    "request.invalid": 400,
    "request.not_found": 404,
    "request.too_large": 413,
    "guard.token": 401,
    "guard.scope": 403,
    "guard.host": 421,
    "guard.origin": 403,
    "guard.content_type": 415,
    "server.internal": 500,
    "server.stopping": 503,
    "server.busy": 503,
    "job.cancelled": 409,
    "job.superseded": 409,
    "job.timeout": 504,
}


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem: 422 unless the code says something more exact."""
    return _STATUS.get(problem.code, 422)


def packed(message: object, wants_msgpack: bool, status: int = 200) -> Response:
    """A message in the form the caller asked for."""
    if wants_msgpack:
        return Response(encode_msgpack(message), status, mimetype="application/msgpack")
    return Response(encode_json(message), status, mimetype="application/json")
