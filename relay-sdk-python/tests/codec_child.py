"""One end of the codec comparison: frames in on stdin, what this codec makes of each out on stdout.

A batch is its length (u32, little-endian) and frames, each with its length before it. The answer is a batch as well, of three
pieces per frame: the type, or the code of the refusal; the fields as JSON, or nothing; the frame that these fields encode to.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any

from relay_sdk import _protocol as p

LENGTH = struct.Struct("<I")


def plain(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as the vector files have them: bytes as hex, the first entry of each key of a header block."""
    if name in p.JSON_FRAMES.values():
        return fields
    shown = {k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}
    if "block" in shown:
        found = ((key, p.find(fields["block"], key)) for key in range(p.KEY_TOPIC, p.KEY_FENCE + 1))
        shown["block"] = [{"key": key, "hex": value.hex()} for key, value in found if value is not None]
        shown["payload_hex"] = shown.pop("payload")
    return shown


def answer(frame: bytes) -> tuple[bytes, bytes, bytes]:
    try:
        name, fields = p.decode(frame)
    except p.FrameError as refused:
        return refused.code.encode(), b"", b""
    return name.encode(), json.dumps(plain(name, fields)).encode(), p.encode(name, fields)


def pieces(batch: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(batch):
        (length,) = LENGTH.unpack_from(batch, at)
        found.append(batch[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def main() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(LENGTH.size):
        out = [LENGTH.pack(len(part)) + part for frame in pieces(source.read(*LENGTH.unpack(head))) for part in answer(frame)]
        sink.write(LENGTH.pack(sum(map(len, out))) + b"".join(out))
        sink.flush()


if __name__ == "__main__":
    main()
