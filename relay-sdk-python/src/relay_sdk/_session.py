"""One agent's conversation with the daemon, as plain code: bytes and calls in, bytes and events out.

No sockets, threads or clocks in here: the driver (`_sync`, `_async`, or a test) owns an instance, calls it from one thread
only, feeds it what it read, writes what `take_output` returns and passes the time in. That lets a test run hours of traffic in
milliseconds. What it holds survives connections: streams with their numbers, lanes with their floors, requests that wait for
an answer, subscriptions. Parts: `Outbox` sends, `Inbox` receives, this class speaks the handshake, control and replies.

Bounds: see `Outbox` and `Inbox`; requests by the outbox; control calls 1,024, above it they are refused with QUEUE_FULL.
"""

from __future__ import annotations

import dataclasses
import enum
import heapq
import os
from collections.abc import Callable
from typing import Any

from relay_sdk import _protocol as p
from relay_sdk._codes import CODES
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused
from relay_sdk._handles import ControlCall, Sending
from relay_sdk._inbox import Inbox
from relay_sdk._inbox_store import InboxPosition
from relay_sdk._message import Message, Reply
from relay_sdk._outbox import Outbox

VERSION = "0.1.0"
MAX_CONTROL_CALLS = 1_024
HANDSHAKE_MS = 5_000
DEAD_AFTER_MS = 10_000
STOPPED_MS = 2_500
REPLY_RETRY_MS = 100
REPLY_TRIES = 50
CONTEST_MS = 500
CONTEST_SUSPECT_MS = 5_000

#: What the daemon may tell this client without being asked.
EVENTS = ["dead_letter", "lane_halted", "presence", "state", "group", "proposal", "lifecycle", "breaker", "latest"]


class State(enum.Enum):
    """Where the session stands, and what it waits for."""

    DISCONNECTED = "disconnected"  # a connection
    GREETING = "greeting"  # WELCOME
    OPEN = "open"  # traffic
    CLOSED = "closed"  # nothing: closed for good, `failure` says why


@dataclasses.dataclass(frozen=True)
class SessionConfig:
    """Who we are and how much we take. `window_*`: delivered and not yet acked, per lane."""

    name: str
    namespace: str = "default"
    auth: str | None = None
    takeover: bool = False
    window_messages: int = 2_000
    window_bytes: int = 16 << 20


