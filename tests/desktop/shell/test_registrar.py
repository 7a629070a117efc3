"""The program's own start: the first frame before most capabilities, and nothing missing afterwards."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.shell.app import Shell
from desktop.shell.capabilities import find_capabilities
from desktop.shell.options import Options
from embedded_server.wire.refs import ScriptRef


@pytest.fixture
def make_shell(qapp, qtbot, tmp_path):
    made = []

    def make(*, staged: bool) -> Shell:
        number = len(made)
        shell = Shell(qapp, Options(tmp_path / f"profile{number}", tmp_path / f"workspace{number}"))
        qtbot.addWidget(shell.window)
        shell.server.start = lambda: None
        shell.staged = staged
        made.append(shell)
        return shell

    yield make
    for shell in made:
        shell.window.hide()
        shell.stop()
        shell.deleteLater()


def rail(shell: Shell) -> list[tuple[str, str]]:
    return [(button.page_id, button.text()) for button in shell.window.frame.rail.buttons]


def test_the_first_frame_holds_every_page_and_only_what_it_shows_has_registered(make_shell):
    shell = make_shell(staged=True)
    shell.start()
    assert [page for page, _ in rail(shell)][:4] == ["data", "sql", "slow", "requests"]
    assert any(verb.id.startswith("data.") for verb in shell.verbs)
    assert not any(verb.id.startswith(("console.", "trace.", "logs.")) for verb in shell.verbs)


def test_in_the_end_it_is_the_same_as_all_at_once(make_shell, qtbot):
    whole, staged = make_shell(staged=False), make_shell(staged=True)
    whole.start()
    with qtbot.waitSignal(staged.registrar.finished, timeout=20_000):
        staged.start()
    assert [verb.id for verb in staged.verbs] == [verb.id for verb in whole.verbs]
    assert rail(staged) == rail(whole)
    assert sorted(page.id for page in staged.window.bench.pages) == sorted(page for page, _ in rail(whole))


@pytest.mark.xvfb
def test_without_tabs_the_start_page_stands_in_the_centre_with_all_it_offers(make_shell, qtbot):
    whole, staged = make_shell(staged=False), make_shell(staged=True)
    whole.start()
    with qtbot.waitSignal(staged.registrar.finished, timeout=20_000):
        staged.start()
    pages = [shell.window.frame.stack.currentWidget() for shell in (whole, staged)]
    offers = [sorted(button.text() for button in page.findChildren(QAbstractButton)) for page in pages]
    assert offers[0] == offers[1] and len(offers[0]) > 3
    assert all(page.isVisible() for page in pages)
    for shell, page in zip((whole, staged), pages, strict=True):
        qtbot.waitUntil(lambda shell=shell, page=page: shell.window.focusWidget() is page.focusProxy())
        page.focusProxy().setText("typed")
        shell.verbs.changed.emit()
        assert shell.window.focusWidget() is page.focusProxy() and page.focusProxy().text() == "typed"


def test_what_is_wanted_before_its_turn_registers_at_once(make_shell):
    shell = make_shell(staged=True)
    shell.start()
    assert shell.window.bench.why_not(ScriptRef.kind) == ""
    tab = shell.window.bench.open(ScriptRef("", "early"), keep=True)
    assert tab is not None and "console.run" in shell.verbs
    assert not any(verb.id.startswith("trace.") for verb in shell.verbs)
    shell.window.bench.show_page("requests")
    assert shell.window.frame.page() == "requests" and "trace.open" in shell.verbs


def test_a_window_that_is_never_painted_is_whole_soon(make_shell, qtbot, monkeypatch):
    shell = make_shell(staged=True)
    monkeypatch.setattr(shell.window, "show", lambda: None)
    with qtbot.waitSignal(shell.registrar.finished, timeout=20_000):
        shell.start()
    assert "console.run" in shell.verbs


def test_capabilities_declare_what_they_register(make_shell):
    shell = make_shell(staged=False)
    shell.start()
    declared = find_capabilities()
    bench = shell.window.bench
    assert {kind for one in declared for kind in one.opens} == set(bench.tab_set.openers) - {"page"}
    pages = {(page.id, page.title, page.icon) for page in bench.pages}
    assert pages == {(one.page.id, one.page.title, one.page.icon) for one in declared if one.page}
