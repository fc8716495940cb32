"""Control calls under way and the subscriptions that every new session repeats. Plain code of the session's owner.

At most 1,024 calls; above it they are refused with QUEUE_FULL. A call without answer when the connection is lost fails with
NOT_CONNECTED, except those that may be repeated, which the next session does.
"""

from __future__ import annotations

from typing import Any

from relay_sdk import _protocol as p
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused
from relay_sdk._handles import ControlCall

MAX_CALLS = 1_024


class Controls:
    """See the module. `out` is the session's list of bytes to write."""

    def __init__(self, out: list[bytes]) -> None:
        self._out = out
        self._calls: dict[int, ControlCall] = {}
        self._subscriptions: dict[str, dict[str, Any]] = {}
        self._next_ref = 1

    def call(self, call: ControlCall, is_open: bool) -> None:
        if not is_open and not call.repeatable:
            call._decide(None, RelayClosed(f"op={call.op!r} needs a connection.", "NOT_CONNECTED"))
        elif len(self._calls) >= MAX_CALLS:
            call._decide(None, RelayRefused("QUEUE_FULL", f"{MAX_CALLS} control calls are under way."))
        else:
            ref = self._add(call)
            if call.op == "unsubscribe":
                self._subscriptions.pop(call.args["topic"], None)
            if is_open:
                self._write(ref, call)

    def opened(self, is_first: bool) -> None:
        """Subscriptions again, as a live one ended with its connection; then the calls under way."""
        asked = {call.args.get("topic") for call in self._calls.values() if call.op == "subscribe"}
        if not is_first:
            for topic, args in self._subscriptions.items():
                if topic not in asked:
                    self._add(ControlCall("subscribe", args, repeatable=True))
        for ref, call in self._calls.items():
            self._write(ref, call)

    def lost(self) -> None:
        calls, self._calls = self._calls, {}
        for ref, call in calls.items():
            if call.repeatable:
                self._calls[ref] = call
            else:
                call._decide(None, RelayClosed(f"The connection was lost during op={call.op!r}.", "NOT_CONNECTED"))

    def close(self, error: RelayError) -> None:
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call._decide(None, error)

    def on_reply(self, body: dict[str, Any]) -> None:
        call = self._calls.pop(body["ref"], None)
        if call is None:
            return
        if body["ok"]:
            if call.op == "subscribe":
                self._subscriptions[call.args["topic"]] = call.args
            call._decide({k: v for k, v in body.items() if k not in ("ref", "ok")})
        else:
            call._decide(None, RelayRefused(body["code"], body.get("message", "")))

    def _add(self, call: ControlCall) -> int:
        ref, self._next_ref = self._next_ref, self._next_ref + 1
        self._calls[ref] = call
        return ref

    def _write(self, ref: int, call: ControlCall) -> None:
        self._out.append(p.json_frame(p.CONTROL, {"ref": ref, "op": call.op, **call.args}))
