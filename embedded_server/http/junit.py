"""The outcome of a replay for continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from xml.etree import ElementTree


class Told(Protocol):
    """What a report needs to know of a request."""

    name: str
    skipped: str
    problem: str
    failures: list[str]
    seconds: float


def junit(outcomes: Sequence[Told]) -> bytes:
    """A JUnit document: one test a request."""
    suite = ElementTree.Element(
        "testsuite",
        name="backlight replay",
        tests=str(len(outcomes)),
        failures=str(sum(bool(one.failures) for one in outcomes)),
        errors=str(sum(bool(one.problem) for one in outcomes)),
        skipped=str(sum(bool(one.skipped) for one in outcomes)),
        time=f"{sum(one.seconds for one in outcomes):.3f}",
    )
    for one in outcomes:
        case = ElementTree.SubElement(
            suite, "testcase", classname="replay", name=_clean(one.name), time=f"{one.seconds:.3f}"
        )
        for kind, text in (("skipped", one.skipped), ("error", one.problem)):
            if text:
                ElementTree.SubElement(case, kind, message=_clean(text))
        if one.failures:
            failure = ElementTree.SubElement(case, "failure", message=_clean(one.failures[0]))
            failure.text = _clean("\n".join(one.failures))
    ElementTree.indent(suite)
    written: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _clean(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(character if character >= " " or character in "\n\t" else "\ufffd" for character in text)
