"""The check of pictures finds what a careful eye would, and nothing in the shell itself."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from desktop.kit.flow import Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, FilterBox, PrimaryButton, Surface, Toolbar
from desktop.shell.picture_check import Fault, check_picture
from desktop.shell.picture_file import save_quickly
from desktop.shell.text_recorder import record_texts
from desktop.shell.tour import Outcome, Step, shell_steps, walk
from embedded_server.wire.problem import ProblemError

from .conftest import table


@pytest.fixture
def root(qtbot) -> QWidget:
    root = Surface("bg1")
    qtbot.addWidget(root)
    root.resize(300, 120)
    return root


def place(widget: QWidget, root: QWidget, x: int, y: int, width: int, height: int = 24) -> QWidget:
    widget.setParent(root)
    widget.setGeometry(x, y, width, height)
    return widget


def faults(root: QWidget, qtbot) -> list[Fault]:
    with qtbot.waitExposed(root):
        root.show()
    return check_picture(root)


def kinds(root: QWidget, qtbot) -> list[tuple[str, str]]:
    return [(fault.kind, fault.text) for fault in faults(root, qtbot)]


def test_what_is_painted_is_recorded_with_place_and_colour(root, qtbot):
    place(Button("Apply", "Ctrl+S"), root, 10, 10, 120)
    root.show()
    texts = {text.text: text for text in record_texts(root)}
    assert set(texts) == {"Apply", "Ctrl+S"}
    assert texts["Apply"].color == theme().color("text")
    assert 10 < texts["Apply"].area.left() < texts["Ctrl+S"].area.left() < 130


def test_a_well_laid_out_widget_has_no_faults(root, qtbot):
    place(Button("Apply", "Ctrl+S"), root, 10, 10, 120)
    place(ElidedLabel("a long text that does not fit here at all"), root, 10, 50, 80)
    place(FilterBox("Filter tables and columns of everything"), root, 10, 80, 90)
    assert kinds(root, qtbot) == []


def test_a_bar_of_two_rows_and_a_control_that_is_cut_are_found(root, qtbot):
    bar = Toolbar(root)
    bar.add(Button("Rows, structure and relations"))
    bar.add_right(Button("Replay and compare"))
    bar.add_right(Button("Edit and resend"))
    bar.resize(300, bar.height())
    stray = place(Button("Low"), bar, 10, 40, 60, 40)
    found = [(fault.kind, fault.detail) for fault in faults(root, qtbot)]
    assert ("bar", "takes two rows") in found
    assert ("bar", "is cut by the edge of its bar") in found
    stray.setParent(None)


def test_a_second_primary_action_is_found(root, qtbot):
    bar = Toolbar(root)
    other = PrimaryButton("Send")
    bar.add_right(PrimaryButton("Apply"))
    bar.add_right(other)
    bar.resize(300, bar.height())
    place(PrimaryButton("Yes, do it"), root, 10, 60, 120)
    assert kinds(root, qtbot) == [("primary", "Send")], "what a question offers is its own"
    other.setEnabled(False)
    assert kinds(root, qtbot) == []


def test_text_cut_without_an_ellipsis_is_found(root, qtbot):
    place(QLabel("a long text that is cut"), root, 10, 10, 60)
    assert kinds(root, qtbot) == [("clipped", "a long text that is cut")]


def test_text_cut_by_its_parent_is_found(root, qtbot):
    box = place(QWidget(), root, 10, 10, 50)
    place(QLabel("longer than its box"), box, 0, 0, 200)
    assert kinds(root, qtbot) == [("clipped", "longer than its box")]


def test_text_cut_in_height_is_found(root, qtbot):
    place(QLabel("flat"), root, 10, 10, 100, 8)
    assert kinds(root, qtbot) == [("clipped", "flat")]


def test_texts_over_each_other_are_found(root, qtbot):
    place(QLabel("one text"), root, 10, 10, 100)
    place(QLabel("other text"), root, 30, 14, 100)
    found = kinds(root, qtbot)
    assert [kind for kind, _ in found] == ["overlap"]


def test_text_under_an_overlay_is_not_looked_at(root, qtbot):
    place(QLabel("below"), root, 10, 10, 100)
    cover = place(Surface("bg2"), root, 0, 0, 200, 60)
    place(QLabel("above"), cover, 10, 10, 100)
    assert kinds(root, qtbot) == []


def test_weak_contrast_is_found(root, qtbot):
    label = place(QLabel("hardly there"), root, 10, 10, 100)
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, theme().color("line"))
    label.setPalette(palette)
    assert kinds(root, qtbot) == [("contrast", "hardly there")]
    palette.setColor(QPalette.ColorRole.WindowText, theme().color("faint"))
    label.setPalette(palette)
    assert kinds(root, qtbot) == [], "hints need less"


def test_a_picture_is_written_as_it_was_taken(root, qtbot, tmp_path):
    for width in (300, 301, 302, 303):
        root.resize(width, 120)
        place(QLabel("some text"), root, 10, 10, 100)
        taken = root.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        save_quickly(taken, tmp_path / "one.png")
        read = QImage(str(tmp_path / "one.png"))
        assert read.convertToFormat(QImage.Format.Format_RGB888) == taken and taken.width() == width
    with pytest.raises(ProblemError, match="picture"):
        save_quickly(taken, tmp_path / "nowhere" / "one.png")


def test_a_tour_of_the_shell_finds_no_fault_in_any_look(shown, qtbot, tmp_path):
    long_name = "a_table_whose_name_is_two_hundred_letters_long_" * 4

    def tabs() -> None:
        for connection in ("shop", "prod", "team"):
            for name in ("orders", "customers", long_name):
                shown.bench.open(table(name, connection), keep=True)
        shown.bench.current().open_transaction = "TXN 3 stmts 00:42"
        shown.bench.touched(shown.bench.current())
        shown.frame.status.show_work("Count rows 12.3 s", True)
        shown.notifier.say("42 rows copied")

    async def waits() -> dict[str, object]:
        shown.bench.show_page("logs")
        return {"page": shown.frame.page()}

    def fails() -> None:
        raise RuntimeError("no such thing")

    problems: list[object] = []
    outcomes: list[Outcome] = []
    steps = [Step("tabs", tabs), *shell_steps(shown), Step("again", waits), Step("fails", fails)]

    async def go() -> None:
        outcomes.extend(await walk(shown, steps, tmp_path / "pictures"))

    flow = Flow(shown, go(), problems.append)
    qtbot.waitUntil(lambda: flow.done, timeout=90_000)
    assert problems == []
    assert [outcome.name for outcome in outcomes] == [step.name for step in steps]
    assert [outcome.error for outcome in outcomes if outcome.error] == ["RuntimeError: no such thing"]
    assert outcomes[-2].facts == {"page": "logs"}
    pictures = [picture for outcome in outcomes for picture in outcome.pictures]
    assert len(pictures) == 4 * len(steps)
    assert all((tmp_path / "pictures" / picture.file).stat().st_size > 1000 for picture in pictures)
    faults = [f"{picture.file}: {fault}" for picture in pictures for fault in picture.faults]
    assert not faults, "\n".join(faults)
