"""A pytest plugin: gives every test the markers that follow from what it uses, and selects by them.

``database``: uses a private server. ``gui``: uses a QApplication, and runs alone. Set by hand: ``timing``
(measures time: runs alone), ``process`` (starts the program), ``slow`` (over two seconds), ``xvfb`` (also
runs under a real X server in CI: clipboard, focus, shortcuts), ``ci`` (runs in CI only), ``engine(name)``.
``wild``: needs a package index and runs only when its file or folder is named.
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest

from tests.runner.changes import capability_of

MARKERS = {
    "database": "uses a private database server (set by itself)",
    "gui": "uses a QApplication (set by itself)",
    "timing": "measures time, so it runs alone",
    "process": "starts the program as a process",
    "slow": "takes more than two seconds",
    "xvfb": "runs under a real X server in CI as well",
    "ci": "runs in CI only",
    "wild": "needs a package index, so it runs only when its file or folder is named (tests/wild: by itself)",
    "engine(name)": "the database engine a test is about, where no fixture or parameter says it",
}
SERVER_FIXTURES = {
    "pg_server": "postgresql",
    "private_postgres": "postgresql",
    "mariadb_server": "mariadb",
    "private_mariadb": "mariadb",
}
ENGINES = ("sqlite", "postgresql", "mariadb", "duckdb", "generic")
BUILD_SECONDS = 600  # the first test of the packaged program waits for its build
ALWAYS = ("house", "wire")  # of these "quick" runs all that is not slow
QUICK, CI_ONLY = "BACKLIGHT_TEST_QUICK", "BACKLIGHT_TEST_CI"


def pytest_configure(config: pytest.Config) -> None:
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        _mark(item)
    kept = [item for item in items if _selected(item)]
    dropped = [item for item in items if not _selected(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _mark(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & {"qapp", "qtbot", "qtmodeltester"}:
        item.add_marker("gui")
    engines = _engines(item)
    if set(engines) & set(SERVER_FIXTURES.values()):
        item.add_marker("database")
    if "packaging" in item.path.parts:
        item.add_marker("ci")
        item.add_marker(pytest.mark.timeout(BUILD_SECONDS))
    if capability_of(item.path) == "wild":
        item.add_marker("wild")
        item.add_marker(pytest.mark.timeout(BUILD_SECONDS))
    properties = [("capability", capability_of(item.path)), *(("engine", name) for name in engines)]
    properties += [("marker", name) for name in ("database", "gui", "xvfb") if item.get_closest_marker(name)]
    item.user_properties.extend(properties)


def _engines(item: pytest.Item) -> list[str]:
    """The engines a test is about: by its parameter's id, its marker, else the servers it uses."""
    callspec = getattr(item, "callspec", None)
    words = set(callspec.id.split("-")) if callspec else set()
    words |= {str(mark.args[0]) for mark in item.iter_markers("engine")}
    named = [engine for engine in ENGINES if engine in words]
    if named:
        return named
    fixtures = set(getattr(item, "fixturenames", ()))
    return sorted({engine for name, engine in SERVER_FIXTURES.items() if name in fixtures})


def _selected(item: pytest.Item) -> bool:
    if item.get_closest_marker("ci") and not os.environ.get(CI_ONLY) and not _asked_for(item):
        return False
    if item.get_closest_marker("wild") and not _asked_for(item):
        return False
    quick = os.environ.get(QUICK)
    if quick is None or capability_of(item.path) in quick.split(","):
        return True
    if any(map(item.get_closest_marker, ("database", "gui", "timing", "process", "slow"))):
        return False
    return capability_of(item.path) in ALWAYS or _is_unit(item)


def _is_unit(item: pytest.Item) -> bool:
    """A test that is given nothing but its parameters calls functions and looks at their answers."""
    function = getattr(item, "function", None)
    callspec = getattr(item, "callspec", None)
    given = set(callspec.params) if callspec else set()
    return function is not None and set(inspect.signature(function).parameters) <= given


def _asked_for(item: pytest.Item) -> bool:
    """A test named on the command line by its file or folder runs wherever it is."""
    root = item.config.rootpath / "tests"
    asked = [Path(str(argument).split("::")[0]).resolve() for argument in item.config.args]
    return any(path != root and item.path.is_relative_to(path) for path in asked if path.exists())
