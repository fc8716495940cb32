"""The frames of protocol version 1 as bytes, and back. Pure: no state, no clock, no sockets.

Two ways in. Hot frames have their own `struct` (one `unpack_from` per header) and their own encoder. `decode` and `encode`
go over a table of layouts; they serve tests and control frames. The length is checked before anything else is looked at.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

Buffer = bytes | bytearray | memoryview

HELLO, WELCOME, ERROR, BIND, BOUND, KIND, LANE, CONTROL, CONTROL_REPLY, GOODBYE, EVENT = range(1, 12)
SEND, DELIVER, SENT, REFUSED, RESULT, ACK, ACK_OK, NACK, SKIP, CREDIT = range(16, 26)
PAUSED, RESUMED, MATCHED, PING, PONG = range(26, 31)

WANT_RESULT, RESENT, REDELIVERED, REQUIRE_DISK = 1, 2, 4, 8
JOURNAL, APP_ID, REPLY, REQUEST = 16, 32, 64, 128

CONTENT_BYTES, CONTENT_JSON, CONTENT_TEXT, CONTENT_MSGPACK = 0, 1, 2, 3

KEY_TOPIC, KEY_IN_REPLY_TO, KEY_ACKS, KEY_TRACEPARENT, KEY_TRACESTATE = 1, 2, 3, 4, 5
KEY_APP_ID, KEY_ERROR_TEXT, KEY_SHADOW, KEY_PARTITION, KEY_ORIGIN, KEY_FENCE = 6, 7, 8, 9, 10, 11
MUST_UNDERSTAND: Final = 0x8000

BY_DISK, BY_ACK, BY_LIVE = 1, 2, 3
RESULT_ACKED, RESULT_DEAD = 1, 2
NACK_ERROR, NACK_REFUSED, NACK_NO_HANDLER, NACK_TIMEOUT = 1, 2, 3, 4

PREFIX_SIZE: Final = 8
HEADER_SIZE: Final = 64
MAX_FRAME: Final = 1 << 20
MAX_HELLO_FLOORS: Final = 160  # a HELLO must fit into 64 KiB; other lanes are settled by their acks
MAX_BLOCK: Final = 4096
MAX_JSON: Final = 64 << 10
MAX_HELLO: Final = 1 << 20
MAX_DEPTH: Final = 16
MAX_NACK_TEXT: Final = 512

PREFIX = struct.Struct("<IBBBB")
HEADER = struct.Struct("<IBBBBIIQQIHH16sQ")
_SENT = struct.Struct("<IBBBBIIQQ")
_REFUSED = struct.Struct("<IBBBBIHHIIQ16s")
_RESULT = struct.Struct("<IBBBBIHHQQ")
_POSITION = struct.Struct("<IBBBBIIQQ")
_ACK = struct.Struct("<IBBBBIIQQQ")
_CREDIT = struct.Struct("<IBBBBIIQ")
_QUEUED = struct.Struct("<IBBBBII")
_MATCHED = struct.Struct("<IBBBBIIQII")
_TIME = struct.Struct("<IBBBBQ")
_ENTRY = struct.Struct("<HH")
ACKS = struct.Struct("<IIQQ")


class FrameError(ValueError):
    """Bytes that are not a frame of this protocol. `code` is the catalogue's name for it."""

    def __init__(self, message: str, code: str = "BAD_FRAME") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Layout(NamedTuple):
    """A fixed frame: its struct, the names of the fields after the prefix, and what `b6` and `b7` mean."""

    name: str
    struct: struct.Struct
    fields: tuple[str, ...]
    b6: str | None = None
    b7: str | None = None
    tail: str | None = None


FIXED: Final[dict[int, Layout]] = {
    SENT: Layout("SENT", _SENT, ("handle", "spare", "epoch", "upto"), "by"),
    REFUSED: Layout(
        "REFUSED",
        _REFUSED,
        ("handle", "code", "spare", "retry_after_ms", "spare2", "seq", "id"),
    ),
    RESULT: Layout("RESULT", _RESULT, ("handle", "attempts", "spare", "epoch", "seq"), "outcome", "reason"),
    ACK: Layout("ACK", _ACK, ("lane", "spare", "epoch", "floor", "bits")),
    ACK_OK: Layout("ACK_OK", _POSITION, ("lane", "spare", "epoch", "floor")),
    NACK: Layout("NACK", _POSITION, ("lane", "delay_ms", "epoch", "seq"), "nack_class", None, "error"),
    SKIP: Layout("SKIP", _ACK, ("lane", "spare", "epoch", "from", "to"), "reason"),
    CREDIT: Layout("CREDIT", _CREDIT, ("lane", "messages", "bytes")),
    PAUSED: Layout("PAUSED", _QUEUED, ("handle", "queued")),
    RESUMED: Layout("RESUMED", _QUEUED, ("handle", "queued")),
    MATCHED: Layout("MATCHED", _MATCHED, ("handle", "spare", "seq", "durable", "live")),
    PING: Layout("PING", _TIME, ("t",)),
    PONG: Layout("PONG", _TIME, ("t",)),
}
JSON_FRAMES: Final[dict[int, str]] = {
    HELLO: "HELLO", WELCOME: "WELCOME", ERROR: "ERROR", BIND: "BIND", BOUND: "BOUND", KIND: "KIND", LANE: "LANE",
    CONTROL: "CONTROL", CONTROL_REPLY: "CONTROL_REPLY", GOODBYE: "GOODBYE", EVENT: "EVENT",
}  # fmt: skip
MESSAGES: Final[dict[int, str]] = {SEND: "SEND", DELIVER: "DELIVER"}
TYPE_NAMES: Final[dict[int, str]] = {**JSON_FRAMES, **MESSAGES, **{t: layout.name for t, layout in FIXED.items()}}
TYPE_NUMBERS: Final[dict[str, int]] = {name: number for number, name in TYPE_NAMES.items()}
MESSAGE_FIELDS: Final = (
    "flags", "priority", "content", "handle", "kind", "epoch", "seq", "ttl_ms", "block", "attempt", "id", "spare",
)  # fmt: skip


