"""What can be done in a script."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.kit.verb import Verb

from .tab import ScriptTab

if TYPE_CHECKING:
    from .capability import Console

NO_TAB = "Open an SQL script first"


class _Acts:
    """Functions and conditions behind the verbs; each acts on the script in front."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def act(self, run: Callable[[ScriptTab], object]) -> Callable[[], object]:
        """A verb's function from one on a tab."""
        return partial(self._act, run)

    def when(self, reason: Callable[[ScriptTab], str]) -> Callable[[], str]:
        """A verb's condition from one on a tab."""
        return partial(self._when, reason)

    def _act(self, run: Callable[[ScriptTab], object]) -> None:
        tab = self._console.tab()
        if tab is not None:
            run(tab)

    def _when(self, reason: Callable[[ScriptTab], str]) -> str:
        tab = self._console.tab()
        return NO_TAB if tab is None else reason(tab)


def _open(_: ScriptTab) -> str:
    return ""


def _typing(tab: ScriptTab) -> str:
    return "" if _within(tab.editor) or _within(tab.find_bar) else "Click into the script first"


def _within(widget: object) -> bool:
    focused = QApplication.focusWidget()
    while focused is not None and focused is not widget:
        focused = focused.parentWidget()
    return focused is not None


def _not_stoppable(tab: ScriptTab) -> str:
    return "" if tab.running.runs.running() else "Nothing runs"


def _no_text(tab: ScriptTab) -> str:
    return "The script is empty" if tab.editor.document().isEmpty() else ""


def _running(console: Console) -> list[Verb]:
    acts = _Acts(console)
    run, when = acts.act, acts.when
    menu = "SQL"
    return [
        Verb(
            "console.run",
            "Run statement",
            run(lambda tab: tab.running.statement()),
            ("Ctrl+Enter", "Ctrl+Return"),
            "play",
            menu,
            when(lambda tab: tab.running.why_no_statement()),
            "Run the selection, or the outlined statement",
        ),
        Verb(
            "console.run_all",
            "Run whole script",
            run(lambda tab: tab.running.script()),
            ("Ctrl+Shift+Enter", "Ctrl+Shift+Return", "Alt+X"),
            "play-all",
            menu,
            when(lambda tab: tab.running.why_no_script()),
        ),
        Verb(
            "console.stop",
            "Stop",
            run(lambda tab: tab.running.runs.stop()),
            ("Esc",),
            "stop",
            menu,
            when(_not_stoppable),
        ),
        Verb(
            "console.commit",
            "Commit",
            run(lambda tab: tab.running.runs.end_transaction("commit")),
            ("Ctrl+Alt+C",),
            "commit",
            menu,
            when(lambda tab: tab.running.why_no_transaction()),
        ),
        Verb(
            "console.rollback",
            "Roll back",
            run(lambda tab: tab.running.runs.end_transaction("rollback")),
            ("Ctrl+Alt+R",),
            "undo",
            menu,
            when(lambda tab: tab.running.why_no_transaction()),
        ),
        Verb(
            "console.on_error",
            "Stop at errors, or go on",
            run(lambda tab: tab.toggle_stop()),
            (),
            "",
            menu,
            when(_open),
            "Whether the whole script stops at its first error",
        ),
        Verb(
            "console.mode",
            "Auto or manual transactions",
            run(lambda tab: tab.set_manual(not tab.manual)),
            (),
            "",
            menu,
            when(_open),
        ),
    ]


