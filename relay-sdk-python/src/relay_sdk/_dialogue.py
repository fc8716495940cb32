"""Requests that wait for their answer, and the answers that handlers give. Plain code of the session's owner.

A reply to a request of ours resolves it on the session's thread and is acked at once; it needs no handler. A reply of ours
acks the request that it answers, therefore the request is finished only when the reply is safe: refused for a reason that
passes it is written again, up to 50 times, and when the daemon does not hold the request for this connection yet, when that
comes again. Bounds: requests by the outbox, replies by the delivery window.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_sdk import _protocol as p
from relay_sdk._codes import CODES
from relay_sdk._errors import RelayError
from relay_sdk._handles import Sending
from relay_sdk._inbox import Inbox
from relay_sdk._message import Message, Reply
from relay_sdk._outbox import Outbox

REPLY_RETRY_MS = 100
REPLY_TRIES = 50


class Dialogue:
    """See the module. `after` has something done later; `finish` acks a message."""

    def __init__(
        self,
        outbox: Outbox,
        inbox: Inbox,
        finish: Callable[[Message], None],
        after: Callable[[int, Callable[[], None]], None],
    ) -> None:
        self._outbox = outbox
        self._inbox = inbox
        self._finish = finish
        self._after = after
        self._requests: dict[bytes, Sending] = {}
        self.reply_count = 0
        self.late_reply_count = 0
        self.reply_dropped_count = 0

    # ---- ours

    def asks(self, sending: Sending) -> None:
        self._requests[sending.id_bytes] = sending
        sending._watch(1, lambda: self._refused(sending))

    @property
    def waits(self) -> bool:
        return bool(self._requests)

    def forget(self, sending: Sending) -> None:
        """The caller stopped waiting for a result or an answer: what comes late is acked and counted."""
        self._requests.pop(sending.id_bytes, None)
        self._outbox.abandon(sending)

    def on_reply(self, message: Message) -> None:
        asked = message.header(p.KEY_IN_REPLY_TO)
        sending = self._requests.pop(asked, None) if asked is not None else None
        message._settled = True
        if sending is None:
            self.late_reply_count += 1
        else:
            self.reply_count += 1
            sending._reply = Reply(message.sender, message.bytes, message.content, message._block, message.id_bytes)
            sending._fire()
        self._finish(message)

    def close(self, error: RelayError) -> None:
        requests, self._requests = self._requests, {}
        for sending in requests.values():
            sending._error = error
            sending._fire()

    def _refused(self, sending: Sending) -> None:
        if sending._error is not None:
            self._requests.pop(sending.id_bytes, None)

    # ---- those of others

    def reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None:
        """Answers a request; the reply acks it."""
        context = message.traceparent
        trace = b"" if context is None else p.block((p.KEY_TRACEPARENT, context.encode()))
        block = trace + (p.block((p.KEY_ERROR_TEXT, p.clip(error, 1_024))) if error is not None else b"")
        if p.HEADER_SIZE + 48 + len(block) + len(payload) > self._outbox.max_frame:
            text = f"TOO_LARGE: the reply has {len(payload)} bytes, max_frame={self._outbox.max_frame}"
            payload, content, block = b"", p.CONTENT_BYTES, p.block((p.KEY_ERROR_TEXT, text.encode()))
        message._replying = True
        target = ("agent", message.sender, "reply")
        self._outbox.submit(Sending(target, "", payload, content, flags=p.REPLY, block=block, request=message))

    def on_fate(self, sending: Sending, code: str | None, retry_after_ms: int) -> None:
        """A reply was accepted (`code` None) or refused."""
        request = sending._request
        assert request is not None
        if code is None:
            self._inbox.finish_by_reply(request)
            return
        sending._tries += 1
        info = CODES.get(code)
        if code == "NO_PENDING_REQUEST" and request._connection != self._inbox.connection and not request._gone:
            request._waiting_reply = lambda: self._outbox.submit(sending)
        elif info is not None and info.retryable and sending._tries < REPLY_TRIES:
            wait_ms = 0 if code == "PRECEDING_REFUSED" else max(retry_after_ms, REPLY_RETRY_MS)
            self._after(wait_ms, lambda: self._outbox.submit(sending))
        else:
            self.reply_dropped_count += 1
            self._finish(request)