# ---- header block -------------------------------------------------------------------------------------------------


def block(*entries: tuple[int, bytes]) -> bytes:
    """A header block of these entries, in this order."""
    data = b"".join(_ENTRY.pack(key, len(value)) + value for key, value in entries)
    if len(data) > MAX_BLOCK:
        raise FrameError(f"header block length={len(data)} limit={MAX_BLOCK}", "TOO_LARGE")
    return data


def entries(data: Buffer) -> Iterator[tuple[int, bytes]]:
    """The entries of a header block; an entry that does not fit is a FrameError."""
    at, end = 0, len(data)
    while at < end:
        if at + 4 > end:
            raise FrameError("header block ends inside an entry")
        key, length = _ENTRY.unpack_from(data, at)
        at += 4
        if at + length > end:
            raise FrameError(f"header block entry key={key} length={length} does not fit")
        yield key, bytes(data[at : at + length])
        at += length


def find(data: Buffer, key: int) -> bytes | None:
    """The value of the first entry with this key, or None."""
    return next((value for k, value in entries(data) if k & ~MUST_UNDERSTAND == key), None)


def check_block(data: Buffer) -> None:
    """Refuses a block that is torn or demands a key unknown here."""
    for key, _ in entries(data):
        if key & MUST_UNDERSTAND and not KEY_TOPIC <= key & ~MUST_UNDERSTAND <= KEY_FENCE:
            raise FrameError(f"header key={key & ~MUST_UNDERSTAND} must be understood and is not known")


# ---- JSON frames --------------------------------------------------------------------------------------------------


def json_frame(frame_type: int, body: dict[str, Any]) -> bytes:
    """A control frame: the prefix and compact JSON."""
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    limit = MAX_HELLO if frame_type == HELLO else MAX_JSON
    if PREFIX_SIZE + len(data) > limit:
        raise FrameError(f"{TYPE_NAMES[frame_type]} length={len(data)} limit={limit}", "TOO_LARGE")
    return PREFIX.pack(PREFIX_SIZE + len(data), frame_type, 0, 0, 0) + data