def _editing(console: Console) -> list[Verb]:
    acts = _Acts(console)
    run, when = acts.act, acts.when
    menu = "Edit"
    return [
        Verb(
            "console.find",
            "Find in the script",
            run(lambda tab: tab.find_bar.open()),
            ("Ctrl+F",),
            "search",
            menu,
            when(_typing),
        ),
        Verb(
            "console.replace",
            "Replace in the script",
            run(lambda tab: tab.find_bar.open(replacing=True)),
            ("Ctrl+H",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.find_next",
            "Find next",
            run(lambda tab: tab.find_bar.on()),
            ("F3",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.find_previous",
            "Find previous",
            run(lambda tab: tab.find_bar.back()),
            ("Shift+F3",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.format",
            "Format SQL",
            run(lambda tab: tab.format()),
            ("Ctrl+Alt+L",),
            "format",
            menu,
            when(_no_text),
            "Lay the selection or the script out; only blanks and the case of keywords change",
        ),
    ]


def _lines(console: Console) -> list[Verb]:
    acts = _Acts(console)
    run, when = acts.act, acts.when
    menu = "Edit"
    return [
        Verb(
            "console.complete",
            "Suggest what fits here",
            run(lambda tab: tab.completing.ask()),
            ("Ctrl+Space",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.comment",
            "Comment or uncomment lines",
            run(lambda tab: tab.editor.toggle_comment()),
            ("Ctrl+/",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.duplicate",
            "Duplicate line or selection",
            run(lambda tab: tab.editor.duplicate()),
            ("Ctrl+Shift+D",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.caret_up",
            "Add a caret above",
            run(lambda tab: tab.editor.carets.add(-1)),
            ("Alt+Shift+Up",),
            "",
            menu,
            when(_typing),
            "What is typed is typed at every caret; Esc leaves one",
        ),
        Verb(
            "console.caret_down",
            "Add a caret below",
            run(lambda tab: tab.editor.carets.add(1)),
            ("Alt+Shift+Down",),
            "",
            menu,
            when(_typing),
            "What is typed is typed at every caret; Esc leaves one",
        ),
        Verb(
            "console.line_up",
            "Move lines up",
            run(lambda tab: tab.editor.move_lines(-1)),
            ("Alt+Up",),
            "",
            menu,
            when(_typing),
        ),
        Verb(
            "console.line_down",
            "Move lines down",
            run(lambda tab: tab.editor.move_lines(1)),
            ("Alt+Down",),
            "",
            menu,
            when(_typing),
        ),
    ]


def _results(console: Console) -> list[Verb]:
    acts = _Acts(console)
    run, when = acts.act, acts.when
    return [
        Verb(
            "console.pin",
            "Pin or unpin the result",
            run(lambda tab: tab.results.toggle_pin()),
            ("Ctrl+Alt+Y",),
            "pin",
            "View",
            when(lambda tab: tab.results.why_no_pin()),
            "A pinned result stays when something else runs",
        ),
        Verb(
            "console.compare",
            "Compare with the pinned result",
            run(lambda tab: tab.results.compare()),
            ("Ctrl+Alt+M",),
            "compare",
            "View",
            when(lambda tab: tab.results.why_no_comparison()),
            "Rows that differ, by the columns that identify them",
        ),
        Verb(
            "console.stack",
            "Results below each other or in tabs",
            run(lambda tab: tab.results.toggle_stacked()),
            (),
            "columns",
            "View",
            when(_open),
        ),
    ]


def _scripts(context: Context, console: Console) -> list[Verb]:
    acts = _Acts(console)
    run, when = acts.act, acts.when
    return [
        Verb("console.new", "New SQL script", console.new, ("Ctrl+T",), "sql", "File"),
        Verb("console.open", "Open SQL script…", console.browse, ("Ctrl+Alt+O",), "script", "File"),
        Verb(
            "console.save",
            "Save SQL script",
            run(lambda tab: tab.file.save()),
            ("Ctrl+S",),
            "save",
            "File",
            when(_open),
        ),
        Verb(
            "console.save_as",
            "Save SQL script as…",
            run(lambda tab: tab.file.save_as()),
            ("Ctrl+Shift+S",),
            "",
            "File",
            when(_open),
        ),
        Verb(
            "console.history",
            "History of statements",
            partial(_show_history, context, console),
            ("Ctrl+Alt+H",),
            "history",
            "View",
        ),
        Verb("console.forget", "Forget past statements…", console.pane.ask_forget, (), "trash", "SQL"),
    ]


def _show_history(context: Context, console: Console) -> None:
    context.workbench.show_page("sql")
    console.pane.parts.setCurrentIndex(0)
    console.pane.filter.setFocus()


def add_verbs(context: Context, console: Console) -> None:
    """Register them."""
    context.verbs.add(*_running(console), *_editing(console), *_lines(console), *_results(console))
    context.verbs.add(*_scripts(context, console))
