"""The error catalogue, the same as `protocol/errors.json` (a test compares them)."""

from typing import Final, NamedTuple


class Code(NamedTuple):
    """One code of refusal or error: its fixed number, whether the same call may succeed later, and what to do."""

    number: int
    retryable: bool
    fatal: bool
    meaning: str
    action: str


CODES: Final[dict[str, Code]] = {
    "QUEUE_FULL": Code(1, True, False, "The sender's window or the queue is full.", "Wait for receipts, then send again."),
    "MAILBOX_FULL": Code(
        2,
        True,
        False,
        "The recipient's mailbox quota is used up.",
        "Wait until the recipient has caught up, or raise its quota.",
    ),
    "STORAGE_FULL": Code(
        3,
        True,
        False,
        "The store has no room for new messages.",
        "Free disk space; the daemon takes messages again by itself.",
    ),
    "TOO_LARGE": Code(4, False, False, "The frame is larger than max_frame.", "Send less, or a reference to the data."),
    "RATE_LIMITED": Code(5, True, False, "The agent's rate limit is used up.", "Send again after retry_after_ms."),
    "NO_SUCH_RECIPIENT": Code(
        6,
        False,
        False,
        "No agent of that name has ever connected or been added.",
        "Check the name; connect the agent once, or run: relay agents add NAME.",
    ),
    "RECIPIENT_OFFLINE": Code(
        7,
        True,
        False,
        "An express message was sent to an agent that is not connected.",
        "Send durably, or when the agent is there.",
    ),
    "BAD_NAME": Code(
        8,
        False,
        False,
        "A name or topic breaks the naming rule.",
        "Use lower-case letters, digits, dot, dash and underscore, at most 64.",
    ),
    "BAD_HANDLE": Code(
        9,
        False,
        False,
        "A frame names a handle that this connection has not bound.",
        "Send BIND or KIND first; this is an error of the client library.",
    ),
    "UNAUTHORIZED": Code(
        10,
        False,
        True,
        "The peer may not use this name or operation.",
        "Check the user id, or present the name's token.",
    ),
    "NAME_IN_USE": Code(
        11, False, True, "Another live session has this name.", "Stop the other process, or choose another name."
    ),
    "STALE_EPOCH": Code(12, False, True, "A newer process of this name has taken over.", "Stop this process."),
    "PRECEDING_REFUSED": Code(
        13,
        True,
        False,
        "A message before this one on the same stream was refused.",
        "Handle the first refusal, then send again.",
    ),
    "KILLED": Code(14, False, False, "The kill switch is on.", "Release the kill switch."),
    "SHUTTING_DOWN": Code(
        15,
        True,
        False,
        "The daemon is stopping or its store is out of order.",
        "Reconnect and send again; if it stays, see the daemon's health.",
    ),
    "BAD_FRAME": Code(
        16, False, False, "A frame could not be understood.", "This is an error of the client library; see the message."
    ),
    "NO_PENDING_REQUEST": Code(
        17, False, False, "The request is already answered, or was never delivered to this session.", "Drop the reply."
    ),
    "REQUESTER_GONE": Code(18, False, False, "The requesting process has been replaced by a newer one.", "Drop the reply."),
    "PROTOCOL_VERSION": Code(
        19, False, True, "Client and daemon have no protocol version in common.", "Upgrade the older of the two."
    ),
    "HANDSHAKE_TIMEOUT": Code(
        20, True, True, "No HELLO arrived within the handshake deadline.", "Send HELLO at once after connecting."
    ),
    "FENCED": Code(
        21,
        False,
        True,
        "This session was taken over by another connection of the same name.",
        "Stop this process, or reconnect with the resume token if the takeover was its own.",
    ),
    "BAD_REQUEST": Code(22, False, False, "A control operation is unknown or its arguments are wrong.", "See the message."),
    "NOT_FOUND": Code(23, False, False, "The thing named by a control operation does not exist.", "List what exists first."),
    "OVERLOADED": Code(24, True, True, "Too many connections.", "Connect again later, with backoff."),
    "NOT_OWNER": Code(
        25,
        False,
        False,
        "The partition of a group has another owner, or the same one under a newer epoch.",
        "Drop what the handler did: the partition's new owner handles its messages.",
    ),
}

DEAD_LETTER_REASONS: Final[dict[str, tuple[int, str]]] = {
    "MAX_ATTEMPTS": (1, "Every attempt within the retry budget failed."),
    "EXPIRED": (2, "The message was older than its age limit before it was handled."),
    "REFUSED_BY_HANDLER": (3, "The handler refused it for good."),
    "NO_HANDLER": (4, "The recipient has no handler for this kind."),
    "POISON_CRASH": (5, "The recipient died six times with this message alone in flight."),
    "CORRUPT": (6, "The stored bytes failed their checksum."),
    "RECIPIENT_DELETED": (7, "The recipient was deleted."),
    "FORBIDDEN": (8, "The access lists forbid it, and it may have been accepted before they did."),
}

CLIENT_CODES: Final[dict[str, str]] = {
    "TIMEOUT": "The caller stopped waiting; the outcome is unknown and still being resolved.",
    "CLOSED": "The client is closed.",
    "NOT_CONNECTED": "The daemon could not be reached.",
    "REMOTE_ERROR": "The handler of a request failed and said so.",
    "DEAD_LETTERED": "The message was dead-lettered; the reason is attached.",
    "OUTBOX_FULL": "The client's own outbox is full and the caller chose not to wait.",
    "INBOX_FAILED": "The client's inbox could not be read or written.",
    "ALREADY_DONE": "The inbox holds the message as finished already.",
    "NOT_READY": "The agent that the supervisor started ended, or did not connect in time.",
}

_CODE_NAMES: Final = {code.number: name for name, code in CODES.items()}
_REASON_NAMES: Final = {number: name for name, (number, _) in DEAD_LETTER_REASONS.items()}


def code_name(number: int) -> str:
    """Name of a code, `CODE_<number>` for one that a newer daemon has added."""
    return _CODE_NAMES.get(number, f"CODE_{number}")


def reason_name(number: int) -> str:
    """Name of a dead-letter reason, `REASON_<number>` for one that a newer daemon has added."""
    return _REASON_NAMES.get(number, f"REASON_{number}")
