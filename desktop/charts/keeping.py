"""Rows of a selection or a result, kept for their chart: its tab outlives what they came from."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from desktop.kit.flow import Turns
from embedded_server.wire.data import Column
from embedded_server.wire.values import RowBlock, encode_msgpack, msgpack_decoder

MOST_BYTES = 32 * 1024 * 1024
MOST_FILES = 40
_SLICE = 256 * 1024


class Kept(msgspec.Struct, frozen=True):
    """Rows with their columns. `about` says what they are, `more` that there were others behind them."""

    columns: list[Column]
    rows: RowBlock
    about: str = ""
    more: bool = False


async def keep(folder: Path, name: str, kept: Kept) -> bool:
    """Write them for this user alone, in slices; false if they are too many, or the disk refuses."""
    body = encode_msgpack(kept)
    if len(body) > MOST_BYTES:
        return False
    part = folder / f"{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.touch(mode=0o600)
        await _write(part, body)
        part.replace(folder / f"{name}.rows")
        _forget_old(folder)
    except OSError:
        return False
    finally:
        # Also where it was given up in between.
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return True


async def _write(path: Path, body: bytes) -> None:
    turns = Turns()
    with path.open("wb") as file:
        for start in range(0, len(body), _SLICE):
            await turns.rest()
            file.write(body[start : start + _SLICE])


def fetch(folder: Path, name: str) -> Kept | None:
    """What was kept, null if it is gone or damaged."""
    path = folder / f"{name}.rows"
    try:
        kept = msgpack_decoder(Kept).decode(path.read_bytes())
        os.utime(path)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    return kept if isinstance(kept, Kept) else None


def _forget_old(folder: Path) -> None:
    files = sorted(folder.glob("*.rows"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[MOST_FILES:]:
        path.unlink(missing_ok=True)
