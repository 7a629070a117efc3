"""What a tour leaves beside its pictures: `report.json` for programs, `report.html` for people."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from desktop.kit.theme import theme

from .tour import Outcome


def write_report(out: Path, outcomes: list[Outcome], about: dict[str, Any]) -> None:
    """Write both."""
    report = {"about": about, "steps": [_saved(outcome) for outcome in outcomes]}
    (out / "report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (out / "report.html").write_text(_page(outcomes, about), encoding="utf-8")


def _saved(outcome: Outcome) -> dict[str, Any]:
    pictures = [
        {
            "file": picture.file,
            "theme": picture.theme,
            "font_size": picture.font_size,
            "faults": [fault.saved() for fault in picture.faults],
        }
        for picture in outcome.pictures
    ]
    return {**vars(outcome), "ok": not outcome.error, "pictures": pictures}


def _page(outcomes: list[Outcome], about: dict[str, Any]) -> str:
    colors = {name: theme().color(name).name() for name in ("bg0", "text", "dim", "ok", "error")}
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Backlight</title><style>",
        f"body{{background:{colors['bg0']};color:{colors['text']};font:15px sans-serif;max-width:1100px;",
        f"margin:40px auto}}img{{width:100%;border-radius:6px}}.dim{{color:{colors['dim']}}}",
        f".ok{{color:{colors['ok']}}}.error{{color:{colors['error']}}}</style><h1>Backlight</h1>",
        f"<p class='dim'>{html.escape(', '.join(f'{key} {value}' for key, value in about.items()))}</p>",
    ]
    for outcome in outcomes:
        word = "<span class='error'>failed</span>" if outcome.error else "<span class='ok'>done</span>"
        facts = "; ".join(f"{key}: {value}" for key, value in outcome.facts.items()) or outcome.error
        parts.append(f"<h2>{html.escape(outcome.title)} {word}</h2>")
        parts.append(f"<p class='dim'>{html.escape(facts)} ({outcome.seconds:.2f} s)</p>")
        for picture in outcome.pictures[:1]:
            parts.append(f"<img src='{html.escape(picture.file)}' alt='{html.escape(outcome.title)}'>")
    return "\n".join(parts) + "</html>\n"
