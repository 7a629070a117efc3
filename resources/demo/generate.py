"""Generate the shop's database: ``python generate.py --url sqlite:///shop.db --orders 104117 --seed 7``."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent))

from generator.build import BuildError, build
from generator.fill import FULL_SIZE
from generator.people import DEMO_EMAIL, DEMO_PASSWORD
from shop.config import resolve_url
from sqlalchemy.exc import SQLAlchemyError

INTERRUPTED = 130
SHOP = Path(__file__).resolve().parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the generator."""
    parser.add_argument("--url", help="SQLAlchemy URL; default: DATABASE_URL, else instance/shop.db")
    parser.add_argument("--orders", type=int, default=FULL_SIZE, help=f"number of orders ({FULL_SIZE})")
    parser.add_argument("--seed", type=int, default=7, help="same seed and size, same content (7)")
    parser.add_argument("--progress", action="store_true", help="print one JSON line per step on stdout")
    parser.add_argument("--replace", action="store_true", help="replace what the target holds")


def run(options: argparse.Namespace) -> int:
    """Generate; 0 when complete, 2 when the target cannot be used, 130 when interrupted."""

    def report(step: str, done: int, total: int) -> None:
        if options.progress:
            print(json.dumps({"step": step, "done": done, "total": total}), flush=True)

    url = options.url or resolve_url(None, SHOP / "instance").render_as_string(hide_password=False)
    started = time.monotonic()
    try:
        counts = build(url, options.orders, options.seed, report, options.replace)
    except KeyboardInterrupt:
        print("Interrupted; nothing was kept.", file=sys.stderr)
        return INTERRUPTED
    except (BuildError, SQLAlchemyError, OSError) as error:
        print(f"Not generated: {error}", file=sys.stderr)
        return 2
    _finish(options.progress, counts, time.monotonic() - started)
    return 0


def _finish(progress: bool, counts: dict[str, int], seconds: float) -> None:
    if progress:
        user = {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}
        print(
            json.dumps({"step": "done", "rows": counts, "seconds": round(seconds, 2), "user": user}),
            flush=True,
        )
        return
    rows = f"{sum(counts.values()):,} rows in {seconds:.1f} s"
    print(f"{rows}. Sign in as {DEMO_EMAIL}, password {DEMO_PASSWORD}.")


def interrupt_on_terminate() -> None:
    """Treat a polite kill like Ctrl-C, so that the temporary file is removed."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the generator."""
    parser = argparse.ArgumentParser(description="Generate the shop's database.")
    add_arguments(parser)
    options = parser.parse_args(argv)
    interrupt_on_terminate()
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
