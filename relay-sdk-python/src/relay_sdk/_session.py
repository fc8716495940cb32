"""One agent's conversation with the daemon, as plain code: bytes and calls in, bytes and events out.

No sockets, threads or clocks in here: the driver (`_sync`, `_async`, or a test) owns an instance, calls it from one thread
only, feeds it what it read, writes what `take_output` returns and passes the time in. That lets a test run hours of traffic in
milliseconds. What it holds survives connections: streams with their numbers, lanes with their floors, requests that wait for
an answer, subscriptions. Parts: `Outbox` sends, `Inbox` receives, `Greeting` begins, `Controls` asks the daemon, `Dialogue`
has requests and replies; this class has the states, takes frames apart, and keeps time.

Bounds: see its parts.
"""

from __future__ import annotations

import enum
import heapq
from collections.abc import Callable
from typing import Any

from relay_sdk import _protocol as p
from relay_sdk._codes import CODES
from relay_sdk._control import Controls
from relay_sdk._dialogue import Dialogue
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused
from relay_sdk._greeting import Greeting, SessionConfig
from relay_sdk._groups import seat_of
from relay_sdk._handles import ControlCall, Sending
from relay_sdk._inbox import Inbox
from relay_sdk._inbox_store import InboxPosition
from relay_sdk._message import Message
from relay_sdk._outbox import Outbox

HANDSHAKE_MS = 5_000
DEAD_AFTER_MS = 10_000
STOPPED_MS = 2_500


class State(enum.Enum):
    """Where the session stands, and what it waits for."""

    DISCONNECTED = "disconnected"  # a connection
    GREETING = "greeting"  # WELCOME
    OPEN = "open"  # traffic
    CLOSED = "closed"  # nothing: closed for good, `failure` says why


