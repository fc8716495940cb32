"""What a client tells about itself: health and metrics, read from the session's counters by any thread."""

from __future__ import annotations

from typing import Any

from relay_sdk import _spans
from relay_sdk._errors import RelayClosed, RelayError
from relay_sdk._handles import MessageRef, Receipt, Sending
from relay_sdk._session import Session, State


def in_use(session: Session) -> RelayError | None:
    """What the daemon said while a predecessor held the name, for a client that never got in."""
    error = session.last_error
    return RelayClosed(str(error), error.code) if error is not None and error.code == "NAME_IN_USE" else None


def fate_arguments(message: MessageRef | Receipt | Sending) -> dict[str, Any]:
    """What the operation `fate` asks for."""
    ref = message if isinstance(message, MessageRef) else message.message
    if ref is None:
        raise ValueError("the message has no place in its stream: it was refused, or not written yet")
    return {
        "target_kind": ref.target_kind, "target": ref.target, "class": ref.stream_class, "epoch": ref.epoch, "seq": ref.seq,
        "id": ref.id,
    }  # fmt: skip


def health(session: Session, socket: str) -> dict[str, Any]:
    """State of this client's connection; the daemon's own health is `control("health")`."""
    outbox = session.outbox
    error = session.failure or session.last_error
    return {
        "state": session.state.value,
        "connected": session.state is State.OPEN,
        "socket": socket,
        "session": session.greeting.welcome.get("session"),
        "epoch": outbox.epoch,
        "server": session.greeting.welcome.get("server"),
        "unreceipted": outbox.unsafe_count,
        "unfinished": session.inbox.unfinished_count,
        "paused_targets": outbox.paused_targets(),
        "last_error": str(error) if error is not None else None,
    }


def metrics(session: Session) -> dict[str, int]:
    """Counters since the client was made."""
    outbox, inbox = session.outbox, session.inbox
    return {
        "connections": session.connect_count,
        "store_resets": session.store_reset_count,
        "sent": outbox.sent_count,
        "resent": outbox.resent_count,
        "resolved": outbox.resolved_count,
        "refused": outbox.refused_count,
        "queued": len(outbox.queue),
        "in_flight": outbox.in_flight_count,
        "in_flight_bytes": outbox.in_flight_bytes,
        "awaiting_result": outbox.awaiting_count,
        "delivered": inbox.delivered_count,
        "acked": inbox.acked_count,
        "nacked": inbox.nacked_count,
        "skipped": inbox.skipped_count,
        "duplicates": inbox.duplicate_count,
        "late_publications": inbox.late_count,
        "held_back": inbox.held_count,
        "lanes": inbox.lane_count,
        "replies": session.dialogue.reply_count,
        "late_replies": session.dialogue.late_reply_count,
        "replies_dropped": session.dialogue.reply_dropped_count + session.inbox.replies_gone_count,
        "spans_exported": _spans.active.exported if _spans.active else 0,
        "spans_dropped": _spans.active.dropped if _spans.active else 0,
        "stray_frames": outbox.stray_count + inbox.stray_count,
    }
