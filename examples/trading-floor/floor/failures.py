"""What can go wrong around a cycle, as a small tree. The failure matrix in the README says what each one leads to."""

from __future__ import annotations


class FloorFailure(Exception):
    """Base of the expected failures; everything else is a bug and ends the process."""


class StaleData(FloorFailure):
    """This symbol cannot be believed now; the others can."""


class RateLimited(FloorFailure):
    """Somebody counts requests; come back after `retry_after_s`."""

    def __init__(self, detail: str, retry_after_s: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class AnalysisTimeout(FloorFailure):
    """The analysis did not end in its time."""


class InvalidAnalysis(FloorFailure):
    """The analysis ended with something that is no decision."""


class BrokerDown(FloorFailure):
    """The bus, the sidecar, Redis or the venue does not answer: nothing can be traded."""


class ExecutionTimeout(FloorFailure):
    """The executor did not answer in time; what it has written is found out later."""


class StoreDown(FloorFailure):
    """The floor's own database cannot be written: nothing may be traded, because nothing could be accounted for."""
