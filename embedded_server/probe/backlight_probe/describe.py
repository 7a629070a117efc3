"""The application as a colleague must know it: versions, git revision, Alembic heads, routes.

Read from files by the sender's thread, once; only `git status` is run, with two seconds at most.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import weakref
from typing import Any, Callable

from .config import FUSES, SETTINGS

_fuse = FUSES["describe"]
# Weak: a test suite makes thousands of applications.
_apps: list[Callable[[], Any]] = []
_MOST_APPS = 50
_told = 0
_NAMES = (
    "flask",
    "werkzeug",
    "sqlalchemy",
    "alembic",
    "flask_migrate",
    "flask_sqlalchemy",
    "jinja2",
    "gunicorn",
)
_REVISION = re.compile(r"^revision\s*(?::[^=]+)?=\s*['\"]([^'\"]+)", re.MULTILINE)
_DOWN = re.compile(r"^down_revision\s*(?::[^=]+)?=\s*(.+(?:\n\s.*)*)", re.MULTILINE)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")
_description: dict[str, Any] | None = None
_process = 0


def meet(app: Any) -> None:
    """An application took its first request."""
    if len(_apps) < _MOST_APPS:
        _apps.append(weakref.ref(app))


def _first() -> Any:
    """The application met first, if it still lives."""
    return next((app for app in (known() for known in _apps) if app is not None), None)


def application() -> dict[str, Any]:
    """What is known of this process; made at the first call, again after a fork."""
    global _description, _process
    if _description is None or _process != os.getpid():
        _process = os.getpid()
        _description = {"name": name(), "pid": _process, "python": platform.python_version()}
        if _fuse.on:
            try:
                _description.update(_details())
            except Exception as error:
                _fuse.fault(error)
    return _description


def name() -> str:
    """BACKLIGHT_APP, else the first application's name, else the program's."""
    if SETTINGS.app:
        return SETTINGS.app
    app = _first()
    if app is not None:
        given = str(getattr(app, "name", "") or getattr(app, "import_name", ""))
        if given and given != "__main__":
            return given
    return os.path.basename(os.getcwd()) or os.path.basename(sys.argv[0] if sys.argv else "")


def _details() -> dict[str, Any]:
    folder = os.getcwd()
    root = str(getattr(_first(), "root_path", "")) or folder
    found: dict[str, Any] = {
        "folder": folder,
        "framework": "flask" if "flask" in sys.modules else "wsgi",
        "versions": _versions(),
    }
    revision = git_revision(root) or git_revision(folder)
    if revision:
        found.update(git_revision=revision, git_dirty=_dirty(root))
    found["alembic_heads"] = (
        alembic_heads(folder) or alembic_heads(root) or alembic_heads(os.path.dirname(root))
    )
    return found


def _versions() -> dict[str, str]:
    try:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # lazy: slow to import
    except ImportError:
        return {}
    found = {}
    for module in _NAMES:
        if module in sys.modules:
            try:
                found[module] = version(module.replace("_", "-"))
            except PackageNotFoundError:
                continue
    return found


def git_revision(folder: str) -> str:
    """The checked out commit, read from .git without running git; "" outside of a repository."""
    while folder and not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent
    git = os.path.join(folder, ".git")
    if os.path.isfile(git):
        git = os.path.join(folder, _text(git)[len("gitdir:") :].strip())
    common = os.path.normpath(os.path.join(git, _text(os.path.join(git, "commondir")).strip() or "."))
    head = _text(os.path.join(git, "HEAD")).strip()
    if not head.startswith("ref:"):
        return head
    ref = head[4:].strip()
    for place in (git, common):
        found = _text(os.path.join(place, *ref.split("/"))).strip()
        if found:
            return found
    for line in _text(os.path.join(common, "packed-refs")).splitlines():
        if line.endswith(" " + ref):
            return line.split(" ")[0]
    return ""


def _dirty(folder: str) -> bool:
    """Whether tracked files differ from the commit."""
    environment = dict(os.environ, GIT_OPTIONAL_LOCKS="0")
    command = ["git", "status", "--porcelain", "--untracked-files=no"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=2, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(done.stdout.strip())


def alembic_heads(folder: str) -> list[str]:
    """The newest revisions of the migration scripts below a folder, read as text."""
    revisions, below = set(), set()
    for place in ("migrations", "alembic", ""):
        scripts = os.path.join(folder, place, "versions")
        if not os.path.isdir(scripts):
            continue
        for file in sorted(os.listdir(scripts))[:2000]:
            if file.endswith(".py"):
                text = _text(os.path.join(scripts, file))
                found = _REVISION.search(text)
                down = _DOWN.search(text)
                if found:
                    revisions.add(found.group(1))
                if down:
                    below.update(_QUOTED.findall(down.group(1)))
        break
    return sorted(revisions - below)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def routes() -> list[dict[str, Any]]:
    """The routes of applications met since the last call."""
    global _told
    fresh, _told = _apps[_told:], len(_apps)
    found = []
    for app in (known() for known in fresh):
        url_map = getattr(app, "url_map", None)
        for rule in url_map.iter_rules() if url_map is not None else ():
            function = getattr(app, "view_functions", {}).get(rule.endpoint)
            file, line = _place(function)
            methods = sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
            found.append(
                {"rule": rule.rule, "methods": methods, "endpoint": rule.endpoint, "file": file, "line": line}
            )
    return found


def tell_again() -> None:
    """The server is another one: it does not know the routes."""
    global _told
    _told = 0


def _place(function: Any) -> Any:
    seen = 0
    while hasattr(function, "__wrapped__") and seen < 20:
        function, seen = function.__wrapped__, seen + 1
    view = getattr(function, "view_class", None)
    if view is not None:
        function = next(
            (getattr(view, verb) for verb in ("dispatch_request", "get", "post") if verb in vars(view)),
            function,
        )
    code = getattr(function, "__code__", None) or getattr(getattr(function, "func", None), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
