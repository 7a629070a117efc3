"""What somebody sees who stands outside of the window: its files, the clipboard, what is read aloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.kit.journal import Journal


def session(shell: Any) -> dict[str, Any]:
    """What the window would find of itself after a restart: the newest record of its session's file."""
    shell.window.session.save()
    path: Path = shell.options.workspace / "window" / "session.journal"
    return Journal(path).replay()[-1]


def front(shell: Any) -> dict[str, Any]:
    """The tab in front, as the session's file has it."""
    saved = session(shell)
    return saved["tabs"][saved["current"]] if saved["tabs"] else {}


def tabs(shell: Any) -> list[str]:
    """The titles of the open tabs, as the session's file has them."""
    return [str(tab["title"]) for tab in session(shell)["tabs"]]


def clipboard() -> str:
    """What another program would paste."""
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415  # lazy: tests without a window load no Qt

    return str(QGuiApplication.clipboard().text())


def spoken() -> str:
    """What a screen reader calls the thing that has the keyboard."""
    from PySide6.QtGui import QAccessible  # noqa: PLC0415  # lazy: see above
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: see above

    interface = QAccessible.queryAccessibleInterface(QApplication.focusWidget())
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def within() -> list[str]:
    """The names around the keyboard, from the inside out, as a screen reader can ask for them."""
    from PySide6.QtGui import QAccessible  # noqa: PLC0415  # lazy: see above
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: see above

    interface = QAccessible.queryAccessibleInterface(QApplication.focusWidget())
    names = []
    while interface is not None and interface.isValid():
        names.append(interface.text(QAccessible.Text.Name))
        interface = interface.parent()
    return names


def answer(path: object) -> None:
    """Choose a file in the dialog that asks for one; it must be on the screen."""
    from PySide6.QtWidgets import QApplication, QFileDialog  # noqa: PLC0415  # lazy: see above

    shown = [
        one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog) and one.isVisible()
    ]
    assert len(shown) == 1, f"{len(shown)} dialogs ask for a file"
    shown[0].fileSelected.emit(str(path))
    shown[0].reject()


def preview(qtbot: Any) -> Any:
    """The dialog that shows what is about to leave, once it shows it."""
    from PySide6.QtWidgets import QApplication, QDialog  # noqa: PLC0415  # lazy: see above

    def shown() -> list[Any]:
        dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
        return [one for one in dialogs if one.isVisible() and hasattr(one, "stays")]

    qtbot.waitUntil(lambda: len(shown()) == 1 and shown()[0].confirm.isEnabled(), timeout=20_000)
    return shown()[0]


def confirm(qtbot: Any) -> None:
    """Let leave what is shown."""
    preview(qtbot).confirm.click()
