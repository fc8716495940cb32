"""What a caller holds while a message, request or control call is under way.

A handle is decided by the thread that owns the session and read by any thread. The order of writes makes that safe without a
lock on the deciding side: a waiter is registered first and looks at the state second, a decision is stored first and looks
for waiters second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relay_sdk import _ids
from relay_sdk import _protocol as p
from relay_sdk._codes import reason_name
from relay_sdk._errors import RelayDeadLettered, RelayError, RelayTimeout

if TYPE_CHECKING:
    from relay_sdk._message import Message, Reply
    from relay_sdk._outbox import Stream

BY_NAMES = {p.BY_DISK: "disk", p.BY_ACK: "ack", p.BY_LIVE: "live"}
RECEIPT, RESULT, REPLY = 1, 2, 3
_registering = threading.RLock()  # a signal's handler may come in between
#: What a handler thread does before it waits for something: others must be able to bring it.
before_waiting: dict[int, Callable[[], None]] = {}
#: The threads that wait for something.
waiting: set[int] = set()


def _nothing() -> None:
    """What any other thread does."""


def _after_fork() -> None:
    """Another thread of the parent may have held it."""
    global _registering
    _registering = threading.RLock()
    waiting.clear()
    before_waiting.clear()


os.register_at_fork(after_in_child=_after_fork)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Names one message of this agent for `fate()`: its stream, its place in it, and the id that it carries end to end."""

    target_kind: str
    target: str
    stream_class: str
    epoch: int
    seq: int
    id: str


class Receipt:
    """The message is safe: `by` is "disk" (committed), "ack" (every recipient finished it) or "live" (express).

    Its names are put together when they are asked for: most callers never do.
    """

    __slots__ = ("_epoch", "_id_bytes", "_seq", "_target", "by")

    def __init__(self, by: str, sending: Sending) -> None:
        self.by = by
        self._target = sending._target
        self._epoch = sending._epoch
        self._seq = sending._seq
        self._id_bytes = sending.id_bytes

    @property
    def id(self) -> str:
        """The message's UUID."""
        return _ids.text(self._id_bytes)

    @property
    def message(self) -> MessageRef:
        """Names the message for `fate()`."""
        return MessageRef(*self._target, self._epoch, self._seq, self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Receipt) and (self.by, self.message) == (other.by, other.message)

    def __hash__(self) -> int:
        return hash(self._id_bytes)

    def __repr__(self) -> str:
        return f"Receipt(by={self.by!r}, id={self.id!r}, message={self.message!r})"


@dataclass(frozen=True, slots=True)
class Pressure:
    """The recipient's queue rose above its upper watermark (`paused`) or fell below its lower one, with `queued` messages.

    Sending on is allowed: the daemon keeps the rest on disk until a quota refuses it. `target` is "topics" for publications.
    """

    target: str
    paused: bool
    queued: int


@dataclass(frozen=True, slots=True)
class Matched:
    """How many durable and live subscriptions a published message matched.

    Not known (None in its place) for a publication that the daemon had accepted before a reconnect.
    """

    durable: int
    live: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A send's fate as a value: `status` "ok", "refused" or "unknown"; `by` when ok, `error` when not."""

    status: str
    by: str | None = None
    error: RelayError | None = None

    @property
    def code(self) -> str | None:
        return self.error.code if self.error is not None else None


class Waitable:
    """Decided in stages; wakes whoever waits for a stage."""

    _waiters: tuple[tuple[int, Callable[[], None]], ...] | None = None

    def _ready(self, stage: int) -> bool:
        raise NotImplementedError

    def _watch(self, stage: int, wake: Callable[[], None]) -> bool:
        """Registers `wake`; False when the stage is reached already (`wake` may then be called or not)."""
        with _registering:
            self._waiters = (*(self._waiters or ()), (stage, wake))
        return not self._ready(stage)

    def _unwatch(self, wake: Callable[[], None]) -> None:
        with _registering:
            self._waiters = tuple(w for w in self._waiters or () if w[1] is not wake) or None

    def _fire(self) -> None:
        """Wakes those whose stage is reached. Called by the owner after each decision."""
        if self._waiters is None:
            return
        with _registering:
            due = [w for w in self._waiters or () if self._ready(w[0])]
            self._waiters = tuple(w for w in self._waiters or () if w not in due) or None
        for _, wake in due:
            wake()

    def _wait(self, stage: int, timeout: float | None) -> bool:
        """Blocks this thread until the stage is reached; False at the timeout."""
        if self._ready(stage):
            return True
        bell = threading.Lock()  # an Event costs five times as much
        bell.acquire()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # rung already
                bell.release()

        if not self._watch(stage, wake):
            self._unwatch(wake)
            return True
        thread = threading.get_ident()
        waiting.add(thread)
        try:
            before_waiting.get(thread, _nothing)()
            if bell.acquire(timeout=-1 if timeout is None else min(max(0.0, timeout), threading.TIMEOUT_MAX)):
                return True
        finally:
            waiting.discard(thread)
        self._unwatch(wake)
        return self._ready(stage)


