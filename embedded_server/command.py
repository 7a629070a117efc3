"""`main.py call`: the contract from the command line, in this process or over HTTP."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO
from uuid import uuid4

import msgspec

from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.values import encode_json, json_decoder

USAGE = """python3 main.py call NAME JSON          call one endpoint (JSON '-' : standard input; default {})
       python3 main.py call --script FILE      lines {"id", "name", "request", "background"?} ("-": stdin)
       python3 main.py call --list             names of all endpoints"""


class ScriptLine(msgspec.Struct, forbid_unknown_fields=True):
    """One call of a script; with `background` the script goes on before it has ended."""

    name: str
    request: msgspec.Raw = msgspec.Raw(b"{}")
    id: str = ""
    background: bool = False


class Caller(Protocol):
    """Something that can answer calls."""

    def names(self) -> list[str]:
        """All endpoint names."""

    def call(self, name: str, body: bytes, call_id: str) -> Iterator[bytes]:
        """JSON messages of the answer (one unless the endpoint streams). Raises ProblemError."""


class InProcess:
    """Runs handlers in this process."""

    def __init__(self, workspace: Path | None) -> None:
        from embedded_server.dispatch import Dispatcher  # noqa: PLC0415  # lazy: not needed with --server
        from embedded_server.services import Services  # noqa: PLC0415  # lazy: see above
        from embedded_server.store.workspace import Workspace, default_folder  # noqa: PLC0415  # lazy: see above

        self.services = Services(Workspace(workspace or default_folder()))
        self._dispatcher = Dispatcher(self.services)

    def names(self) -> list[str]:
        """All endpoint names."""
        return [endpoint.name for endpoint in self._dispatcher.endpoints()]

    def call(self, name: str, body: bytes, call_id: str) -> Iterator[bytes]:
        """Decode, run, encode."""
        endpoint = self._dispatcher.endpoint(name)
        try:
            request = json_decoder(endpoint.request).decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise problem("request.invalid", detail=str(error)) from error
        answer = self._dispatcher.run(endpoint, request, call_id)
        for message in answer if endpoint.stream else [answer]:
            yield encode_json(message)

    def close(self) -> None:
        """Close sessions and the workspace."""
        self.services.close()


def main(words: list[str]) -> int:
    """Entry of the mode; exit code 1 when a call failed, 2 when the command line is off."""
    parser = argparse.ArgumentParser(prog="main.py call", usage=USAGE)
    parser.add_argument("name", nargs="?")
    parser.add_argument("request", nargs="?", default="{}")
    parser.add_argument("--script", metavar="FILE")
    parser.add_argument(
        "--server", action="store_true", help="send the calls over HTTP to a server of their own"
    )
    parser.add_argument("--workspace", type=Path, metavar="DIR")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(words)
    if not (options.name or options.script or options.list):
        parser.error("give an endpoint's name, --script or --list")
    try:
        with _caller(options.workspace, options.server) as caller:
            if options.list:
                print("\n".join(caller.names()))
                return 0
            if options.script:
                return _script(caller, options.script)
            body = sys.stdin.read() if options.request == "-" else options.request
            return _single(caller, options.name, body.encode())
    except ProblemError as error:
        return _print_problem(error.problem)


@contextmanager
def _caller(workspace: Path | None, over_http: bool) -> Iterator[Caller]:
    if over_http:
        from embedded_server.http_caller import HttpCaller  # noqa: PLC0415  # lazy: only with --server

        remote = HttpCaller(workspace)
        try:
            yield remote
        finally:
            remote.close()
        return
    local = InProcess(workspace)
    try:
        yield local
    finally:
        local.close()


def _single(caller: Caller, name: str, body: bytes) -> int:
    for message in caller.call(name, body, uuid4().hex):
        sys.stdout.write(message.decode() + "\n")
        sys.stdout.flush()
    return 0


def _print_problem(refusal: Problem) -> int:
    sys.stdout.write(encode_json(refusal).decode() + "\n")
    return 1


def _script(caller: Caller, path: str) -> int:
    """Run a script; one answer line each: {"id", "name", "ok", "response" | "problem"}."""
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
        runner = _Runner(caller, sys.stdout)
        for number, text in enumerate(file, 1):
            if text.strip():
                runner.line(number, text)
        runner.finish()
    return 1 if runner.failed else 0


class _Runner:
    def __init__(self, caller: Caller, out: TextIO) -> None:
        self._caller = caller
        self._out = out
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.failed = False

    def line(self, number: int, text: str) -> None:
        try:
            step = msgspec.json.decode(text, type=ScriptLine)
        except msgspec.MsgspecError as error:
            refusal = Problem("request.invalid", f"Line {number} of the script is not a call", str(error))
            self._write(str(number), "", refusal=refusal)
            return
        call_id = step.id or str(number)
        if step.background:
            thread = threading.Thread(target=self._run, args=(call_id, step))
            self._threads.append(thread)
            thread.start()
        else:
            self._run(call_id, step)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()

    def _run(self, call_id: str, step: ScriptLine) -> None:
        try:
            for message in self._caller.call(step.name, bytes(step.request), call_id):
                self._write(call_id, step.name, response=message)
        except ProblemError as error:
            self._write(call_id, step.name, refusal=error.problem)

    def _write(
        self, call_id: str, name: str, *, response: bytes = b"", refusal: Problem | None = None
    ) -> None:
        head = (
            f'{{"id":{json.dumps(call_id)},"name":{json.dumps(name)},"ok":{"false" if refusal else "true"},'
        )
        tail = (
            f'"problem":{encode_json(refusal).decode()}}}' if refusal else f'"response":{response.decode()}}}'
        )
        with self._lock:
            self.failed = self.failed or refusal is not None
            self._out.write(head + tail + "\n")
            self._out.flush()