class Session:
    """See the module. `deliver` is called with each message that a handler should see, in lane order."""

    def __init__(self, config: SessionConfig, deliver: Callable[[Message], None]) -> None:
        self._config = config
        self._out: list[bytes] = []
        self._user_deliver = deliver
        self.outbox = Outbox(self._out, lambda *fate: self.dialogue.on_fate(*fate))
        self.inbox = Inbox(self._out, self._route, self.outbox.written)
        self.dialogue = Dialogue(self.outbox, self.inbox, self.finish, self._after)
        self.greeting = Greeting(config)
        self._controls = Controls(self._out)
        self.state = State.DISCONNECTED
        self.failure: RelayError | None = None
        self.last_error: RelayError | None = None
        self._recorded: list[InboxPosition] = []
        self.on_event: Callable[[str, dict[str, Any]], None] | None = None
        self._started = False
        self._asks = False
        self._held: list[Message] = []
        self._now_ms = 0
        self._read_at_ms = 0
        self._wrote_at_ms = 0
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._timer_no = 0
        self.connect_count = 0
        self.store_reset_count = 0

    def restore(self, recorded: list[InboxPosition]) -> None:
        """What the application has recorded as finished in earlier lives; before the first connection."""
        self._recorded = recorded

    # ---- connection, called by the driver ----

    def connected(self, now_ms: int) -> None:
        """A connection stands: greet."""
        self.state = State.GREETING
        self.outbox.now_ms = now_ms
        self._now_ms = self._read_at_ms = self._wrote_at_ms = now_ms
        floors = self.inbox.floors(self.outbox.unsafe_count == 0)
        self._out.append(self.greeting.hello(self.outbox.epoch, floors, now_ms))

    def lost(self) -> None:
        """The connection is gone. Everything unresolved stays."""
        if self.state is State.CLOSED:
            return
        self.state = State.DISCONNECTED
        self._out.clear()
        self.outbox.lost()
        self.inbox.lost()
        self._controls.lost()

    def received(self, view: memoryview, end: int, now_ms: int) -> int:
        """Handles the whole frames in `view[:end]`; returns how many bytes they took. FrameError: drop the connection."""
        self._now_ms = self._read_at_ms = self.outbox.now_ms = now_ms
        at, limit, unpack = 0, self.outbox.max_frame, p.PREFIX.unpack_from
        while end - at >= p.PREFIX_SIZE:
            length, frame_type, _, b6, b7 = unpack(view, at)
            if not p.PREFIX_SIZE <= length <= limit:
                p.check_length(length, limit)
            if at + length > end:
                break
            if frame_type == p.DELIVER and length >= p.HEADER_SIZE and self.state is State.OPEN:
                self.inbox.on_deliver(view, at, at + length)
            else:
                self._frame(frame_type, b6, b7, view, at, at + length)
                limit = self.outbox.max_frame
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
        if now_ms - self._read_at_ms > max(DEAD_AFTER_MS, 3 * self.greeting.ping_ms):
            raise p.FrameError(f"nothing heard for {now_ms - self._read_at_ms} ms", "NOT_CONNECTED")
        silent = now_ms - max(self._wrote_at_ms, 0)
        if silent >= self.greeting.ping_ms:
            self._out.append(p.ping(now_ms))
            silent = 0
        return max(1, min(due, self.greeting.ping_ms - silent))

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
            self.dialogue.asks(sending)
            if not self._asks:
                self._asks = True
                self._restate_credit()
        self.outbox.submit(sending)

    def finish(self, message: Message) -> None:
        self.inbox.finish(message, self.outbox.last_ticket)

    def fail(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        self.inbox.fail(message, nack_class, delay_ms, error)

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
        self._asks = self.dialogue.waits
        if self.state is State.OPEN:
            self._credit(0)
        self._restate_credit()

    def control(self, call: ControlCall) -> None:
        if self.state is State.CLOSED:
            call._decide(None, self.failure or RelayClosed())
        else:
            self._controls.call(call, self.state is State.OPEN)

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
        self._controls.close(error)
        self.dialogue.close(error)

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
                self.inbox.retire(body.get("retired", ()))
                self.inbox.on_lane(body["lane"], body["sender"], body["class"], body["epoch"], body["floor"], seat_of(body))
                if body["class"] == "reply" and not self._started:
                    self._credit(self._config.window_messages, body["lane"])
            elif frame_type == p.EVENT:
                if body["event"] == "group":
                    self.inbox.on_group(body, self._config.name)
                if self.on_event is not None:
                    self.on_event(body["event"], body)
            elif frame_type == p.CONTROL_REPLY:
                self._controls.on_reply(body)
        except (KeyError, TypeError) as error:
            raise p.FrameError(f"{p.JSON_FRAMES[frame_type]} lacks or mistypes a field: {error!r}") from error

    def _on_welcome(self, body: dict[str, Any]) -> None:
        if self.state is not State.GREETING:
            raise p.FrameError("a second WELCOME")
        limits = body.get("limits", {})
        self.outbox.max_frame = min(limits.get("max_frame", p.MAX_FRAME), 64 << 20)
        self.outbox.window_messages = limits.get("window_messages", 2_000)
        self.outbox.window_bytes = limits.get("window_bytes", 16 << 20)
        is_forgotten = self.outbox.epoch not in (0, body["epoch"])  # the store is an old copy (I9)
        other_store = self.greeting.accept(body) or is_forgotten
        if other_store:
            self.store_reset_count += 1
            self.inbox.reset()
            self.dialogue.reply_dropped_count += self.outbox.drop_replies()
            self._held.clear()
        if other_store or body["epoch"] != self.outbox.epoch:
            self.outbox.restart(body["epoch"])
        self.state = State.OPEN
        self.connect_count += 1
        self.inbox.opened(body["store_uuid"], self._recorded)
        self.outbox.resume()
        self._controls.opened(self.connect_count == 1)
        self._restate_credit()
        if self.on_event is not None:
            self.on_event("connected", {"event": "connected", "resumed": bool(body.get("resumed")) and not other_store})

    def _on_error(self, body: dict[str, Any]) -> None:
        code = body["code"]
        known = CODES.get(code)
        error = RelayRefused(code, body.get("message", ""))
        self.last_error = error
        if "ref" in body and code == "BAD_NAME":
            self.outbox.on_bind_failed(body["ref"], error)
        contests = self.greeting.contests(code, bool(body.get("suspect")), self._now_ms)
        retries = contests or (known is not None and known.retryable)
        if body.get("fatal") and not retries:
            self.close(RelayClosed(body.get("message", ""), code))

    # ---- small things ----

    def _route(self, message: Message) -> None:
        if message._lane.cls == "reply":
            self.dialogue.on_reply(message)
        elif self._started:
            self._user_deliver(message)
        else:
            self._held.append(message)

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

    def _after(self, delay_ms: int, action: Callable[[], None]) -> None:
        self._timer_no += 1
        heapq.heappush(self._timers, (self._now_ms + delay_ms, self._timer_no, action))
