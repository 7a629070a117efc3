"""The editor: states of lines, the outlined statement, keys, brackets, colours, finding."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QTextCursor

from desktop.kit.editor.editor import SqlEditor
from desktop.kit.editor.find_bar import FindBar
from desktop.kit.editor.finding import Wanted, hits
from desktop.kit.editor.index import Spot
from desktop.kit.editor.marks import ErrorMark
from desktop.kit.editor.positions import to_characters, to_units
from desktop.kit.editor.reveal import in_view
from desktop.kit.theme import theme
from embedded_server.console.split import pieces
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.scan import START, Scanner


@pytest.fixture
def editor(qtbot):
    made = SqlEditor("SQL")
    made.set_dialect("postgresql")
    made.resize(700, 400)
    qtbot.addWidget(made)
    made.show()
    made.setFocus()
    return made


def put(editor: SqlEditor, text: str) -> None:
    """Show a text with the cursor where | stands; a selection between two."""
    parts = text.split("|")
    editor.setPlainText("".join(parts))
    cursor = editor.textCursor()
    cursor.setPosition(units(parts[0]))
    if len(parts) == 3:
        cursor.setPosition(units(parts[0] + parts[1]), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def shown(editor: SqlEditor) -> str:
    """The text with | at the cursor, two around a selection."""
    cursor = editor.textCursor()
    raw = editor.sql().encode("utf-16-le")
    start, end = 2 * cursor.selectionStart(), 2 * cursor.selectionEnd()
    parts = [raw[:start], raw[start:end], raw[end:]] if start != end else [raw[:start], raw[end:]]
    return "|".join(part.decode("utf-16-le") for part in parts)


# --- statements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("sel|ect 1; select 2", "select 1"),
        ("select 1|; select 2", "select 1"),
        ("select 1;| select 2", "select 1"),
        ("select 1; s|elect 2", "select 2"),
        ("select 1;\n|\n\nselect 2", "select 1"),
        ("select 1;\n\n|\nselect 2", ""),
        ("select 1;\n  |  select 2;", "select 2"),
        ("|-- about it\nselect 2;", "-- about it\nselect 2"),
        ("select 1\n\n|", "select 1"),
        ("-- nothing|", ""),
        ("|", ""),
        ("select '😀;', 1| from t; x", "select '😀;', 1 from t"),
        ("select $$ a; b| $$; x", "select $$ a; b $$"),
        ("\\d t|\nselect 1;", ""),
    ],
)
def test_the_outlined_statement(editor, text, statement):
    put(editor, text)
    assert editor.statement() == statement


def test_the_outline_follows_the_dialect(editor):
    put(editor, r"select '\'; sele|ct 2")
    assert editor.statement() == "select 2"
    editor.set_dialect("mysql")
    assert editor.statement() == r"select '\'; select 2"


def test_the_editor_outlines_what_the_server_cuts(editor):
    text = "select 1; -- a\n/* b */ update t set x = ';' where y = $q$;$q$;\n\ncreate rule r as (a; b); end"
    editor.setPlainText(text)
    for piece in pieces(text, dialect("postgresql")):
        cursor = editor.textCursor()
        cursor.setPosition(piece.start)
        editor.setTextCursor(cursor)
        assert editor.statement() == text[piece.start : piece.end]


FRAGMENTS = [
    "'",
    '"',
    ";",
    "/*",
    "*/",
    "--",
    "$$",
    "$a$",
    "\n",
    "\n\n",
    "select 1",
    "begin",
    "end",
    "case",
    "é",
    "😀",
]
FRAGMENTS += ["create function f() begin atomic", "copy t from stdin;\n", "\\.\n", "(", ")", "E'", "\\"]


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_every_line_stands_as_if_scanned_from_the_top(editor, qtbot, seed):
    rng = random.Random(seed)
    document = editor.document()
    for number in range(250):
        cursor = QTextCursor(document)
        last = document.characterCount() - 1
        place = rng.randint(0, last)
        cursor.setPosition(place)
        if rng.random() < 0.35:
            cursor.setPosition(min(last, place + rng.randrange(12)), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("".join(rng.choice(FRAGMENTS) for _ in range(rng.randrange(3))))
        if rng.random() < 0.1:
            editor.undo()
        if number % 5:
            continue
        qtbot.waitUntil(editor.index.complete)
        scanner, state = Scanner(dialect("postgresql")), START
        for line, text in enumerate(editor.sql().split("\n")):
            assert editor.index.state(line) == state
            assert editor.index.events(line) == tuple(scanner.feed(text + "\n", state))
            state = scanner.state


def test_no_break_spaces_and_wide_characters_are_kept(editor):
    text = "select 'a\u00a0b\u2028c😀\u3000'"
    editor.setPlainText(text)
    assert editor.sql() == text
    put(editor, "select '😀😀' |, a")
    assert editor.spot() == Spot(0, 12)
    assert to_units("😀a😀", 2) == 3 and to_characters("😀a😀", 3) == 2 and to_characters("😀a", 1) == 0


# --- keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "key", "modifiers", "after"),
    [
        ("a|b", Qt.Key.Key_Tab, None, "a   |b"),
        ("|a\n|b", Qt.Key.Key_Tab, None, "|    a\n|b"),
        ("a|b\nc|d", Qt.Key.Key_Tab, None, None),
        ("      a|\n  b", Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier, "    a|\n  b"),
        ("|    a\n  b\nc|", Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier, "|a\nb\nc|"),
        ("  select 1|", Qt.Key.Key_Return, None, "  select 1\n  |"),
        ("  sel|ect", Qt.Key.Key_Return, None, "  sel\n  |ect"),
    ],
)
def test_keys(editor, qtbot, before, key, modifiers, after):
    put(editor, before)
    qtbot.keyClick(editor, key, modifiers or Qt.KeyboardModifier.NoModifier)
    if after is None:
        assert editor.sql() == "    ab\n    cd"
    elif after.count("|") == 2:
        assert editor.sql() == after.replace("|", "")
    else:
        assert shown(editor) == after


def test_comments_are_toggled_on_whole_lines(editor):
    put(editor, "  a|\n\n    b\nc|")
    editor.toggle_comment()
    assert editor.sql() == "--   a\n\n--     b\n-- c"
    editor.toggle_comment()
    assert editor.sql() == "  a\n\n    b\nc"
    editor.undo()
    assert editor.sql() == "--   a\n\n--     b\n-- c"


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ("a\nb|b\nc", -1, "b|b\na\nc"),
        ("a\nb|b\nc", 1, "a\nc\nb|b"),
        ("|a\nb|\nc", 1, "c\n|a\nb|"),
        ("a\n|b\n|c", -1, "|b\n|a\nc"),
        ("a|\nb", -1, "a|\nb"),
        ("a\nb|", 1, "a\nb|"),
        ("😀\n\u00a0b|", -1, "\u00a0b|\n😀"),
    ],
)
def test_lines_are_moved_with_the_selection(editor, before, by, after):
    put(editor, before)
    editor.move_lines(by)
    assert shown(editor) == after
    editor.undo()
    assert editor.sql() == before.replace("|", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb|b\nc", "a\nbb\nb|b\nc"),
        ("x |ab| y", "x ab|ab| y"),
        ("|a\nb|", "a\nb\n|a\nb|"),
        ("|", "\n|"),
    ],
)
def test_lines_and_selections_are_duplicated(editor, before, after):
    put(editor, before)
    editor.duplicate()
    assert shown(editor) == after
    editor.undo()
    assert editor.sql() == before.replace("|", "")


def test_several_carets_type_delete_and_move_together(editor, qtbot):
    put(editor, "a|b\n\nabc\nz")
    for _ in range(3):
        editor.carets.add(1)
    assert editor.carets.count() == 4
    qtbot.keyClicks(editor, "xy")
    assert editor.sql() == "axyb\nxy\naxybc\nzxy"
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    qtbot.keyClicks(editor, "- ")
    assert editor.sql() == "- axb\n- x\n- axbc\n- zx"
    qtbot.keyClick(editor, Qt.Key.Key_End)
    qtbot.keyClick(editor, Qt.Key.Key_Left)
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    assert editor.sql() == "- ax\n- \n- axb\n- z"
    editor.undo()
    assert editor.sql() == "- axb\n- x\n- axbc\n- zx"
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.carets.count() == 1
    qtbot.keyClicks(editor, "!")
    assert editor.sql().count("!") == 1


def test_carets_above_paste_and_a_click(editor, qtbot):
    put(editor, "one\ntwo\nthree|")
    editor.carets.add(-1)
    editor.carets.add(-1)
    editor.carets.add(-1)
    assert editor.carets.count() == 3, "there is no line above the first"
    data = QMimeData()
    data.setText("1\n2\n3")
    editor.insertFromMimeData(data)
    assert editor.sql() == "one1\ntwo2\nthree3"
    data.setText("; x\n")
    editor.insertFromMimeData(data)
    assert editor.sql() == "one1; x\n\ntwo2; x\n\nthree3; x\n"
    qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton)
    assert editor.carets.count() == 1


@pytest.mark.xvfb
@pytest.mark.parametrize("key", [Qt.Key.Key_D, Qt.Key.Key_K, Qt.Key.Key_U], ids=["D", "K", "U"])
def test_ctrl_with_a_letter_types_and_deletes_nothing(editor, qtbot, key):
    put(editor, "a|bc")
    qtbot.keyClick(editor, key, Qt.KeyboardModifier.ControlModifier)
    assert shown(editor) == "a|bc"


@pytest.mark.parametrize(
    ("text", "partner"),
    [
        ("|(a (b) c)", 8),
        ("(a (b) c)|", 0),
        ("(a (b)| c)", 3),
        ("(a ')' |[x] )", 9),
        ("|( a", None),
        ("f('(' |)", 1),
    ],
)
def test_brackets(editor, text, partner):
    put(editor, text)
    marks = {mark.start for mark in editor.marks}
    assert text.index("|") in marks or text.index("|") - 1 in marks
    assert (partner in marks) if partner is not None else len(marks) == 1


def test_brackets_in_strings_are_none(editor):
    put(editor, "select '|(' ")
    assert list(editor.marks) == []


# --- colours and marks -------------------------------------------------------------------------------


def colored(editor: SqlEditor, line: int) -> dict[str, str]:
    """Words of a line with the names of their colours."""

    tokens = ("keyword", "string", "comment", "function", "number", "accent")
    named = {theme().color(token).name(): token for token in tokens}
    block = editor.document().findBlockByNumber(line)
    text = block.text()
    return {
        text[part.start : part.start + part.length]: named[part.format.foreground().color().name()]
        for part in block.layout().formats()
    }


def test_only_lines_in_view_are_coloured(editor, qtbot):
    editor.setPlainText("select 'x', count(*), 12 from t -- why\n" * 500)
    qtbot.waitUntil(lambda: editor.index.complete() and bool(colored(editor, 0)))
    editor.repaint()
    assert colored(editor, 0) == {
        "select": "keyword",
        "'x'": "string",
        "count": "function",
        "12": "number",
        "from": "keyword",
        "-- why": "comment",
    }
    assert colored(editor, 300) == {}


def test_colours_know_what_began_lines_before(editor, qtbot):
    put(editor, "select 'a\nfrom b\n' , :c\n|")
    qtbot.waitUntil(lambda: bool(colored(editor, 2)))
    assert colored(editor, 1) == {"from b": "string"}
    assert colored(editor, 2)[":c"] == "accent"
    cursor = QTextCursor(editor.document())
    cursor.setPosition(len("select '"))
    cursor.deletePreviousChar()
    editor.repaint()
    assert colored(editor, 1) == {"from": "keyword"}


def test_errors_are_underlined_until_the_next_edit(editor, qtbot):
    put(editor, "select nowhere|")
    editor.mark_errors([ErrorMark(7, 14, "no such column")])
    assert editor.error_at(9) == "no such column" and editor.error_at(2) == ""
    assert editor.is_error_line(0)
    qtbot.keyClicks(editor, "x")
    assert editor.error_at(9) == "" and not editor.is_error_line(0)


def test_files_are_handed_on_and_text_is_pasted(editor):
    dropped: list[list[str]] = []
    editor.files_dropped.connect(dropped.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/a.sql")])
    assert editor.canInsertFromMimeData(data)
    editor.insertFromMimeData(data)
    assert dropped == [["/tmp/a.sql"]] and editor.sql() == ""
    data = QMimeData()
    data.setText("select 1")
    editor.insertFromMimeData(data)
    assert editor.sql() == "select 1"


def test_a_large_script_is_scanned_in_slices_and_typing_does_not_wait(editor, qtbot):
    editor.setPlainText("INSERT INTO orders VALUES (1, 'abc', 12.50, NULL);\n" * 60_000)
    assert not editor.index.complete()
    qtbot.waitUntil(editor.index.complete, timeout=60_000)
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    editor.setTextCursor(cursor)
    qtbot.keyClicks(editor, "select 2;")
    assert editor.statement() == "select 2"
    cursor.setPosition(0)
    editor.setTextCursor(cursor)
    # A quote turns the whole script around; only its beginning is scanned at once.
    qtbot.keyClicks(editor, "'")
    assert not editor.index.complete()
    qtbot.keyClicks(editor, "'")
    qtbot.waitUntil(editor.index.complete, timeout=60_000)
    assert editor.statement().startswith("''INSERT")


# --- finding -----------------------------------------------------------------------------------------


@pytest.fixture
def bar(editor, qtbot):
    made = FindBar(editor)
    qtbot.addWidget(made)
    return made


def test_finding_walks_round(editor, bar, qtbot):
    put(editor, "|abc ABC abcd")
    bar.open()
    bar.field.setText("abc")
    bar.look()
    assert bar.count.text() == "3"
    places = []
    for _ in range(4):
        bar.on()
        places.append(editor.textCursor().selectionStart())
    assert places == [0, 4, 8, 0] and bar.count.text() == "1 of 3"
    bar.back()
    assert editor.textCursor().selectionStart() == 8
    bar.word.setChecked(True)
    bar.case.setChecked(True)
    assert bar.count.text() == "1"


def test_finding_counts_in_qts_units():
    found = hits("😀x 😀😀x", Wanted("x"))
    assert [(hit.start, hit.end, hit.first) for hit in found] == [(2, 3, 1), (8, 9, 5)]
    assert [(hit.start, hit.end) for hit in hits("a😀b", Wanted("😀b"))] == [(1, 4)]
    assert hits("abc", Wanted("(", pattern=True)) == [] == hits("abc", Wanted("x*", pattern=True))


letters = st.text("aAbB_ \n1kKsS\u212a\u017f", max_size=30)


@given(letters, st.text("aAbBkKsS_ 1", min_size=1, max_size=3), st.booleans(), st.booleans())
def test_plain_letters_are_found_as_expressions_find_them(text, sought, case, word):
    """Plain text in plain text goes another, faster way."""
    as_pattern = Wanted(re.escape(sought), case, word, pattern=True)
    assert hits(text, Wanted(sought, case, word)) == hits(text, as_pattern)


def test_a_long_text_is_taken_out_once_for_what_is_typed_to_find_in_it(editor, bar, monkeypatch):
    put(editor, "|abc abd")
    bar.open()
    taken: list[str] = []
    sql = editor.sql

    def watched():
        taken.append(sql())
        return taken[-1]

    monkeypatch.setattr(editor, "sql", watched)
    editor.insertPlainText("ab ")
    for text, count in (("a", "3"), ("ab", "3"), ("abd", "1")):
        bar.field.setText(text)
        bar.look()
        assert bar.count.text().endswith(count)
    assert len(taken) == 1
    editor.undo()
    bar.look()
    editor.insertPlainText("abd")
    bar.look()
    assert bar.count.text().endswith("2") and taken[-1] == "abdabc abd"


def test_replacing_one_and_all(editor, bar):
    put(editor, "|a1 a2 a3")
    bar.open(replacing=True)
    bar.pattern.setChecked(True)
    bar.field.setText(r"a(\d)")
    bar.with_field.setText(r"b\1")
    bar.look()
    bar.on()
    bar.replace()
    assert editor.sql() == "b1 a2 a3"
    bar.replace_all()
    assert editor.sql() == "b1 b2 b3" and bar.count.text() == "2 replaced"
    editor.undo()
    assert editor.sql() == "b1 a2 a3"


def test_esc_closes_the_find_bar_and_goes_back(editor, bar, qtbot):
    put(editor, "abc|")
    bar.show()
    bar.open()
    bar.field.setText("b")
    bar.look()
    assert [mark.kind for mark in editor.marks] == ["found"]
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert bar.isHidden() and list(editor.marks) == []


def test_a_marked_error_comes_into_view_and_stays_there_when_the_editor_gets_lower(qapp, editor):
    put(editor, "|" + "select 1;\n" * 200)
    wrong = ErrorMark(1500, 1506, "no such column")

    def shown() -> bool:
        return in_view(editor, wrong, editor.viewport().height())

    assert not shown()
    editor.mark_errors([wrong])
    assert shown() and editor.textCursor().position() == 0
    editor.resize(700, 90)
    assert shown()
    theme().apply(qapp, "dark", 20)
    editor.resize(700, 80)
    in_large = shown() and editor.error_at(wrong.start)
    theme().apply(qapp, "dark", 13)
    assert in_large and shown()
    # Who looks elsewhere is not pulled back.
    editor.verticalScrollBar().setValue(0)
    editor.resize(700, 60)
    assert not shown() and editor.verticalScrollBar().value() == 0
    editor.mark_errors([])
    assert editor.verticalScrollBar().value() == 0
