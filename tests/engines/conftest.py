"""The databases of the shared suite: one per engine and run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.subject import Bench, Subject, subjects


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`bench` runs a test on every engine, `bench` with `zoo` once for each of the engine's types, with
    `made_zoo` for those of which values can be made."""
    kind = next((name for name in ("zoo", "made_zoo") if name in metafunc.fixturenames), "")
    if kind:
        pairs = [(name, item) for name, subject in subjects().items() for item in subject.zoo]
        pairs = [pair for pair in pairs if kind == "zoo" or pair[1].more is not None]
        metafunc.parametrize(
            ("engine_bench", kind),
            pairs,
            indirect=["engine_bench"],
            ids=[f"{name}-{item.name}" for name, item in pairs],
            scope="session",
        )
    elif "bench" in metafunc.fixturenames:
        metafunc.parametrize("engine_bench", list(subjects()), indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    subject: Subject = subjects()[request.param]
    folder: Path = tmp_path_factory.mktemp(request.param)
    with contextlib.contextmanager(subject.database)(request, folder) as url:
        bench = Bench(subject, url, folder)
        yield bench
        bench.close()


@pytest.fixture
def bench(engine_bench: Bench) -> Iterator[Bench]:
    """The engine's database; sessions a test opened are closed after it."""
    yield engine_bench
    engine_bench.close_sessions()
