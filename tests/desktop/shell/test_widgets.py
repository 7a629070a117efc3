"""The shared widgets: what they show, how they answer to keys and mouse, how they are read aloud."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QStringListModel, Qt
from PySide6.QtGui import QAccessible, QFontMetrics, QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.kit.theme import theme
from desktop.kit.verb import Verb, Verbs
from desktop.kit.widgets import (
    Button,
    Check,
    Chip,
    Choice,
    ElidedLabel,
    EmptyState,
    FilterBox,
    FilterChip,
    IconButton,
    KeyValue,
    KeyValueList,
    LinkButton,
    ListView,
    Message,
    MessagePlace,
    NumberField,
    Offer,
    PrimaryButton,
    Role,
    SegmentedBar,
    Splitter,
    Toolbar,
    TreeView,
    bind,
    column,
)
from desktop.shell.text_recorder import record_texts


@pytest.fixture
def show(qtbot):
    def show(widget: QWidget, width: int = 300, height: int = 0) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height or widget.sizeHint().height())
        with qtbot.waitExposed(widget):
            widget.show()
        widget.activateWindow()
        return widget

    return show


def test_the_text_of_a_message_stands_below_its_title_at_every_size(show, qapp):
    message = show(Message("Refused", "The server said no.", offers=(Offer("Again", str),)), 500)
    for size in (20, 13):
        theme().apply(qapp, theme().name, size)
        message.layout().activate()
        left = message.text.x() + message.text.contentsRect().x()
        assert left == message.title.mapTo(message, QPoint(0, 0)).x(), size


def test_a_place_keeps_room_only_around_a_message(show):
    place, box = MessagePlace(side=10, room=8), QWidget()
    box.setLayout(place)
    show(box, 400, 100)
    place.show_message(None)
    assert place.contentsMargins().top() == 0
    place.show_message(Message("Refused"))
    margins = place.contentsMargins()
    assert (margins.left(), margins.top(), margins.bottom()) == (10, 8, 8)
    place.message.closed.emit()
    assert place.contentsMargins().top() == 0


def test_a_choice_in_a_full_bar_still_shows_a_short_text(show, qapp):
    bar, choice = Toolbar(), Choice("Along x", ("demo.db", "a name of very many letters " * 4), most=220)
    bar.add(choice)
    bar.add(PrimaryButton("A button that leaves no room to its neighbours"))
    for size in (20, 13):
        theme().apply(qapp, theme().name, size)
        assert choice.sizeHint().width() == theme().scaled(220), "up to a limit"
        show(bar, bar.minimumSizeHint().width())
        assert choice.width() < theme().scaled(220)
        assert "demo.db" in [one.text for one in record_texts(bar)], size


def test_a_button_is_as_wide_as_text_and_key(show):
    plain, keyed = show(Button("Apply")), show(Button("Apply", "Ctrl+S"))
    room = QFontMetrics(theme().ui_font()).horizontalAdvance("Ctrl+S")
    assert keyed.sizeHint().width() >= plain.sizeHint().width() + room
    assert keyed.minimumSizeHint() == keyed.sizeHint()
    assert plain.sizeHint().height() == 24


@pytest.mark.parametrize("kind", [Button, PrimaryButton, LinkButton])
def test_buttons_answer_to_space_and_click_and_not_when_disabled(qtbot, show, kind):
    button = show(kind("Go"))
    clicks = []
    button.clicked.connect(lambda: clicks.append(1))
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.setEnabled(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(clicks) == 2


def test_focus_is_seen(show):
    button = show(Button("Go"))
    button.clearFocus()
    before = button.grab().toImage()
    button.setFocus()
    after = button.grab().toImage()
    assert before != after
    assert after.pixelColor(button.width() // 2, 1).name() == theme().color("select_line").name()


def test_an_icon_button_names_its_action_and_key():
    button = IconButton("refresh", "Refresh", "F5")
    assert button.accessibleName() == "Refresh" and button.toolTip() == "Refresh  F5"
    button.deleteLater()


def test_what_a_button_does_not_show_of_its_key_stands_in_its_tooltip():
    verbs = Verbs()
    reasons = ["Open a table first"]
    verb = Verb("t.fit", "Show all", print, ("Ctrl+Alt+F",), when=lambda: reasons[0], hint="The whole chart")
    verbs.add(verb)
    icon, wide = IconButton("fit", "Show all"), Button("Show all")
    for button in (icon, wide):
        bind(button, verbs, "t.fit")
    assert (icon.tip(), wide.tip()) == ("Open a table first  Ctrl+Alt+F", "Open a table first")
    reasons[0] = ""
    verbs.changed.emit()
    wide.set_terse(True)
    assert icon.tip() == wide.tip() == "The whole chart  Ctrl+Alt+F"
    icon.deleteLater()
    wide.deleteLater()


def test_long_text_ends_in_an_ellipsis_and_is_read_whole(show):
    label = show(ElidedLabel("a_table_with_a_very_long_name_indeed"), 80)
    assert label.shown().endswith("…") and label.shown() != label.text()
    interface = QAccessible.queryAccessibleInterface(label)
    assert interface.text(QAccessible.Text.Name) == label.text()
    label.resize(label.sizeHint())
    assert label.shown() == label.text()
    middle = show(ElidedLabel("/home/someone/projects/shop/shop.db", middle=True), 90)
    assert "…" in middle.shown() and middle.shown().endswith("b")


def test_a_sign_that_turns_the_line_round_is_shown_and_not_obeyed(show):
    label = show(ElidedLabel("invoice\u202efdp.exe"), 300)
    assert label.shown() == "invoice\\u202efdp.exe" and label.text() == "invoice\u202efdp.exe"
    message = show(Message("No table “a\u2067b”", "שלום c\u200fd"), 400)
    painted = " ".join(one.text for one in record_texts(message))
    assert "a\\u2067b" in painted and "c\\u200fd" in painted and "שלום" in painted
    assert message.title.text() == "No table “a\u2067b”"


def test_a_filter_box_clears_with_escape_and_leaves_with_down(qtbot, show):
    box = show(FilterBox("Filter tables"))
    assert box.accessibleName() == "Filter tables"
    with qtbot.waitSignal(box.filtered) as typed:
        qtbot.keyClicks(box, "o")
    assert typed.args == ["o"]
    assert len(box.actions()) == 1
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "" and box.actions() == []
    with qtbot.waitSignal(box.left):
        qtbot.keyClick(box, Qt.Key.Key_Down)


def test_a_number_field_takes_whole_numbers_in_its_range(qtbot, show):
    field = show(NumberField("Rows", 1, 100))
    field.setValue(7)
    field.selectAll()
    qtbot.keyClicks(field, "250")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert 1 <= field.value() <= 100
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.value() < 100


def test_a_check_box_toggles_anywhere_on_it(qtbot, show):
    box = show(Check("Only errors"), 120)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(100, 5))
    assert box.isChecked()
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not box.isChecked()


def test_the_groups_of_a_toolbar_never_touch(show):
    bar = Toolbar()
    left, right = SegmentedBar(("Overview", "Schema")), FilterBox("Filter")
    bar.add(left)
    bar.add_right(right)
    for width in range(260, 700, 40):
        show(bar, width)
        assert bar.stacked() or right.x() - (left.x() + left.width()) >= 4, width


def test_a_check_box_may_wrap_and_is_as_high_as_its_text(qtbot):
    text = "Works on a copy of its database"
    page = column(Check(text, wraps=True), Check("Short", wraps=True))
    qtbot.addWidget(page)
    box, short = page.findChildren(Check)
    page.setFixedWidth(theme().scaled(120))
    page.show()
    qtbot.waitUntil(lambda: box.height() > theme().metric("button"), timeout=20_000)
    assert box.height() >= 2 * QFontMetrics(theme().ui_font()).height()
    assert short.heightForWidth(page.width()) == theme().metric("button")
    assert box.accessibleName() == text and box.sizeHint().width() > page.width()


def test_a_chip_is_cut_before_its_word(show):
    chip = show(Chip("a connection with a long name · PostgreSQL 15", "local", "local"))
    assert chip.accessibleName().endswith("· local")
    whole = chip.sizeHint().width()
    assert chip.minimumSizeHint().width() < whole
    chip.show_text("short", "production", "production")
    assert chip.sizeHint().width() < whole and chip.toolTip() == "short · production"


def test_a_filter_chip_is_edited_or_removed(qtbot, show):
    chip = show(FilterChip("amount ≥ 10"))
    chip.resize(chip.sizeHint())
    with qtbot.waitSignal(chip.clicked):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    with qtbot.waitSignal(chip.removed):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 10, 10))
    with qtbot.waitSignal(chip.removed):
        qtbot.keyClick(chip, Qt.Key.Key_Delete)


def test_segments_change_by_click_and_arrows(qtbot, show):
    bar = show(SegmentedBar(("Rows", "Structure", "DDL")), 400)
    with qtbot.waitSignal(bar.chosen) as chosen:
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    assert chosen.args == [1]
    bar.setFocus()
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    assert bar.currentIndex() == 2
    assert QAccessible.queryAccessibleInterface(bar).role() == QAccessible.Role.PageTabList


def test_an_empty_state_offers_one_action(qtbot, show):
    taken = []
    state = show(
        EmptyState("No rows", "Nothing passes.", "filter", (Offer("Clear", lambda: taken.append(1), True),))
    )
    next(b for b in state.findChildren(QPushButton)).click()
    assert taken == [1]
    state.show_text("Nothing here")
    assert state.title.text() == "Nothing here" and state.text.isHidden()


ROWS = [
    KeyValue("id", "90389"),
    KeyValue("note", "ring tw…", copy="ring twice"),
    KeyValue("customer", "4217", open=lambda: OPENED.append(1)),
]
OPENED: list[int] = []


def test_names_and_values_are_copied_opened_and_read(qtbot, show):
    view = show(KeyValueList("Row"), 260)
    view.show_rows(ROWS)
    assert view.height() == 3 * 24
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "ring twice"
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "90389"
    view.setCurrentIndex(view.model().index(2, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert OPENED == [1]
    assert view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "id: 90389"


def test_names_get_the_room_that_values_leave(show):
    view = show(KeyValueList("Facts", key_width=60), 300)
    name = "Processor of Backlight"
    wanted = QFontMetrics(theme().ui_font()).horizontalAdvance(name)
    view.show_rows([KeyValue(name, "PID 12")])
    assert view.model().key_room(60, 272) > wanted
    view.show_rows([KeyValue(name, "x" * 90)])
    assert view.model().key_room(60, 272) == 272 * 2 // 5, "values keep more than half"
    view.show_rows([KeyValue("id", "x" * 90)])
    assert view.model().key_room(60, 272) == 60


def test_an_endless_word_makes_nothing_wide(show):
    name = "a_name_of_many_letters_" * 9
    state = show(EmptyState(f"Drop {name}", f"Referred to by: {name}, {name}"), 400, 300)
    assert state.title.text() == f"Drop {name}"
    assert state.minimumSizeHint().width() < 300
    wide = show(EmptyState(f"Drop {name}", f"Referred to by: {name}, {name}"), 1200, 300)
    assert state.title.height() > wide.title.height(), "it takes lines instead"


def test_rows_are_24_high_and_follow_the_font(qapp, show):
    view = ListView("Things")
    view.setModel(QStringListModel(["a", "b"], view))
    show(view, 200, 100)
    assert view.sizeHintForRow(0) == 24
    theme().apply(qapp, "dark", 20)
    assert view.sizeHintForRow(0) >= 32


def test_a_tree_is_painted_with_all_it_knows(show):
    model = QStandardItemModel()
    schema, table = QStandardItem("public"), QStandardItem("orders")
    for role, value in (
        (Role.ICON, "table"),
        (Role.DETAIL, "~104 k"),
        (Role.MATCH, (0, 1)),
        (Role.NOTE, "view"),
        (Role.BADGE, "local"),
        (Role.MONO, True),
    ):
        table.setData(value, role)
    schema.appendRow(table)
    model.appendRow(schema)
    tree = TreeView("Tables")
    tree.setModel(model)
    show(tree, 260, 120)
    plain = tree.grab().toImage()
    tree.expandAll()
    opened = tree.grab().toImage()
    tree.setCurrentIndex(model.index(0, 0, model.index(0, 0)))
    selected = tree.grab().toImage()
    assert plain != opened != selected
    assert selected.pixelColor(0, 36) == theme().color("select_line")
    assert opened.pixelColor(5, 100) == theme().color("bg1")


def test_a_toolbar_stacks_where_it_does_not_fit(show):
    bar = Toolbar()
    bar.add(Button("Rows and more of them"))
    bar.add_right(PrimaryButton("Apply all of it", "Ctrl+S"))
    show(bar, 700)
    assert bar.height() == 34
    bar.resize(260, bar.height())
    assert bar.height() == 68
    assert bar.minimumSizeHint().width() < 260
    bar.resize(700, bar.height())
    assert bar.height() == 34


def test_rows_of_a_stacked_toolbar_stand_in_the_middle_of_their_halves(show, qtbot):
    bar, low = Toolbar(), Button("Rows and more of them")
    main = PrimaryButton("Apply all of it", "Ctrl+S")
    bar.add(low)
    bar.add(NumberField("How many", 1, 9))
    bar.add_right(main)
    show(bar, 300)
    assert bar.height() == 68
    qtbot.waitUntil(lambda: abs(main.geometry().center().y() - 51) <= 1)
    assert abs(low.geometry().center().y() - 17) <= 1


def test_a_number_is_never_cut(show):
    bar, number = Toolbar(), NumberField("Requests", 1, 10_000)
    number.setSuffix(" requests")
    bar.add(number)
    bar.add(ElidedLabel("a text that gives way to what cannot be cut"))
    show(bar, 200)
    shown = record_texts(number)[0]
    assert shown.text == "1 requests" and shown.visible.width() >= shown.area.width()


def test_a_button_that_cannot_be_used_steps_back(show):
    button = show(PrimaryButton("Apply"), 120, 40)
    button.setEnabled(False)
    image = button.grab().toImage()
    assert image.pixelColor(6, button.height() // 2) == theme().color("bg2")
    assert image.pixelColor(button.width() // 2, 0) == theme().color("bg3")


def test_a_toolbar_leaves_out_keys_and_cuts_texts_before_it_stacks(show, qtbot):
    bar = Toolbar()
    text = ElidedLabel("SELECT id, status FROM orders WHERE status = 'open' ORDER BY created_at")
    other, main = Button("Explain", "Ctrl+E"), PrimaryButton("Replay", "Ctrl+Shift+R")
    bar.add(text)
    bar.add_right(other)
    bar.add_right(main)
    show(bar, 1000)
    assert not other.terse and not main.terse and text.shown() == text.text()
    bare = text.sizeHint().width() + other.sizeHint().width() + main.sizeHint().width() + 28
    bar.resize(bare - 10, bar.height())
    assert other.terse and not main.terse, "the key of the primary action goes last"
    bar.resize(bare - other.key_room() - 10, bar.height())
    qtbot.waitUntil(lambda: text.shown() == text.text())
    assert other.terse and main.terse
    bar.resize(300, bar.height())
    qtbot.waitUntil(lambda: text.shown().endswith("…"))
    assert bar.height() == 34
    bar.resize(1000, bar.height())
    assert not other.terse and not main.terse


def test_an_icon_keeps_its_key_to_itself(show):
    """Otherwise a bar counts on room that no icon gives up, and cuts its texts."""
    bar, icon = Toolbar(), IconButton("chart", "Chart")
    parts = SegmentedBar(("Rows", "Structure", "Relations"))
    icon.set_key("Ctrl+Shift+H")
    bar.add(parts)
    bar.add_right(icon)
    show(bar, 700)
    for width in range(700, 150, -7):
        bar.resize(width, bar.height())
        least = bar.minimumSizeHint().width()
        assert width < least or parts.width() >= parts.sizeHint().width()


def test_a_splitter_handle_is_one_pixel(show):
    splitter = Splitter()
    splitter.addWidget(QWidget())
    splitter.addWidget(QWidget())
    show(splitter, 200, 50)
    image = splitter.grab().toImage()
    edge = splitter.sizes()[0]
    assert image.pixelColor(edge, 25) == theme().color("line")
    assert image.pixelColor(edge - 1, 25) != theme().color("line") != image.pixelColor(edge + 1, 25)


class Growing(QStringListModel):
    """Ten lines more whenever it is asked, up to a hundred."""

    def __init__(self) -> None:
        super().__init__([str(number) for number in range(40)])

    def canFetchMore(self, parent: object) -> bool:
        return self.rowCount() < 100

    def fetchMore(self, parent: object) -> None:
        first = self.rowCount()
        self.insertRows(first, 10)


def test_a_list_asks_for_more_while_it_is_scrolled(qtbot):
    view = ListView("Growing")
    qtbot.addWidget(view)
    model = Growing()
    view.setModel(model)
    view.resize(200, 100)
    view.show()
    assert model.rowCount() == 40

    def end() -> bool:
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        return model.rowCount() == 100

    qtbot.waitUntil(end)
