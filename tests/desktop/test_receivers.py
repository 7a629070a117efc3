"""Four ways into memory that PySide has freed already, and the window takes none.

It follows a bound method of an object that is no QObject by weak references, and touches freed memory when
that object ends after the sender did. It records each of Qt's own items, and may touch one that is gone when
their model is thrown away. Either is a crash some time later, in whatever runs then. The other two have their
tests' words.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QObject

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "desktop").rglob("*.py"))


def connected(node: ast.ClassDef | ast.FunctionDef) -> Iterator[ast.Attribute]:
    """What a class or function connects signals to: `self.method`, `self.part.method`, `other.method`."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "connect"
        ):
            yield from (arg for arg in call.args if isinstance(arg, ast.Attribute))


def made_by(node: ast.ClassDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is assigned to what, the parts of tuples one by one."""
    for made in ast.walk(node):
        for target in made.targets if isinstance(made, ast.Assign) else ():
            if isinstance(target, ast.Tuple) and isinstance(made.value, ast.Tuple):
                yield from zip(target.elts, made.value.elts, strict=True)
            else:
                yield target, made.value


def part_type(node: ast.ClassDef, part: str, module: ModuleType) -> type | None:
    """The class of `self.part`, if the class makes it itself."""
    for target, value in made_by(node):
        if ast.unparse(target) == f"self.{part}" and isinstance(value, ast.Call):
            found = getattr(module, ast.unparse(value.func), None)
            return found if isinstance(found, type) else None
    return None


def made_there(function: ast.FunctionDef) -> Iterator[tuple[ast.Attribute, str]]:
    """Receivers that a function makes itself: `Click(...).run`, or `click.run` after `click = Click(...)`."""
    made = {
        node.targets[0].id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for receiver in connected(function):
        whose = receiver.value
        value = made.get(whose.id) if isinstance(whose, ast.Name) else whose
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            yield receiver, value.func.id


def wrong(path: Path) -> Iterator[str]:
    """Receivers in a file that are no QObjects."""
    tree = ast.parse(path.read_text("utf-8"))
    if ".connect(" not in path.read_text("utf-8"):
        return
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for receiver, name in made_there(function):
            kind = getattr(module, name, None)
            if isinstance(kind, type) and not issubclass(kind, QObject):
                yield f"{path.relative_to(ROOT)}:{receiver.lineno}: {ast.unparse(receiver)}"
    for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for receiver in connected(node):
            whose = ast.unparse(receiver.value).split(".")
            if whose[0] != "self" or len(whose) > 2:
                continue
            kind = getattr(module, node.name) if len(whose) == 1 else part_type(node, whose[1], module)
            if kind is not None and not issubclass(kind, QObject):
                place = f"{path.relative_to(ROOT)}:{receiver.lineno}"
                yield f"{place}: {ast.unparse(receiver)} of {kind.__name__}"


def test_rows_are_no_items_of_qt() -> None:
    """They are plain objects: see kit/items.py."""
    qts = {"QStandardItem", "QStandardItemModel", "QTreeWidgetItem", "QListWidgetItem", "QTableWidgetItem"}
    used = {path: qts & set(path.read_text("utf-8").replace(",", " ").split()) for path in FILES}
    assert not {str(path): names for path, names in used.items() if names}


def test_nobody_asks_for_the_next_in_the_focus_chain() -> None:
    """The bindings take the one that is asked for the owner of the answer: both are freed together."""
    asked = ("nextInFocusChain", "previousInFocusChain", "focusProxy()")
    assert not [str(path) for path in FILES if any(word in path.read_text("utf-8") for word in asked)]


def test_no_delegate_asks_its_option_for_the_view() -> None:
    """That lends it for as long as it lives itself: a delegate knows its view as its parent."""
    assert not [str(path) for path in FILES if "option.widget" in path.read_text("utf-8")]


@pytest.mark.usefixtures("qapp")
def test_signals_reach_methods_of_qobjects_only() -> None:
    assert [line for path in FILES for line in wrong(path)] == []


def test_a_wrong_receiver_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class Heard:\n    def hear(self): ...\n\nclass Ear:\n    def __init__(self, bell):\n"
    text += "        self.heard = Heard()\n        bell.rang.connect(self.heard.hear)\n"
    text += "        bell.rang.connect(self.hear)\n"
    text += "        bell.rang.connect(Heard().hear)\n"
    text += "        one = Heard()\n        bell.rang.connect(one.hear)\n"
    (tmp_path / "planted.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert len(list(wrong(tmp_path / "planted.py"))) == 4
