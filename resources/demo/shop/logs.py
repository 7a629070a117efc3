"""Logging: one handler for the shop's loggers, and a clock for listings."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from time import perf_counter

from flask import Flask, current_app

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
OURS = "shop"
WITH_STATEMENT = 3  # frames from the log call up to the ``with`` of the caller


def configure_logging(app: Flask) -> None:
    """Send what the shop and its server log to stderr, and to LOG_FILE when it is set.

    Safe to call again: handlers of an earlier application are replaced. Where the process has configured
    logging itself, stderr is left to it.
    """
    handlers: list[logging.Handler] = []
    if not logging.getLogger().handlers:
        handlers.append(logging.StreamHandler(sys.stderr))
    if app.config["LOG_FILE"]:
        handlers.append(
            RotatingFileHandler(app.config["LOG_FILE"], maxBytes=5_000_000, backupCount=3, encoding="utf-8")
        )
    for handler in handlers:
        handler.set_name(OURS)
        handler.setFormatter(logging.Formatter(FORMAT))
    # By name: app.logger would add a handler of Flask's when it finds none.
    for name in (app.name, "werkzeug"):
        _replace_handlers(logging.getLogger(name), handlers)
    logging.getLogger(app.name).setLevel("DEBUG" if app.debug else app.config["LOG_LEVEL"])


def _replace_handlers(logger: logging.Logger, handlers: list[logging.Handler]) -> None:
    for handler in [h for h in logger.handlers if h.get_name() == OURS]:
        logger.removeHandler(handler)
        handler.close()
    for handler in handlers:
        logger.addHandler(handler)


@contextmanager
def timed_listing(logger: logging.Logger, what: str) -> Iterator[None]:
    """Warn when preparing a listing took longer than SLOW_LISTING_MS."""
    started = perf_counter()
    yield
    took = (perf_counter() - started) * 1000
    if took > current_app.config["SLOW_LISTING_MS"]:
        logger.warning("slow listing %.0f ms: %s", took, what, stacklevel=WITH_STATEMENT)
    else:
        logger.debug("listing %.1f ms: %s", took, what, stacklevel=WITH_STATEMENT)