class Sending(Waitable):
    """One message on its way: the entry in the outbox and what its caller holds, in one object."""

    # What changes rarely is not written for each message: it stands here until it changes.
    _stream: Stream | None = None
    _epoch = 0
    _resent = False
    _abandoned = False
    _seq = 0
    _ticket = 0
    _tries = 0
    _taken_at_ms = 0
    _by = 0
    _error: RelayError | None = None
    _result = 0
    _reason = 0
    _attempts = 0
    _reply: Reply | None = None
    matched: Matched | None = None

    def __init__(
        self,
        target: tuple[str, str, str],
        kind: str,
        payload: bytes,
        content: int,
        *,
        flags: int = 0,
        priority: int = 0,
        ttl_ms: int = 0,
        block: bytes = b"",
        id_bytes: bytes | None = None,
        request: Message | None = None,
    ) -> None:
        self._target = target
        self._kind = kind
        self._payload = payload
        self._content = content
        self._flags = flags
        self._priority = priority
        self._ttl_ms = ttl_ms
        self._block = block
        self.id_bytes = id_bytes if id_bytes is not None else _ids.new_id()
        self._request = request
        self._express = target[2] == "express"
        self._counted = request is None
        self.size = p.HEADER_SIZE + len(block) + len(payload)

    @property
    def id(self) -> str:
        """The message's UUID, the same at the recipient and in the dead-letter queue."""
        return _ids.text(self.id_bytes)

    @property
    def message(self) -> MessageRef | None:
        """Names the message for `fate()`; None before it is written for the first time."""
        if not self._seq or self._error is not None:
            return None
        return MessageRef(*self._target, self._epoch, self._seq, self.id)

    @property
    def done(self) -> bool:
        """Whether a receipt or a refusal has arrived."""
        return self._ready(RECEIPT)

    def _ready(self, stage: int) -> bool:
        if self._error is not None:
            return True
        if stage == RECEIPT:
            return self._by != 0
        return self._result != 0 if stage == RESULT else self._reply is not None

    def _receipt(self) -> Receipt:
        if self._by != 0:
            return Receipt(BY_NAMES.get(self._by, "disk"), self)
        assert self._error is not None
        raise self._error

    def _outcome(self) -> Outcome:
        if self._by != 0:
            return Outcome("ok", BY_NAMES.get(self._by, "disk"))
        if self._error is None:
            return Outcome("unknown", error=RelayTimeout(f"No receipt yet for {self._describe()}."))
        known = self._error.code not in ("CLOSED", "NOT_CONNECTED", "TIMEOUT")
        return Outcome("refused" if known else "unknown", error=self._error)

    def _handled(self) -> Receipt:
        """What the addressee's result says: finished, or an error."""
        if self._result == p.RESULT_ACKED:
            return Receipt("ack", self)
        if self._result == p.RESULT_DEAD:
            raise RelayDeadLettered(reason_name(self._reason), self._attempts)
        assert self._error is not None
        raise self._error

    def _dead_request(self) -> None:
        """Nobody will answer: it was dead-lettered, or, which is the caller's own time limit, it has expired."""
        reason = reason_name(self._reason)
        if self._reply is None and self._error is None:
            expired = RelayTimeout(f"The request expired before it was handled: {self._describe()}.")
            self._error = expired if reason == "EXPIRED" else RelayDeadLettered(reason, self._attempts)

    def _answer(self) -> Reply:
        if self._reply is not None:
            self._reply._raise_if_failed()
            return self._reply
        assert self._error is not None
        raise self._error

    def _describe(self) -> str:
        return f"kind={self._kind!r} target={self._target[1] or 'topics'!r} id={self.id}"


class SendHandle(Sending):
    """Receipt handle of the synchronous client. Any thread may wait on it."""

    def result(self, timeout: float | None = None) -> Receipt:
        """The receipt; raises RelayRefused, or RelayTimeout after `timeout` seconds (the outcome is then unknown)."""
        if not self._wait(RECEIPT, timeout):
            raise RelayTimeout(f"No receipt within timeout_s={timeout} for {self._describe()}.")
        return self._receipt()

    def outcome(self, timeout: float | None = None) -> Outcome:
        """The same as a value; "unknown" when the time is up."""
        self._wait(RECEIPT, timeout)
        return self._outcome()

    def handled(self, timeout: float | None = None) -> Receipt:
        """Waits until the addressee has finished it; for messages sent with `want_result=True`."""
        if not self._wait(RESULT, timeout):
            raise RelayTimeout(f"Not handled within timeout_s={timeout}: {self._describe()}.")
        return self._handled()

    def reply(self, timeout: float | None = None) -> Reply:
        """Waits for the answer of a request."""
        if not self._wait(REPLY, timeout):
            raise RelayTimeout(f"No reply within timeout_s={timeout} for {self._describe()}.")
        return self._answer()


class ControlCall(Waitable):
    """A control operation under way."""

    def __init__(self, op: str, args: dict[str, Any], *, repeatable: bool = False) -> None:
        self.op = op
        self.args = args
        self.repeatable = repeatable
        self.body: dict[str, Any] | None = None
        self.error: RelayError | None = None

    def _ready(self, stage: int) -> bool:
        return self.body is not None or self.error is not None

    def _decide(self, body: dict[str, Any] | None, error: RelayError | None = None) -> None:
        self.body, self.error = body, error
        self._fire()

    def _value(self) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        assert self.body is not None
        return self.body
