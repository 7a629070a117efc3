"""Starts the window: options, single instance, theme, server, capabilities, session."""

from __future__ import annotations

import desktop.quick_start  # noqa: F401

# isort: split
import sys

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from desktop.api.client import Client
from desktop.api.events import Events
from desktop.api.server_process import ServerProcess
from desktop.context import Context, Launch
from desktop.kit.grid.actions import register as register_grid_actions
from desktop.kit.journal import sync_all
from desktop.kit.theme import FUSION, theme
from desktop.kit.verb import Verb, Verbs
from desktop.settings import FONT_SIZE, THEME, Settings
from embedded_server.wire.problem import Problem
from embedded_server.wire.version import VERSION

from .capabilities import find_capabilities
from .crash import CrashHandler
from .instance import Instance
from .options import NAME, Options, parse
from .registrar import Registrar
from .server_watch import ServerWatch
from .window import Window


class Shell(QObject):
    """Everything of a running window; also driven by tours and tests."""

    def __init__(self, app: QApplication, options: Options) -> None:
        super().__init__(app)
        self.app, self.options = app, options
        # The program's own start: before the first frame only those register whom it shows.
        self.staged = False
        self.settings = Settings(options.profile / "settings.toml", self)
        theme().apply(app, self.settings.get(THEME), self.settings.get(FONT_SIZE))
        self.verbs = Verbs(self)
        self.client = Client(self)
        self.events = Events(self.client, self)
        self.server = ServerProcess(str(options.workspace), self)
        folder = options.workspace / "window"
        with self.verbs.together():
            self.window = Window(self.settings, self.verbs, self.client, folder)
        self.crash = CrashHandler(self.window, self.restart)
        self.watch = ServerWatch(
            self.server, self.client, self.window.frame.status.server, self.window.notifier, self
        )
        self.verbs.add(Verb("app.server", "Start the server again", self._start_server, menu="Help"))
        self.window.closed.connect(self.stop)
        self.context = Context(
            self.client,
            self.events,
            self.settings,
            self.verbs,
            self.window.notifier,
            self.window.bench,
            folder,
        )
        self.registrar = Registrar(self.context, self.window, self._broken, self)

    def start(self) -> None:
        """Start the server, let the capabilities register, bring back what was open, show the window."""
        self.server.start()
        with self.verbs.together():
            register_grid_actions(self.verbs)
            self.registrar.expect(find_capabilities())
        if not self.staged:
            self.registrar.all()
        self.window.session.load()
        self.window.session.watch()
        if self.settings.problem:
            title = "The settings file is damaged and was put aside"
            self.window.notifier.problem(Problem("file.unreadable", title, self.settings.problem))
        self.window.show()
        if self.staged:
            self.registrar.finished.connect(self._all_here)
            self.registrar.after_first_frame()
        else:
            self._launch_first()

    def _all_here(self) -> None:
        # What stands in the centre without tabs belongs to a capability, and offers what others do.
        if self.window.bench.current() is None:
            self.window.bench.show_centre()
        self._launch_first()

    def _launch_first(self) -> None:
        if self.options.launch is not None:
            self.launch(self.options.launch)

    def _broken(self, error: Exception) -> None:
        self.crash.exception(type(error), error, error.__traceback__)

    def launch(self, launch: Launch | None) -> None:
        """Come to the front; open what another start handed over."""
        if launch is not None:
            self.registrar.all()
        self.window.setVisible(True)
        self.window.raise_()
        self.window.activateWindow()
        if launch is not None:
            self.window.bench.launch(launch)

    def stop(self) -> None:
        """End the server in order and make everything typed durable."""
        self.events.stop()
        self.client.connect_to(None)
        self.server.stop()
        sync_all()

    def restart(self) -> None:
        """Close and start the same command again; open tabs come back."""
        self.window.session.save()
        self.stop()
        frozen = getattr(sys, "frozen", False)
        program = [sys.executable] if frozen else [sys.executable, sys.argv[0]]
        words = [*self.options.argv]
        self.app.aboutToQuit.connect(_Restart(program + words, self).run)
        self.app.quit()

    def _start_server(self) -> None:
        self.server.stop()
        self.server.start()


class _Restart(QObject):
    """Starts the program again at the very end, when the workspace is free."""

    def __init__(self, command: list[str], parent: QObject) -> None:
        super().__init__(parent)
        self._command = command

    def run(self) -> None:
        QProcess.startDetached(self._command[0], self._command[1:])


def make_app() -> QApplication:
    """The QApplication with its names and the neutral locale of a developer's tool."""
    QCoreApplication.setApplicationName(NAME)
    QCoreApplication.setApplicationVersion(VERSION)
    QLocale.setDefault(QLocale.c())
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    app.setProperty(FUSION, True)
    app.setApplicationDisplayName("Backlight")
    app.setDesktopFileName(NAME)
    return app


def run_window(options: Options) -> int:
    """Show the window until it is closed; a second start for the same workspace hands over and ends."""
    app = make_app()
    instance = Instance(options.workspace, app)
    if not instance.claim():
        if instance.hand_over(options.launch):
            return 0
        print(f"Backlight: another window has {options.workspace} open and does not answer", file=sys.stderr)
        return 1
    shell = Shell(app, options)
    shell.staged = True
    shell.crash.install()
    instance.launched.connect(shell.launch)
    shell.registrar.finished.connect(instance.listen)
    app.aboutToQuit.connect(instance.release)
    # From the event loop: the window is up before anything else is done.
    QTimer.singleShot(0, shell.start)
    code = app.exec()
    shell.crash.remove()
    return code


def main(words: list[str]) -> int:
    """The mode `window` of main.py."""
    return run_window(parse(words))
