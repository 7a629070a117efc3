"""The system programs the tests use beyond Python: database servers, a virtual X server, a linker's tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from glob import glob

from desktop.environment import install_system_packages, may_install

# package -> programs or files, of which one must be there
NEEDED = {
    "postgresql": ["/usr/lib/postgresql/*/bin/initdb", "initdb"],
    "mariadb-server": ["mariadbd"],
    "sqlite3": ["sqlite3"],
    "curl": ["curl"],
    "openssh-server": ["sshd"],
    "openssh-client": ["ssh"],
    "xvfb": ["Xvfb"],
    "xauth": ["xauth"],
    "libxcb-cursor0": ["/usr/lib*/libxcb-cursor.so.0", "/usr/lib/*/libxcb-cursor.so.0"],
    "libxcb-icccm4": ["/usr/lib*/libxcb-icccm.so.4", "/usr/lib/*/libxcb-icccm.so.4"],
    "libxcb-keysyms1": ["/usr/lib*/libxcb-keysyms.so.1", "/usr/lib/*/libxcb-keysyms.so.1"],
    "libxcb-shape0": ["/usr/lib*/libxcb-shape.so.0", "/usr/lib/*/libxcb-shape.so.0"],
    "libxkbcommon-x11-0": ["/usr/lib*/libxkbcommon-x11.so.0", "/usr/lib/*/libxkbcommon-x11.so.0"],
}
NEEDED_TO_PACKAGE = {"binutils": ["objdump"]}
# Each alone: a system that has other versions of them still gets the rest.
OPTIONAL = {
    "firebird3.0-server-core": ["/usr/lib/*/firebird/*/plugins/libEngine*.so"],
    "libfbclient2": ["/usr/lib/*/libfbclient.so.2"],
}
HYPOPG = ["/usr/share/postgresql/*/extension/hypopg.control"]


def prepare_machine(package: bool) -> None:
    """Install what is missing as root on Debian or Ubuntu; elsewhere print the one line that does."""
    missing = absent(NEEDED | (NEEDED_TO_PACKAGE if package else {}))
    _install(missing)
    for name in absent(OPTIONAL):
        _install([name])
    version = postgres_version()
    if version and absent({"hypopg": HYPOPG}):
        _install([f"postgresql-{version}-hypopg"])


def absent(needed: dict[str, list[str]]) -> list[str]:
    """The packages of which nothing is there."""
    return [package for package, signs in needed.items() if not any(_there(sign) for sign in signs)]


def _there(sign: str) -> bool:
    if sign.startswith("/"):
        return bool(glob(sign))
    return shutil.which(sign, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin") is not None


def postgres_version() -> int | None:
    """The newest PostgreSQL installed the Debian way, None elsewhere."""
    versions = [int(path.split("/")[4]) for path in glob("/usr/lib/postgresql/*/bin/initdb")]
    return max(versions, default=None)


def _install(packages: list[str]) -> None:
    if not packages:
        return
    if may_install():
        try:
            install_system_packages(packages, "the tests need more programs")
        except subprocess.CalledProcessError as error:
            print(f"apt-get ended with {error.returncode}; tests that need them will be skipped")
    else:
        print("some tests will be skipped; what they need is installed by\n  sudo apt-get install", *packages)
    sys.stdout.flush()
