"""Scripts in files: encodings and line ends stay, others' changes are noticed, no text is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.console.file_diff import MOST_LINES, differences
from desktop.console.files import read, write
from desktop.console.tab import ScriptTab
from desktop.context import Launch
from embedded_server.wire.problem import ProblemError
from tests import outside

from .conftest import PATIENCE

TEXT = "select 'ä €';\nselect 2;\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "mark", "codec"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_every_encoding_and_line_end_stays(tmp_path, newline, encoding, mark, codec):
    path = tmp_path / "a.sql"
    raw = mark + TEXT.replace("\n", newline).encode(codec)
    path.write_bytes(raw)
    loaded = read(path)
    assert (loaded.text, loaded.newline, loaded.encoding, loaded.mixed) == (TEXT, newline, encoding, False)
    write(path, loaded.text, loaded.newline, loaded.encoding)
    assert path.read_bytes() == raw


def test_mixed_line_ends_are_told_and_odd_bytes_kept(tmp_path):
    path = tmp_path / "a.sql"
    path.write_bytes(b"a\r\nb\nc\r\n")
    assert (read(path).mixed, read(path).newline, read(path).text) == (True, "\r\n", "a\nb\nc\n")
    path.write_bytes(b"a \x81 \xe4\n")
    loaded = read(path)
    write(path, loaded.text, loaded.newline, loaded.encoding)
    assert loaded.encoding == "latin-1" and path.read_bytes() == b"a \x81 \xe4\n"


def test_a_character_the_encoding_lacks_is_a_problem_and_the_file_stays(tmp_path):
    path = tmp_path / "a.sql"
    path.write_bytes(b"select '\xe4'")
    with pytest.raises(ProblemError) as caught:
        write(path, "select 'ł'", "\n", "cp1252")
    assert caught.value.problem.code == "file.encoding" and "'ł'" in caught.value.problem.detail
    assert path.read_bytes() == b"select '\xe4'" and [one.name for one in tmp_path.iterdir()] == ["a.sql"]


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


@given(LINES, LINES)
def test_a_difference_turns_one_text_into_the_other(before, after):
    lines = differences("\n".join(before), "\n".join(after))
    gone = [line[1:] for line in lines if line.startswith("-")]
    new = [line[1:] for line in lines if line.startswith("+")]
    left, right = "\n".join(before).split("\n"), "\n".join(after).split("\n")
    assert (not lines) == (left == right)
    assert len(left) - len(gone) == len(right) - len(new)
    assert all(line in left for line in gone) and all(line in right for line in new)


def test_a_difference_of_long_texts_is_capped():
    lines = differences("a\n" * (MOST_LINES + 5), "b\n" * 3)
    assert len(lines) <= 2 * MOST_LINES


# --- in a window ---------------------------------------------------------------------------------------


@pytest.fixture
def opened(live_shell, qtbot, tab, tmp_path) -> ScriptTab:
    """A tab on a file."""
    live_shell.window.show()
    path = tmp_path / "shared.sql"
    path.write_text("select 1", encoding="utf-8")
    live_shell.launch(Launch(str(path)))
    found = live_shell.window.bench.current()
    assert isinstance(found, ScriptTab)
    return found


def asked(tab: ScriptTab) -> None:
    """What the watch asks, without waiting for it."""
    tab.file.look()
    assert tab.results.trouble() is not None
    assert "Another program changed the file" in tab.results.trouble().title.text()


def test_what_others_write_is_taken_if_nothing_is_typed_here(live_shell, qtbot, opened, tmp_path):
    (tmp_path / "shared.sql").write_text("select 2 -- theirs", encoding="utf-8")
    qtbot.waitUntil(lambda: opened.editor.sql() == "select 2 -- theirs", timeout=PATIENCE)
    assert not opened.dirty() and opened.results.trouble() is None
    opened.editor.undo()
    assert opened.editor.sql() == "select 1", "one undo step, so nothing is lost"


def test_a_conflict_is_asked_about_and_its_differences_shown(live_shell, qtbot, opened, tmp_path):
    path = tmp_path / "shared.sql"
    qtbot.keyClicks(opened.editor, "mine ")
    path.write_text("select 2 -- theirs", encoding="utf-8")
    asked(opened)
    opened.file.differences()
    shown = opened.results.aside()
    assert shown is not None and shown.view.toPlainText().split("\n")[1:] == [
        "-select 2 -- theirs",
        "+mine select 1",
    ]
    shown.closed.emit()
    assert opened.results.aside() is None
    opened.file.keep_mine()
    assert opened.editor.sql() == "mine select 1" and path.read_text(encoding="utf-8").startswith("select 2")
    opened.file.look()
    assert opened.results.trouble() is None, "asked once about the same change"
    path.write_text("select 3 -- theirs again", encoding="utf-8")
    asked(opened)


def test_overwriting_keeps_what_somebody_else_wrote(live_shell, qtbot, opened, tmp_path):
    path = tmp_path / "shared.sql"
    qtbot.keyClicks(opened.editor, "mine ")
    path.write_text("select 2 -- theirs", encoding="utf-8")
    assert live_shell.verbs.run("console.save") == ""
    asked(opened)
    assert path.read_text(encoding="utf-8") == "select 2 -- theirs"
    opened.file.overwrite()
    assert path.read_text(encoding="utf-8") == "mine select 1" and not opened.dirty()
    folder = live_shell.context.folder / "scripts"
    texts = [one.read_text(encoding="utf-8") for one in folder.glob("*.journal")]
    assert sum("select 2 -- theirs" in text for text in texts) == 1, "their text is a script now"
    assert opened.results.trouble() is None


def test_loading_theirs_is_undone(live_shell, qtbot, opened, tmp_path):
    qtbot.keyClicks(opened.editor, "mine ")
    (tmp_path / "shared.sql").write_text("theirs", encoding="utf-8")
    asked(opened)
    opened.file.reload()
    assert opened.editor.sql() == "theirs" and opened.results.trouble() is None
    opened.editor.undo()
    assert opened.editor.sql() == "mine select 1"


def test_a_file_that_is_gone_is_told_and_written_again(live_shell, qtbot, opened, tmp_path):
    path = tmp_path / "shared.sql"
    path.unlink()
    opened.file.look()
    assert opened.results.trouble().title.text() == "The file is gone" and opened.editor.sql() == "select 1"
    assert live_shell.verbs.run("console.save") == ""
    assert path.read_text(encoding="utf-8") == "select 1"


def test_a_character_that_does_not_fit_is_saved_as_utf8(live_shell, qtbot, tab, tmp_path):
    path = tmp_path / "old.sql"
    path.write_bytes(b"select '\xe4'")
    live_shell.launch(Launch(str(path)))
    opened = live_shell.window.bench.current()
    assert opened.editor.sql() == "select 'ä'"
    qtbot.keyClicks(opened.editor, "-- x")
    opened.editor.insertPlainText("ł\n")
    live_shell.verbs.run("console.save")
    assert path.read_bytes() == b"select '\xe4'" and opened.dirty()
    opened.file._as_utf8()
    assert path.read_text(encoding="utf-8") == "-- xł\nselect 'ä'"


def test_a_script_given_at_the_start_is_opened(live_shell, qtbot, tab, tmp_path):
    (tmp_path / "given.SQL").write_text("select 7", encoding="utf-8")
    live_shell.launch(Launch("given.SQL", folder=str(tmp_path)))
    assert live_shell.window.bench.current().editor.sql() == "select 7"
    assert "given.SQL" in outside.tabs(live_shell)
