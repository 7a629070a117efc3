"""What every test gets: a neutral environment, its own settings folders, and private database servers."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.cache import cache_folder

if os.name == "posix":
    from tests.servers.base import close_owned, server_root

pytest_plugins = [
    "tests.runner.collect",
    "tests.runner.leaks",
    "tests.runner.order",
    "tests.runner.handout",
    "tests.runner.report",
    "tests.servers.fixtures",
    "tests.live",
]

FOREIGN = ("PG", "MYSQL_", "MARIADB_", "BACKLIGHT_SECRET_", "XDG_")
FIXED = {
    "QT_QPA_PLATFORM": "offscreen",
    "QT_SCALE_FACTOR": "1",
    "QT_ACCESSIBILITY": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}


def _neutral_environment() -> Path:
    """Point this process and its children at an empty home: nothing of the user's may be touched."""
    cache_folder()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    # In the folder of the run where there is one: that goes however the run ends.
    home = Path(tempfile.mkdtemp(prefix="blt-home-", dir=server_root() if os.name == "posix" else None))
    places = {"HOME": home, "XDG_RUNTIME_DIR": home / "run"}
    places |= {f"XDG_{kind}_HOME": home / kind.lower() for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    for name, folder in places.items():
        folder.mkdir(exist_ok=True, mode=0o700)
        os.environ[name] = str(folder)
    os.environ.update({k: v for k, v in FIXED.items() if k != "QT_QPA_PLATFORM" or k not in os.environ})
    if hasattr(time, "tzset"):
        time.tzset()
    return home


HOME = _neutral_environment()
# How fast a machine is says nothing about whether a property holds.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


# The same examples at every run: whoever looks for new ones sets BACKLIGHT_TEST_DEEP.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("deep", deadline=None, max_examples=1000)
settings.load_profile("deep" if os.environ.get("BACKLIGHT_TEST_DEEP") else "steady")


def pytest_configure(config: pytest.Config) -> None:
    """The process the user started owns the servers' folder; workers started later inherit it."""
    if os.name == "posix":
        server_root()
        config.add_cleanup(close_owned)
    config.add_cleanup(lambda: shutil.rmtree(HOME, ignore_errors=True))
