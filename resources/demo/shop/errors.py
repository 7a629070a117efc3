"""Errors: one shape for the API, one page for people."""

import logging
from typing import Any

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from .extensions import db

log = logging.getLogger(__name__)


class Conflict(Exception):
    """The request is right but the data does not allow it, e.g. an order that has left the house."""

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


def wants_json() -> bool:
    """API callers get JSON, people get a page."""
    return request.path.startswith("/api/")


def answer(status: int, code: str, message: str, facts: dict[str, Any] | None = None) -> ResponseReturnValue:
    """An error in the shape the caller expects."""
    if wants_json():
        return jsonify(error={"code": code, "message": message, **(facts or {})}), status
    return render_template("error.html", status=status, message=message), status


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(Conflict, on_conflict)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(HTTPException, on_http)


def on_conflict(error: Conflict) -> ResponseReturnValue:
    """409; whatever the request had written so far is rolled back."""
    db.session.rollback()
    log.warning("%s %s refused: %s", request.method, request.path, error)
    return answer(409, error.code, str(error), error.facts)


def on_csrf(error: CSRFError) -> ResponseReturnValue:
    """400: the form's token is missing, foreign or too old."""
    log.warning("%s %s refused: %s", request.method, request.path, error.description)
    return answer(400, "csrf", error.description or "The form has expired.")


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Every other HTTP error, the 500 of an unhandled exception included."""
    status = error.code or 500
    if status < 400:
        return error
    code = error.name.lower().replace(" ", "_")
    return answer(status, code, error.description or error.name)
