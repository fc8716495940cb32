"""Relay for Python: durable messages, requests and topics between the agents of one host.

    from relay_sdk import Relay

    with Relay("scanner") as relay:
        relay.send("risk", "signal", {"symbol": "BTC-USD", "px": "64000.10"}).result(timeout=2.0)

`Relay` for threads, scripts and notebooks, `AsyncRelay` for asyncio. Both speak the same words and show the same behaviour.
"""

from relay_sdk._async import AsyncRelay
from relay_sdk._async_handles import AsyncSendHandle
from relay_sdk._dead_letters import AsyncDeadLetters, DeadLetter, DeadLetters
from relay_sdk._errors import (
    Reject,
    RelayClosed,
    RelayDeadLettered,
    RelayError,
    RelayRefused,
    RelayRemoteError,
    RelayTimeout,
)
from relay_sdk._greeting import VERSION as __version__
from relay_sdk._groups import AsyncGroups, Groups
from relay_sdk._handles import Matched, MessageRef, Outcome, Pressure, Receipt, SendHandle
from relay_sdk._inbox_store import AlreadyDone, InboxFile, InboxPosition, InboxStore
from relay_sdk._interests import Interest
from relay_sdk._lanes import AsyncLanes, Lanes
from relay_sdk._latest import LatestValue
from relay_sdk._message import Message, Reply
from relay_sdk._presence import AsyncPresence, AsyncPresenceWatch, Presence, PresenceWatch
from relay_sdk._proposals import Decision, Question, Vote
from relay_sdk._quotas import AsyncQuotas, Quota, Quotas
from relay_sdk._spans import TraceExport, export_traces, stop_traces
from relay_sdk._state_sync import StateChange
from relay_sdk._sync import Relay
from relay_sdk._trace import begin as begin_trace
from relay_sdk._trace import current as current_trace
from relay_sdk._windows import WindowEntry

__all__ = [
    "AlreadyDone",
    "AsyncDeadLetters",
    "AsyncGroups",
    "AsyncLanes",
    "AsyncPresence",
    "AsyncPresenceWatch",
    "AsyncQuotas",
    "AsyncRelay",
    "AsyncSendHandle",
    "DeadLetter",
    "DeadLetters",
    "Decision",
    "Groups",
    "InboxFile",
    "InboxPosition",
    "InboxStore",
    "Interest",
    "Lanes",
    "LatestValue",
    "Matched",
    "Message",
    "MessageRef",
    "Outcome",
    "Presence",
    "PresenceWatch",
    "Pressure",
    "Question",
    "Quota",
    "Quotas",
    "Receipt",
    "Reject",
    "Relay",
    "RelayClosed",
    "RelayDeadLettered",
    "RelayError",
    "RelayRefused",
    "RelayRemoteError",
    "RelayTimeout",
    "Reply",
    "SendHandle",
    "StateChange",
    "TraceExport",
    "Vote",
    "WindowEntry",
    "__version__",
    "begin_trace",
    "current_trace",
    "export_traces",
    "stop_traces",
]
