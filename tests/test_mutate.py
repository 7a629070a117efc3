"""The planted faults still fit the source, and the frame tells a seen fault from an unseen one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutate import frame
from tests.mutate.fault import Fault, all_faults
from tests.runner.changes import ROOT


def test_ids_are_unique() -> None:
    assert [name for name, times in Counter(fault.id for fault in all_faults()).items() if times > 1] == []


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: fault.id)
def test_a_fault_fits_its_file_and_names_tests(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.old) == 1
    assert fault.old != fault.new
    assert any((ROOT / argument.split("::")[0]).exists() for argument in fault.tests)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "code.py").write_text("def double(x):\n    return x + x\n")
    (tmp_path / "test_code.py").write_text(
        "import importlib.util as u\n"
        "s = u.spec_from_file_location('c', 'code.py'); c = u.module_from_spec(s); s.loader.exec_module(c)\n"
        "def test_two(): assert c.double(2) == 4\n"
    )
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("new", "word"), [("x * x * x", "red"), ("x * x", "SURVIVED")], ids=["seen", "equal for the tests"]
)
def test_a_fault_is_planted_and_taken_out_again(copy: Path, new: str, word: str) -> None:
    before = (copy / "code.py").read_text()
    verdict = frame.plant(Fault("f", "code.py", "x + x", new, ("test_code.py",)), copy)
    assert verdict.word == word, verdict.detail
    assert (copy / "code.py").read_text() == before


@pytest.mark.slow
def test_tests_that_are_red_without_the_fault_say_nothing_of_it(copy: Path) -> None:
    with (copy / "test_code.py").open("a") as file:
        file.write("def test_red(): assert c.double(2) == 5\n")
    (verdict,) = frame.plant_all([Fault("f", "code.py", "x + x", "x * x * x", ("test_code.py",))], [copy])
    assert verdict.word == "ERROR" and "red without the fault" in verdict.detail


@pytest.mark.parametrize("old", ["x - x", "x"], ids=["gone", "ambiguous"])
def test_a_fault_that_does_not_fit_is_an_error(copy: Path, old: str) -> None:
    assert frame.plant(Fault("f", "code.py", old, "y", ("test_code.py",)), copy).word == "ERROR"


@pytest.mark.parametrize(
    ("code", "word"), [(None, "red"), (0, "SURVIVED"), (1, "red"), (2, "ERROR"), (4, "ERROR"), (5, "ERROR")]
)
def test_only_failing_or_hanging_tests_count_as_seen(code: int | None, word: str) -> None:
    verdict = frame.judge(Fault("f", "code.py", "a", "b", ("t",)), code, "the last line", 0.0)
    assert verdict.word == word
    assert frame.report([verdict]) == (0 if word == "red" else 1)
