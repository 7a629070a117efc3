"""The SQL console as a capability: page, opener, verbs, scripts from files."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context, Launch, Tab
from desktop.kit.ask_file import ask_file
from desktop.kit.names import short_name
from embedded_server.wire.console import HistoryEntry
from embedded_server.wire.favourites import Favourite
from embedded_server.wire.refs import Ref, ScriptRef, SentRef

from .favourites.shelf import Shelf, ref_of
from .favourites.verbs import add_verbs as add_favourite_verbs
from .pane import SAVED, ConsolePane
from .profiles import Profiles
from .script_file import FILTER, script_ref
from .scripts import ScriptEntry, closed_scripts, first_line, names_in_use
from .sent.tab import SentTab
from .sent.verbs import add_verbs as add_sent_verbs
from .tab import ScriptTab, folder
from .verbs import NO_TAB, add_verbs


class ConsolePage:
    """The SQL page of the rail."""

    id = "sql"
    title = "SQL"
    icon = "sql"

    def __init__(self, pane: ConsolePane) -> None:
        self.widget: QWidget = pane


class Console(QObject):
    """Owns the page; makes tabs."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self._begun: dict[str, str] = {}
        self.profiles = Profiles(context, self)
        self.shelf = Shelf(context, self)
        add_favourite_verbs(context, self)
        self.pane = ConsolePane(context, self.shelf)
        add_verbs(context, self)
        add_sent_verbs(context)
        bench = context.workbench
        bench.add_page(ConsolePage(self.pane))
        bench.add_opener(ScriptRef.kind, self._make)
        bench.add_opener(SentRef.kind, self._make_sent)
        bench.add_launcher(self._launch)
        bench.add_finder(self.shelf)
        bench.current_changed.connect(self._tabs_changed)
        context.api.finished.connect(self._call_finished)
        context.api.online_changed.connect(self._online)
        self.pane.insert.connect(self.insert)
        self.pane.open_sql.connect(self._open_entry)
        self.pane.open_script.connect(self._open_script)
        self.pane.new_script.connect(self.new)
        self.pane.shown.connect(self.list_scripts)
        self.pane.save_wanted.connect(self._save_wanted)
        self.pane.saved.used.connect(self.use_favourite)

    def tab(self) -> ScriptTab | None:
        """The script in front."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, ScriptTab) else None

    def tabs(self) -> list[ScriptTab]:
        """All scripts in tabs."""
        return [tab for tab in self._context.workbench.tabs() if isinstance(tab, ScriptTab)]

    # --- opening -------------------------------------------------------------------------------------

    def new(self) -> ScriptTab | None:
        """A new script on the connection in use."""
        return self._begin(self._context.workbench.connection())

    def _begin(self, connection: str, sql: str = "") -> ScriptTab | None:
        document = uuid4().hex
        self._begun[document] = connection
        tab = self._context.workbench.open(ScriptRef("", document), keep=True)
        if not isinstance(tab, ScriptTab):
            return None
        if sql:
            tab.insert(sql)
        tab.editor.setFocus()
        return tab

    def _make(self, ref: ScriptRef, _: Ref | None) -> Tab:
        connection = self._begun.pop(ref.document, "") or ref.connection
        started = ScriptRef(
            connection or self._context.workbench.connection(), ref.document, ref.path, ref.sql
        )
        tab = ScriptTab(self._context, self.profiles, started, self._free_name())
        tab.running.runs.ended.connect(self._ran)
        favourite = self.shelf.by_document(ref.document)
        if favourite is not None:
            tab.params.adopt(favourite.params, favourite.nulls)
        return tab

    def _make_sent(self, ref: SentRef, _: Ref | None) -> Tab:
        return SentTab(self._context, ref)

    def _free_name(self) -> str:
        used = {tab.name for tab in self.tabs()} | names_in_use(folder(self._context))
        number = 1
        while f"SQL {number}" in used:
            number += 1
        return f"SQL {number}"

    def browse(self) -> None:
        """Ask for a file to open."""
        ask_file("Open SQL script", FILTER, self.open_file)

    def open_file(self, path: str) -> None:
        """Open a script from a file."""
        self._context.workbench.open(script_ref(path), keep=True)

    def _launch(self, launch: Launch) -> bool:
        if not launch.target.lower().endswith(".sql"):
            return False
        self.open_file(f"{launch.folder}/{launch.target}" if launch.folder else launch.target)
        return True

    # --- the page ------------------------------------------------------------------------------------

    def insert(self, sql: str) -> None:
        """Put a past statement into the script in front, else into a new one."""
        tab = self.tab()
        if tab is None:
            self._begin(self._context.workbench.connection(), sql)
        else:
            tab.insert(sql)

    def show_saved(self) -> None:
        """The page's part with saved statements."""
        self._context.workbench.show_page("sql")
        self.pane.parts.setCurrentIndex(SAVED)
        self.pane.filter.setFocus()

    def why_no_favourite(self) -> str:
        """Why there is nothing to save."""
        tab = self.tab()
        return NO_TAB if tab is None else "The script is empty" if tab.editor.document().isEmpty() else ""

    def ask_favourite(self) -> None:
        """Ask for the name of what is selected, outlined, or all of the script."""
        tab = self.tab()
        if tab is not None:
            self.show_saved()
            self.pane.saved.ask(tab.favourite(), tab.connection())

    def use_favourite(self, one: Favourite, new: bool) -> None:
        """Put a saved statement into the script in front, or into a new one, with its values."""
        tab = self.tab()
        if new or tab is None:
            self._context.workbench.open(ref_of(one), keep=True)
            return
        tab.params.adopt(one.params, one.nulls)
        tab.insert(one.sql)

    def _save_wanted(self) -> None:
        reason = self.why_no_favourite()
        if reason:
            self._context.notify.say(reason)
        else:
            self.ask_favourite()

    def _open_entry(self, entry: HistoryEntry) -> None:
        self._begin(entry.connection, entry.sql)

    def _open_script(self, entry: ScriptEntry) -> None:
        self._context.workbench.open(ScriptRef("", entry.document, entry.path), keep=True)

    def list_scripts(self) -> None:
        """Fill the list of scripts."""
        opened = [
            ScriptEntry(
                tab.document_id,
                tab.title(),
                first_line(tab.editor.document().firstBlock().text()),
                short_name(tab.connection()),
                open=True,
                path=tab.file.path,
            )
            for tab in self.tabs()
        ]
        documents = {entry.document for entry in opened}
        self.pane.scripts.show_entries([*opened, *closed_scripts(folder(self._context), documents)])

    def _tabs_changed(self, *_: object) -> None:
        if self.pane.isVisible() and self.pane.parts.currentIndex() == 1:
            self.list_scripts()

    def _call_finished(self, name: str, _: str) -> None:
        if name == "console.run":
            self._ran()

    def _ran(self, *_: object) -> None:
        """There are other past statements now."""
        self.pane.history.load(self.pane.history.query())

    def _online(self, online: bool) -> None:
        if online:
            self.pane.reload()