def parse_json(frame_type: int, data: Buffer) -> dict[str, Any]:
    """The object of a control frame. Duplicate keys, too deep or too long ones and numbers over 64 bits are refused."""
    limit = MAX_HELLO if frame_type == HELLO else MAX_JSON
    if PREFIX_SIZE + len(data) > limit:
        raise FrameError(f"control frame length={len(data)} limit={limit}")
    try:
        value = json.loads(bytes(data).decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except FrameError:
        raise
    except (ValueError, RecursionError) as error:
        raise FrameError(f"control frame is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise FrameError("control frame is not a JSON object")
    _check_depth(value, 1)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FrameError("duplicate key in a control frame")
    return result


def _no_constant(name: str) -> Any:
    raise FrameError(f"{name} is not JSON")


def _check_depth(value: Any, depth: int) -> None:
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        raise FrameError("number over 64 bits in a control frame")
    if not isinstance(value, dict | list):
        return
    if depth > MAX_DEPTH:
        raise FrameError(f"control frame deeper than {MAX_DEPTH}")
    for item in value.values() if isinstance(value, dict) else value:
        _check_depth(item, depth + 1)


# ---- hot frames ---------------------------------------------------------------------------------------------------


def message_header(
    frame_type: int,
    flags: int,
    priority: int,
    content: int,
    handle: int,
    kind: int,
    epoch: int,
    seq: int,
    ttl_ms: int,
    block_length: int,
    payload_length: int,
    attempt: int,
    id_bytes: bytes,
) -> bytes:
    """The 64 bytes before the header block of a SEND or DELIVER."""
    return HEADER.pack(
        HEADER_SIZE + block_length + payload_length, frame_type, flags, priority, content,
        handle, kind, epoch, seq, ttl_ms, block_length, attempt, id_bytes, 0,
    )  # fmt: skip


def ack(lane: int, epoch: int, floor: int, bits: int) -> bytes:
    return _ACK.pack(40, ACK, 0, 0, 0, lane, 0, epoch, floor, bits)


def nack(lane: int, nack_class: int, delay_ms: int, epoch: int, seq: int, error: str = "") -> bytes:
    text = clip(error, MAX_NACK_TEXT)
    return _POSITION.pack(32 + len(text), NACK, 0, nack_class, 0, lane, delay_ms, epoch, seq) + text


def credit(lane: int, messages: int, byte_count: int) -> bytes:
    return _CREDIT.pack(24, CREDIT, 0, 0, 0, lane, messages, byte_count)


def ping(t: int) -> bytes:
    return _TIME.pack(16, PING, 0, 0, 0, t)


def pong(t: int) -> bytes:
    return _TIME.pack(16, PONG, 0, 0, 0, t)


def clip(text: str, limit: int) -> bytes:
    """UTF-8 of at most `limit` bytes, never cut inside a character."""
    data = text.encode("utf-8", "replace")
    return data if len(data) <= limit else data[:limit].decode("utf-8", "ignore").encode()


# ---- any frame, by table ------------------------------------------------------------------------------------------


def check_length(length: int, limit: int = MAX_FRAME) -> None:
    if length < PREFIX_SIZE or length > limit:
        code = "TOO_LARGE" if length > limit else "BAD_FRAME"
        raise FrameError(f"frame length={length} allowed={PREFIX_SIZE}..{limit}", code)


def decode(frame: Buffer, limit: int = MAX_FRAME) -> tuple[str, dict[str, Any]]:
    """One whole frame as its type's name and its fields. Message frames: `block` is the raw block, `payload` the rest."""
    if len(frame) < PREFIX_SIZE:
        raise FrameError(f"frame of {len(frame)} bytes is shorter than its prefix")
    length, frame_type, _, b6, b7 = PREFIX.unpack_from(frame)
    check_length(length, limit)
    if length != len(frame):
        raise FrameError(f"frame length={length} but {len(frame)} bytes given")
    if frame_type in JSON_FRAMES:
        return JSON_FRAMES[frame_type], parse_json(frame_type, frame[PREFIX_SIZE:])
    if frame_type in MESSAGES:
        return MESSAGES[frame_type], _decode_message(frame)
    if frame_type not in FIXED:
        raise FrameError(f"unknown frame type={frame_type}")
    return FIXED[frame_type].name, _decode_fixed(FIXED[frame_type], frame, b6, b7)


def encode(name: str, fields: dict[str, Any]) -> bytes:
    """The inverse of `decode`."""
    frame_type = TYPE_NUMBERS[name]
    if frame_type in JSON_FRAMES:
        return json_frame(frame_type, fields)
    if frame_type in MESSAGES:
        return _encode_message(frame_type, fields)
    layout = FIXED[frame_type]
    tail = clip(fields.get(layout.tail, ""), MAX_NACK_TEXT) if layout.tail else b""
    values = [fields.get(f, bytes(16) if f == "id" else 0) for f in layout.fields]
    b6 = fields.get(layout.b6, 0) if layout.b6 else 0
    b7 = fields.get(layout.b7, 0) if layout.b7 else 0
    return layout.struct.pack(layout.struct.size + len(tail), frame_type, 0, b6, b7, *values) + tail


def _decode_fixed(layout: Layout, frame: Buffer, b6: int, b7: int) -> dict[str, Any]:
    size, extra = layout.struct.size, len(frame) - layout.struct.size
    if extra < 0 or extra > (MAX_NACK_TEXT if layout.tail else 0):
        raise FrameError(f"{layout.name} length={len(frame)} expected={size}")
    fields = dict(zip(layout.fields, layout.struct.unpack_from(frame)[5:], strict=True))
    for name in ("spare", "spare2"):
        fields.pop(name, None)
    if layout.b6:
        fields[layout.b6] = b6
    if layout.b7:
        fields[layout.b7] = b7
    if layout.tail:
        try:
            fields[layout.tail] = bytes(frame[size:]).decode()
        except UnicodeDecodeError as error:
            raise FrameError(f"{layout.name} text is not UTF-8") from error
    return fields


def _decode_message(frame: Buffer) -> dict[str, Any]:
    if len(frame) < HEADER_SIZE:
        raise FrameError(f"message length={len(frame)} is shorter than its header")
    values = HEADER.unpack_from(frame)
    fields: dict[str, Any] = dict(zip(MESSAGE_FIELDS, values[2:], strict=True))
    length = fields.pop("block")
    del fields["spare"]
    if length > MAX_BLOCK or HEADER_SIZE + length > len(frame):
        raise FrameError(f"header block length={length} does not fit")
    fields["block"] = bytes(frame[HEADER_SIZE : HEADER_SIZE + length])
    check_block(fields["block"])
    fields["payload"] = bytes(frame[HEADER_SIZE + length :])
    return fields


def _encode_message(frame_type: int, f: dict[str, Any]) -> bytes:
    head = message_header(
        frame_type, f.get("flags", 0), f.get("priority", 0), f.get("content", 0), f["handle"], f.get("kind", 0),
        f["epoch"], f["seq"], f.get("ttl_ms", 0), len(f["block"]), len(f["payload"]), f.get("attempt", 0), f["id"],
    )  # fmt: skip
    return b"".join((head, f["block"], f["payload"]))
