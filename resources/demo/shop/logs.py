"""Logging: one handler for the shop's loggers, and a clock for listings."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from time import perf_counter

from flask import Flask, current_app

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_logging(app: Flask) -> None:
    """Send the shop's loggers to stderr, and to LOG_FILE when it is set; safe to call again."""
    logger = app.logger
    logger.setLevel(logging.DEBUG if app.debug else app.config["LOG_LEVEL"])
    for handler in [h for h in logger.handlers if h.get_name() and h.get_name().startswith("shop.")]:
        logger.removeHandler(handler)
        handler.close()
    handlers: list[logging.Handler] = []
    if not logging.getLogger().handlers:
        handlers.append(logging.StreamHandler(sys.stderr))
    if app.config["LOG_FILE"]:
        handlers.append(
            RotatingFileHandler(app.config["LOG_FILE"], maxBytes=5_000_000, backupCount=3, encoding="utf-8")
        )
    for number, handler in enumerate(handlers):
        handler.set_name(f"shop.{number}")
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)


@contextmanager
def timed_listing(logger: logging.Logger, what: str) -> Iterator[None]:
    """Warn when preparing a listing took longer than SLOW_LISTING_MS."""
    started = perf_counter()
    yield
    took = (perf_counter() - started) * 1000
    if took > current_app.config["SLOW_LISTING_MS"]:
        logger.warning("slow listing %.0f ms: %s", took, what)
    else:
        logger.debug("listing %.1f ms: %s", took, what)
