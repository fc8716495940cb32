"""The one tree of errors. Each carries a stable `code` and says what to do next."""

from __future__ import annotations

from relay_sdk._codes import CLIENT_CODES, CODES, DEAD_LETTER_REASONS


class RelayError(Exception):
    """Base of every error that the SDK raises. `code` is stable and listed in `protocol/errors.json`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without anybody changing anything."""
        known = CODES.get(self.code)
        return known.retryable if known is not None else False


class RelayRefused(RelayError):
    """The message was not accepted and will never be delivered."""

    def __init__(self, code: str, detail: str = "", retry_after_ms: int = 0) -> None:
        super().__init__(code, _explain(code, detail))
        self.retry_after_ms = retry_after_ms


class RelayTimeout(RelayError, TimeoutError):
    """The caller stopped waiting. The outcome is unknown; the client goes on resolving it until it is closed."""

    def __init__(self, detail: str) -> None:
        super().__init__("TIMEOUT", f"{detail} {CLIENT_CODES['TIMEOUT']} Wait longer, or make the effect idempotent.")


class RelayClosed(RelayError):
    """The client is closed, was fenced, or could not reach the daemon."""

    def __init__(self, detail: str = "", code: str = "CLOSED") -> None:
        super().__init__(code, _explain(code, detail))


class RelayDeadLettered(RelayError):
    """The message was accepted but its recipient did not finish it; it waits in the dead-letter queue."""

    def __init__(self, reason: str, attempts: int = 0) -> None:
        known = DEAD_LETTER_REASONS.get(reason)
        meaning = known[1] if known is not None else "The recipient did not finish it."
        super().__init__("DEAD_LETTERED", f"reason={reason} attempts={attempts}. {meaning} See: relay dlq ls")
        self.reason = reason
        self.attempts = attempts


class RelayRemoteError(RelayError):
    """The handler of a request failed and said so. `text` is its own explanation."""

    def __init__(self, text: str) -> None:
        super().__init__("REMOTE_ERROR", f"The request's handler failed: {text}. Correct the request or that agent.")
        self.text = text


class Reject(Exception):
    """Raise it in a handler to refuse a message for good: no retry, a dead letter with reason REFUSED_BY_HANDLER."""


def _explain(code: str, detail: str) -> str:
    known = CODES.get(code)
    parts = [detail]
    if known is not None:
        parts += [known.meaning, known.action]
    elif code in CLIENT_CODES:
        parts += [CLIENT_CODES[code], _CLIENT_ACTIONS.get(code, "")]
    return " ".join(part for part in parts if part)


_CLIENT_ACTIONS = {
    "NOT_READY": "Mend what its log tells, then spawn it again.",
    "CLOSED": "Make a new client.",
    "NOT_CONNECTED": "Start the daemon (bin/relay daemon) or check the socket path.",
    "OUTBOX_FULL": "Wait for receipts, or pass a longer timeout.",
}
