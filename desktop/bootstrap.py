"""The right environment for this program: checked in a few milliseconds, made on the first start.

How to call it, before anything outside the standard library is imported (``os`` is enough; ``pathlib``
alone would cost 10 ms here)::

    from desktop.bootstrap import display_kind, ensure

    ensure(os.path.dirname(os.path.abspath(__file__)), dev=False, gui=True, argv=sys.argv)

``argv`` is what follows the interpreter on the command line: ``sys.argv`` for a script, ``["-m", "tests",
...]`` for a module. ``gui=True`` (modes window, demo, tour, selftest) also makes sure, once, that Qt's system
libraries are there. ``ensure`` returns when this process runs in the right environment or in a frozen build.
Otherwise it prepares ``.venv`` and starts the same command line in it, and does not return. The process ends
with code 3 and one exact line when something is missing that may not be installed here, with 130 on Ctrl-C.

``display_kind()`` answers "display" or "none". Ask it before a QApplication exists: Qt aborts the whole
process (134) where there is no display. In a frozen program it starts the program itself with the word
``probe-display``, so ``ensure`` must be called, with the whole ``argv``, before other words are refused.

Imported in every start: only ``os`` and ``sys``, other modules where they are needed. The syntax is that of
Python 3.6, so that an old interpreter gets a sentence and not a traceback; the caller must keep to it too.
"""

import os
import sys

MINIMUM = (3, 11)
ENVIRONMENT = ".venv"
STAMP = "backlight-stamp"
CHECKED = "BACKLIGHT_ENVIRONMENT_CHECKED"
MISSING = 3
PROBE_DISPLAY = "from PySide6.QtGui import QGuiApplication; QGuiApplication(['probe'])"


def ensure(root: "str | os.PathLike[str]", *, dev: bool, gui: bool, argv: "list[str]") -> None:
    """Return inside the right environment, else make it and start ``argv`` again in it."""
    if getattr(sys, "frozen", False):
        if argv[1:2] == ["probe-display"]:
            _probe_display_here()
        give_back("VIRTUAL_ENV")
        return
    if sys.version_info[:2] < MINIMUM:
        version = ".".join(str(part) for part in sys.version_info[:3])
        leave(f"Backlight needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer; this is Python {version}.")
    if os.environ.pop(CHECKED, None) == str(os.getpid()):
        return
    base = os.fspath(root)
    home = os.path.join(base, ENVIRONMENT)
    wanted = wanted_stamp(base, dev, gui)
    if not satisfied(home, wanted):
        from desktop.environment import prepare  # noqa: PLC0415  # lazy: first start only

        prepare(base, home, wanted)
    if os.path.realpath(sys.prefix) != os.path.realpath(home):
        restart(home, argv)


def give_back(name: str) -> None:
    """Packaging takes a variable away at the start; a project's own interpreter is found by this one.

    Only Linux still tells what a program was started with; elsewhere python3 on the path is what is left.
    """
    try:
        with open("/proc/self/environ", "rb") as told:
            entries = told.read().split(b"\0")
    except OSError:
        return
    for entry in entries:
        key, _, value = entry.partition(b"=")
        if key == os.fsencode(name) and value:
            os.environ.setdefault(name, os.fsdecode(value))


def wanted_stamp(root: str, dev: bool, gui: bool) -> "list[str]":
    """The facts an environment must have, one a line: interpreter, locks by content, Qt's libraries."""
    import zlib  # noqa: PLC0415  # lazy: not in a frozen start

    locks = ["requirements.lock"] + ["requirements-dev.lock"] * dev
    lines = ["python " + str(sys.implementation.cache_tag)]
    for lock in locks:
        with open(os.path.join(root, lock), "rb") as file:
            content = file.read()
        # A checksum tells an old lock from a new one; hashlib would cost 5 ms in every start.
        lines.append(f"{lock} {len(content)} {zlib.crc32(content):08x}")
    if gui:
        lines.append("qt " + qt_platform())
    return lines


