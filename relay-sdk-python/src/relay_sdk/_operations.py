"""What an agent asks of the bus, said once for both clients: see `_steps`. `Relay` blocks, `AsyncRelay` awaits.

A call that gives up, by its timeout or because its task was cancelled, lets go of what the client keeps for it: a reply or a
result that comes later is acked and counted. The message itself is not called back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from relay_sdk import _names, _status
from relay_sdk._async_handles import stage_reached
from relay_sdk._compose import compose
from relay_sdk._errors import RelayRefused, RelayTimeout
from relay_sdk._handles import REPLY, RESULT, ControlCall, MessageRef, Receipt, Sending
from relay_sdk._interests import Interests, arguments
from relay_sdk._message import Reply
from relay_sdk._presence import wait_for_agent
from relay_sdk._steps import Both, Control, Step, Steps

CONTROL_TIMEOUT = 5.0


class Client(Protocol):
    """What an operation needs of a client besides control calls."""

    def _submit(self, handle: Any, timeout: float | None) -> Any: ...

    def _exchange(self, sending: Sending, stage: int, timeout: float) -> bool: ...

    def _forget(self, sending: Sending) -> None: ...

    def _call(self, call: ControlCall, timeout: float) -> Any: ...


class Exchanged(NamedTuple):
    """Whether what was sent has come so far in time. A thread waits for room, a coroutine is refused with OUTBOX_FULL."""

    client: Client
    sending: Sending
    stage: int
    timeout: float

    def block(self, control: Control) -> bool:
        return self.client._exchange(self.sending, self.stage, self.timeout)

    async def wait(self, control: Control) -> bool:
        deadline = time.monotonic() + self.timeout
        self.client._submit(self.sending, self.timeout)
        return await stage_reached(self.sending, self.stage, max(0.0, deadline - time.monotonic()))


def _until(client: Client, sending: Sending, stage: int, timeout: float, late: str) -> Steps[None]:
    """Sends it and waits for its stage."""
    try:
        if not (yield Exchanged(client, sending, stage, timeout)):
            raise RelayTimeout(f"{late} within timeout_s={timeout}: {sending._describe()}.")
    except BaseException:
        client._forget(sending)
        raise


class Operations:
    """Not made: its methods become those of the clients."""

    def send_and_wait(
        self: Any, /, target: str, kind: str, payload: Any = None, *, timeout: float, **options: Any
    ) -> Steps[Receipt]:
        """Returns when the addressee's handler has finished the message; RelayDeadLettered when it never will.

        After RelayTimeout the outcome is unknown: the message may still be delivered and handled.
        """
        sending = compose(Sending, target, kind, payload, want_result=True, **options)
        yield from _until(self, sending, RESULT, timeout, "Not handled")
        return sending._handled()

    def request(self: Any, /, target: str, kind: str, payload: Any = None, *, timeout: float, **options: Any) -> Steps[Reply]:
        """Asks and waits for the answer. RelayRemoteError when the handler failed; the request expires with `timeout`."""
        options.setdefault("ttl", max(timeout, 0.001))
        sending = compose(Sending, target, kind, payload, request=True, want_result=True, **options)
        yield from _until(self, sending, REPLY, timeout, "No reply")
        return sending._answer()

    def subscribe(
        self: Any,
        pattern: str,
        durable: bool = True,
        *,
        senders: Iterable[str] | None = None,
        content_types: Iterable[str | int] | None = None,
        timeout: float = CONTROL_TIMEOUT,
    ) -> Steps[dict[str, Any]]:
        """From its return on everything accepted on a matching topic is delivered; durable ones also while away.

        The daemon leaves out what is not from `senders` (names, or beginnings with a star) or not of `content_types` ("bytes",
        "json", "text", "msgpack" or numbers). The same pattern again changes that.
        """
        if not _names.is_pattern(pattern):
            raise RelayRefused("BAD_NAME", f"pattern={pattern!r}.")
        call = ControlCall("subscribe", arguments(pattern, durable, senders, content_types), repeatable=True)
        return (yield Both(lambda: self._call(call, timeout)))

    def declare_interests(self: Any, interests: Interests) -> Steps[None]:
        """Subscribes to each, as it was said when the client was made."""
        for pattern, each in interests.items():
            yield from Operations.subscribe(self, pattern, each.durable, senders=each.senders, content_types=each.content_types)

    def unsubscribe(self: Any, pattern: str, *, timeout: float = CONTROL_TIMEOUT) -> Steps[dict[str, Any]]:
        """From its return on nothing more is delivered for this pattern."""
        call = ControlCall("unsubscribe", {"topic": pattern}, repeatable=True)
        return (yield Both(lambda: self._call(call, timeout)))

    def fate(self: Any, message: MessageRef | Receipt | Sending) -> Steps[str]:
        """What the daemon knows of a message: "pending", "stored", "acked", "dead" or "not_recorded"."""
        return str((yield Step("fate", _status.fate_arguments(message)))["state"])

    def shadow(
        self: Any, agent: str, *, incoming: bool = True, outgoing: bool = True, kinds: Iterable[str] = ()
    ) -> Steps[dict[str, Any]]:
        """From now on this agent is given durable copies of what that agent gets and sends; `message.shadow` tells whose.

        For operators and those of `allow_shadow`. The same again changes it.
        """
        args = {"agent": agent, "incoming": incoming, "outgoing": outgoing, "kinds": list(kinds)}
        return (yield Step("shadow.start", args))

    def stop_shadow(self: Any, agent: str) -> Steps[None]:
        """Ends it."""
        yield Step("shadow.stop", {"agent": agent})

    def wait_for_agent(self: Any, name: str, *, timeout: float, ready: bool = False) -> Steps[dict[str, Any]]:
        """Returns when that agent is connected, or with `ready` when it takes messages; RelayTimeout when it is not in time."""
        return (yield from wait_for_agent(name, timeout, ready))

    def wait_for_ready(self: Any, name: str, timeout: float) -> Steps[dict[str, Any]]:
        """Returns when that agent takes messages; RelayTimeout when it is not in time."""
        return (yield from wait_for_agent(name, timeout, True))