class Session:
    """See the module. `deliver` is called with each message that a handler should see, in lane order."""

    def __init__(self, config: SessionConfig, deliver: Callable[[Message], None]) -> None:
        self._config = config
        self._out: list[bytes] = []
        self._user_deliver = deliver
        self.outbox = Outbox(self._out, self._reply_fate)
        self.inbox = Inbox(self._out, self._route, self.outbox.written)
        self.state = State.DISCONNECTED
        self.failure: RelayError | None = None
        self.last_error: RelayError | None = None
        self.welcome: dict[str, Any] = {}
        self._recorded: list[InboxPosition] = []
        self._resume: str | None = None
        self._store_uuid: str | None = None
        self._boot_no: int | None = None
        self._requests: dict[bytes, Sending] = {}
        self._calls: dict[int, ControlCall] = {}
        self._subscriptions: dict[str, dict[str, Any]] = {}
        self.on_event: Callable[[str, dict[str, Any]], None] | None = None
        self._next_ref = 1
        self._first_hello_ms = -1
        self._takes_over = config.takeover
        self._started = False
        self._asks = False
        self._held: list[Message] = []
        self.declared: dict[str, Any] = {}
        self._now_ms = 0
        self._read_at_ms = 0
        self._wrote_at_ms = 0
        self._ping_ms = 1_000
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._timer_no = 0
        self.connect_count = 0
        self.store_reset_count = 0
        self.reply_count = 0
        self.late_reply_count = 0
        self.reply_dropped_count = 0

    def restore(self, recorded: list[InboxPosition]) -> None:
        """What the application has recorded as finished in earlier lives; before the first connection."""
        self._recorded = recorded

    # ---- connection, called by the driver ----

    def connected(self, now_ms: int) -> None:
        """A connection stands: greet."""
        self.state = State.GREETING
        self.outbox.now_ms = now_ms
        self._now_ms = self._read_at_ms = self._wrote_at_ms = now_ms
        body: dict[str, Any] = self.declared | {
            "proto": [1, 1], "namespace": self._config.namespace, "name": self._config.name,
            "client": f"python/{VERSION}", "pid": os.getpid(), "events": EVENTS,
        }  # fmt: skip
        if self._resume is not None:
            body |= {"resume": self._resume, "epoch": self.outbox.epoch}
            body |= {"boot_no": self._boot_no, "store_uuid": self._store_uuid}
            body["floors"] = self.inbox.floors(self.outbox.unsafe_count == 0)
        if self._config.auth is not None:
            body["auth"] = self._config.auth
        if self._first_hello_ms < 0:
            self._first_hello_ms = now_ms
        if self._takes_over:
            body["takeover"] = True
        self._out.append(p.json_frame(p.HELLO, body))

    def lost(self) -> None:
        """The connection is gone. Everything unresolved stays."""
        if self.state is State.CLOSED:
            return
        self.state = State.DISCONNECTED
        self._out.clear()
        self.outbox.lost()
        self.inbox.lost()
        calls, self._calls = self._calls, {}
        for ref, call in calls.items():
            if call.repeatable:
                self._calls[ref] = call
            else:
                call._decide(None, RelayClosed(f"The connection was lost during op={call.op!r}.", "NOT_CONNECTED"))

    def received(self, view: memoryview, end: int, now_ms: int) -> int:
        """Handles the whole frames in `view[:end]`; returns how many bytes they took. FrameError: drop the connection."""
        self._now_ms = self._read_at_ms = self.outbox.now_ms = now_ms
        at = 0
        while end - at >= p.PREFIX_SIZE:
            length, frame_type, _, b6, b7 = p.PREFIX.unpack_from(view, at)
            p.check_length(length, self.outbox.max_frame)
            if at + length > end:
                break
            self._frame(frame_type, b6, b7, view, at, at + length)
            at += length
        return at

    def tick(self, now_ms: int) -> int:
        """Timers; returns milliseconds until the next call is due. Raises FrameError when the peer is silent for too long."""
        if now_ms - self._now_ms > STOPPED_MS:
            self._read_at_ms += now_ms - self._now_ms  # this process did not run: that says nothing about the daemon
        self._now_ms = self.outbox.now_ms = now_ms
        while self._timers and self._timers[0][0] <= now_ms:
            heapq.heappop(self._timers)[2]()
        due = self._timers[0][0] - now_ms if self._timers else 1_000
        if self.outbox.held_for_ms:
            self.outbox.pump()
            due = min(due, self.outbox.held_for_ms or due)
        if self.state is State.GREETING and now_ms - self._read_at_ms > HANDSHAKE_MS:
            raise p.FrameError(f"no WELCOME within {HANDSHAKE_MS} ms", "HANDSHAKE_TIMEOUT")
        if self.state is not State.OPEN:
            return max(1, min(due, 1_000))
        if now_ms - self._read_at_ms > max(DEAD_AFTER_MS, 3 * self._ping_ms):
            raise p.FrameError(f"nothing heard for {now_ms - self._read_at_ms} ms", "NOT_CONNECTED")
        silent = now_ms - max(self._wrote_at_ms, 0)
        if silent >= self._ping_ms:
            self._out.append(p.ping(now_ms))
            silent = 0
        return max(1, min(due, self._ping_ms - silent))

    def take_output(self) -> bytes:
        """Everything to write now, ACKs of finished handlers last. Empty when there is nothing or no connection."""
        if self.state is State.OPEN and self.inbox.has_work:
            self.inbox.flush_acks()
        if not self._out or self.state in (State.DISCONNECTED, State.CLOSED):
            return b""
        data = b"".join(self._out)
        self._out.clear()
        self._wrote_at_ms = self._now_ms
        return data

    # ---- calls of the application, passed on by the driver ----

    def send(self, sending: Sending, now_ms: int) -> None:
        self._now_ms = self.outbox.now_ms = now_ms
        if self._cannot(sending):
            return
        if sending._flags & p.REQUEST:
            self._requests[sending.id_bytes] = sending
            sending._watch(1, lambda: self._request_refused(sending))
            if not self._asks:
                self._asks = True
                self._restate_credit()
        self.outbox.submit(sending)

    def forget(self, sending: Sending) -> None:
        """The caller stopped waiting for a result or an answer: what comes late is acked and counted."""
        self._requests.pop(sending.id_bytes, None)
        self.outbox.abandon(sending)

    def finish(self, message: Message) -> None:
        self.inbox.finish(message, self.outbox.last_ticket)

    def fail(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        self.inbox.fail(message, nack_class, delay_ms, error)

    def reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None:
        """Answers a request; the reply acks it."""
        context = message.traceparent
        trace = b"" if context is None else p.block((p.KEY_TRACEPARENT, context.encode()))
        block = trace + (p.block((p.KEY_ERROR_TEXT, p.clip(error, 1_024))) if error is not None else b"")
        if p.HEADER_SIZE + 48 + len(block) + len(payload) > self.outbox.max_frame:
            text = f"TOO_LARGE: the reply has {len(payload)} bytes, max_frame={self.outbox.max_frame}"
            payload, content, block = b"", p.CONTENT_BYTES, p.block((p.KEY_ERROR_TEXT, text.encode()))
        message._replying = True
        target = ("agent", message.sender, "reply")
        self.outbox.submit(Sending(target, "", payload, content, flags=p.REPLY, block=block, request=message))

    def start(self) -> None:
        """Handlers are registered: deliveries may begin."""
        self._started = True
        self._restate_credit()
        held, self._held = self._held, []
        for message in held:
            self._user_deliver(message)

    def pause(self) -> None:
        """No new deliveries: the client is draining."""
        self._started = False
        self._asks = bool(self._requests)
        if self.state is State.OPEN:
            self._credit(0)
        self._restate_credit()

    def control(self, call: ControlCall) -> None:
        if self.state is State.CLOSED:
            call._decide(None, self.failure or RelayClosed())
        elif self.state is not State.OPEN and not call.repeatable:
            call._decide(None, RelayClosed(f"op={call.op!r} needs a connection.", "NOT_CONNECTED"))
        elif len(self._calls) >= MAX_CONTROL_CALLS:
            call._decide(None, RelayRefused("QUEUE_FULL", f"{MAX_CONTROL_CALLS} control calls are under way."))
        else:
            ref, self._next_ref = self._next_ref, self._next_ref + 1
            self._calls[ref] = call
            if call.op == "unsubscribe":
                self._subscriptions.pop(call.args["topic"], None)
            if self.state is State.OPEN:
                self._write_call(ref, call)

    def goodbye(self, reason: str) -> None:
        if self.state is State.OPEN:
            self.inbox.flush_acks()
            self._out.append(p.json_frame(p.GOODBYE, {"reason": reason}))

    def close(self, error: RelayError) -> None:
        """The end: whoever still waits learns `error`."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.failure = error
        self._out.clear()
        self.outbox.close(error)
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call._decide(None, error)
        requests, self._requests = self._requests, {}
        for sending in requests.values():
            sending._error = error
            sending._fire()

    @property
    def is_settled(self) -> bool:
        """Nothing sent is without a receipt and no ACK is owed: an orderly end loses nothing."""
        return self.outbox.unsafe_count == 0 and not self.inbox.has_work

    # ---- frames ----

    def _frame(self, frame_type: int, b6: int, b7: int, view: memoryview, at: int, end: int) -> None:
        if self.state is State.GREETING and frame_type not in (p.WELCOME, p.ERROR):
            raise p.FrameError(f"{p.TYPE_NAMES.get(frame_type, frame_type)} before WELCOME")
        if frame_type == p.DELIVER:
            if end - at < p.HEADER_SIZE:
                raise p.FrameError(f"DELIVER length={end - at} is shorter than its header")
            self.inbox.on_deliver(view, at, end)
        elif frame_type in p.FIXED:
            self._fixed(frame_type, b6, b7, view, at, end)
        elif frame_type in p.JSON_FRAMES:
            self._json(frame_type, p.parse_json(frame_type, view[at + p.PREFIX_SIZE : end]))
        # anything else is of a newer protocol: skipped, as the daemon skips what it does not know

    def _fixed(self, frame_type: int, b6: int, b7: int, view: memoryview, at: int, end: int) -> None:
        layout = p.FIXED[frame_type]
        if end - at < layout.struct.size:
            raise p.FrameError(f"{layout.name} length={end - at} expected={layout.struct.size}")
        v = layout.struct.unpack_from(view, at)
        if frame_type == p.SENT:
            self.outbox.on_sent(v[5], v[7], v[8], b6)
        elif frame_type == p.ACK_OK:
            self.inbox.on_ack_ok(v[5], v[7], v[8])
        elif frame_type == p.RESULT:
            self.outbox.on_result(v[5], b6, b7, v[6], v[8], v[9])
        elif frame_type == p.REFUSED:
            self.outbox.on_refused(v[5], v[6], v[8], v[10], v[11])
        elif frame_type == p.MATCHED:
            self.outbox.on_matched(v[5], v[7], v[8], v[9])
        elif frame_type == p.SKIP:
            self.inbox.on_skip(v[5], v[7], v[8], v[9])
        elif frame_type in (p.PAUSED, p.RESUMED):
            self.outbox.on_paused(v[5], frame_type == p.PAUSED, v[6])
        elif frame_type == p.PING:
            self._out.append(p.pong(v[5]))

    def _json(self, frame_type: int, body: dict[str, Any]) -> None:
        try:
            if frame_type == p.WELCOME:
                self._on_welcome(body)
            elif frame_type == p.ERROR:
                self._on_error(body)
            elif frame_type == p.BOUND:
                self.outbox.on_bound(body["handle"], body["safe_to"])
            elif frame_type == p.KIND:
                self.inbox.on_kind(body["handle"], body["kind"])
            elif frame_type == p.LANE:
                self.inbox.on_lane(body["lane"], body["sender"], body["class"], body["epoch"], body["floor"])
                if body["class"] == "reply" and not self._started:
                    self._credit(self._config.window_messages, body["lane"])
            elif frame_type == p.EVENT:
                if self.on_event is not None:
                    self.on_event(body["event"], body)
            elif frame_type == p.CONTROL_REPLY:
                self._on_control_reply(body)
        except (KeyError, TypeError) as error:
            raise p.FrameError(f"{p.JSON_FRAMES[frame_type]} lacks or mistypes a field: {error!r}") from error

    def _on_welcome(self, body: dict[str, Any]) -> None:
        if self.state is not State.GREETING:
            raise p.FrameError("a second WELCOME")
        limits = body.get("limits", {})
        self.outbox.max_frame = min(limits.get("max_frame", p.MAX_FRAME), 64 << 20)
        self.outbox.window_messages = limits.get("window_messages", 2_000)
        self.outbox.window_bytes = limits.get("window_bytes", 16 << 20)
        self._ping_ms = max(50, body.get("ping_ms", 1_000))
        other_store = self._store_uuid is not None and self._store_uuid != body["store_uuid"]
        if other_store:
            self.store_reset_count += 1
            self.inbox.reset()
            self.reply_dropped_count += self.outbox.drop_replies()
            self._held.clear()
        if other_store or body["epoch"] != self.outbox.epoch:
            self.outbox.restart(body["epoch"])
        self._store_uuid, self._boot_no = body["store_uuid"], body["boot_no"]
        self._resume = body["resume"]
        self.welcome = body
        self.state = State.OPEN
        self.connect_count += 1
        self.inbox.opened(body["store_uuid"], self._recorded)
        self.outbox.resume()
        self._restate()
        if self.on_event is not None:
            self.on_event("connected", {"event": "connected", "resumed": bool(body.get("resumed")) and not other_store})

    def _restate(self) -> None:
        """After the re-sends: subscriptions (a live one ended with its connection), calls under way, credit."""
        asked = {call.args.get("topic") for call in self._calls.values() if call.op == "subscribe"}
        if self.connect_count > 1:
            for topic, args in self._subscriptions.items():
                if topic not in asked:
                    again = ControlCall("subscribe", args, repeatable=True)
                    self._calls[self._next_ref] = again
                    self._next_ref += 1
        for ref, call in self._calls.items():
            self._write_call(ref, call)
        self._restate_credit()

    def _on_error(self, body: dict[str, Any]) -> None:
        code = body["code"]
        known = CODES.get(code)
        error = RelayRefused(code, body.get("message", ""))
        self.last_error = error
        if "ref" in body and code == "BAD_NAME":
            self.outbox.on_bind_failed(body["ref"], error)
        retries = (known is not None and known.retryable) or self._contests(code, bool(body.get("suspect")))
        if body.get("fatal") and not retries:
            self.close(RelayClosed(body.get("message", ""), code))

    def _contests(self, code: str, owner_is_suspect: bool) -> bool:
        """A new process whose predecessor has just died, or is silent, asks again for a while (I19). One that meets a
        live owner, or was admitted before, does not (D17).
        """
        if code != "NAME_IN_USE" or self._resume is not None:
            return False
        self._takes_over = owner_is_suspect or self._config.takeover
        return self._now_ms - self._first_hello_ms < (CONTEST_SUSPECT_MS if owner_is_suspect else CONTEST_MS)

    def _on_control_reply(self, body: dict[str, Any]) -> None:
        call = self._calls.pop(body["ref"], None)
        if call is None:
            return
        if body["ok"]:
            if call.op == "subscribe":
                self._subscriptions[call.args["topic"]] = call.args
            call._decide({k: v for k, v in body.items() if k not in ("ref", "ok")})
        else:
            call._decide(None, RelayRefused(body["code"], body.get("message", "")))

    # ---- requests and replies ----

    def _route(self, message: Message) -> None:
        """Replies resolve their request here, on the session's thread, and are acked at once."""
        if message._lane.cls != "reply":
            if self._started:
                self._user_deliver(message)
            else:
                self._held.append(message)
            return
        asked = message.header(p.KEY_IN_REPLY_TO)
        sending = self._requests.pop(asked, None) if asked is not None else None
        message._settled = True
        if sending is None:
            self.late_reply_count += 1
        else:
            self.reply_count += 1
            sending._reply = Reply(message.sender, message.bytes, message.content, message._block, message.id_bytes)
            sending._fire()
        self.finish(message)

    def _request_refused(self, sending: Sending) -> None:
        if sending._error is not None:
            self._requests.pop(sending.id_bytes, None)

    def _reply_fate(self, sending: Sending, code: str | None, retry_after_ms: int) -> None:
        """A reply was accepted (`code` None) or refused. The request is finished only when its answer is safe."""
        request = sending._request
        assert request is not None
        if code is None:
            self.inbox.finish_by_reply(request)
            return
        sending._tries += 1
        info = CODES.get(code)
        if code == "NO_PENDING_REQUEST" and request._connection != self.inbox.connection and not request._gone:
            self._await_redelivery(request, sending)
        elif info is not None and info.retryable and sending._tries < REPLY_TRIES:
            wait_ms = 0 if code == "PRECEDING_REFUSED" else max(retry_after_ms, REPLY_RETRY_MS)
            self._after(wait_ms, lambda: self.outbox.submit(sending))
        else:
            self.reply_dropped_count += 1
            self.finish(request)

    def _await_redelivery(self, request: Message, sending: Sending) -> None:
        """The daemon does not hold the request for this connection yet: answer when it delivers it again."""
        request._waiting_reply = lambda: self.outbox.submit(sending)

    # ---- small things ----

    def _cannot(self, sending: Sending) -> bool:
        error: RelayError | None = None
        if self.state is State.CLOSED:
            error = self.failure or RelayClosed()
        elif sending._kind and not self.outbox.kind_known_or_room(sending._kind):
            error = RelayRefused("BAD_HANDLE", "More than 65,536 kinds.")
        if error is not None:
            self.outbox._end(sending, error)
        return error is not None

    def _restate_credit(self) -> None:
        """Full credit after `start()`. An asker that has not started needs replies, and credit cannot name a lane that it
        has not seen: one message on every lane, held until `start()`, and full credit for reply lanes when they appear.
        """
        if self.state is State.OPEN and (self._started or self._asks):
            self._credit(self._config.window_messages if self._started else 1)

    def _credit(self, messages: int, lane: int = 0) -> None:
        self._out.append(p.credit(lane, messages, self._config.window_bytes if messages else 0))

    def _write_call(self, ref: int, call: ControlCall) -> None:
        self._out.append(p.json_frame(p.CONTROL, {"ref": ref, "op": call.op, **call.args}))

    def _after(self, delay_ms: int, action: Callable[[], None]) -> None:
        self._timer_no += 1
        heapq.heappush(self._timers, (self._now_ms + delay_ms, self._timer_no, action))
