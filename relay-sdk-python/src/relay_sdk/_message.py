"""What a handler receives, and what a request's caller gets back."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from relay_sdk import _ids, _trace
from relay_sdk import _protocol as p
from relay_sdk._errors import RelayRemoteError

if TYPE_CHECKING:
    from relay_sdk._inbox import Lane


class Settler(Protocol):
    """The client behind a message: takes what the handler decided. Any thread."""

    name: str

    def _record(self, message: Message) -> None: ...

    def _record_done(self, message: Message, state: bytes) -> None: ...

    def _settle_ack(self, message: Message) -> None: ...

    def _settle_nack(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None: ...

    def _settle_reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None: ...


def encode_payload(payload: Any) -> tuple[bytes, int]:
    """Bytes stay bytes, text is UTF-8, anything else is JSON. Decimals become strings, dataclasses objects.

    NaN and infinities are no JSON: a ValueError, as their readers in other languages could not parse it.
    """
    if type(payload) is bytes:
        return payload, p.CONTENT_BYTES
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload), p.CONTENT_BYTES
    if isinstance(payload, str):
        return payload.encode(), p.CONTENT_TEXT
    data = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)
    return data.encode(), p.CONTENT_JSON


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON; send bytes, or convert it to plain objects")


class Payload:
    """Bytes with a content type, decoded only when asked."""

    __slots__ = ("_block", "bytes", "content", "id_bytes")

    def __init__(self, data: bytes, content: int, block: bytes, id_bytes: bytes) -> None:
        self.bytes = data
        self.content = content
        self._block = block
        self.id_bytes = id_bytes

    def json(self) -> Any:
        """The payload as JSON. Numbers with a fraction are `decimal.Decimal`: prices stay exact."""
        return json.loads(self.bytes, parse_float=Decimal)

    def text(self) -> str:
        return self.bytes.decode()

    @property
    def id(self) -> str:
        return _ids.text(self.id_bytes)

    def header(self, key: int) -> bytes | None:
        """A raw header of the block, by its number in the protocol."""
        return p.find(self._block, key) if self._block else None


class Message(Payload):
    """One delivery. `attempt` counts from 1; `redelivered` says that it may have been delivered before.

    With `ack="on_success"` the handler's return is the ack and an exception the nack. With `ack="manual"` the handler, or
    any thread later, calls `ack()`, `nack()` or `reply()` once; later calls change nothing.
    """

    # What changes rarely is not written for each message: it stands here until it changes.
    _state = 0
    _recorded = False
    _started = False
    _settled = False
    _replying = False
    _waiting_reply: Any = None
    _gone = False
    _client: Settler | None = None

    def __init__(
        self,
        lane: Lane,
        kind: str,
        epoch: int,
        seq: int,
        flags: int,
        attempt: int,
        content: int,
        id_bytes: bytes,
        block: bytes,
        data: bytes,
        connection: int = 0,
    ) -> None:
        self.bytes = data
        self.content = content
        self._block = block
        self.id_bytes = id_bytes
        self.sender = lane.sender
        self.kind = kind
        self.attempt = attempt
        self._lane = lane
        self._epoch = epoch
        self._seq = seq
        self._flags = flags
        self._generation = lane.generation
        self._connection = connection

    @property
    def redelivered(self) -> bool:
        return self._flags & p.REDELIVERED != 0

    @property
    def position(self) -> tuple[int, int]:
        """(epoch, seq): with the sender and class the message's identity, stable over redeliveries."""
        return (self._epoch, self._seq)

    @property
    def is_request(self) -> bool:
        return self._flags & p.REQUEST != 0

    @property
    def topic(self) -> str | None:
        """The topic that it was published on, None for a direct message."""
        value = self.header(p.KEY_TOPIC)
        return value.decode() if value is not None else None

    @property
    def group(self) -> str | None:
        """The work group that it came by, None for a message to this agent."""
        return self._lane.seat.group if self._lane.seat is not None else None

    @property
    def partition(self) -> int | None:
        return self._lane.seat.partition if self._lane.seat is not None else None

    @property
    def group_epoch(self) -> int | None:
        """The fencing token: an effect outside of the bus under a lower one than was seen for the partition is late."""
        return self._lane.seat.epoch if self._lane.seat is not None else None

    @property
    def shadow(self) -> dict[str, Any] | None:
        """Of a copy for a shadow: `agent`, `direction` ("in" or "out"), `sender`, `target`, `class`, `epoch`, `seq`."""
        value = self.header(p.KEY_SHADOW)
        return json.loads(value) if value is not None else None

    @property
    def traceparent(self) -> str | None:
        """W3C trace context of its sender, None without one. What its handler sends carries it on."""
        return _trace.legal(self.header(p.KEY_TRACEPARENT))

    def done(self, state: bytes = b"") -> None:
        """The message's effect is being committed: records it in the client's inbox now, on this thread.

        Called inside the handler's own transaction, with an `InboxStore` that writes into the same one, effect and
        record stand or fall together; the ack follows when the handler returns. `state`: the lane's new state, up to
        1 MiB, for `InboxFile`. Raises AlreadyDone when another process of this agent has committed it (let it pass),
        RuntimeError without an inbox or while an earlier message of the lane waits for its ack by hand.
        """
        self._by()._record_done(self, state)

    def ack(self) -> None:
        """The message is done (only needed with `ack="manual"`). With an inbox it is recorded first."""
        if not self._settled:
            self._by()._record(self)
        if self._claim():
            self._by()._settle_ack(self)

    def nack(self, error: str = "", *, delay: float = 0.0, refuse: bool = False) -> None:
        """The message failed: retried after the bus's schedule or `delay` seconds, or dead-lettered at once (`refuse`)."""
        if self._claim():
            nack_class = p.NACK_REFUSED if refuse else p.NACK_ERROR
            self._by()._settle_nack(self, nack_class, int(delay * 1000), error)

    def refuse(self, error: str = "") -> None:
        """Refuses the message for good, as raising Reject: it is dead-lettered as REFUSED_BY_HANDLER."""
        self.nack(error, refuse=True)

    def reply(self, payload: Any) -> None:
        """Answers a request; that acks it too."""
        if not self.is_request:
            raise ValueError(f"kind={self.kind!r} from {self.sender!r} is not a request; it cannot be replied to")
        data, content = encode_payload(payload)
        if not self._settled:
            self._by()._record(self)
        if self._claim():
            self._by()._settle_reply(self, data, content, None)

    def _fail_reply(self, error: str) -> None:
        self._recorded = True  # finished without effect: what follows on the lane need not wait for it
        if self._claim():
            self._by()._settle_reply(self, b"", p.CONTENT_BYTES, error or "failed")

    def _claim(self) -> bool:
        if self._settled:
            return False
        self._settled = True
        return True

    def _by(self) -> Settler:
        assert self._client is not None
        return self._client

    def __repr__(self) -> str:
        return f"<Message kind={self.kind!r} sender={self.sender!r} seq={self._seq} attempt={self.attempt}>"


class Reply(Payload):
    """The answer to a request."""

    __slots__ = ("sender",)

    def __init__(self, sender: str, data: bytes, content: int, block: bytes, id_bytes: bytes) -> None:
        super().__init__(data, content, block, id_bytes)
        self.sender = sender

    @property
    def traceparent(self) -> str | None:
        """W3C trace context of the request that it answers, None without one."""
        return _trace.legal(self.header(p.KEY_TRACEPARENT))

    def _raise_if_failed(self) -> None:
        error = self.header(p.KEY_ERROR_TEXT)
        if error is not None:
            raise RelayRemoteError(error.decode("utf-8", "replace"))