def qt_platform() -> str:
    """The platform plugin whose libraries are needed: "xcb" with an X11 display, else "offscreen"."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "xcb").partition(":")[0]
    x11 = sys.platform == "linux" and chosen == "xcb" and os.environ.get("DISPLAY")
    return "xcb" if x11 else "offscreen"


def satisfied(home: str, wanted: "list[str]") -> bool:
    """Whether the environment's stamp has every wanted fact."""
    try:
        with open(os.path.join(home, STAMP), encoding="utf-8") as file:
            have = file.read().splitlines()
    except OSError:
        return False
    return set(wanted) <= set(have)


def interpreter(home: str) -> str:
    """The Python of an environment."""
    return os.path.join(home, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def restart(home: str, argv: "list[str]") -> None:
    """Run the same command line with the environment's Python, in this process where the system can."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.environ.pop("__PYVENV_LAUNCHER__", None)
    python = interpreter(home)
    if os.name != "nt":
        os.environ[CHECKED] = str(os.getpid())  # exec keeps the process id: no second look after it
        os.execv(python, [python, *argv])
    import subprocess  # noqa: PLC0415  # lazy: only Windows has no exec

    try:
        code = subprocess.call([python, *argv])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def leave(text: str, code: int = MISSING) -> None:
    """End the process with one line on standard error."""
    sys.stderr.write(text + "\n")
    sys.exit(code)


def display_kind() -> str:
    """ "display" where a window can be opened, "none" where Qt would abort.

    A platform chosen by QT_QPA_PLATFORM is believed. A display that answered is remembered by its address
    and key file, so that only the first start on it pays for the probe (0.3 s) in a child process.
    """
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return "display"
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not (display or wayland) or not _listens(display, wayland):
        return "none"
    key = _display_key(display, wayland)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    note = os.path.join(cache, "backlight", "display")
    try:
        with open(note, encoding="utf-8") as file:
            if file.read() == key:
                return "display"
    except OSError:
        pass
    if not _probe_display():
        return "none"
    try:
        os.makedirs(os.path.dirname(note), mode=0o700, exist_ok=True)
        with open(note, "w", encoding="utf-8") as file:
            file.write(key)
    except OSError:
        pass  # a home that cannot be written only costs the probe again
    return "display"


def _listens(display: "str | None", wayland: "str | None") -> bool:
    """Whether something accepts connections at either display's address."""
    import socket  # noqa: PLC0415  # lazy: only with a display

    addresses: list[object] = []
    if wayland:
        addresses.append(os.path.join(os.environ.get("XDG_RUNTIME_DIR", "/"), wayland))
    if display:
        host, _, number = display.rpartition(":")
        screen = number.split(".")[0]
        if host and not host.startswith("/") and host != "unix":
            addresses.append((host.rpartition("/")[2], 6000 + int(screen) if screen.isdigit() else 6000))
        else:
            path = "/tmp/.X11-unix/X" + screen if not host.startswith("/") else display
            addresses += [path, "\0" + path]
    for address in addresses:
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        with socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex(address) == 0:  # type: ignore[arg-type]
                return True
    return False


def _display_key(display: "str | None", wayland: "str | None") -> str:
    """What identifies a display that was probed: its addresses and the age of the X11 key file."""
    authority = os.environ.get("XAUTHORITY") or os.path.join(os.path.expanduser("~"), ".Xauthority")
    try:
        age = os.stat(authority).st_mtime_ns
    except OSError:
        age = 0
    return "\n".join([display or "", wayland or "", authority, str(age), sys.prefix])


def _probe_display() -> bool:
    """Open a QGuiApplication in a child, which Qt aborts when the display is dead."""
    import subprocess  # noqa: PLC0415  # lazy: first start on a display

    own = [sys.executable, "probe-display"]
    command = own if getattr(sys, "frozen", False) else [sys.executable, "-c", PROBE_DISPLAY]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=20) == 0
    except subprocess.TimeoutExpired:
        return False


def _probe_display_here() -> None:
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415  # lazy: the probe of a frozen program

    QGuiApplication(["probe"])
    sys.exit(0)
