"""Binds every endpoint to its handler; the routes hold no logic of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from embedded_server.dispatch import Dispatcher
from embedded_server.wire.endpoint import FRAME_HEAD, FRAMES, Endpoint
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.values import encode_json, encode_msgpack, json_decoder

from .docs import add_docs
from .errors import packed, status_of
from .guard import Guard

# Threads that calls may hold at most; the rest of the server's threads stay free for control calls.
CALL_THREADS = 36
_CONTROL = frozenset({"server", "events", "jobs"})


def create_app(dispatcher: Dispatcher, guard: Guard) -> Flask:
    """The WSGI application with one route per endpoint, the OpenAPI document and its page."""
    app = Flask("backlight", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    room = BoundedSemaphore(CALL_THREADS)
    for endpoint in dispatcher.endpoints():
        view = _view(dispatcher, guard, endpoint, room)
        app.add_url_rule(
            endpoint.path, endpoint.name, view, methods=[endpoint.method], provide_automatic_options=False
        )
    add_docs(app, dispatcher, guard)

    @app.errorhandler(HTTPException)
    def _http_error(error: HTTPException) -> Response:
        try:
            guard.check_place(request)
        except ProblemError as refused:
            return _answer(refused.problem)
        code = "request.not_found" if error.code in (404, 405) else "request.invalid"
        return _answer(Problem(code, error.name, request.path), error.code)

    @app.errorhandler(ProblemError)
    def _problem(error: ProblemError) -> Response:
        return _answer(error.problem)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _view(
    dispatcher: Dispatcher, guard: Guard, endpoint: Endpoint[Any, Any], room: BoundedSemaphore
) -> Callable[[], Response]:
    read = _reader(endpoint)
    limited = endpoint.capability not in _CONTROL

    def view() -> Response:
        guard.admit(request, endpoint)
        message = read(request)
        call_id = request.headers.get("X-Call-Id") or uuid4().hex
        if not limited:
            return packed(dispatcher.run(endpoint, message, call_id), _wants_msgpack())
        if not room.acquire(blocking=False):
            raise problem("server.busy", hint="Cancel some of the running work.")
        try:
            answer = dispatcher.run(endpoint, message, call_id)
            if endpoint.stream:
                if FRAMES in request.headers.get("Accept", ""):
                    return Response(_frames(answer), mimetype=FRAMES)
                return Response(_lines(answer), mimetype="application/jsonl")
            return packed(answer, _wants_msgpack())
        finally:
            room.release()

    return view


def _reader(endpoint: Endpoint[Any, Any]) -> Callable[[Request], Any]:
    # A decoder is made for the first request: most of a hundred endpoints wait for one in vain.
    decoder = cache(lambda: json_decoder(endpoint.request))

    def read(incoming: Request) -> Any:
        try:
            if endpoint.method == "GET":
                return msgspec.convert(incoming.args.to_dict(), endpoint.request, strict=False)
            return decoder().decode(incoming.get_data())
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise problem("request.invalid", detail=str(error)) from error

    return read


def _lines(messages: Iterator[Any]) -> Iterator[bytes]:
    # The status line is long gone when a stream fails, so the last line carries the problem.
    try:
        for message in messages:
            yield encode_json(message) + b"\n"
    except ProblemError as error:
        yield encode_json({"problem": error.problem}) + b"\n"


def _frames(messages: Iterator[Any]) -> Iterator[bytes]:
    """Each message as msgpack behind its length; a length of 0 stands before the problem that ended it."""
    try:
        for message in messages:
            packed_message = encode_msgpack(message)
            yield len(packed_message).to_bytes(FRAME_HEAD) + packed_message
    except ProblemError as error:
        yield bytes(FRAME_HEAD) + encode_msgpack(error.problem)


def _answer(refusal: Problem, status: int | None = None) -> Response:
    return packed(refusal, _wants_msgpack(), status or status_of(refusal))


def _wants_msgpack() -> bool:
    accept = request.headers.get("Accept", "")
    return "application/msgpack" in accept or FRAMES in accept
