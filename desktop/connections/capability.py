"""Connections as a capability: start page, form, switching, opening files and URLs."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context, Launch, Tab
from desktop.kit.ask_file import ask_file
from desktop.kit.verb import Verb
from embedded_server.wire.connections import ADOPT, CLOSE, AdoptRequest, ConnectionRequest, Discovered
from embedded_server.wire.refs import ConnectionRef, Ref, ScriptRef, TableRef

from .book import Book
from .form import ConnectionForm
from .start_page import Choices, StartPage
from .switcher import Switcher

_FILES = "Databases (*.db *.sqlite *.sqlite3 *.db3 *.duckdb *.ddb);;All files (*)"


class Connections(QObject):
    """Owns the book and answers the shell's questions about connections."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self.book = Book(context, self)
        self.switcher = Switcher(context, self.book, self.open, self)
        bench = context.workbench
        bench.set_connections(self.book.look)
        bench.set_home(self._home)
        bench.add_opener(ConnectionRef.kind, self._form)
        bench.add_launcher(self._launch, last=True)
        bench.connection_changed.connect(self._used)
        self.book.changed.connect(bench.connections_changed)
        context.verbs.add(
            Verb("connection.open_file", "Open database file…", self._browse, ("Ctrl+O",), "folder", "File"),
            Verb("connection.new", "New connection…", self._new, (), "plus", "File"),
            Verb(
                "connection.edit",
                "Edit this connection…",
                self._edit_current,
                (),
                "edit",
                "File",
                self._why_no_edit,
                act=self._edit_named,
            ),
            Verb(
                "connection.switch",
                "Switch connection…",
                bench.want_connection,
                ("Ctrl+Alt+W",),
                "database",
                "Go",
                self.switcher.why_not,
                "Another database: its last tab, or its tables",
            ),
            Verb("connection.home", "Start page", self._go_home, (), "home", "File"),
            Verb(
                "connection.close",
                "Disconnect",
                self._disconnect,
                (),
                "close",
                "File",
                self._why_no_connection,
            ),
        )

    def open(self, connection: str) -> None:
        """Use a connection by saved name, URL or path, and show its tables."""
        bench = self._context.workbench
        bench.use_connection(connection)
        bench.show_page("data")
        # While a tab of another one is in front, tree and chip would go on showing that one.
        if bench.connection() != connection and not bench.bring(connection):
            bench.open(ScriptRef(connection, uuid4().hex), keep=False)

    def _launch(self, launch: Launch) -> bool:
        target = launch.target
        if "://" not in target and self.book.profile(target) is None:
            target = os.path.join(launch.folder or os.getcwd(), os.path.expanduser(target))
        if not launch.table:
            self.open(target)
        else:
            schema, _, table = launch.table.rpartition(".")
            self._context.workbench.use_connection(target)
            self._context.workbench.show_page("data")
            self._context.workbench.open(TableRef(target, table, schema), keep=True)
        return True

    def _used(self, *_: object) -> None:
        self.book.ask(self._context.workbench.connection())

    def _home(self) -> QWidget:
        demo = self._demo if "demo.open" in self._context.verbs else None
        connect = self._connect_app if "trace.connect" in self._context.verbs else None
        choices = Choices(self.open, self._adopt, self._edit, self._browse, self._new, connect, demo)
        return StartPage(self._context, self.book, choices, Path(os.getcwd()))

    def _demo(self) -> None:
        self._context.verbs.run("demo.open")

    def _connect_app(self) -> None:
        self._context.verbs.run("trace.connect")

    def _form(self, ref: ConnectionRef, _: Ref | None) -> Tab:
        return ConnectionForm(self._context, ref, self.book.profile(ref.connection), self.open)

    def _new(self) -> None:
        self._context.workbench.open(ConnectionRef(""), keep=True)

    def _edit(self, name: str) -> None:
        self._context.workbench.open(ConnectionRef(name), keep=True)

    def _edit_current(self) -> None:
        self._edit(self._context.workbench.connection())

    def _edit_named(self, arguments: dict[str, str]) -> None:
        self._edit(arguments.get("connection", self._context.workbench.connection()))

    def _go_home(self) -> None:
        for tab in self._context.workbench.tabs():
            if not tab.dirty():
                self._context.workbench.close(tab)

    def _browse(self) -> None:
        ask_file("Open database file", _FILES, self.open, os.getcwd())

    def _adopt(self, found: Discovered) -> None:
        self._context.flow(self, self._adopt_steps(found))

    async def _adopt_steps(self, found: Discovered) -> None:
        request = AdoptRequest(os.getcwd(), found.source, found.url, found.name)
        answer = await self._context.api.call(ADOPT, request)
        self.book.load()
        self.open(answer.connection.name)

    def _disconnect(self) -> None:
        self._context.flow(self, self._close(self._context.workbench.connection()))

    async def _close(self, name: str) -> None:
        await self._context.api.call(CLOSE, ConnectionRequest(name))
        self._context.notify.say(f"Disconnected from {name}.")

    def _why_no_connection(self) -> str:
        return "" if self._context.workbench.connection() else "No connection is in use"

    def _why_no_edit(self) -> str:
        name = self._context.workbench.connection()
        if not name:
            return "No connection is in use"
        return "" if self.book.profile(name) else "This database was opened by its address and is not saved"
