"""HTTP/1.1 answers of our own server, taken as they come in: a head, then a body by length or in chunks."""

from __future__ import annotations

from collections.abc import Callable

_END_OF_HEAD = b"\r\n\r\n"
_END_OF_LINE = b"\r\n"
_WITHOUT_BODY = frozenset({204, 304})
# The heads of our server are a few hundred bytes, the sizes of its chunks a few digits.
_LONGEST_HEAD = 64 * 1024
_LONGEST_SIZE = 64


class UnreadableError(ValueError):
    """What came in is no answer of our server."""


class AnswerReader:
    """One answer. `body` is what has come in of it; who takes bytes out of it deletes them there.

    `status` is null until the head is there; `over` once the answer is whole; `lasts` when its connection may
    carry another one.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = bytearray()
        self.over = False
        self.lasts = True
        self._raw = bytearray()
        self._missing = 0
        # A function, not a method of this one: that would keep it with its body until garbage is looked for.
        self._step: Callable[[AnswerReader], bool] = AnswerReader._head

    def feed(self, data: bytes) -> None:
        """Take what was received. Raises UnreadableError."""
        if self._missing and not self._raw:
            data = self._straight(data)
        self._raw += data
        while not self.over and self._step(self):
            pass
        if self.over and self._raw:
            raise UnreadableError("something behind the answer")

    def _straight(self, data: bytes) -> bytes:
        """What is missing of a piece of the body goes there at once; what follows it."""
        here = min(self._missing, len(data))
        with memoryview(data) as received:
            self.body += received[:here]
        self._missing -= here
        return data[here:]

    def end(self) -> None:
        """Nothing more comes. Raises UnreadableError when something is missing."""
        if self._step is AnswerReader._rest:
            self.over = True
        if not self.over:
            raise UnreadableError("the connection was closed before the answer was whole")

    # Each step takes what it can of what was received and tells whether the next one may have its turn.

    def _head(self) -> bool:
        end = self._raw.find(_END_OF_HEAD)
        if end < 0:
            if len(self._raw) > _LONGEST_HEAD:
                raise UnreadableError("a head without an end")
            return False
        first, *lines = bytes(self._raw[:end]).split(_END_OF_LINE)
        del self._raw[: end + len(_END_OF_HEAD)]
        version, _, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise UnreadableError(f"not an answer: {first[:60]!r}")
        fields = {
            name.strip().lower(): value.strip().lower()
            for name, _, value in (line.partition(b":") for line in lines)
        }
        status = int(rest[:3])
        self.lasts = version == b"HTTP/1.1" and fields.get(b"connection") != b"close"
        if status in _WITHOUT_BODY:
            self.over = True
        elif fields.get(b"transfer-encoding") == b"chunked":
            self._step = AnswerReader._size
        elif (length := fields.get(b"content-length")) is not None:
            self._missing, self._step = _number(length, 10), AnswerReader._plain
            self.over = not self._missing
        else:
            self._step, self.lasts = AnswerReader._rest, False
        self.status = status
        return True

    def _plain(self) -> bool:
        self._move()
        self.over = not self._missing
        return False

    def _rest(self) -> bool:
        self.body += self._raw
        self._raw.clear()
        return False

    def _size(self) -> bool:
        end = self._raw.find(_END_OF_LINE, 0, _LONGEST_SIZE)
        if end < 0:
            if len(self._raw) >= _LONGEST_SIZE:
                raise UnreadableError("a chunk without a size")
            return False
        self._missing = _number(bytes(self._raw[:end]), 16)
        del self._raw[: end + len(_END_OF_LINE)]
        self._step = AnswerReader._chunk if self._missing else AnswerReader._last
        return True

    def _chunk(self) -> bool:
        self._move()
        if not self._missing:
            self._step = AnswerReader._behind
        return not self._missing

    def _behind(self) -> bool:
        if self._skipped():
            self._step = AnswerReader._size
            return True
        return False

    def _last(self) -> bool:
        self.over = self._skipped()
        return False

    def _skipped(self) -> bool:
        """Whether the end of the line that follows a chunk was there."""
        if len(self._raw) < len(_END_OF_LINE):
            return False
        if self._raw[: len(_END_OF_LINE)] != _END_OF_LINE:
            raise UnreadableError("a chunk without an end")
        del self._raw[: len(_END_OF_LINE)]
        return True

    def _move(self) -> None:
        """To the body, what is missing of it."""
        here = min(self._missing, len(self._raw))
        with memoryview(self._raw) as raw:
            self.body += raw[:here]
        del self._raw[:here]
        self._missing -= here


def _number(text: bytes, base: int) -> int:
    if not text.isalnum():
        raise UnreadableError(f"not a size: {text[:20]!r}")
    try:
        return int(text, base)
    except ValueError:
        raise UnreadableError(f"not a size: {text[:20]!r}") from None
